"""HTML pages in a real browser: they are clicked, zoomed, filtered and stepped through, and read back.

`nox -s browser` sets what these need: `THREADBENCH_CHROMIUM`, and `THREADBENCH_AXE`, the script of axe-core.
"""

from __future__ import annotations

import os
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


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The pages of three scenarios, of a deadlock and of an exploration."""
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
    threadbench("explore", "till.yaml", "--all-outcomes", "--html", "till.html")
    return {**made, "till": folder / "till.html"}


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


@pytest.mark.parametrize("name", ["race", "lock-with", "prodcons", "deadlock", "till"])
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
