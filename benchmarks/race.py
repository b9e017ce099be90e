"""(c) What logging does to a race: the share of its updates that is lost, unlogged and under each log.

    t = box.value; …; box.value = f(t) + 1; then perhaps an event

Both threads run pure Python with the interpreter's own switch interval. A switch between the reading and the writing
costs updates; a log that lets go of the GIL at each event moves all switches out of there, and hides the race.
"""

from __future__ import annotations

import random
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from time import perf_counter_ns
from typing import Any

from contestants import back_pressure, logging_logger, plain_lock, settle, structlog_logger

from threadbench import Run

Log = Callable[[int], None]


class Box:
    """What the threads share."""

    def __init__(self) -> None:
        self.value = 0


def same(value: int) -> int:
    """A call, so that CPython may switch threads between the reading and the writing."""
    return value


def unlogged(box: Box, updates: int, steps: int) -> None:
    """Update without a word."""
    for _ in range(updates):
        t = box.value
        for _ in range(steps):
            pass
        box.value = same(t) + 1


def logged(box: Box, updates: int, steps: int, every: int, log: Log) -> None:
    """Update, and say so each time or each few times."""
    for i in range(updates):
        t = box.value
        for _ in range(steps):
            pass
        box.value = same(t) + 1
        if i % every == 0:
            log(i)


def race(updates: int, steps: int, every: int, log: Log | None) -> tuple[float, float]:
    """The share of updates lost by two threads, and wall nanoseconds an update."""
    box = Box()
    gate = plain_lock()
    gate.acquire()

    def body() -> None:
        with gate:
            pass
        if log is None:
            unlogged(box, updates, steps)
        else:
            logged(box, updates, steps, every, log)

    threads = [threading.Thread(target=body) for _ in range(2)]
    for thread in threads:
        thread.start()
    start = perf_counter_ns()
    gate.release()
    for thread in threads:
        thread.join()
    return 1 - box.value / (2 * updates), (perf_counter_ns() - start) / (2 * updates)


SITUATIONS = {
    "a call between, each update logged": (0, 1),
    "20 steps between, each update logged": (20, 1),
    "20 steps between, each 10th logged": (20, 10),
    "100 steps between, each update logged": (100, 1),
}


def measure(run: Run, folder: Path, *, rounds: int, milliseconds: int) -> dict[str, Any]:
    """Samples (share of updates lost) by situation and contestant."""
    fast = structlog_logger(folder / "race-structlog.jsonl")
    stdlib = logging_logger(folder / "race-logging.jsonl")
    logs: dict[str, Log | None] = {
        "no log": None,
        "threadbench": lambda i: run.emit("update", i=i),
        "structlog": lambda i: fast.info("update", i=i),
        "logging + JSON": lambda i: stdlib.info("update", extra={"data": {"i": i}}),
    }
    samples: dict[str, dict[str, list[float]]] = {what: {name: [] for name in logs} for what in SITUATIONS}
    sizes: dict[tuple[str, str], int] = {}
    for round_number in range(-1, rounds):  # the first only finds out how many updates take that long
        for what, (steps, every) in SITUATIONS.items():
            order = list(logs)
            random.shuffle(order)
            for name in order:
                settle()
                lost, cost = race(sizes.get((what, name), 5_000), steps, every, logs[name])
                if round_number < 0:
                    sizes[what, name] = int(min(1_000_000, max(2_000, milliseconds * 1e6 / cost / 2)))
                else:
                    samples[what][name].append(lost)
    updates = {what: {name: 2 * sizes[what, name] for name in logs} for what in SITUATIONS}
    return {
        "samples": samples,
        "updates": updates,
        "switch_interval": sys.getswitchinterval(),
        "back_pressure": back_pressure(),
    }
