"""The dining philosophers: the deadlock of any number, round a table.

Philosophers sit round a table with a fork between any two neighbours. Who is hungry takes the fork on the left, then
the one on the right, eats, and lays both down. When all get hungry at once, each has a left fork and waits for the
right one, which is the left one of a neighbour:

           P1              each waits for the next:
        f1    f2
      P5        P2         P1 has f1, wants f2 ── P2 has f2, wants f3 ── … ── P5 has f5, wants f1
       f5      f3
         P4 f4 P3

Dijkstra set it as an examination question in 1965, as computers and tape drives; Hoare gave it its table. Two cures:

    cure: ordered    forks have numbers, and everybody takes the smaller number first. For all but the last that is the
                     left one; the last one reaches for the fork of the first, and that breaks the circle.
    cure: waiter     a semaphore lets all but one sit down. With a seat empty somebody has both forks.
"""

import threading
import time
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Literal

from pydantic import Field

from threadbench import Duration, Params, Run, workload


class PhilosophersParams(Params):
    """How many, how often, and what keeps the circle from closing."""

    philosophers: int = Field(5, ge=2, le=500, description="threads round the table, and forks on it")
    meals: int = Field(1, ge=1, le=1000, description="how often each of them eats")
    cure: Literal["none", "ordered", "waiter"] = Field("none", description="what keeps the circle from closing")
    hold: Duration = Field(0.01, description="how long a philosopher has its first fork before it asks for the second")


@workload("philosophers", params=PhilosophersParams)
def philosophers(run: Run, params: PhilosophersParams) -> dict[str, Any]:
    """Philosophers round a table need the forks on both sides to eat."""
    count = params.philosophers
    forks = [run.name(threading.Lock(), f"fork-{number}") for number in range(1, count + 1)]
    seat: AbstractContextManager[Any] = nullcontext()
    if params.cure == "waiter":
        seat = run.name(threading.Semaphore(count - 1), "seats")
    # In a run all wait until each has its first fork; without a cure the circle is certain then. Where every order is
    # visited it is one of them.
    certain = params.cure == "none" and run.time != "adversarial"
    all_have_one = run.name(threading.Barrier(count), "all have one") if certain else None
    eaten = [0] * count

    def dine(number: int) -> None:
        places = number, (number + 1) % count
        first, second = sorted(places) if params.cure == "ordered" else places
        for _ in range(params.meals):
            with seat, forks[first]:
                if all_have_one:
                    all_have_one.wait()
                time.sleep(params.hold)
                with forks[second]:
                    eaten[number] += 1
                    run.emit("ate", meal=eaten[number])

    guests = [threading.Thread(target=dine, args=(n,), name=f"philosopher-{n + 1}") for n in range(count)]
    for guest in guests:
        guest.start()
    for guest in guests:
        guest.join()

    run.check("everybody has eaten", eaten == [params.meals] * count, eaten=eaten)
    return {"eaten": eaten}
