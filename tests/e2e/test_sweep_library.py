"""Sweeps from Python: the executors of the command, and any other, come to what one process does."""

from __future__ import annotations

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sweeps import began, lay_out, logs

import threadbench


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Eight cases, of a plugin that this process finds."""
    lay_out(tmp_path, 8)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("THREADBENCH_PLUGINS", "numbering")
    return tmp_path


def came(**how: Any) -> dict[str, tuple[Any, ...]]:
    """What each case comes to."""
    results = threadbench.run_all(["quick.yaml"], seed=5, **how)
    return {each.case_id: (each.verdict, each.outcome, each.checks, each.seed) for each in results}


def test_each_executor_comes_to_what_one_process_does(folder: Path) -> None:
    """Named as on the command line, or somebody's own, which goes on afterwards."""
    alone = came()
    assert len(alone) == 8
    assert came(executor="processes:2", events="logs") == alone
    assert len(logs(folder / "logs")) == 8
    assert came(jobs=2) == alone
    with ThreadPoolExecutor(2) as pool:
        assert came(executor=pool) == alone
        assert pool.submit(len, "abc").result() == 3


def test_resume_runs_what_is_missing_only(folder: Path) -> None:
    """By the logs in `events`."""
    alone = came(executor="processes:2", events="logs")
    (folder / "begun").unlink()
    next((folder / "logs").glob("*number=3*")).unlink()
    assert came(executor="processes:2", events="logs", resume=True) == alone
    assert began(folder) == [3]


def test_who_leaves_early_leaves_no_process(folder: Path) -> None:
    """The executor that was made for it is ended."""
    results = threadbench.run_all(["quick.yaml"], seed=5, executor="processes:2")
    next(results)
    results.close()
    done = subprocess.run(["ps", "--ppid", str(os.getpid()), "-o", "cmd="], capture_output=True, text=True)
    assert [row for row in done.stdout.splitlines() if "ps --ppid" not in row and "resource_tracker" not in row] == []


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"executor": "procesess"}, "did you mean 'processes'"),
        ({"executor": "processes:0"}, "is no number of processes"),
        ({"executor": "processes:2", "jobs": 3}, "do not agree"),
        ({"resume": True}, "name it with events"),
    ],
)
def test_what_makes_no_sense_is_refused(folder: Path, how: dict[str, Any], said: str) -> None:
    """Before anything runs."""
    with pytest.raises(threadbench.UsageError) as caught:
        came(**how)
    assert said in caught.value.render()
    assert not began(folder)


def test_a_search_takes_the_names_of_executors_too() -> None:
    """`processes:2` is `jobs=2`; what is no executor is refused."""

    def add(numbers: list[int]) -> None:
        numbers.append(len(numbers))

    def explored(**how: Any) -> list[tuple[Any, int]]:
        found = threadbench.explore(
            list, [add, add], None, tuple, strategy="random", max_schedules=300, stop_on_first=False, **how
        )
        return [(each.value, each.count) for each in found.outcomes]

    assert explored(executor="processes:2") == explored()
    with pytest.raises(threadbench.UsageError, match="executor 'threads' is unknown"):
        explored(executor="threads")
