"""A pool: a fixed number of workers, any number of tasks, and one result for each task.

To start a thread for every task is wasteful, and a thread has nowhere to put a result. An executor from
`concurrent.futures` keeps a few workers that take tasks from a queue, and gives a future for each:

    submit(f, x)     one task, one future; `future.result()` waits for it and returns, or raises, what f did
    map(f, xs)       a task for each x; the results come in the order of xs, whoever finishes first

`executor: thread` and `executor: process` are the same program with different workers. Threads share one interpreter
and its lock (the GIL): while one of them runs Python code the others wait, so tasks that compute (`task: cpu`) take as
long on threads as one after the other, and only processes use more than one CPU for them. A task that waits
(`task: wait`: for a disk, a network, a sleep) has let go of the lock: threads overlap their waiting perfectly, and cost
far less than processes. Compare `wall` and `cpu` in the outcomes: `cpu` well above `wall` means that several CPUs
worked at once. (On a free-threaded build of Python, threads compute at the same time too.)

Processes pay for their freedom: functions, arguments and results are pickled and sent to another memory.
"""

import os
import resource
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from itertools import repeat
from typing import Any, Literal, NamedTuple

from pydantic import Field

from threadbench import Duration, Params, Run, Workload, hookimpl, workload


class PoolParams(Params, use_attribute_docstrings=False):
    """Who works, on what."""

    executor: Literal["thread", "process"] = Field("thread", description="what the workers are: threads, or processes")
    method: Literal["submit", "map"] = Field(
        "submit", description="how tasks are handed over: one by one, or all at once"
    )
    workers: int = Field(3, ge=1, le=60, description="how many workers the pool may have")
    tasks: list[str] = Field(
        ["First", "Second", "Third", "Fourth"], description="names of the tasks, in order of submission"
    )
    task: Literal["cpu", "wait"] = Field(
        "cpu", description="what a task does: add up 0…upto in Python, or wait for an answer"
    )
    upto: int = Field(10_000, ge=0, description="the last number that a task adds up")
    pause: Duration = Field(0.1, description="how long a task of `task: wait` waits for its answer")


class Done(NamedTuple):
    """What a worker hands back; plain data, since it may have to travel from another process."""

    task: str
    result: int
    process: int
    thread: str


def work(task: str, what: str, upto: int, pause: float) -> Done:
    """One task; a function of the module, because a process finds it by its name."""
    if what == "cpu":
        result = 0
        for number in range(upto + 1):
            result += number
    else:
        time.sleep(pause)
        result = upto * (upto + 1) // 2
    return Done(task, result, os.getpid(), threading.current_thread().name)


def cpu_seconds() -> float:
    """CPU time of this process and of its children that have ended, all threads included."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


@workload("pool", params=PoolParams, units=("tasks", "results"))
def pool(run: Run, params: PoolParams) -> dict[str, Any]:
    """A pool of workers does named tasks; results come back in the order of submission."""
    what = params.task, params.upto, params.pause
    executor: Executor
    if params.executor == "thread":
        executor = ThreadPoolExecutor(params.workers, thread_name_prefix="worker")
    else:
        executor = ProcessPoolExecutor(params.workers)

    wall, cpu = time.perf_counter(), cpu_seconds()
    with executor:
        if params.method == "submit":
            futures = [executor.submit(work, task, *what) for task in params.tasks]
            done = [future.result() for future in futures]
        else:
            done = list(executor.map(work, params.tasks, *map(repeat, what)))
    wall, cpu = time.perf_counter() - wall, cpu_seconds() - cpu

    workers = {one.task: one.thread if params.executor == "thread" else f"process {one.process}" for one in done}
    run.check("results in submission order", [one.task for one in done] == params.tasks)
    run.check("no more workers than asked for", len(set(workers.values())) <= params.workers)
    return {
        "results": [one.result for one in done],
        "workers": workers,
        "in_main_process": all(one.process == os.getpid() for one in done),
        "wall": round(wall, 4),
        # Virtual time passes by rule, and the system's clock of CPU time knows nothing of it.
        "cpu": round(cpu, 4) if run.runtime == "native" else None,
    }


@hookimpl
def threadbench_workloads() -> Iterator[Workload]:
    """Provide the kind `pool`."""
    yield pool
