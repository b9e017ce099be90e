"""Takes the pictures of docs/images: pages of the library's scenarios, as Chromium shows them.

`python tools/pictures.py` with the dependency group `browser`, the extra `html`, and a Chromium, whose path is the
first argument or `/usr/bin/chromium`. What real threads do differs from run to run, and so do pictures: no test
compares them.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "images"
CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
]


def threadbench(folder: Path, *words: str) -> None:
    """Run a command in a folder; whatever it comes to, the page is there afterwards."""
    subprocess.run([sys.executable, "-m", "threadbench", *words], cwd=folder, capture_output=True, check=False)


def run_page(folder: Path) -> Path:
    """The page of one run of the lock."""
    threadbench(folder, "run", "scenarios/lock-with.yaml", "--events", "lock.jsonl", "--seed", "1")
    threadbench(folder, "report", "lock.jsonl", "--html", "lock.html")
    return folder / "lock.html"


def search_page(folder: Path) -> Path:
    """The page of one search of the race."""
    words = ("--all-outcomes", "--seed", "1", "--html", "race.html")
    threadbench(folder, "explore", "scenarios/race.yaml", *words)
    return folder / "race.html"


def opened(page: Page, made: Path, height: int) -> None:
    """A page that is ready, in a window of that height."""
    page.set_viewport_size({"width": 1280, "height": height})
    page.goto(made.as_uri())
    page.wait_for_selector("html[data-ready=yes]")


def main() -> None:
    """Take both pictures."""
    IMAGES.mkdir(exist_ok=True)
    chromium = sys.argv[1] if len(sys.argv) > 1 else CHROMIUM
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as driver:
        folder = Path(temporary)
        (folder / "scenarios").symlink_to(ROOT / "scenarios")  # a case is called by the path that it is named by
        browser = driver.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_page(color_scheme="light")
        opened(page, run_page(folder), 590)
        page.screenshot(path=IMAGES / "run.png")
        opened(page, search_page(folder), 890)
        for _ in range(2):
            page.get_by_role("button", name="Next cause").first.click()
        page.screenshot(path=IMAGES / "search.png")
        browser.close()


if __name__ == "__main__":
    main()
