"""HTML pages in a real browser: they are clicked, zoomed, filtered and stepped through, and read back.

`nox -s browser` sets what these need: `THREADBENCH_CHROMIUM`, `THREADBENCH_AXE`, the script of axe-core, and
`THREADBENCH_PICTURES`, the folder where pictures of the pages are kept.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = os.environ.get("THREADBENCH_CHROMIUM")
AXE = os.environ.get("THREADBENCH_AXE")
pytestmark = pytest.mark.skipif(not (CHROMIUM and AXE), reason="no browser: `nox -s browser` runs these")

ROOT = Path(__file__).parents[2]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync"]
BANK = """
import threading, time
class Bank:
    def __init__(self):
        self.books, self.vault = threading.Lock(), threading.Lock()
def deposit(bank):
    with bank.books:
        time.sleep(0.1)
        with bank.vault: pass
def audit(bank):
    with bank.vault:
        time.sleep(0.1)
        with bank.books: pass
class Till:
    cents = 0
def sell(till, cents):
    till.cents += cents
def cents(till):
    return till.cents
"""
DEADLOCK = "kind: code\nparams: {setup: 'bank:Bank', threads: [{call: 'bank:deposit'}, {call: 'bank:audit'}]}\n"
TILL = """kind: code
params: {setup: 'bank:Till', threads: [{call: 'bank:sell', args: [100]}, {call: 'bank:sell', args: [200]}],
  outcome: 'bank:cents'}
