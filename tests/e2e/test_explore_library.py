"""The library of scenarios, explored as it stands: each file says what a search comes to, and it does."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

LIBRARY = Path(__file__).parents[2] / "scenarios"
LONG = {"io-vs-cpu", "process-vs-thread"}
"""They compute for so long that each search takes its seconds to say so; what else they have is explored below."""
MODELS = pytest.mark.parametrize("model", ["sync", "gil", "free-threaded"])


def explored(folder: Path, stem: str, *options: str, case: str = "") -> tuple[int, list[dict[str, Any]]]:
    """Explore a file of the library, or one of its cases; returns the exit code and the searches of the document."""
    what = f"{LIBRARY / stem}.yaml{case and '::'}{case}"
    words = [sys.executable, "-m", "threadbench", "explore", what, "--json", *options]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=120, cwd=folder)
    return done.returncode, json.loads(done.stdout)["searches"]


@pytest.mark.parametrize("stem", sorted({path.stem for path in LIBRARY.glob("*.yaml")} - LONG))
def test_a_file_comes_to_what_it_says(tmp_path: Path, stem: str) -> None:
    """Every case is as expected."""
    code, searches = explored(tmp_path, stem)
    assert (code, {search["as_expected"] for search in searches}) == (0, {True})


@MODELS
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


@MODELS
def test_the_naive_stop_hangs_by_one_preemption(tmp_path: Path, model: str) -> None:
    """The deadlock's shortest schedule interrupts one thread once."""
    code, (search,) = explored(tmp_path, "prodcons-event-only", "--model", model)
    assert code == 0
    assert search["verdict"] == "deadlock"
    (deadlock,) = [outcome for outcome in search["outcomes"] if outcome["cause"] == "deadlock"]
    assert deadlock["preemptions"] == 1


@MODELS
def test_producers_without_an_end_hold_in_a_sample(tmp_path: Path, model: str) -> None:
    """Nothing is lost in any schedule that was looked at, and nobody claims to have looked at all."""
    code, (search,) = explored(tmp_path, "prodcons", "--model", model, "--max-schedules", "100")
    assert (code, search["verdict"], search["exhaustive"], search["schedules"]) == (0, "holds", False, 100)


@MODELS
def test_one_producer_of_two_items_holds_exhaustively(tmp_path: Path, model: str) -> None:
    """With a number of items instead of a time the interleavings have an end, and it is reached."""
    params = [f"params.{name}" for name in ("producers=1", "consumers=1", "items=2", "pause=0s")]
    settings = [word for param in params for word in ("--set", param)]
    code, (search,) = explored(tmp_path, "prodcons", "--model", model, "--strategy", "auto", *settings)
    assert (code, search["verdict"], search["exhaustive"]) == (0, "holds", True)
    assert [outcome["value"] for outcome in search["outcomes"]] == [{"produced": 2, "consumed": 2, "lost": 0}]


@pytest.mark.parametrize(
    ("stem", "case"),
    [
        ("io-vs-cpu", "io-vs-cpu[task=cpu,executor=process]"),
        ("io-vs-cpu", "io-vs-cpu[task=wait,executor=process]"),
        ("process-vs-thread", "on-processes"),
    ],
)
def test_pools_of_processes_are_a_statement(tmp_path: Path, stem: str, case: str) -> None:
    """They are beyond control: said at once, with the line that makes one."""
    code, (search,) = explored(tmp_path, stem, "--model", "gil", case=case)
    assert (code, search["verdict"], search["schedules"]) == (0, "inconclusive", 0)
    assert "makes a pool of processes in " in search["reason"]
    assert "pool.py:" in search["reason"]
