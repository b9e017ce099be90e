"""(b) What logging does to threads that hand over to each other: wall time as a ratio to the same without a log."""

from __future__ import annotations

import queue
import random
import threading
from collections.abc import Callable
from pathlib import Path
from time import perf_counter_ns
from typing import Any

from contestants import back_pressure, logging_logger, plain_lock, plain_queue, settle, structlog_logger

Log = Callable[[str], None]


def _nothing(event: str) -> None:
    pass


def _in_two_threads(first: Callable[[], None], second: Callable[[], None]) -> int:
    """Nanoseconds of wall time until both have ended."""
    threads = [threading.Thread(target=first), threading.Thread(target=second)]
    start = perf_counter_ns()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return perf_counter_ns() - start


def ping_pong(make_lock: Any, log: Log | None, times: int) -> int:
    """Two threads, two locks: each takes one and lets the other go on, which waits for it."""
    ping, pong = make_lock(), make_lock()
    pong.acquire()

    def turns(mine: Any, other: Any) -> None:
        for _ in range(times):
            mine.acquire()
            other.release()

    def logged_turns(mine: Any, other: Any, log: Log) -> None:
        for _ in range(times):
            log("lock.waiting")
            mine.acquire()
            log("lock.acquired")
            log("lock.released")
            other.release()

    if log is None:
        return _in_two_threads(lambda: turns(ping, pong), lambda: turns(pong, ping))
    return _in_two_threads(lambda: logged_turns(ping, pong, log), lambda: logged_turns(pong, ping, log))


def hand_over(make_queue: Any, log: Log | None, times: int, maxsize: int) -> int:
    """One thread puts, the other gets."""
    fifo = make_queue(maxsize)

    def put() -> None:
        for i in range(times):
            fifo.put(i)

    def get() -> None:
        for _ in range(times):
            fifo.get()

    def logged_put() -> None:
        assert log is not None
        for i in range(times):
            if fifo.full():
                log("queue.waiting")
            fifo.put(i)
            log("queue.put")

    def logged_get() -> None:
        assert log is not None
        for _ in range(times):
            if fifo.empty():
                log("queue.waiting")
            fifo.get()
            log("queue.got")

    return _in_two_threads(put, get) if log is None else _in_two_threads(logged_put, logged_get)


def measure(folder: Path, *, rounds: int, times: int) -> dict[str, Any]:
    """Samples (wall ns an operation) by situation and contestant."""
    fast = structlog_logger(folder / "slowdown-structlog.jsonl")
    stdlib = logging_logger(folder / "slowdown-logging.jsonl")

    def by_structlog(event: str) -> None:
        fast.info(event, object="Lock#1")

    def by_logging(event: str) -> None:
        stdlib.info(event, extra={"data": {"object": "Lock#1"}})

    logs: dict[str, Log | None] = {
        "no log": None,
        "threadbench": None,
        "structlog": by_structlog,
        "logging + JSON": by_logging,
    }
    situations: dict[str, Callable[[str, Log | None], int]] = {
        "lock ping-pong": lambda name, log: ping_pong(
            threading.Lock if name == "threadbench" else plain_lock, log, times
        ),
        "queue hand-off (maxsize 1)": lambda name, log: hand_over(
            queue.Queue if name == "threadbench" else plain_queue, log, times, 1
        ),
        "queue stream (no bound)": lambda name, log: hand_over(
            queue.Queue if name == "threadbench" else plain_queue, log, 4 * times, 0
        ),
    }
    operations = {
        "lock ping-pong": 2 * times,
        "queue hand-off (maxsize 1)": times,
        "queue stream (no bound)": 4 * times,
    }
    samples: dict[str, dict[str, list[float]]] = {what: {name: [] for name in logs} for what in situations}
    for _ in range(rounds):
        for what, go in situations.items():
            order = list(logs)
            random.shuffle(order)
            for name in order:
                settle()
                samples[what][name].append(go(name, logs[name]) / operations[what])
    return {"samples": samples, "back_pressure": back_pressure()}
