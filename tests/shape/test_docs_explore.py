"""The tutorial is one session, run from its top to its end: what it shows is what is printed, to the letter.

With `THREADBENCH_WRITE_DOCS` set the page is written anew from what the commands print; read the difference then.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
from pages import ROOT, blocks, laid_out, steps

PAGE = ROOT / "docs" / "tutorial.md"
MACHINE = "CPython 3.13.0, GIL on · 2 CPUs · Linux x86_64 · seed 7"
VARIES = {
    r"CPython \d+\.\d+\.\d+, GIL (on|off) · \d+ CPUs? · \w+ \w+ · seed \d+": MACHINE,
    r"on CPython \d+\.\d+\b": "on CPython 3.13",
    r"  +\d+(?:\.\d+)?(?:us|ms|s|m \d+s)$": "  10ms",
    r"\bin \d+(?:\.\d+)?(?:us|ms|s|m \d+s)\b": "in 10ms",
    r"--seed \d+": "--seed 7",
}


def settled(line: str) -> str:
    """A line without what differs from run to run: machines, seeds and times."""
    for pattern, instead in VARIES.items():
        line = re.sub(pattern, instead, line)
    return line.rstrip()


def is_shown(shown: list[str], printed: list[str]) -> bool:
    """Whether that is what was printed; `…` alone on a line stands for any lines."""
    parts = [r"(?:.*\n)*" if line == "…" else re.escape(settled(line)) + r"\n" for line in shown]
    return re.fullmatch("".join(parts), "".join(f"{line}\n" for line in printed)) is not None


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A reader's, with the page's files."""
    folder = laid_out(tmp_path, monkeypatch)
    for block in blocks(PAGE):
        if block.file:
            (folder / block.file).write_text(block.text, encoding="utf-8")
    return folder


def test_the_tutorial_shows_what_is_printed(desk: Path) -> None:
    """Each command, one after the other in one folder, prints each line that stands below it."""
    page = PAGE.read_text(encoding="utf-8")
    now = page
    for block in blocks(PAGE):
        if block.language != "console":
            continue
        made = []
        for command, shown in steps(block):
            done = subprocess.run(
                ["bash", "-c", command],
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
                timeout=120,
            )
            printed = [settled(line) for line in done.stdout.splitlines()]
            made += [f"$ {command}", *(shown if is_shown(shown, printed) else printed)]
        now = now.replace(block.text, "".join(f"{line}\n" for line in made), 1)
    if os.environ.get("THREADBENCH_WRITE_DOCS"):
        PAGE.write_text(now, encoding="utf-8")
    assert [settled(line) for line in page.splitlines()] == [settled(line) for line in now.splitlines()], (
        "read what changed, and run: THREADBENCH_WRITE_DOCS=1 pytest tests/shape/test_docs_explore.py"
    )


def test_the_session_differs_where_output_does() -> None:
    """Times, seeds and machines may differ; counts and words may not."""
    head = "threadbench 0.1.0 · CPython 3.11.7, GIL on · 8 CPUs · Darwin arm64 · seed 91"
    assert settled(head).endswith(MACHINE)
    assert settled("1 search in 683ms: 1 VIOLATED; 18 schedules") == "1 search in 10ms: 1 VIOLATED; 18 schedules"
    assert (
        settled("holds  exhaustive  2 schedules  a::a  sync   1.2s")
        == "holds  exhaustive  2 schedules  a::a  sync  10ms"
    )
    assert settled("  outcome  1  yes") != settled("  outcome  2  yes")
