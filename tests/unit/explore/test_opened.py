"""Looks into what the standard library keeps for itself: told of, or named; and schedules of such searches are kept."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import threadbench


class State:
    """What may be looked at."""

    def __init__(self) -> None:
        self.tasks: queue.Queue[int] = queue.Queue()
        self.future: Future[int] = Future()
        self.thread = threading.Thread(target=int)
        self.seen: list[Any] = []


def put(state: State) -> None:
    state.tasks.put(1)


def compare(state: State) -> None:
    """Looks without the lock, between the append and the count."""
    assert len(state.tasks.queue) <= state.tasks.unfinished_tasks


def both_counted(state: State) -> bool:
    return len(state.tasks.queue) == state.tasks.unfinished_tasks


def finish(state: State) -> None:
    state.future.set_result(1)


def future_state(state: State) -> None:
    state.seen.append(vars(state)["future"]._state)  # the look


def started(state: State) -> None:
    state.seen.append(state.thread._started.is_set())  # type: ignore[attr-defined] # the look


def workers(_: State) -> None:
    with ThreadPoolExecutor(1) as pool:
        pool.submit(int)
        len(pool._threads)  # the look


def finished(state: State) -> str:
    return str(vars(state)["future"]._state)


@pytest.mark.parametrize("look", [future_state, started, workers], ids=lambda look: look.__name__)
def test_what_cannot_be_told_of_is_named(look: Any) -> None:
    """A reduced search that met such a look does not say that it knows everything, and names the line."""
    found = threadbench.explore(State, [finish, look], strategy="dpor")
    assert (found.verdict, found.exhaustive) == ("inconclusive", False)
    line = next(
        number
        for number, text in enumerate(Path(__file__).read_text().splitlines(), 1)
        if "# the look" in text and number > look.__code__.co_firstlineno
    )
    assert f"test_opened.py:{line} looks at" in (found.reason or "")


def test_looks_at_the_end_cost_nothing() -> None:
    """What checks and outcomes look at when all threads have ended needs no points, and hides nothing."""
    found = threadbench.explore(
        State, [put, put, finish], check=both_counted, outcome=finished, strategy="dpor", stop_on_first=False
    )
    assert (found.verdict, found.exhaustive) == ("holds", True)
    assert found.schedules == 2
    assert [outcome.value for outcome in found.outcomes] == ["FINISHED"]


@pytest.mark.parametrize("strategy", ["auto", "dpor", "dfs", "pct", "random"])
def test_a_schedule_within_the_library_is_found_and_replays(strategy: str) -> None:
    """An end that only a switch within `Queue.put` leads to has a witness that comes to it again."""
    found = threadbench.explore(State, [put, compare], strategy=strategy, seed=3)
    assert found.verdict == "crashed"
    assert found.witness is not None
    assert found.witness.replay().verdict == "crashed"


def test_two_jobs_look_where_one_does() -> None:
    """A batch that meets such a look ends the search as it would in one process: it begins again, the same."""
    alone, together = (
        threadbench.explore(
            State, [put, compare], strategy="random", seed=1, max_schedules=600, stop_on_first=False, jobs=jobs
        )
        for jobs in (1, 2)
    )
    assert alone.verdict == "crashed"
    assert [(each.cause, each.count, each.first) for each in together.outcomes] == [
        (each.cause, each.count, each.first) for each in alone.outcomes
    ]
    assert together.points == alone.points


@pytest.mark.parametrize("options", [[], ["--jobs", "2"]], ids=["one job", "two jobs"])
def test_a_stored_schedule_within_the_library_replays(options: list[str], tmp_path: Path) -> None:
    """The command finds it, keeps it, and comes to it again from the file."""
    (tmp_path / "program.py").write_text(
        "import queue\nTasks = queue.Queue\n"
        "def put(tasks):\n    tasks.put(1)\n"
        "def compare(tasks):\n    assert len(tasks.queue) <= tasks.unfinished_tasks\n"
    )
    path = tmp_path / "looks.yaml"
    path.write_text(
        f"kind: code\nparams:\n  path: [{json.dumps(str(tmp_path))}]\n  setup: program:Tasks\n"
        "  threads:\n    - {call: program:put}\n    - {call: program:compare}\n"
    )
    command = [sys.executable, "-m", "threadbench"]
    done = subprocess.run(
        [*command, "explore", str(path), "--json", *options], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    (search,) = json.loads(done.stdout)["searches"]
    assert search["verdict"] == "crashed", done.stdout + done.stderr
    again = subprocess.run(
        [*command, "replay", search["witness"], "--times", "3"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert "3 times, always the same" in again.stdout, again.stdout + again.stderr
    assert "queue.py" in again.stdout


def test_a_queue_that_keeps_its_items_itself_is_not_opened() -> None:
    """A subclass that says how items are put and got has its accesses in code under test, under the queue's lock."""
    found = threadbench.explore(Unique, [Unique.put_one, Unique.put_one], outcome=Unique.qsize, strategy="dpor")
    assert (found.verdict, found.exhaustive, found.schedules) == ("holds", True, 2)


class Unique(queue.Queue[Any]):
    """A queue of what is not in it yet, as the library's documentation suggests."""

    def _init(self, maxsize: int) -> None:
        self.queue: Any = set()

    def _put(self, item: Any) -> None:
        self.queue.add(item)

    def _get(self) -> Any:
        return self.queue.pop()

    def put_one(self) -> None:
        self.put(1)
