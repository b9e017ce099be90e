"""A pool of tasks: any number of jobs, and not more of them under way than something else can bear.

Tasks cost little, so a loop needs no pool to save them: ten thousand at once are no trouble to it. They are to whatever
they ask: a database with ten connections, a server that refuses the eleventh. Two ways to keep to a limit:

    by: workers      so many tasks that live long, each of which takes the next job from a queue
    by: semaphore    a task for each job, and a semaphore with so many keys, of which each takes one

Both give their results in the order of the jobs, whichever is done first: the workers put them at their places, and
`gather` returns them in the order in which it was asked.

Jobs that await overlap their waiting. Jobs that compute do not overlap at all: a loop has one thread, and a job that
does not await keeps everybody waiting. For those there is kind `pool` with `executor: process`.
"""

import asyncio
from typing import Any, Literal

from pydantic import Field

from threadbench import Duration, Params, Run, workload

from .loop import Order, called, run_tasks


class PoolParams(Params):
    """How many at a time, on what."""

    workers: int = Field(3, ge=1, le=1000, description="how many jobs may be under way at a time")
    jobs: list[str] = Field(["First", "Second", "Third", "Fourth"], description="names of the jobs, in their order")
    by: Literal["workers", "semaphore"] = Field("workers", description="what keeps to the limit")
    pause: Duration = Field(0.01, description="how long a job waits for its answer")
    order: Order = Field("fifo", description="which task that is ready goes on: asyncio's order, or any")


@workload("async-pool", params=PoolParams, units=("tasks", "results"))
def pool(run: Run, params: PoolParams) -> dict[str, Any]:
    """Jobs are done by tasks, not more than a few at a time; results come back in the order of the jobs."""
    at_work = 0
    most_at_work = 0
    done: list[str] = []

    async def do(job: str) -> str:
        # Between two awaits nobody else is at it: these need no lock.
        nonlocal at_work, most_at_work
        at_work += 1
        most_at_work = max(most_at_work, at_work)
        run.emit("begun", job=job, at_work=at_work)
        await asyncio.sleep(params.pause)
        at_work -= 1
        done.append(job)
        run.emit("done", job=job)
        return job.upper()

    async def by_workers() -> list[str]:
        waiting: asyncio.Queue[tuple[int, str]] = called("jobs", asyncio.Queue())
        results = [""] * len(params.jobs)

        async def work() -> None:
            while not waiting.empty():
                place, job = waiting.get_nowait()
                results[place] = await do(job)

        for job in enumerate(params.jobs):
            waiting.put_nowait(job)
        async with asyncio.TaskGroup() as group:
            for number in range(1, params.workers + 1):
                group.create_task(work(), name=f"worker-{number}")
        return results

    async def by_semaphore() -> list[str]:
        keys = called("keys", asyncio.Semaphore(params.workers))

        async def work(job: str) -> str:
            async with keys:
                return await do(job)

        tasks = [asyncio.create_task(work(job), name=job) for job in params.jobs]
        return list(await asyncio.gather(*tasks))

    results = run_tasks(run, by_workers() if params.by == "workers" else by_semaphore(), params.order)
    run.check("results in the order of the jobs", results == [job.upper() for job in params.jobs])
    run.check("no more at a time than allowed", most_at_work <= params.workers, most_at_work=most_at_work)
    run.check("every job done once", sorted(done) == sorted(params.jobs))
    return {"results": results, "most_at_work": most_at_work}
