"""Ordered time: sleeps and timeouts end in the order of their ends, and what is said of that is true."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

import threadbench

EVERY = pytest.mark.parametrize("strategy", ["dfs", "auto", "random", "pct"])


class Shared:
    """What threads share."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.looks = 0
        self.flag = False
        self.lock = threading.Lock()
        self.set = threading.Event()


def told(shared: Shared) -> str:
    return " ".join(shared.told)


def after(milliseconds: int, name: str) -> Callable[[Shared], None]:
    def sleeper(shared: Shared) -> None:
        time.sleep(milliseconds / 1000)
        shared.told.append(name)

    return sleeper


def search(*threads: Callable[[Shared], None], strategy: str = "dfs", schedules: int = 60) -> threadbench.Found:
    return threadbench.explore(
        Shared, threads, outcome=told, strategy=strategy, time="ordered", max_schedules=schedules, stop_on_first=False
    )


def outcomes(found: threadbench.Found) -> set[str]:
    assert {outcome.cause for outcome in found.outcomes} == {"finished"}, found
    return {outcome.value for outcome in found.outcomes}


@EVERY
def test_the_shorter_sleep_ends_first(strategy: str) -> None:
    """Whoever is scheduled how."""
    assert outcomes(search(after(20, "late"), after(10, "early"), strategy=strategy)) == {"early late"}


@EVERY
def test_equal_sleeps_end_in_either_order(strategy: str) -> None:
    """Who began first is a matter of the schedule: both orders are found, also by what says that it is exhaustive."""
    assert outcomes(search(after(10, "one"), after(10, "two"), strategy=strategy)) == {"one two", "two one"}


def test_exhaustive_is_all() -> None:
    """What takes turns says that it has seen everything where it has, and it sees as much as the plain search."""

    def count(shared: Shared) -> None:
        shared.looks += 1
        shared.told.append("now")

    threads = after(10, "one"), after(10, "two"), count
    plain, auto = search(*threads, schedules=2_000), search(*threads, strategy="auto", schedules=2_000)
    assert plain.exhaustive
    assert auto.exhaustive
    assert outcomes(auto) == outcomes(plain) == {"now one two", "now two one"}


@EVERY
def test_who_polls_does_not_keep_a_sleeper_asleep(strategy: str) -> None:
    """A thread that always has something to do (it counts) lets time pass; the flag is set when its time has come."""

    def poll(shared: Shared) -> None:
        while not shared.flag:
            shared.looks += 1
        shared.told.append("seen")

    def raise_flag(shared: Shared) -> None:
        time.sleep(0.000_2)
        shared.flag = True

    found = search(poll, raise_flag, strategy=strategy, schedules=20)
    assert outcomes(found) == {"seen"}


def test_a_sleeper_wakes_among_those_who_are_at_work() -> None:
    """Before, after, or between the steps of a thread that works while it sleeps."""

    def work(shared: Shared) -> None:
        for _ in range(4):
            shared.told.append(".")

    def nap(shared: Shared) -> None:
        time.sleep(0.000_003)
        shared.told.append("!")

    found = search(work, nap, schedules=10_000)
    assert found.exhaustive
    assert {". . ! . .", ". . . ! .", ". . . . !"} <= outcomes(found)


def test_a_wait_times_out_though_others_take_what_it_waits_for() -> None:
    """Whose time is up goes on, also when the lock was released and taken again before its turn."""

    def hold(shared: Shared) -> None:
        with shared.lock:
            for _ in range(12):
                shared.looks += 1

    def hold_until_somebody_gave_up(shared: Shared) -> None:
        with shared.lock:
            shared.set.wait()

    def give_up(shared: Shared) -> None:
        got = shared.lock.acquire(timeout=0.000_004)
        shared.told.append("got" if got else "timeout")
        shared.set.set()
        if got:
            shared.lock.release()

    for strategy in ("random", "pct"):
        found = search(hold, hold_until_somebody_gave_up, give_up, strategy=strategy, schedules=2_000)
        assert outcomes(found) == {"got", "timeout"}


@pytest.mark.parametrize(("milliseconds", "value"), [(10, "woke"), (200, "timed out")])
@EVERY
def test_of_a_timeout_and_what_it_waits_for_the_earlier_comes(strategy: str, milliseconds: int, value: str) -> None:
    """An event that is set in time is heard, one that is set later is not."""

    def wait(shared: Shared) -> None:
        shared.told.append("woke" if shared.set.wait(0.1) else "timed out")

    def set_event(shared: Shared) -> None:
        time.sleep(milliseconds / 1000)
        shared.set.set()

    assert outcomes(search(wait, set_event, strategy=strategy)) == {value}


def test_there_is_nothing_to_reduce() -> None:
    """A reduction would take steps for independent that one clock puts in order: it is refused."""
    with pytest.raises(threadbench.UsageError, match="nothing to reduce in ordered time"):
        search(after(10, "one"), strategy="dpor")
