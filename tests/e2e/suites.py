"""A project outside of this one, whose tests pytest runs in a process of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

INSTALLED = any(point.name == "threadbench" for point in entry_points(group="pytest11"))


class Suite:
    """A folder with tests.

    Args:
        folder: where it is made.
    """

    def __init__(self, folder: Path) -> None:
        assert INSTALLED, "this environment knows no pytest plugin of threadbench: install the project again"
        self.folder = folder
        self.write("pytest.ini", "[pytest]\naddopts = --strict-markers\nfilterwarnings = error\n")

    def write(self, name: str, text: str) -> Path:
        """Make a file, and the folders above it."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def environ(self) -> dict[str, str]:
        """What commands of a user's see: nothing of the pytest that runs this test."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "GITHUB_"))}
        kept.pop("CI", None)
        return {**kept, "COLUMNS": "200"}

    def pytest(self, *arguments: str) -> tuple[int, str]:
        """Exit code and output of `pytest`."""
        return self.run("pytest", *arguments)

    def run(self, module: str, *arguments: str) -> tuple[int, str]:
        """Exit code and output of `python -m MODULE`, called in the folder."""
        done = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            cwd=self.folder,
            env=self.environ(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=300,
        )
        return done.returncode, done.stdout


def counts(output: str) -> dict[str, int]:
    """What pytest's last line says: `{"passed": 2, "failed": 1}`."""
    last = output.rstrip().splitlines()[-1]
    return {word: int(number) for number, word in re.findall(r"(\d+) ([a-z]+)", last)}
