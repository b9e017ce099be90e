"""Sweeps from Python: the executors of the command, and any other, come to what one process does."""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sweeps import began, lay_out, logs

import threadbench
from threadbench.errors import ExecutorError


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


ODD = """\
import os
import threading

from threadbench import Params, hookimpl, workload


class OddError(Exception):
    \"\"\"Cannot be pickled, or, of case 2, not be read again.\"\"\"

    def __init__(self, number, of):
        super().__init__(f"{number} of {of}")
        if number == 1:
            self.lock = threading.Lock()


class Odd(Params):
    number: int = 0
    opens: bool = True

    def __setstate__(self, state):
        super().__setstate__(state)
        if not self.opens and os.environ["ASKING"] != str(os.getpid()):
            raise OddError(self.number, 2)


@workload("odd", params=Odd)
def odd(run, params):
    if params.number:
        raise OddError(params.number, 2)
    return {}


@hookimpl
def threadbench_workloads():
    yield odd
"""


@pytest.fixture
def odd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A plugin whose errors cannot travel, that this process finds, and its workers."""
    (tmp_path / "odd.py").write_text(ODD, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("THREADBENCH_PLUGINS", "odd")
    monkeypatch.setenv("ASKING", str(os.getpid()))
    return tmp_path


def test_an_error_that_cannot_travel_is_its_case_s(odd: Path) -> None:
    """It is in the log that comes back, as text: no worker is lost by it, and all other cases are run."""
    (odd / "quick.yaml").write_text("kind: odd\nmatrix: {number: [0, 1, 2]}\n", encoding="utf-8")
    alone = came()
    assert [verdict for verdict, *_ in alone.values()] == ["passed", "crashed", "crashed"]
    with ProcessPoolExecutor(2) as pool:
        assert came(executor=pool) == alone
    assert came(executor="processes:2") == alone


@pytest.mark.parametrize("number", [1, 2])
def test_a_case_whose_params_raise_there_is_refused_with_what_they_raised(odd: Path, number: int) -> None:
    """Whatever the error is made of, what arrives is a sentence, and not a broken executor."""
    text = f"kind: odd\nparams: {{number: {number}, opens: false}}\n"
    (odd / "quick.yaml").write_text(text, encoding="utf-8")
    with ProcessPoolExecutor(2) as pool:
        said = rf"cannot import what is run: OddError: {number} of 2 \(.*odd.py:\d+\)"
        with pytest.raises(threadbench.UsageError, match=said):
            came(executor=pool)
        assert pool.submit(len, "abc").result() == 3


class Machines(Executor):
    """Two machines, of which one gets the first calls; what is written there ends after a page, as on a full disk."""

    def __init__(self, first: int) -> None:
        self._full = ProcessPoolExecutor(1, initializer=fill_disk)
        self._other = ProcessPoolExecutor(1)
        self._first = first
        self.calls = 0

    def submit(self, function: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        self.calls += 1
        pool = self._full if self.calls <= self._first else self._other
        return pool.submit(function, *arguments, **named)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        for pool in (self._full, self._other):
            pool.shutdown(wait, cancel_futures=cancel_futures)


def fill_disk() -> None:
    """What this process and its children write fails from now on."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))


def test_what_one_machine_s_disk_refuses_another_does(folder: Path) -> None:
    """Runs whose logs cannot be written there are given out again, and all come to what one process does."""
    alone = came()
    with Machines(first=2) as machines:
        assert came(executor=machines) == alone
        assert machines.calls == 8 + 2


def test_where_every_disk_is_full_the_sweep_ends_and_says_so(folder: Path) -> None:
    """After three tries of one run, with what the system said, and how to go on."""
    with Machines(first=1000) as machines, pytest.raises(ExecutorError) as caught:
        came(executor=machines)
    assert "gives up quick.yaml::quick[number=" in str(caught.value)
    assert "3 times, LogError: cannot write beside the event log" in str(caught.value)
    assert "File too large" in str(caught.value)
    assert "resume=True" in str(caught.value.hint)


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
