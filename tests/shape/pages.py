"""Markdown files as tests see them: their fenced blocks, and whether output is of the shape that a block shows."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
AUTHOR = ROOT / "docs" / "plugin-author.md"
"""What it shows is a project that is installed: `tests/e2e/test_plugin_author.py` does, and runs it."""
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]

_BLOCK = re.compile(
    r"^(?:<!-- file: (?P<file>\S+) -->\n)?(?P<indent> *)```(?P<language>[^\n`]*)\n(?P<text>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text, the line it begins on, and the file that a comment above it names."""

    page: Path
    line: int
    language: str
    text: str
    file: str | None

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks(page: Path) -> list[Block]:
    """All fenced blocks of a page, in order."""
    source = page.read_text(encoding="utf-8")
    return [
        Block(page, source.count("\n", 0, match.start()) + 1, match["language"], match["text"], match["file"])
        for match in _BLOCK.finditer(source)
    ]


BLOCKS = [block for page in PAGES for block in blocks(page)]


def steps(block: Block) -> list[tuple[str, list[str]]]:
    """Commands of a console block, each with the lines shown below it."""
    found: list[tuple[str, list[str]]] = []
    for line in block.text.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        else:
            found[-1][1].append(line)
    return found


def is_of_shape(shown: list[str], output: list[str]) -> bool:
    """Whether output is what was shown but for numbers, times, versions and machines.

    `…` alone on a line stands for any lines, at the end of a line for the rest of it.
    """
    pattern = "".join(r"(?:.*\n)*" if line.strip() == "…" else _pattern(line) + r"\n" for line in shown)
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in output)) is not None


_VARIES = re.compile(r"\d+(?:\.\d+)*(?:ns|us|ms|s)?|GIL on|Linux x86_64|CPUs?|  +")


def _pattern(line: str) -> str:
    """A line as a regular expression that any such run of any machine matches."""
    open_end = line.endswith("…")
    line = line.removesuffix("…")
    made, position = "", 0
    for match in _VARIES.finditer(line):
        made += re.escape(line[position : match.start()])
        word = match[0]
        if word.isspace():
            made += " +"
        elif word.startswith("CPU"):
            made += "CPUs?"
        elif word.startswith("GIL"):
            made += "GIL (?:on|off)"
        elif word.startswith("Linux"):
            made += r"\w+ \w+"
        else:
            made += r"(?:\d+(?:\.\d+)*(?:m \d+s|ns|us|ms|s)?|-)"  # tables show - where there is nothing to count
        position = match.end()
    return made + re.escape(line[position:]) + (".*" if open_end else "")


def laid_out(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A desk as a reader has it, and go there: the library of scenarios, `threadbench`, `pytest` and `python` to call.

    It has a configuration of pytest of its own: temporary folders may lie within this project, whose is not a reader's.
    """
    programs = folder / "bin"
    programs.mkdir()
    commands = {name: f"{sys.executable} -m {name}" for name in ("threadbench", "pytest")}
    for name, command in {**commands, "python": sys.executable, "python3": sys.executable}.items():
        (programs / name).write_text(f'#!/bin/sh\nexec {command} "$@"\n', encoding="utf-8")
        (programs / name).chmod(0o755)
    desk = folder / "desk"
    desk.mkdir()
    (desk / "scenarios").symlink_to(ROOT / "scenarios")
    (desk / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    monkeypatch.setenv("PATH", os.pathsep.join([str(programs), os.environ["PATH"]]))
    for name in ("CI", "FORCE_COLOR", "GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(desk)
    return desk
