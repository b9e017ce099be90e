"""A lock between tasks: whoever awaits while it holds the lock keeps the others out, and no update is lost.

A task that finds an `asyncio.Lock` taken does what tasks do: it awaits, and lets others go on. The lock wakes those
that wait in the order in which they came:

    worker-1   acquire · read 0 · await ┄┄┄┄┄ write 1 · release
    worker-2                       acquire ┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄ read 1 · await ┄┄┄┄┄ write 2 · release

It has nothing to do with `threading.Lock`, and that one will not do in its place (`lock: thread`). All tasks of a loop
share one thread: who waits for a threading lock does not await, it stops the thread, and with it the loop, and with
that the very task that would release the lock. That is a deadlock with one thread in it.

What needs no lock at all is a change without an `await` in it; see kind `async-race`.
"""

import asyncio
import threading
from contextlib import nullcontext
from typing import Any, Literal

from pydantic import Field

from threadbench import Duration, Params, Run, workload

from .loop import Order, called, run_tasks


class LockParams(Params):
    """What is protected, and how."""

    workers: int = Field(2, ge=1, le=1000, description="tasks that share the updates")
    updates: int = Field(
        3, ge=0, le=100_000, description="how often one is added to the value, by all workers together"
    )
    pause: Duration = Field(0.01, description="how long an update awaits between its read and its write")
    lock: Literal["lock", "thread", "none"] = Field(
        "lock", description="what protects the value: asyncio.Lock, threading.Lock (which is wrong), or nothing"
    )
    order: Order = Field("fifo", description="which task that is ready goes on: asyncio's order, or any")


class Store:
    """The value that the workers share."""

    def __init__(self) -> None:
        self.value = 0


@workload("async-lock", params=LockParams, units=("updates", "updates"))
def lock(run: Run, params: LockParams) -> dict[str, int]:
    """Tasks update a shared value under a lock, one after the other: no update is lost."""
    store = Store()
    left = iter(range(1, params.updates + 1))

    async def update(number: int) -> None:
        value = store.value
        run.emit("read", update=number, value=value)
        await asyncio.sleep(params.pause)
        store.value = value + 1
        run.emit("written", update=number, value=value + 1)

    async def work(guard: Any) -> None:
        for number in left:
            if params.lock == "thread":
                with guard:
                    await update(number)
            else:
                async with guard:
                    await update(number)

    async def main() -> None:
        guard: Any = nullcontext()
        if params.lock == "lock":
            guard = called("guard", asyncio.Lock())
        elif params.lock == "thread":
            guard = run.name(threading.Lock(), "guard")
        async with asyncio.TaskGroup() as group:
            for number in range(1, params.workers + 1):
                group.create_task(work(guard), name=f"worker-{number}")

    run_tasks(run, main(), params.order)
    lost = params.updates - store.value
    run.check("no update lost", lost == 0, expected=params.updates, value=store.value)
    return {"value": store.value, "updates": params.updates, "lost": lost}
