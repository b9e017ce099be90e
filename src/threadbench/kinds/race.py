"""A race: two workers change one value, each unaware of the other, and an update is lost.

To change a value is three steps: read it, work out the new one, write it back. Nothing keeps a second worker from
reading between the first one's read and its write. Both then start from the same value, both write the same result,
and one of the two updates might as well not have happened:

    worker 1   read 0 ───────── pause ───────── write 1                  read 1 ── pause ── write 2
    worker 2        read 0 ───────── pause ───────── write 1

Three updates, and the value is 2. No error is raised and nothing looks wrong: only the sum is. The pause stands for
whatever a program does between its read and its write (a computation, a query). It is long here so that the loss is
sure to be seen; with a short one the same loss comes once in a thousand runs, in production.

The cure is to let nobody read before the last reader has written: see kind `lock`.
"""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from pydantic import Field

from threadbench import Duration, Params, Run, Workload, hookimpl, workload


class RaceParams(Params, use_attribute_docstrings=False):
    """What races, and how wide the window is."""

    workers: int = Field(2, ge=1, le=1000, description="threads of the pool that share the updates")
    updates: int = Field(
        3, ge=0, le=100_000, description="how often one is added to the value, by all workers together"
    )
    pause: Duration = Field(0.1, description="time between an update's read and its write: the window for the others")


class Store:
    """The value that the workers share: threads have their own stacks, but objects live in memory common to all."""

    def __init__(self) -> None:
        self.value = 0


@workload("race", params=RaceParams, units=("updates", "updates"))
def race(run: Run, params: RaceParams) -> dict[str, int]:
    """Workers read a shared value, pause, and write it back plus one: updates get lost."""
    store = Store()

    def update(number: int) -> None:
        value = store.value
        run.emit("read", update=number, value=value)
        if params.pause:
            time.sleep(params.pause)
        store.value = value + 1
        run.emit("written", update=number, value=value + 1)

    # The workers wait for each other once, before their first update: what they race for is the value, not who
    # was created first. After that the pause alone has to outlast the delay with which the system wakes the second
    # worker: beside 24 busy processes on two cores that was 28 ms at most. A second gate between read and write would
    # make the loss certain, but it would order the accesses, and what is ordered is no race.
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
    """Provide the kind `race`."""
    yield race
