"""A lock: one worker at a time may read, change and write the shared value, so no update is lost.

A lock has one key. Who wants to enter takes it with `acquire`; who comes next waits inside its own `acquire` until
the key is given back with `release`. What stands between the two runs for one thread at a time:

    worker 1   acquire · read 0 · pause · write 1 · release                      acquire (waits) …
    worker 2   acquire (waits) ─────────────────────────── read 1 · pause · write 2 · release

Compare kind `race`, the same without the lock: there the updates overlap, are quick, and wrong. Here they queue, take
as long as all pauses together, and are right. The waiting is the price, and the event log shows it: each
`lock.waiting` and the `lock.acquired` that ended it.

`with lock:` is the same pair, and releases on every way out of the block, exceptions too; after a bare `acquire`
that is yours to do, with `try … finally`. An `RLock` (re-entrant) may be taken again by the thread that holds it: a
method that locks can call another one that locks. A plain lock would wait for itself, for ever.
"""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from typing import Any, Literal

from pydantic import Field

from threadbench import Duration, Params, Run, Workload, hookimpl, workload


class LockParams(Params, use_attribute_docstrings=False):
    """What is protected, and how."""

    workers: int = Field(2, ge=1, le=1000, description="threads of the pool that share the updates")
    updates: int = Field(
        3, ge=0, le=100_000, description="how often one is added to the value, by all workers together"
    )
    pause: Duration = Field(0.1, description="time between an update's read and its write, spent holding the lock")
    style: Literal["with", "acquire"] = Field(
        "with", description="how the lock is taken: a with block, or acquire and release in try … finally"
    )
    lock: Literal["lock", "rlock", "none"] = Field(
        "lock", description="what protects the value: threading.Lock, threading.RLock, or nothing (which is a race)"
    )


class Store:
    """The value that the workers share."""

    def __init__(self) -> None:
        self.value = 0


@workload("lock", params=LockParams, units=("updates", "updates"))
def lock(run: Run, params: LockParams) -> dict[str, int]:
    """Workers update a shared value under a lock, one after the other: no update is lost."""
    store = Store()
    guard: Any = {"lock": threading.Lock, "rlock": threading.RLock, "none": nullcontext}[params.lock]()
    if params.lock != "none":
        run.name(guard, "guard")

    def change(number: int) -> None:
        value = store.value
        run.emit("read", update=number, value=value)
        if params.pause:
            time.sleep(params.pause)
        store.value = value + 1
        run.emit("written", update=number, value=value + 1)

    def update(number: int) -> None:
        if params.style == "with" or params.lock == "none":
            with guard:
                change(number)
        else:
            guard.acquire()
            try:
                change(number)
            finally:
                guard.release()

    # As in kind `race`, the workers start together: each finds the others at the lock.
    workers = min(params.workers, params.updates)
    if workers:
        gate = run.name(threading.Barrier(workers), "gate").wait if run.runtime == "native" else None
        with ThreadPoolExecutor(workers, thread_name_prefix="worker", initializer=gate) as pool:
            list(pool.map(update, range(1, params.updates + 1)))

    lost = params.updates - store.value
    run.check("no update lost", lost == 0, expected=params.updates, value=store.value)
    return {"value": store.value, "updates": params.updates, "lost": lost}


@hookimpl
def threadbench_workloads() -> Iterator[Workload]:
    """Provide the kind `lock`."""
    yield lock
