"""Whether a thread looks at the time before or after another's sleep has ended is an order that reductions must try."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable

import pytest

import threadbench


class Shared:
    """What threads share."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.lock = threading.Lock()
        self.items: queue.Queue[int] = queue.Queue()
        self.expires = time.monotonic() + 0.5
        self.entry: str | None = "entry"


Thread = Callable[[Shared], None]


def told(shared: Shared) -> str:
    return " ".join(sorted(shared.told))


def sleep(shared: Shared) -> None:
    time.sleep(1)


def sleep_longer(shared: Shared) -> None:
    time.sleep(2)


def give_up(shared: Shared) -> None:
    if shared.lock.acquire(timeout=1):
        shared.lock.release()


def hold(shared: Shared) -> None:
    with shared.lock:
        pass


def get_in_time(shared: Shared) -> None:
    try:
        shared.items.get(timeout=1)
        shared.told.append("got")
    except queue.Empty:
        shared.told.append("nothing")


def put(shared: Shared) -> None:
    shared.items.put(1)


def look(shared: Shared) -> None:
    now = time.monotonic()
    shared.told.append("late" if now > 1.5 else "later" if now > 0.5 else "early")


def look_twice(shared: Shared) -> None:
    first = time.monotonic() > 0.5
    shared.expires = 0.0
    shared.told.append(f"{first} {time.monotonic() > 0.5}")


def expire(shared: Shared) -> None:
    if shared.entry is not None and shared.expires < time.monotonic():
        shared.told.append("expired" if shared.entry is not None else "twice")
        shared.entry = None


def sleep_and_expire(shared: Shared) -> None:
    time.sleep(1)
    expire(shared)


PROGRAMS: dict[str, tuple[list[Thread], set[str]]] = {
    "a look beside a sleep": ([sleep, look], {"early", "later"}),
    "a look beside two sleeps": ([sleep, sleep_longer, look], {"early", "later", "late"}),
    "two looks beside a sleep": ([sleep, look, look], {"early early", "early later", "later later"}),
    "a look before and after": ([sleep, look_twice], {"False False", "False True", "True True"}),
    "a look beside a timeout": ([give_up, hold, look], {"early", "later"}),
    "an entry that expires": ([sleep_and_expire, expire], {"expired", "expired expired", "expired twice"}),
    "a queue that looks how long it may wait": ([get_in_time, put], {"got", "nothing"}),
}


@pytest.mark.parametrize(("threads", "ends"), PROGRAMS.values(), ids=PROGRAMS)
@pytest.mark.parametrize("strategy", ["dfs", "dpor", "auto"])
def test_every_order_of_looks_and_ends_is_tried(strategy: str, threads: list[Thread], ends: set[str]) -> None:
    """The reduction comes to what the plain search comes to, and to nothing else."""
    found = threadbench.explore(Shared, threads, outcome=told, strategy=strategy, stop_on_first=False)
    assert found.exhaustive
    assert {outcome.value for outcome in found.outcomes} == ends


def test_sleeps_nobody_looks_beside_are_one_class() -> None:
    """Time that passes is no conflict with time that passes."""
    found = threadbench.explore(Shared, [sleep, sleep_longer, sleep], strategy="dpor")
    assert (found.exhaustive, found.schedules) == (True, 1)


def test_looks_are_no_conflict_with_each_other() -> None:
    """Where nobody sleeps there is one time to see."""

    def only_look(shared: Shared) -> None:
        time.monotonic()

    found = threadbench.explore(Shared, [only_look] * 3, strategy="dpor")
    assert (found.exhaustive, found.schedules) == (True, 1)