expect: {explore: violated, outcomes: {eq: 300}}
"""
HOSTILE = "</script><script>window.ran = 1</script><img src=x onerror='window.ran = 2'>\u202egnp.exe\x1b[31m\x00"
SHOWN = "</script><script>window.ran = 1</script><img src=x onerror='window.ran = 2'>\\u202egnp.exe\\x1b[31m\\x00"


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The pages of three scenarios, of a deadlock, of an exploration, of a bench, and of two logs not of ours."""
    folder = tmp_path_factory.mktemp("pages")
    for name, text in (("bank.py", BANK), ("deadlock.yaml", DEADLOCK), ("till.yaml", TILL)):
        (folder / name).write_text(text, encoding="utf-8")

    def threadbench(*words: str) -> None:
        done = subprocess.run([sys.executable, "-m", "threadbench", *words], cwd=folder, capture_output=True, text=True)
        assert done.returncode in (0, 1, 4), done.stderr + done.stdout

    made = {}
    scenarios = {name: str(ROOT / "scenarios" / f"{name}.yaml") for name in ("race", "lock-with", "prodcons")}
    for name, path in {**scenarios, "deadlock": "deadlock.yaml"}.items():
        threadbench("run", path, "--events", f"{name}.jsonl")
        threadbench("report", f"{name}.jsonl", "--html", f"{name}.html")
        made[name] = folder / f"{name}.html"
    lines = [json.dumps({"seq": number, **line}) for number, line in enumerate(hostile_lines())]
    (folder / "hostile.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    threadbench("report", "hostile.jsonl", "--html", "hostile.html")
    begun = (folder / "lock-with.jsonl").read_text(encoding="utf-8").splitlines()[:20]
    (folder / "cut.jsonl").write_text("\n".join(begun), encoding="utf-8")
    threadbench("report", "cut.jsonl", "--html", "cut.html")
    threadbench("explore", "till.yaml", "--all-outcomes", "--html", "till.html")
    quick = ("--processes", "6", "--values", "2", "--warmups", "0", "--min-time", "1ms")
    pool = str(ROOT / "scenarios" / "pool-map.yaml")
    threadbench("bench", pool, "--vary", "params.workers=1,2,4", *quick, "--html", "bench.html")
    return {**made, **{name: folder / f"{name}.html" for name in ("till", "hostile", "cut", "bench")}}


def hostile_lines() -> list[dict[str, Any]]:
    """A log whose every name is markup, control characters and marks of direction, or ten thousand letters long."""
    head = {"schema": "threadbench.events/1", "case": HOSTILE, "kind": HOSTILE, "seed": 1, "params": {HOSTILE: HOSTILE}}
    where = {"thread": HOSTILE, "object": HOSTILE, "at": HOSTILE}
    long = {"thread": "T" * 10_000, "object": "\u05d0" * 10_000}
    check = {"name": HOSTILE, "ok": False, "at": HOSTILE, "data": {HOSTILE: HOSTILE}}
    return [
        {"t": 0, "event": "run.started", "data": head},
        {"t": 1_000, "event": "thread.started", "thread": HOSTILE},
        {"t": 2_000, "event": "thread.started", "thread": "T" * 10_000},
        {"t": 3_000, "event": "lock.waiting", **where, "data": {HOSTILE: HOSTILE}},
        {"t": 5_000, "event": "lock.acquired", **where},
        {"t": 6_000, "event": "lock.acquired", **long},
        {"t": 7_000, "event": "log", "thread": HOSTILE, "data": {"stream": HOSTILE, "text": HOSTILE}},
        {"t": 8_000, "event": HOSTILE, **where},
        {"t": 9_000, "event": "run.finished", "data": {"verdict": "failed", "reason": HOSTILE, "outcome": HOSTILE,
         "checks": [check], "as_expected": False}},
    ]  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """One Chromium for all tests."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> str:
    """Both colour schemes."""
    return str(request.param)


def opened(browser: Any, path: Path, scheme: str = "light") -> Any:
    """A page that is ready; what it says on the console or asks of others than itself is in `page.wrong`."""
    page = browser.new_page(viewport={"width": 1360, "height": 900}, color_scheme=scheme)
    page.wrong = []
    page.on("console", lambda message: page.wrong.append(message.text))
    page.on("pageerror", lambda error: page.wrong.append(str(error)))
    page.on("request", lambda request: page.wrong.append(request.url) if request.url != path.as_uri() else None)
    page.goto(path.as_uri())
    page.wait_for_selector("html[data-ready=yes]")
    return page


@pytest.mark.parametrize("name", ["race", "lock-with", "prodcons", "deadlock", "till", "hostile", "cut", "bench"])
def test_axe_finds_nothing_serious(browser: Any, pages: dict[str, Path], name: str, scheme: str) -> None:
    """In light and in dark, with the table of events open; and nothing was said or asked for meanwhile."""
    page = opened(browser, pages[name], scheme)
    for summary in page.query_selector_all("summary"):
        summary.click()
    assert not page.wrong
    page.close()
    # axe is put in as a script, which the page's policy forbids, as it should.
    context = browser.new_context(bypass_csp=True, color_scheme=scheme)
    page = context.new_page()
    page.goto(pages[name].as_uri())
    page.wait_for_selector("html[data-ready=yes]")
    page.add_script_tag(path=AXE)
    found = page.evaluate("axe.run()")
    bad = [
        (each["id"], each["nodes"][0]["html"])
        for each in found["violations"]
        if each["impact"] in ("serious", "critical")
    ]
    assert not bad
    context.close()


def test_a_deadlock_is_shown_and_walked_with_keys(browser: Any, pages: dict[str, Path]) -> None:
    """Lanes, cycle, zoom, filter, the events one after the other, and along an arrow."""
    page = opened(browser, pages["deadlock"])
    assert page.locator("#labels b").all_inner_texts()[:3] == ["MainThread", "deposit", "audit"]
    assert "deposit holds" in page.locator("#deadlock").inner_text()
    chart = page.locator("#chart")
    chart.focus()
    whole = int(chart.get_attribute("data-to"))
    page.keyboard.press("+")
    assert int(chart.get_attribute("data-to")) - int(chart.get_attribute("data-from")) == pytest.approx(
        whole / 2, rel=0.01
    )
    page.keyboard.press("0")
    page.select_option("#by-event", label="lock.waiting")
    assert page.locator("#found").inner_text().startswith("2 of ")
    chart.focus()
    page.keyboard.press("n")
    assert "lock.waiting" in page.locator("#detail").inner_text()
    page.locator("#clear").click()
    page.locator("summary").click()
    page.fill("#search", "barrier.passed")
    page.locator("#found", has_text="2 of").wait_for()
    for row in page.locator("#events tbody tr").all():  # one of the two threads came last, and woke the other
        row.click()
        if "woken by" in page.locator("#detail").inner_text():
            break
    woken = chart.get_attribute("data-picked")
    chart.focus()
    page.keyboard.press("[")
    assert chart.get_attribute("data-picked") != woken
    assert "wakes" in page.locator("#detail").inner_text()
    page.keyboard.press("]")
    assert chart.get_attribute("data-picked") == woken
    assert not page.wrong
    page.close()


def test_a_witness_is_stepped_through_forwards_and_back(browser: Any, pages: dict[str, Path]) -> None:
    """Two outcomes that are wrong have a tab each; a step shows whose turn it is and what values there are."""
    page = opened(browser, pages["till"])
    assert page.locator('[role="tab"]').count() >= 2
    panel = page.locator('[role="tabpanel"]:visible')
    assert panel.get_attribute("data-step") == "1"
    first = panel.locator(".thread.acts .who b").inner_text()
    panel.locator('[data-part="on"]').click()
    assert panel.get_attribute("data-step") == "2"
    assert panel.locator(".thread.acts .who b").inner_text() != first
    assert "cents" in panel.locator(".values").inner_text()
    page.keyboard.press("p")
    assert panel.get_attribute("data-step") == "1"
    page.locator('[role="tab"]').nth(1).click()
    assert page.locator('[role="tabpanel"]:visible').get_attribute("id") != "witness-0"
    assert not page.wrong
    page.close()


def test_hostile_names_are_text_and_do_nothing(browser: Any, pages: dict[str, Path]) -> None:
    """Lanes, what is under the pointer, what is picked and the lists of the filter: as text, and nothing runs."""
    page = opened(browser, pages["hostile"])
    assert page.locator("h1").inner_text() == SHOWN
    names = page.locator("#labels b").all_inner_texts()
    assert names[0].startswith("</script><script>window.ran = 1</script>")
    assert names[1].startswith("TTTT")
    assert len(names[1]) <= 120
    page.locator("summary").click()
    page.select_option("#by-event", label=SHOWN)
    page.locator("#found", has_text="1 of").wait_for()
    page.locator("#chart").focus()
    page.keyboard.press("n")
    assert SHOWN in page.locator("#detail").inner_text()
    page.locator("#clear").click()
    x, y = place_of(page, lane=0, time=4_000)
    page.mouse.move(x, y)
    assert "</script><script>" in page.locator("#tip").inner_text()
    assert page.locator("main img, main script").count() == 0
    assert page.evaluate("window.ran") is None
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert not page.wrong
    page.close()


def test_a_log_that_was_cut_off_is_a_page_that_says_so(browser: Any, pages: dict[str, Path]) -> None:
    """Above the timeline, and what there is can be walked to its last event."""
    page = opened(browser, pages["cut"])
    assert "This log is partial: it has no last line" in page.locator("#partial").inner_text()
    assert page.locator(".verdict").inner_text().strip("! \n") == "unfinished"
    page.locator("#chart").focus()
    page.keyboard.press("End")
    assert page.locator("#chart").get_attribute("data-picked") == "19"
    page.close()


def place_of(page: Any, lane: int, time: float) -> tuple[float, float]:
    """Where on the screen the bar of a lane is at a time, in nanoseconds."""
    chart, plot = page.locator("#chart"), page.locator("#canvas").bounding_box()
    start, end = (int(chart.get_attribute(name)) for name in ("data-from", "data-to"))
    label = page.locator("#labels > div").nth(lane).bounding_box()
    return plot["x"] + (time - start) / (end - start) * plot["width"], label["y"] + 12


def test_what_is_under_the_pointer_is_told(browser: Any, pages: dict[str, Path]) -> None:
    """Of an event its name, object, line and values; of a span how long it was; of a queue its depth."""
    page = opened(browser, pages["prodcons"])
    page.locator("summary").click()
    page.select_option("#by-event", label="queue.put")
    row = page.locator("#events tbody tr").nth(3)
    row.click()
    _, _, thread, _, obj, line, values = row.locator("td").all_inner_texts()
    page.locator("#chart").focus()
    for _ in range(14):
        page.keyboard.press("+")
    page.keyboard.press("f")
    lane = page.locator("#labels b").all_inner_texts().index(thread)
    chart = page.locator("#chart")
    middle = (int(chart.get_attribute("data-from")) + int(chart.get_attribute("data-to"))) / 2
    page.mouse.move(*place_of(page, lane, middle))
    tip = page.locator("#tip").inner_text()
    assert all(text in tip for text in ("queue.put", obj, line, values, thread)), tip
    assert ".py:" in line
    assert "size=" in values
    counter = page.locator("#labels > div", has_text="queue depth").bounding_box()
    page.mouse.move(counter["x"] + counter["width"] + 300, counter["y"] + 20)
    assert "queue depth: " in page.locator("#tip").inner_text()
    page.close()


def test_tables_sort_by_any_column(browser: Any, pages: dict[str, Path]) -> None:
    """Numbers by their value, and not by their text; a second click turns the order round."""
    page = opened(browser, pages["prodcons"])
    table = page.locator("#threads-table")
    head = table.locator("th", has_text="waited").first
    waited = "rows => rows.map((row) => Number(row.cells[6].dataset.value))"
    head.locator("button").click()
    down = table.locator("tbody tr").evaluate_all(waited)
    assert head.get_attribute("aria-sort") == "descending"
    assert down == sorted(down, reverse=True)
    head.locator("button").click()
    assert table.locator("tbody tr").evaluate_all(waited) == sorted(down)
    for name in ("contention", "blocked"):
        assert page.locator(f"#{name}-table tbody tr").count() > 0
    page.close()


def test_the_page_has_scenario_verdict_checks_and_critical_path(browser: Any, pages: dict[str, Path]) -> None:
    """As text; and `c` hides the path in the lanes and shows it again."""
    page = opened(browser, pages["lock-with"])
    assert "passed" in page.locator(".verdict").inner_text()
    assert "kind: lock" in page.locator("#scenario").inner_text()
    assert "no update lost" in page.locator("#checks").inner_text()
    assert "yes" in page.locator("#checks td.good").first.inner_text()
    assert "MainThread" in page.locator("#critical-table").inner_text()
    page.locator("#chart").focus()
    with_path = page.locator("#canvas").screenshot()
    page.keyboard.press("c")
    assert page.locator("#path").get_attribute("aria-pressed") == "false"
    assert page.locator("#canvas").screenshot() != with_path
    page.keyboard.press("c")
    assert page.locator("#canvas").screenshot() == with_path
    page.close()


def test_a_single_search_is_titled_once_and_shows_no_code_before_a_thread_begins(
    browser: Any, pages: dict[str, Path]
) -> None:
    """Its name and verdict stand above the page alone; a thread's code appears with its first step."""
    page = opened(browser, pages["till"])
    headings = page.locator("h1, h2, h3").all_inner_texts()
    assert sum("till.yaml" in text for text in headings) == 1
    assert page.locator(".verdict").count() == 1
    panel = page.locator('[role="tabpanel"]:visible')
    unborn = panel.locator(".thread.unborn")
    assert unborn.count() > 0
    assert not any(code.is_visible() for code in unborn.locator(".row").all())
    assert "not yet in this code" in unborn.first.inner_text()
    panel.locator('[data-part="last"]').click()
    assert unborn.count() == 0
    page.close()


def test_a_page_of_measurements_has_its_curve_and_says_what_its_pictures_show(
    browser: Any, pages: dict[str, Path], scheme: str
) -> None:
    """The curve is as wide as it is seen, its parts have colours of the theme, and help opens by its key."""
    page = opened(browser, pages["bench"], scheme)
    curve = page.locator('svg[aria-label^="Speed-up over workers=1"]')
    assert curve.count() == 1
    assert curve.locator(".centre").count() == 3
    assert curve.bounding_box()["width"] > 500
    ink = page.evaluate("getComputedStyle(document.body).color")
    assert curve.locator("text.name").evaluate("(it) => getComputedStyle(it).fill") == ink
    told = page.locator("svg text.small").all_text_contents()
    # What lies far off is counted at the edge, and not drawn.
    far = [int(number) for text in told for number in re.findall(r"(\d+) more", text)]
    assert page.locator(".sample").count() + sum(far) == 36
    page.keyboard.press("?")
    assert page.locator("#help").evaluate("(it) => it.open")
    assert not page.wrong
    page.close()


@pytest.mark.parametrize("width", [1440, 800, 420])
@pytest.mark.parametrize("name", ["race", "lock-with", "prodcons", "deadlock", "till", "hostile", "bench"])
def test_pictures_of_every_page(browser: Any, pages: dict[str, Path], name: str, width: int, tmp_path: Path) -> None:
    """In light, dark and print, kept to be looked at; nothing is wider than its window, and a timeline is not empty."""
    folder = Path(os.environ.get("THREADBENCH_PICTURES", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    for scheme in ("light", "dark", "print") if width > 1000 else ("light", "dark"):
        page = opened(browser, pages[name], "light" if scheme == "print" else scheme)
        page.set_viewport_size({"width": width, "height": 900})
        if scheme == "print":
            page.emulate_media(media="print")
        if name == "till":
            page.keyboard.press("m")
        page.screenshot(path=folder / f"{name}-{scheme}-{width}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        if name not in {"till", "bench"}:
            drawn = """() => { const c = document.getElementById("canvas");
              const data = c.getContext("2d").getImageData(0, 0, c.width, c.height).data;
              return data.some((value) => value); }"""
            assert page.evaluate(drawn)
        page.close()
