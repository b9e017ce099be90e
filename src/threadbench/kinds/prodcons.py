"""Producers and consumers: a bounded queue between those who make things and those who use them, and how to stop.

A producer puts, a consumer gets, neither knows the other. The queue is their only meeting place, and it is bounded on
purpose: when consumers are slow it fills, `put` waits, and producers slow down to the pace that can be kept; when it is
empty `get` waits. Without a bound the queue would grow until memory ends.

    producer-1 ─ put ─┐   ┌──────────────┐   ┌─ get ─ consumer-1
    producer-2 ─ put ─┴──▶│ 10 at most   │──▶┴─ get ─ consumer-2
                          └──────────────┘

The hard part is to stop. An event tells the producers. For consumers it will not do, since one that waits inside `get`
looks at no event:

    stop: event        `while not (stop is set and the queue is empty): get()`. A consumer looks, finds the event not
                       set, and goes into `get`; now the event is set, no producer puts again, and it waits for ever.
                       Or it leaves while a producer, past its last look at the event, still puts one more.
    stop: sentinel     the order of the end makes it sure: the event stops the producers; main joins them, so nothing
                       comes after; then it puts one sentinel for each consumer, behind all items. Each consumer
                       ends at the sentinel that it gets.
"""

import queue
import threading
import time
from collections.abc import Iterator
from itertools import count
from typing import Literal, NamedTuple

from pydantic import Field

from threadbench import Duration, Params, Run, Workload, hookimpl, workload


class ProdconsParams(Params, use_attribute_docstrings=False):
    """Who makes and who uses, how much fits between them, and how it ends."""

    producers: int = Field(1, ge=1, le=500, description="threads that put items into the queue")
    consumers: int = Field(1, ge=1, le=500, description="threads that get items out of it")
    capacity: int = Field(10, ge=0, description="how many items fit into the queue; 0 means any number")
    run_for: Duration = Field(0.1, description="time until the event stops the producers; unused with `items`")
    items: int | None = Field(None, ge=0, description="how many items each producer puts, instead of an event")
    pause: Duration = Field(0.0, description="how long a producer rests after each item")
    stop: Literal["sentinel", "event"] = Field(
        "sentinel",
        description="how consumers learn of the end: a sentinel each, or the event alone (naive: it can hang)",
    )


class Item(NamedTuple):
    """What goes through the queue."""

    producer: str
    number: int
    value: int


@workload("prodcons", params=ProdconsParams, units=("items", "consumed"))
def prodcons(run: Run, params: ProdconsParams) -> dict[str, int]:
    """Producers and consumers share a bounded queue until an event stops them; nothing may be lost."""
    pipeline: queue.Queue[Item | None] = run.name(queue.Queue(params.capacity), "pipeline")
    stop = run.name(threading.Event(), "stop")
    produced: dict[str, list[Item]] = {f"producer-{n}": [] for n in range(1, params.producers + 1)}
    consumed: dict[str, list[Item]] = {f"consumer-{n}": [] for n in range(1, params.consumers + 1)}

    def produce(name: str) -> None:
        for number in count(1) if params.items is None else range(1, params.items + 1):
            if stop.is_set():
                break
            item = Item(name, number, run.rng.randint(1, 11))
            run.emit("made", number=number, value=item.value)
            pipeline.put(item)
            produced[name].append(item)
            if params.pause:
                time.sleep(params.pause)

    def consume(name: str) -> None:
        while params.stop == "sentinel" or not (stop.is_set() and pipeline.empty()):
            item = pipeline.get()
            if item is None:  # the sentinel
                break
            run.emit("used", producer=item.producer, number=item.number, value=item.value)
            consumed[name].append(item)

    producers = [threading.Thread(target=produce, name=name, args=(name,)) for name in produced]
    consumers = [threading.Thread(target=consume, name=name, args=(name,)) for name in consumed]
    for thread in producers + consumers:
        thread.start()
    if params.items is None:
        time.sleep(params.run_for)
        stop.set()
    for thread in producers:
        thread.join()
    if params.items is not None:
        stop.set()
    if params.stop == "sentinel":
        for _ in consumers:
            pipeline.put(None)
    for thread in consumers:
        thread.join()

    made = sorted(item for items in produced.values() for item in items)
    used = sorted(item for items in consumed.values() for item in items)
    if params.stop == "sentinel":  # the naive stop promises nothing: what it leaves behind is told by `lost`
        run.check("everything produced was consumed", made == used, produced=len(made), consumed=len(used))
    # The queue is first in, first out: what one consumer got of one producer has rising numbers.
    numbers = [[i.number for i in got if i.producer == name] for got in consumed.values() for name in produced]
    run.check("in order per producer", all(ns == sorted(ns) for ns in numbers))
    return {"produced": len(made), "consumed": len(used), "lost": len(made) - len(used)}


@hookimpl
def threadbench_workloads() -> Iterator[Workload]:
    """Provide the kind `prodcons`."""
    yield prodcons
