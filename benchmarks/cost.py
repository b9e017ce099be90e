"""(a) What an event costs the thread that emits it: CPU nanoseconds, rounds of all contestants interleaved."""

from __future__ import annotations

import queue
import random
import threading
from collections.abc import Callable, Collection
from itertools import repeat
from pathlib import Path
from time import thread_time_ns
from typing import Any, NamedTuple

from contestants import (
    back_pressure,
    floor,
    logging_logger,
    plain_condition,
    plain_event,
    plain_lock,
    plain_queue,
    plain_rlock,
    plain_semaphore,
    plain_simple_queue,
    settle,
    structlog_logger,
)

from threadbench import Run

Burst = Callable[[int], None]
"""Does its thing so many times."""


class Contestant(NamedTuple):
    """One row of the table.

    Attributes:
        make: called in each thread; its burst is what is timed.
        events: how many events one iteration logs.
        without: the row that is the same without events, whose time is taken off; None: the empty loop's is.
        size: iterations of one burst, such that it takes some ten milliseconds.
        logged: which events of ours an iteration logs, to be counted afterwards.
    """

    make: Callable[[], Burst]
    events: int = 0
    without: str | None = "loop"
    size: int = 10_000
    logged: tuple[str, ...] = ()


def _loop() -> Burst:
    def burst(n: int) -> None:
        for _ in repeat(None, n):
            pass

    return burst


def _counting_loop() -> Burst:
    def burst(n: int) -> None:
        for _ in range(n):
            pass

    return burst


def _floor() -> Burst:
    emit, events = floor()

    def burst(n: int) -> None:
        for _ in repeat(None, n):
            emit("item")

    burst.clear = events.clear  # type: ignore[attr-defined] # after the time is taken
    return burst


def _acquire(lock: Any) -> Burst:
    def burst(n: int) -> None:
        for _ in repeat(None, n):
            lock.acquire()
            lock.release()

    return burst


def _with(lock: Any) -> Burst:
    def burst(n: int) -> None:
        for _ in repeat(None, n):
            with lock:
                pass

    return burst


def _put_get(fifo: Any) -> Burst:
    def burst(n: int) -> None:
        for _ in repeat(None, n):
            fifo.put(None)
            fifo.get()

    return burst


def _put_get_at_once(fifo: Any) -> Burst:
    # A traced simple queue tries without waiting first; so does this one, to compare like with like.
    def burst(n: int) -> None:
        for _ in repeat(None, n):
            fifo.put(None)
            fifo.get(False)

    return burst


def _set_wait_clear(event: Any) -> Burst:
    def burst(n: int) -> None:
        for _ in repeat(None, n):
            event.set()
            event.wait()
            event.clear()

    return burst


def _notify(condition: Any) -> Burst:
    def burst(n: int) -> None:
        for _ in repeat(None, n):
            with condition:
                condition.notify()

    return burst


def _emit(run: Run) -> Burst:
    def burst(n: int) -> None:
        for i in range(n):
            run.emit("item", n=1, i=i)

    return burst


def _emit_bare(run: Run) -> Burst:
    def burst(n: int) -> None:
        for _ in repeat(None, n):
            run.emit("bare")

    return burst


def _info(logger: Any) -> Burst:
    def burst(n: int) -> None:
        info = logger.info
        for i in range(n):
            info("item", n=1, i=i)

    return burst


def _info_lock(logger: Any) -> Burst:
    def burst(n: int) -> None:
        info = logger.info
        for _ in repeat(None, n):
            info("lock.acquired", object="Lock#1")

    return burst


def _logging(logger: Any) -> Burst:
    def burst(n: int) -> None:
        info = logger.info
        for i in range(n):
            info("item", extra={"data": {"n": 1, "i": i}})

    return burst


