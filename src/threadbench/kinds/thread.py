"""Main starts sub-workers: does it wait for them, and does it see what they wrote?

A program begins as one thread, main. `start()` sets another one going beside it, and main goes on at once; `join()`
is main saying "I wait here until you are done":

    join        main ── start ──── join ┄┄┄┄┄┄┄┄┄┄┄┄┄ goes on
                sub-1      └── works ── writes ── done ─┘

    no join     main ── start ── goes on ── returns ┄┄┄┄┄┄┄ (the program still ends only after sub-1)
                sub-1      └── works ── writes ── done

Where the sub-workers live decides what main sees. A thread (`unit: thread`) has a stack of its own and shares all
else: what it writes on the board, main reads there. A process (`unit: process`) starts with a copy: it writes on its
own board, and main's stays empty unless something is sent across, through a pipe or a queue.

The wall between processes protects as well. With `dies: true` the first sub-worker ends its process on the spot, as a
crash in C code would: if it is a process, the others do not notice; if it is a thread, main and all its sisters
share that process, and are gone with it.
"""

import multiprocessing
import os
import threading
import time
from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from threadbench import Duration, Params, Run, Workload, hookimpl, workload

DEATH = 7  # the exit status of a sub-worker that dies: any but 0


class ThreadParams(Params, use_attribute_docstrings=False):
    """Who works beside main, and whether main waits."""

    join: bool = Field(True, description="whether main waits for the sub-workers before it goes on")
    unit: Literal["thread", "process"] = Field(
        "thread", description="where a sub-worker lives: in a thread, or in a process of its own"
    )
    count: int = Field(1, ge=1, le=1000, description="how many sub-workers main starts")
    pause: Duration = Field(0.1, description="how long a sub-worker works before it writes its name on the board")
    dies: bool = Field(False, description="whether the first sub-worker ends its process instead of writing")


def work(name: str, board: list[str], pause: float, dies: bool) -> None:
    """What a sub-worker does; a function of the module, because a process may have to import it."""
    time.sleep(pause)
    if dies:
        os._exit(DEATH)
    board.append(name)


@workload("thread", params=ThreadParams)
def thread(run: Run, params: ThreadParams) -> dict[str, list[str]]:
    """Main starts sub-workers that write on a board, joins them or not, and says what it sees."""
    board: list[str] = []
    unit = threading.Thread if params.unit == "thread" else multiprocessing.Process
    names = [f"sub-{number}" for number in range(1, params.count + 1)]
    dying = names[0] if params.dies else None
    subs = [unit(target=work, name=name, args=(name, board, params.pause, name == dying)) for name in names]
    for sub in subs:
        sub.start()
    if params.join:
        for sub in subs:
            sub.join()

    at_work = [sub.name for sub in subs if sub.is_alive()]
    seen = sorted(board)
    run.emit("main_goes_on", at_work=at_work, seen=seen)
    if params.join:
        run.check("nobody at work after join", not at_work)
    ended = [sub for sub in subs if sub.name not in at_work]
    died = [sub.name for sub in ended if isinstance(sub, multiprocessing.Process) and sub.exitcode != 0]
    done = [sub.name for sub in ended if sub.name not in died]
    return {"at_work": at_work, "done": done, "died": died, "seen_by_main": seen}


@hookimpl
def threadbench_workloads() -> Iterator[Workload]:
    """Provide the kind `thread`."""
    yield thread
