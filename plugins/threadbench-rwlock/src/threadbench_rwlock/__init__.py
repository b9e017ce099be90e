"""Readers and writers: many may look at a thing together, one may change it alone, and somebody may starve.

A mutex lets in one at a time. But readers do not disturb each other: where there are many, it makes them wait for
nothing. A readers-writer lock lets in any number of readers, or one writer:

    reader-1   ├── reads ──┤
    reader-2      ├── reads ──┤
    writer-1         ┄┄┄┄┄┄┄┄┄├─ writes ─┤            until both are out
    reader-3                    ┄┄┄┄┄┄┄┄┄┄├── reads ──┤

What is changed here is a pair of numbers, which a writer sets one after the other and which are always equal for who is
inside. Without a lock (`preference: none`) a reader sees them unequal: its read is torn.

The rule leaves a question open: reader-3 comes while reader-1 reads and writer-1 waits. May it go in?

    readers    Yes. No reader waits for a reader; but where readers come often enough, there is always one inside, and
               the writer waits for as long as they come: it starves.
    writers    No, not while a writer waits. Now readers starve where writers come often enough.
    fair       Whoever came first goes first. Nobody starves, and readers behind a writer wait for it.

Starving is no deadlock: everybody goes on, and one of them never gets its turn. No tool sees it stand still, so it has
to be counted: `writers_overtaken` is how often a reader went in before a writer that had waited already.
"""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Literal

from pydantic import Field

from threadbench import Duration, Params, Run, Workload, hookimpl, workload

from .locks import LOCKS, Side

THREADBENCH_API = ">=1.0,<2"


class RwlockParams(Params):
    """Who reads, who writes, and who goes first."""

    preference: Literal["readers", "writers", "fair", "none"] = Field(
        "fair", description="who goes first where both wait; `none`: there is no lock"
    )
    readers: int = Field(2, ge=0, le=500, description="threads that read")
    writers: int = Field(1, ge=0, le=500, description="threads that write")
    reads: int = Field(1, ge=0, le=10_000, description="how often each reader reads")
    writes: int = Field(1, ge=0, le=10_000, description="how often each writer writes")
    hold: Duration = Field(0.01, description="how long a read or a write takes")
    stagger: Duration = Field(0.0, description="how much later than the one before it each thread begins")


class Pair:
    """Two numbers that are equal whenever no writer is inside."""

    def __init__(self) -> None:
        self.left = 0
        self.right = 0


# Which code is under test does not depend on the params.
@workload("rwlock", params=RwlockParams, code=lambda _params: [__name__, f"{__name__}.locks"], units=("reads", "reads"))
def rwlock(run: Run, params: RwlockParams) -> dict[str, int]:
    """Readers look at a pair of numbers that writers change; the lock between them decides who goes first."""
    pair = Pair()
    lock = LOCKS[params.preference](run.name)
    torn: list[str] = []

    def read() -> None:
        left, right = pair.left, pair.right
        run.emit("read", left=left, right=right)
        time.sleep(params.hold)
        if left != right:
            torn.append(threading.current_thread().name)

    def write() -> None:
        pair.left += 1
        time.sleep(params.hold)
        value = pair.right = pair.right + 1
        run.emit("written", value=value)

    def work(side: Side, action: Callable[[], None], times: int, later: float) -> None:
        if later:
            time.sleep(later)
        for _ in range(times):
            lock.enter(side)
            try:
                action()
            finally:
                lock.leave(side)

    jobs: list[tuple[Side, int, Callable[[], None], int]] = []
    jobs += [("reader", number, read, params.reads) for number in range(1, params.readers + 1)]
    jobs += [("writer", number, write, params.writes) for number in range(1, params.writers + 1)]
    if params.preference == "writers":
        jobs.reverse()  # those that are preferred begin, and who starves is there while they go on
    threads = [
        threading.Thread(target=work, args=(side, action, times, place * params.stagger), name=f"{side}-{number}")
        for place, (side, number, action, times) in enumerate(jobs)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    written = params.writers * params.writes
    overtaken = lock.overtaken
    run.check("no read is torn", not torn, torn=sorted(torn))
    run.check("no write is lost", pair.left == pair.right == written, written=written, left=pair.left, right=pair.right)
    run.check("no writer starves", not overtaken["writer"], overtaken=overtaken["writer"])
    run.check("no reader starves", not overtaken["reader"], overtaken=overtaken["reader"])
    return {
        "reads": params.readers * params.reads,
        "writes": written,
        "torn": len(torn),
        "writers_overtaken": overtaken["writer"],
        "readers_overtaken": overtaken["reader"],
    }


@hookimpl
def threadbench_workloads() -> Iterator[Workload]:
    """Provide the kind `rwlock`."""
    yield rwlock
