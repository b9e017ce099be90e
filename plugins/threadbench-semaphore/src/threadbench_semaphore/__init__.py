"""A semaphore: as many keys as there are resources, and nobody gets in without one.

A bathroom with four stalls has four keys at its door. Who wants in takes a key, or waits for one; who comes out hangs
it back. Nobody has to know which stall is free: who has a key knows that one is. A semaphore is the hook with the keys,
a number that `acquire` counts down, waiting at 0, and `release` counts up:

    keys 2   user-1  acquire ─ uses resource-1 ──────── release
             user-2  acquire ─ uses resource-2 ─ release
             user-3  acquire ┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄ uses resource-2 ─ release

With one resource that is a mutex, with a difference: a lock has two states, a semaphore has a number. Anybody may
release it, as often as they like, whether they have acquired it or not. So a bug that a lock would refuse goes through:
with `extra: true` the first user hangs its key back twice, the hook has a key more than there are resources, and one
day somebody stands inside with a key and without a resource (`empty_handed`), far from the line that is wrong.

A bounded semaphore (`bounded: true`) knows how many keys it was made with, and raises ValueError in whoever brings one
too many. It does not know whose keys they are: while another user is inside, the extra key takes the place of that
user's on the hook, and it is the other one, who did nothing wrong, that is `refused` when it comes out. So it tells
that there is a bug, and not always where; a search over all orders tells of both.
"""

import threading
import time
from collections import deque
from collections.abc import Iterator
from typing import Any

from pydantic import Field

from threadbench import Duration, Params, Run, Workload, hookimpl, workload

THREADBENCH_API = ">=1.0,<2"


class SemaphoreParams(Params):
    """How many keys, for how many users, and whether one of them is careless."""

    resources: int = Field(2, ge=1, le=1000, description="how many resources there are, and how many keys")
    users: int = Field(4, ge=1, le=1000, description="threads, each of which uses one resource once")
    hold: Duration = Field(0.01, description="how long a user has its resource")
    bounded: bool = Field(False, description="whether the semaphore refuses to have more keys than it was made with")
    extra: bool = Field(False, description="whether the first user releases its key twice")


@workload("semaphore", params=SemaphoreParams, units=("users", "served"))
def semaphore(run: Run, params: SemaphoreParams) -> dict[str, Any]:
    """Users share resources of which each is for one at a time; a semaphore has a key for each."""
    make = threading.BoundedSemaphore if params.bounded else threading.Semaphore
    keys = run.name(make(params.resources), "keys")
    free = deque(f"resource-{number}" for number in range(1, params.resources + 1))
    served: list[str] = []
    empty_handed: list[str] = []
    refused: list[str] = []
    # In a run the first user is inside before any other comes: what its extra key does is certain then. In a search,
    # where sleeps last as they like and every order is visited, that one is among them.
    first_is_in = run.name(threading.Event(), "first is in") if params.extra and run.time != "adversarial" else None

    def use(number: int) -> None:
        name = threading.current_thread().name
        if first_is_in and number > 1:
            first_is_in.wait()
        keys.acquire()
        if first_is_in:
            first_is_in.set()
        try:
            resource = free.pop()  # a deque's pop is one step: no two users get the same
        except IndexError:
            empty_handed.append(name)
            run.emit("empty_handed", user=name)
        else:
            run.emit("uses", resource=resource)
            time.sleep(params.hold)
            served.append(name)
            free.append(resource)
        for _ in range(2 if params.extra and number == 1 else 1):
            try:
                keys.release()
            except ValueError:
                refused.append(name)
                run.emit("refused", user=name)

    users = [threading.Thread(target=use, args=(n,), name=f"user-{n}") for n in range(1, params.users + 1)]
    for user in users:
        user.start()
    for user in users:
        user.join()

    run.check("a key means a resource", not empty_handed, empty_handed=sorted(empty_handed))
    run.check("nobody else is refused", set(refused) <= {"user-1"}, refused=sorted(refused))
    run.check("every resource is back", len(free) == params.resources)
    return {"served": len(served), "empty_handed": len(empty_handed), "refused": sorted(refused)}


@hookimpl
def threadbench_workloads() -> Iterator[Workload]:
    """Provide the kind `semaphore`."""
    yield semaphore
