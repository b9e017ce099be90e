"""Producers and consumers on an event loop: a bounded queue between tasks, and three ways to stop, one of which hangs.

The queue is as with threads: bounded, so that who is too quick waits. With tasks to wait is to `await`, and the end is
told by one of these:

    stop: join        producers end; `queue.join()` waits until whatever they put has been used (`task_done`); then the
                      consumers, which wait for more, are cancelled. The way that asyncio's documentation shows.
    stop: sentinel    producers end; then a sentinel for each consumer goes into the queue, behind all items.
    stop: event       `while not (stop is set and the queue is empty): await queue.get()`. One thread, no preemption,
                      and it hangs all the same: a consumer looks, finds the event not set, and awaits an item; the
                      event is set while it waits; nobody puts again. Between a look and an await nobody comes in. While
                      the await lasts, everybody does.

With threads such a hang is a matter of luck. Tasks take turns in an order that is nearly fixed, so that it comes every
time or never, and which of the two hangs on what seems to have nothing to do with it.
"""

import asyncio
from typing import Literal

from pydantic import Field

from threadbench import Duration, Params, Run, workload

from .loop import Order, called, run_tasks


class ProdconsParams(Params):
    """Who makes and who uses, how much fits between them, and how it ends."""

    producers: int = Field(1, ge=1, le=500, description="tasks that put items into the queue")
    consumers: int = Field(1, ge=1, le=500, description="tasks that get items out of it")
    capacity: int = Field(10, ge=0, description="how many items fit into the queue; 0 means any number")
    items: int = Field(3, ge=0, description="how many items each producer puts")
    pause: Duration = Field(0.0, description="how long a producer rests after each item; 0s: not at all")
    stop: Literal["join", "sentinel", "event"] = Field(
        "join", description="how consumers learn of the end: cancelled, by a sentinel, or by an event (naive: it hangs)"
    )
    order: Order = Field("fifo", description="which task that is ready goes on: asyncio's order, or any")


@workload("async-prodcons", params=ProdconsParams, units=("items", "used"))
def prodcons(run: Run, params: ProdconsParams) -> dict[str, int]:
    """Producers and consumers are tasks that share a bounded queue; nothing may be lost."""
    made: list[tuple[int, int]] = []
    used: list[tuple[int, int]] = []

    async def produce(producer: int, pipeline: asyncio.Queue[tuple[int, int] | None]) -> None:
        for number in range(1, params.items + 1):
            run.emit("made", producer=producer, number=number)
            made.append((producer, number))
            await pipeline.put((producer, number))
            if params.pause:
                await asyncio.sleep(params.pause)

    async def consume(pipeline: asyncio.Queue[tuple[int, int] | None], stop: asyncio.Event) -> None:
        while not (params.stop == "event" and stop.is_set() and pipeline.empty()):
            item = await pipeline.get()
            if item is None:  # the sentinel
                break
            run.emit("used", producer=item[0], number=item[1])
            used.append(item)
            pipeline.task_done()

    async def main() -> None:
        pipeline: asyncio.Queue[tuple[int, int] | None] = called("pipeline", asyncio.Queue(params.capacity))
        stop = called("stop", asyncio.Event())
        numbers = range(1, params.consumers + 1)
        consumers = [asyncio.create_task(consume(pipeline, stop), name=f"consumer-{n}") for n in numbers]
        async with asyncio.TaskGroup() as group:
            for number in range(1, params.producers + 1):
                group.create_task(produce(number, pipeline), name=f"producer-{number}")
        stop.set()
        if params.stop == "join":
            await pipeline.join()
            for consumer in consumers:
                consumer.cancel()
        elif params.stop == "sentinel":
            for _ in consumers:
                await pipeline.put(None)
        await asyncio.gather(*consumers, return_exceptions=True)

    run_tasks(run, main(), params.order)
    run.check("everything made was used", sorted(made) == sorted(used), made=len(made), used=len(used))
    # The queue is first in, first out, and one consumer does nothing between a get and its note of it.
    orders = [[number for producer, number in used if producer == one] for one in range(1, params.producers + 1)]
    run.check("in order per producer", all(numbers == sorted(numbers) for numbers in orders))
    return {"made": len(made), "used": len(used), "lost": len(made) - len(used)}
