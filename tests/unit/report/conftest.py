"""Logs of the library of scenarios, made once for the tests of all reports."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

LIBRARY = Path(__file__).parents[3] / "scenarios"
ON_VIRTUAL_THREADS = ("daemon", "lock-with", "pool-submit", "prodcons-event-only", "race", "thread-join")


@pytest.fixture(scope="session")
def library_logs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A log of every scenario on native threads, and of some on virtual ones."""
    folder = tmp_path_factory.mktemp("logs")
    command = [sys.executable, "-m", "threadbench", "run", "--quiet", "--events"]
    virtual = [str(LIBRARY / f"{name}.yaml") for name in ON_VIRTUAL_THREADS]
    for words in ([folder / "native", LIBRARY], [folder / "virtual", *virtual, "--set", "runtime=virtual"]):
        done = subprocess.run([*command, *map(str, words)], capture_output=True, text=True, check=False, cwd=folder)
        assert done.returncode == 0, done.stdout + done.stderr
    return sorted(folder.glob("*/*.jsonl"))
