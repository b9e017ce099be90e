"""A kind that emits as many events as asked for and does nothing else: what `memory.py` runs with `--plugin`."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from pydantic import Field

from threadbench import Params, Run, Workload, hookimpl, workload


class FloodParams(Params):
    """How much."""

    threads: int = Field(4, ge=1, description="emitting threads")
    events: int = Field(500_000, ge=1, description="events of all threads together")


@workload("bench-flood", params=FloodParams)
def flood(run: Run, params: FloodParams) -> dict[str, int]:
    """Emit at full speed from every thread."""
    each = params.events // params.threads

    def emit(number: int) -> None:
        for i in range(each):
            run.emit("item", n=number, i=i)

    threads = [threading.Thread(target=emit, args=(number,)) for number in range(params.threads)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {"emitted": each * params.threads}


@hookimpl
def threadbench_workloads() -> Iterator[Workload]:
    """The one kind."""
    yield flood
