"""What a page of 200,000 events costs the browser: opening it, zooming, filtering, by the page's own marks.

`python benchmarks/browser.py`, with the dependency group `browser`, the extra `html` and a Chromium, whose path is
`--chromium` or `/usr/bin/chromium`. Two real runs are logged and their pages written; each page is then opened some
times, every time in a new window, and used: all the way in, out again, moved, filtered. `open` is from the reading of
the data to a first view that can be zoomed and moved; `events` and `rows` make single events of what is still squeezed,
after the first view has been seen; `ready` is when that is done, what was waited for in between included. Those are by
the clock. `open, CPU` is what the page's main thread computed of that, layout included, and `script, CPU` the time of
that thread in scripts until all is ready, as its trace has it: other work of the machine does not lengthen them.
`main thread, CPU` is all of that thread: parsing and layout, too.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from figures import Target, figure, headline, table, targets_table, write_json
from playwright.sync_api import Browser, Page, sync_playwright

FLAGS: Final = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
SCRIPT: Final = {
    "EvaluateScript",
    "FunctionCall",
    "v8.run",
    "v8.callFunction",
    "RunMicrotasks",
    "TimerFire",
    "FireAnimationFrame",
}
"""What Chromium calls a script's time in its traces."""
LIMIT: Final = 100.0
"""Milliseconds, of opening and of a zoom."""
SMALL: Final = 1.0
"""Megabytes of a page of 5,000 events."""
LOGS: Final = {
    "prodcons, 8 threads": ("prodcons", {"producers": 4, "consumers": 4, "capacity": 10, "items": 11_600}),
    "lock, 8 workers": ("lock", {"workers": 8, "updates": 25_100, "pause": "0s"}),
}
FEW: Final = ("prodcons", {"producers": 4, "consumers": 4, "capacity": 10, "items": 285})
SHOWN: Final = ("open", "events", "rows", "ready", "draw", "zoom", "filter")
ZOOMS: Final = 20


def page_of(folder: Path, name: str, kind: str, params: dict[str, Any]) -> tuple[Path, int]:
    """Log a run, write its page; the page and how many events the log has."""
    scenario, log, page = folder / f"{name}.yaml", folder / f"{name}.jsonl", folder / f"{name}.html"
    scenario.write_text(json.dumps({"kind": kind, "params": params, "timeout": "120s"}), encoding="utf-8")
    for words in (
        ["run", str(scenario), "--events", str(log), "--seed", "1"],
        ["report", str(log), "--html", str(page)],
    ):
        subprocess.run([sys.executable, "-m", "threadbench", *words], cwd=folder, capture_output=True, check=True)
    with log.open("rb") as lines:
        return page, sum(1 for _ in lines)


def worked(browser: Browser, path: Path) -> dict[str, float]:
    """Open a page in a window of its own and use it; milliseconds by name, of what happens often the slowest."""
    context = browser.new_context(viewport={"width": 1360, "height": 900})
    page = context.new_page()
    browser.start_tracing(page=page, categories=["devtools.timeline", "v8", "__metadata"])
    page.goto(path.as_uri())
    page.wait_for_selector("html[data-ready=yes]")
    page.evaluate("() => new Promise((done) => requestIdleCallback(done))")
    counted = processor_time(json.loads(browser.stop_tracing())["traceEvents"])
    use(page)
    marks = page.evaluate("performance.getEntriesByType('measure').map((each) => [each.name, each.duration])")
    context.close()
    return {**{name: max(ms for mark, ms in marks if mark == f"threadbench:{name}") for name in SHOWN}, **counted}


def processor_time(events: list[dict[str, Any]]) -> dict[str, float]:
    """Of the main thread that did most: CPU time of outermost tasks, and of the outermost scripts among them.

    The longest script of all is the page's own, to the end of its first view: a page this large is opened in one go.
    """
    mains = {
        (e["pid"], e["tid"]) for e in events if e["name"] == "thread_name" and e["args"]["name"] == "CrRendererMain"
    }
    found = []
    for main in mains:
        spans = [e for e in events if (e["pid"], e["tid"]) == main and e["ph"] == "X" and "tdur" in e]
        found.append((outermost(spans), outermost([e for e in spans if e["name"] in SCRIPT])))
    whole, script = max(found)
    opening = max((e["tdur"] for e in events if e["name"] == "EvaluateScript" and "tdur" in e), default=0) / 1000
    return {"open, CPU": opening, "script, CPU": script, "main thread, CPU": whole}


def outermost(spans: list[dict[str, Any]]) -> float:
    """Milliseconds of CPU time of spans that are in no other of them."""
    total, end = 0.0, -1.0
    for span in sorted(spans, key=lambda span: (span["tts"], -span["tdur"])):
        if span["tts"] >= end:
            total, end = total + span["tdur"], span["tts"] + span["tdur"]
    return total / 1000


def use(page: Page) -> None:
    """All the way in, out again with a move at each turn, and two filters."""
    page.locator("#chart").focus()
    for key in (*["+"] * ZOOMS, *["-", "ArrowRight"] * ZOOMS, "0", "n", "n"):
        page.keyboard.press(key)
    page.fill("#search", "12")
    page.locator("#found", has_text=" of ").wait_for()
    page.select_option("#by-thread", index=1)
    page.locator("#clear").click()


def main(times: int, chromium: str, path: str | None) -> int:
    """Write the pages, open each that many times, print a table."""
    print(headline())
    rows, targets, found = [], [], {}
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as driver:
        folder = Path(temporary)
        small, _ = page_of(folder, "few", *FEW)
        targets.append(Target("page of 5,000 events: MB", small.stat().st_size / 1e6, SMALL))
        browser = driver.chromium.launch(executable_path=chromium, args=FLAGS)
        print(f"Chromium {browser.version}")
        for number, (name, (kind, params)) in enumerate(LOGS.items()):
            page, events = page_of(folder, f"log{number}", kind, params)
            worked(browser, page)  # the first one of all reads files that the later ones find in memory
            opened = [worked(browser, page) for _ in range(times)]
            size = page.stat().st_size / 1e6
            found[name] = {"events": events, "MB": size, "ms": opened}
            for what in opened[0]:
                ms = figure([each[what] for each in opened])
                rows.append([f"{name}: {what}", f"{events:,}", f"{size:.1f}", *(f"{each:.1f}" for each in ms)])
                if what in {"open", "open, CPU", "zoom", "script, CPU"}:
                    targets.append(Target(f"{name}: {what}, ms", ms.median, LIMIT))
        browser.close()
    header = ["", "events", "page MB", "ms", "least", "spread"]
    table(f"Pages in the browser, {times} times each; the slowest draw, zoom and filter of each time", header, rows)
    targets_table(targets)
    write_json(path, {"browser": found}, targets)
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0])
    parser.add_argument("--times", type=int, default=7, metavar="N", help="how often each page is opened (default 7)")
    parser.add_argument("--chromium", default="/usr/bin/chromium", metavar="PATH")
    parser.add_argument("--json", metavar="FILE", help="write every figure there")
    options = parser.parse_args()
    sys.exit(main(options.times, options.chromium, options.json))
