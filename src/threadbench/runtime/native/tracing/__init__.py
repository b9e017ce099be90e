"""Traces `threading`, `queue` and `concurrent.futures` of this process at the level their user wrote.

In comes a place to write (`Segments`), out come events; nothing of the workload needs to know. `tracing(…)` is what the
worker enters; it is imported by the worker and by runs in the calling process.
"""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ...patches import Patch, Patches
from . import conditions, locks, originals, pools, queues, recorder, rlocks, semaphores, streams, sync, threads
from .recorder import is_library
from .references import references

if TYPE_CHECKING:
    from ....events.buffer import Segments

SUBSTITUTES = {
    originals.Lock: locks.Lock,
    originals.RLock: rlocks.RLock,
    originals.SimpleQueue: queues.SimpleQueue,
}
"""Factories in C: they cannot be patched, so whoever holds one is given another."""


def rows() -> Iterator[Patch]:
    """The whole table, but for what depends on later imports."""
    yield Patch(threading, "Lock", locks.Lock)
    yield Patch(threading, "RLock", rlocks.RLock)
    yield from conditions.rows(threading.Condition)
    yield from semaphores.event_rows(threading.Event)
    yield from semaphores.semaphore_rows(threading.Semaphore, threading.BoundedSemaphore)
    yield from sync.barrier_rows(threading.Barrier)
    yield from queues.rows()
    yield from pools.rows()
    yield from threads.rows()
    yield from streams.rows()


_OURS = {
    "__main__",  # the console script
    "_distutils_hack", "_virtualenv", "sitecustomize",  # of the environment, imported at each start
    "annotated_types", "click", "msgspec", "pluggy", "pydantic", "pydantic_core", "typing_extensions",
    "typing_inspection", "yaml",
}  # fmt: skip
"""What stands in a process before any code of a user's does, besides the standard library and threadbench."""

_older: frozenset[str] = frozenset()
_prepared: list[Patch] | None = None


def settle() -> bool:
    """Set aside what is imported so far, if no code of a user's is: `prepare` then looks at what comes later only."""
    global _older
    names = frozenset(sys.modules)
    for name in names:
        top = name.partition(".")[0]
        if top not in _OURS and top not in sys.stdlib_module_names:
            file = getattr(sys.modules.get(name), "__file__", None)
            if file and not is_library(file):
                return False
    _older = names
    gc.freeze()
    return True


def prepare() -> None:
    """Find who holds the factories now, for processes that are forked from this one: it is a look at every object."""
    global _prepared
    _prepared = list(references(SUBSTITUTES, _older))


@contextmanager
def tracing(segments: Segments, *, everyone: bool) -> Iterator[None]:
    """Record into `segments` while in the body.

    Args:
        segments: where events go.
        everyone: every thread of the process belongs to the run (a worker); else only those that its threads start.
    """
    recorder.begin(segments, everyone=everyone)
    try:
        with Patches() as patches:
            # Who imported a factory by name is found first: later the table's own modules hold it too.
            patches.apply(list(references(SUBSTITUTES)) if _prepared is None else _prepared)
            patches.apply(rows())
            patches.apply(
                pools.process_rows() if "concurrent.futures.process" in sys.modules else pools.late_rows(patches)
            )
            yield
    finally:
        recorder.end()
