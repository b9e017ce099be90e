"""A kind for the tests of killing: threads emit at full speed and count what has returned in a mapping of their own.

Used as `--plugin tests/faults/flood.py`; the counting is done after `emit` returned, by one store a thread, so what is
counted was promised.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import threading
from pathlib import Path

from pydantic import Field

from threadbench import Params, Run, hookimpl, workload


class FloodParams(Params):
    """How to flood."""

    threads: int = Field(8, ge=1, description="emitting threads")
    events: int = Field(0, ge=0, description="events of each; 0 for ever")
    counts: str = Field("", description="file of the returned emits, 8 bytes a thread")
    payload: int = Field(0, ge=0, description="length of a text that goes with every seventh event")
    death: str = Field("", description="segv or exit: what the first thread does after `events`")


@workload("flood", params=FloodParams)
def flood(run: Run, params: FloodParams) -> dict[str, int]:
    """Emit from every thread at full speed."""
    with Path(params.counts).open("r+b") as file:
        counts = memoryview(mmap.mmap(file.fileno(), 8 * params.threads)).cast("Q")
    text = "x" * params.payload
    gate = threading.Barrier(params.threads)

    def emit(number: int) -> None:
        gate.wait()
        i = 0
        while not params.events or i < params.events:
            i += 1
            if i % 7:
                run.emit("item", n=number, i=i)
            else:
                run.emit("item", n=number, i=i, text=text)
            counts[number] = i
        if params.death and number == 0:
            if params.death == "exit":
                os._exit(3)
            ctypes.string_at(0)

    threads = [
        threading.Thread(target=emit, args=(number,), name=f"flood-{number}") for number in range(params.threads)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {"emitted": sum(counts)}


@hookimpl
def threadbench_workloads():
    yield flood
