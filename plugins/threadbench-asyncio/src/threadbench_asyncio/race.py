"""A race between tasks: one thread, no preemption, and an update is lost all the same.

Tasks of an event loop take turns. None is interrupted but where it says `await`, so that what stands between two awaits
is never in a race: `value += 1` loses nothing here. But an update that awaits between its read and its write (a query,
a file, a lock of somebody else's) lets everybody else in:

    worker-1   read 0 ── await ┄┄┄┄┄┄┄┄┄┄┄┄┄┄ write 1
    worker-2                    read 0 ── await ┄┄┄┄┄┄┄┄┄┄┄ write 1

Who looks for races in tasks has to look at awaits, and at nothing else. That is less than threads have, and it is why
asyncio is said to be safe; it is more than nothing, and it is why it is not.

The cure is the same as for threads: let nobody read before the last reader has written; see kind `async-lock`.
"""

import asyncio

from pydantic import Field

from threadbench import Duration, Params, Run, workload

from .loop import Order, run_tasks


class RaceParams(Params):
    """What races, and how wide the window is."""

    workers: int = Field(2, ge=1, le=1000, description="tasks that share the updates")
    updates: int = Field(
        3, ge=0, le=100_000, description="how often one is added to the value, by all workers together"
    )
    pause: Duration = Field(0.01, description="how long an update awaits between its read and its write")
    awaits: bool = Field(True, description="whether an update awaits at all")
    order: Order = Field("fifo", description="which task that is ready goes on: asyncio's order, or any")


class Store:
    """The value that the workers share."""

    def __init__(self) -> None:
        self.value = 0


@workload("async-race", params=RaceParams, units=("updates", "updates"))
def race(run: Run, params: RaceParams) -> dict[str, int]:
    """Tasks read a shared value, await, and write it back plus one: updates get lost."""
    store = Store()
    left = iter(range(1, params.updates + 1))

    async def work() -> None:
        for number in left:
            value = store.value
            run.emit("read", update=number, value=value)
            if params.awaits:
                await asyncio.sleep(params.pause)
            store.value = value + 1
            run.emit("written", update=number, value=value + 1)

    async def main() -> None:
        async with asyncio.TaskGroup() as group:
            for number in range(1, params.workers + 1):
                group.create_task(work(), name=f"worker-{number}")

    run_tasks(run, main(), params.order)
    lost = params.updates - store.value
    run.check("no update lost", lost == 0, expected=params.updates, value=store.value)
    return {"value": store.value, "updates": params.updates, "lost": lost}
