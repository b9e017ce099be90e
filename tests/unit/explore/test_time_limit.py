"""The time of a search is up within a schedule too, where that is long or slow."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

import threadbench

work = time.process_time  # the real one


class Long:
    """Threads that never end by themselves within the time."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.value = 0

    def count(self) -> None:
        for _ in range(10**6):
            self.value += 1
        ENDED.append("count")

    def take(self) -> None:
        for _ in range(10**6):
            with self.lock:
                self.value += 1
        ENDED.append("take")

    def labour(self) -> None:
        for _ in range(10**4):
            until = work() + 0.01
            while work() < until:
                pass
            self.value += 1
        ENDED.append("labour")


ENDED: list[str] = []


@pytest.mark.parametrize("model", ["free-threaded", "gil", "sync"])
@pytest.mark.parametrize("strategy", ["auto", "dpor", "dfs", "random"])
@pytest.mark.parametrize("thread", [Long.count, Long.take, Long.labour], ids=["long", "locked", "slow"])
def test_a_schedule_ends_when_the_time_is_up(thread: Any, strategy: str, model: Any) -> None:
    """The search is inconclusive, and says that it was within a schedule; no thread got to its end."""
    ENDED.clear()
    found = threadbench.explore(Long, [thread, thread], strategy=strategy, model=model, time_limit=0.05)
    assert (found.verdict, found.exhaustive, found.schedules) == ("inconclusive", False, 0)
    assert found.reason == "50ms were up after 0 schedules and within another, in which nothing was wrong"
    assert ENDED == []


def test_jobs_end_within_schedules_too() -> None:
    """Each process looks at the time as one search does."""
    found = threadbench.explore(Long, [Long.take, Long.take], strategy="random", jobs=2, time_limit=0.05)
    assert (found.verdict, found.schedules) == ("inconclusive", 0)


def test_long_schedules_that_are_in_time_end_by_themselves() -> None:
    """A look at the clock changes nothing of a schedule."""

    def add() -> None:
        for _ in range(3_000):
            state[0] += 1

    state = [0]
    found = threadbench.explore(threads=[add, add], strategy="random", max_schedules=3, time_limit=600, seed=1)
    again = threadbench.explore(threads=[add, add], strategy="random", max_schedules=3, time_limit=600, seed=1)
    assert (found.verdict, found.schedules, found.points) == ("holds", 3, again.points)