def contestants(run: Run, folder: Path) -> dict[str, Contestant]:
    """The rows, in the order of the table."""
    fast = structlog_logger(folder / "structlog.jsonl")
    placed = structlog_logger(folder / "structlog-placed.jsonl", place=True)
    stdlib = logging_logger(folder / "logging.jsonl")
    lock = ("lock.acquired", "lock.released")
    event = ("event.set", "event.woke", "event.cleared")
    return {
        "loop": Contestant(_loop, without=None),
        "counting loop": Contestant(_counting_loop, without=None),
        "floor": Contestant(_floor, 1, size=KEPT),
        SHORT: Contestant(_floor, 1),
        "plain lock": Contestant(lambda: _acquire(plain_lock())),
        "plain with": Contestant(lambda: _with(plain_lock())),
        "plain rlock": Contestant(lambda: _with(plain_rlock())),
        "plain semaphore": Contestant(lambda: _with(plain_semaphore())),
        "plain condition": Contestant(lambda: _notify(plain_condition())),
        "plain event": Contestant(lambda: _set_wait_clear(plain_event()), size=5_000),
        "plain queue": Contestant(lambda: _put_get(plain_queue()), size=5_000),
        "plain simplequeue": Contestant(lambda: _put_get_at_once(plain_simple_queue())),
        "lock": Contestant(lambda: _acquire(threading.Lock()), 2, "plain lock", logged=lock),
        "with": Contestant(lambda: _with(threading.Lock()), 2, "plain with", logged=lock),
        "rlock": Contestant(lambda: _with(threading.RLock()), 2, "plain rlock", logged=lock),
        "semaphore": Contestant(
            lambda: _with(threading.Semaphore()),
            2,
            "plain semaphore",
            logged=("semaphore.acquired", "semaphore.released"),
        ),
        "condition": Contestant(
            lambda: _notify(threading.Condition()), 3, "plain condition", logged=(*lock, "condition.notified")
        ),
        "event": Contestant(lambda: _set_wait_clear(threading.Event()), 3, "plain event", 5_000, event),
        "queue": Contestant(lambda: _put_get(queue.Queue()), 2, "plain queue", 5_000, ("queue.put", "queue.got")),
        "simplequeue": Contestant(
            lambda: _put_get_at_once(queue.SimpleQueue()), 2, "plain simplequeue", logged=("queue.put", "queue.got")
        ),
        "emit": Contestant(lambda: _emit(run), 1, "counting loop", logged=("bench-events.item",)),
        "emit, no payload": Contestant(lambda: _emit_bare(run), 1, logged=("bench-events.bare",)),
        "structlog": Contestant(lambda: _info(fast), 1, "counting loop", size=2_000),
        "structlog, a lock's event": Contestant(lambda: _info_lock(fast), 1, size=2_000),
        "structlog + place, thread": Contestant(lambda: _info(placed), 1, "counting loop", size=1_000),
        "logging + JSON": Contestant(lambda: _logging(stdlib), 1, "counting loop", size=500),
    }


KEPT = 200_000
"""Events that the floor's threads together keep in their lists: a log has to keep what it was told. Emptied every
10,000 events ("short list") it need never touch new memory and is cheaper; that ratio is shown too."""

SHORT = "floor, short list"

CROWD = ("loop", "counting loop", "floor", "plain lock", "lock", "emit", "structlog", "logging + JSON")
"""Rows that are also measured with several threads."""


def measure(run: Run, folder: Path, *, rounds: int, crowd_rounds: int, paired: Collection[str]) -> dict[str, Any]:
    """Samples (CPU ns an iteration) by number of threads and row, and how many of our events were logged for them.

    With one thread a row of `paired` is measured together with the floor and with what is the same without events, one
    right after the other, in random order: `turns` has, by row, triples of (row, without, floor). That is the floor
    with the short list: its bursts are as long as the rows', and it never waits for new memory, as the long list's do
    until the allocator has kept enough of it, after some twenty bursts.
    """
    rows = contestants(run, folder)
    turns: dict[str, list[tuple[float, float, float]]] = {name: [] for name in paired}
    samples: dict[str, dict[str, list[float]]] = {}
    logged: dict[str, int] = {}

    def sample(name: str, threads: int) -> float:
        row = rows[name]
        size = row.size // threads if row.size == KEPT else row.size
        settle()
        spent = sum(_burst(row, threads, size))
        for event in row.logged:
            logged[event] = logged.get(event, 0) + threads * (size + _WARM)
        return spent / threads / size

    for threads, times in ((1, rounds), (2, crowd_rounds), (4, crowd_rounds), (8, crowd_rounds)):
        table = samples[str(threads)] = {name: [] for name in rows if threads == 1 or name in CROWD}
        for _ in range(times):
            order = list(table)
            random.shuffle(order)
            for name in order:
                if threads == 1 and name in turns:
                    row, without, least = name, str(rows[name].without), SHORT
                    spent = dict.fromkeys(random.sample((row, without, least), 3), 0.0)
                    for each in spent:
                        spent[each] = sample(each, 1)
                    turns[name].append((spent[row], spent[without], spent[least]))
                    table[name].append(spent[row])
                else:
                    table[name].append(sample(name, threads))
    return {
        "samples": samples,
        "turns": turns,
        "events": {name: row.events for name, row in rows.items()},
        "without": {name: row.without for name, row in rows.items()},
        "logged": logged,
        "back_pressure": back_pressure(),
    }


_WARM = 50
"""Iterations before the clock starts: the interpreter specialises its bytecode, strings get their numbers."""


def _burst(row: Contestant, threads: int, size: int) -> list[int]:
    """CPU nanoseconds that each thread spent."""
    spent: list[int] = []
    gate = threading.Barrier(threads)

    def body() -> None:
        burst = row.make()
        burst(_WARM)
        gate.wait()
        start = thread_time_ns()
        burst(size)
        spent.append(thread_time_ns() - start)
        getattr(burst, "clear", bool)()

    workers = [threading.Thread(target=body) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return spent
