"""Who is measured: the floor, structlog, the standard library's logging, and primitives that nobody traces.

Everything here is called inside a worker of threadbench, where `threading` and `queue` are patched, so that all
contestants share one process, one interpreter and one moment.
"""

from __future__ import annotations

import itertools
import json
import logging
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import structlog

from threadbench.events import buffer
from threadbench.runtime.native.tracing import originals, recorder

# Copies of the classes, made at import: that is in the template, before any patch.
_Condition: Any = type(
    "Condition", (), {k: v for k, v in vars(threading.Condition).items() if k[:6] not in ("__dict", "__weak")}
)
_Queue: Any = type("Queue", (), {k: v for k, v in vars(queue.Queue).items() if k[:6] not in ("__dict", "__weak")})
_Event: Any = type("Event", (), {k: v for k, v in vars(threading.Event).items() if k[:6] not in ("__dict", "__weak")})
_Semaphore: Any = type(
    "Semaphore", (), {k: v for k, v in vars(threading.Semaphore).items() if k[:6] not in ("__dict", "__weak")}
)


# Asked for at each call: a name of this module that held a factory would be patched like any workload's.


def plain_lock() -> Any:
    """A `threading.Lock` as it is without threadbench."""
    return originals.allocate_lock()


def plain_rlock() -> Any:
    """A `threading.RLock` as it is without threadbench."""
    return originals.new_rlock()


def plain_simple_queue() -> Any:
    """A `queue.SimpleQueue` as it is without threadbench."""
    return originals.SimpleQueue()


def plain_condition() -> Any:
    """A `threading.Condition` as it is without threadbench."""
    return _Condition(plain_rlock())


def plain_queue(maxsize: int = 0) -> Any:
    """A `queue.Queue` as it is without threadbench."""
    made = _Queue(maxsize)
    made.mutex = plain_lock()
    made.not_empty, made.not_full, made.all_tasks_done = (_Condition(made.mutex) for _ in range(3))
    return made


def plain_event() -> Any:
    """A `threading.Event` as it is without threadbench."""
    made = _Event()
    made._cond = _Condition(plain_lock())
    return made


def plain_semaphore(value: int = 1) -> Any:
    """A `threading.Semaphore` as it is without threadbench."""
    made = _Semaphore(value)
    made._cond = _Condition(plain_lock())
    return made


next_floor_seq = itertools.count(1).__next__


def floor() -> tuple[Callable[[Any], None], list[Any]]:
    """The cheapest log that keeps an order: clock, number, and an append to the thread's own list.

    It has no file, no other reader, no place, and its memory grows; it is what nobody can go below in Python.
    """
    events: list[Any] = []

    def emit(
        event: Any,
        append: Any = events.append,
        clock: Any = time.monotonic_ns,
        next_seq: Any = next_floor_seq,
    ) -> None:
        append((event, clock(), next_seq()))

    return emit, events


@contextmanager
def _real_locks() -> Iterator[None]:
    """Loggers are not to pay for being traced."""
    traced = threading.Lock, threading.RLock
    threading.Lock, threading.RLock = originals.Lock, originals.RLock  # type: ignore[misc] # factories
    try:
        yield
    finally:
        threading.Lock, threading.RLock = traced  # type: ignore[misc] # as before


def structlog_logger(path: Path, *, place: bool = False) -> Any:
    """structlog as its chapter on performance advises: BytesLogger, orjson, cached loggers, few processors.

    With `place` each event has file, line and thread, as each event of threadbench has.
    """
    processors: list[Any] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.JSONRenderer(serializer=orjson.dumps),
    ]
    if place:
        wanted = structlog.processors.CallsiteParameter
        adder = structlog.processors.CallsiteParameterAdder([wanted.FILENAME, wanted.LINENO, wanted.THREAD_NAME])
        processors.insert(0, adder)
    with _real_locks():
        return structlog.wrap_logger(
            structlog.BytesLogger(path.open("wb")),
            processors=processors,
            wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
            context_class=dict,
            cache_logger_on_first_use=True,
        ).bind()


class JsonFormatter(logging.Formatter):
    """A record as a line of JSON, with what was given as `extra={"data": …}`."""

    def format(self, record: logging.LogRecord) -> str:
        """As `logging.Formatter.format`."""
        return json.dumps(
            {
                "t": record.created,
                "event": record.msg,
                "thread": record.threadName,
                "at": f"{record.filename}:{record.lineno}",
                "data": record.__dict__.get("data"),
            }
        )


def logging_logger(path: Path) -> logging.Logger:
    """The standard library's logging, a JSON formatter and a file handler."""
    with _real_locks():
        logger = logging.Logger("benchmark", logging.INFO)
        handler = logging.FileHandler(path, mode="w")
    handler.setFormatter(JsonFormatter())
    logger.addHandler(handler)
    return logger


def settle() -> None:
    """Wait until the supervisor has read every segment that was filled, so that no burst meets back-pressure."""
    segments = recorder._state.segments
    assert segments is not None
    retired: deque[Any] = segments._retired
    deadline = time.monotonic() + 30
    while any(segments._words[buffer.DRAINED + index] != generation for index, generation, _ in list(retired)):
        assert time.monotonic() < deadline, "the supervisor stands still"
        time.sleep(0.005)
    time.sleep(0.03)


def back_pressure() -> int:
    """How often a thread of this run has waited for the supervisor so far."""
    segments = recorder._state.segments
    assert segments is not None
    return int(segments._words[buffer.BACK_PRESSURE])
