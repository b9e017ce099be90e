"""The library of scenarios, explored as it stands: each file says what a search comes to, and it does."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

LIBRARY = Path(__file__).parents[2] / "scenarios"
BEYOND_CONTROL = {"io-vs-cpu", "process-vs-thread"}
"""They compare processes with threads, and long computing: nothing to search, and each takes its seconds to say so."""


def explored(folder: Path, stem: str, *options: str) -> tuple[int, list[dict[str, Any]]]:
    """Explore a file of the library; returns the exit code and the searches of the document."""
    words = [sys.executable, "-m", "threadbench", "explore", str(LIBRARY / f"{stem}.yaml"), "--json", *options]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=120, cwd=folder)
    return done.returncode, json.loads(done.stdout)["searches"]


@pytest.mark.parametrize("stem", sorted({path.stem for path in LIBRARY.glob("*.yaml")} - BEYOND_CONTROL))
def test_a_file_comes_to_what_it_says(tmp_path: Path, stem: str) -> None:
    """Every case is as expected, and within ten seconds."""
    code, searches = explored(tmp_path, stem)
    assert (code, {search["as_expected"] for search in searches}) == (0, {True})
    assert max(search["duration"] for search in searches) < 10


@pytest.mark.parametrize("model", ["sync", "gil", "free-threaded"])
def test_the_race_has_three_outcomes(tmp_path: Path, model: str) -> None:
    """One, two or all three updates count, and every interleaving has been visited."""
    _, (search,) = explored(tmp_path, "race", "--model", model)
    assert search["exhaustive"]
    assert {outcome["value"]["value"] for outcome in search["outcomes"]} == {1, 2, 3}


@pytest.mark.parametrize("stem", ["lock-acquire", "lock-with"])
def test_locks_hold_exhaustively(tmp_path: Path, stem: str) -> None:
    """Under every model."""
    code, searches = explored(tmp_path, stem, "--model", "all")
    assert [(search["verdict"], search["exhaustive"]) for search in searches] == [("holds", True)] * 3
    assert code == 0


def test_the_naive_stop_hangs_by_one_preemption(tmp_path: Path) -> None:
    """The deadlock's shortest schedule interrupts one thread once."""
    _, (search,) = explored(tmp_path, "prodcons-event-only")
    assert search["verdict"] == "deadlock"
    (deadlock,) = [outcome for outcome in search["outcomes"] if outcome["cause"] == "deadlock"]
    assert deadlock["preemptions"] == 1
