"""A deadlock: two holders, two things that only one may use at a time, each holding what the other waits for.

A report is read from the disk and printed; an archive is made of what the printer printed, and written to the disk.
Both jobs need both things. One takes the printer first, the other the disk:

    reporter   takes printer ── waits for disk ─────── for ever
    archiver   takes disk ───── waits for printer ──── for ever

Nobody is wrong on its own, and nobody gives up: a plain lock is waited for without end. Four things come together
(Coffman, Elphick and Shoshani: System Deadlocks, 1971): only one may hold a thing, who holds one waits for more, nobody
can take it away, and the waits form a circle. Take one away and there is no deadlock:

    ordered: true     no circle: everybody takes the printer before the disk. Costs nothing at run time, and holds in
                      every order; all code has to keep to it.
    take: try         nobody waits while it holds: who does not get its second thing at once lays down the first,
                      rests for a moment and begins again.
    take: timeout     nobody waits for ever: the same after `patience`.

The last two trade the deadlock for something else. Holders that lay down, rest and take up in step never get on: a
livelock. So the rest is a random time, which makes that improbable, and the tries have a number, after which a holder
gives up and says so. A search does not believe in improbable: it finds the order in which somebody gives up.
"""

import threading
import time
from typing import Any, Literal

from pydantic import Field

from threadbench import Duration, Params, Run, workload


class DeadlockParams(Params):
    """Who takes what, in which order, and what it does where it is taken."""

    holders: int = Field(2, ge=2, le=500, description="threads that need both things: reporters and archivers by turns")
    ordered: bool = Field(False, description="whether all holders take the printer before the disk")
    take: Literal["wait", "try", "timeout"] = Field(
        "wait", description="how a holder takes its second thing: waits, tries once, or waits for `patience`"
    )
    hold: Duration = Field(0.01, description="how long a holder has its first thing before it asks for its second")
    patience: Duration = Field(0.01, description="how long it waits with `take: timeout`")
    tries: int = Field(20, ge=1, description="how often it begins again before it gives up")
    rest: Duration = Field(0.01, description="how long it rests at most before it begins again; doubled each time")


@workload("deadlock", params=DeadlockParams)
def deadlock(run: Run, params: DeadlockParams) -> dict[str, Any]:
    """Holders need a printer and a disk, and take them in opposite order."""
    printer = run.name(threading.Lock(), "printer")
    disk = run.name(threading.Lock(), "disk")
    # In a run, in opposite order, nobody asks for its second thing before both are held: what follows is certain then.
    # Two events and no barrier, since with more holders it need not be the first ones that hold them. Where every order
    # is visited there is no need for it.
    certain = run.time != "adversarial" and not params.ordered
    held = {printer: threading.Event(), disk: threading.Event()} if certain else {}
    for thing, name in ((printer, "printer is held"), (disk, "disk is held")) if certain else ():
        run.name(held[thing], name)
    done: list[str] = []
    gave_up: list[str] = []

    def take_second(second: threading.Lock) -> bool:
        match params.take:
            case "wait":
                return second.acquire()
            case "try":
                return second.acquire(blocking=False)
            case "timeout":
                return second.acquire(timeout=params.patience)

    def work(first: threading.Lock, second: threading.Lock) -> None:
        name = threading.current_thread().name
        for number in range(1, params.tries + 1):
            with first:
                if certain:
                    held[first].set()
                    held[second].wait()
                time.sleep(params.hold)
                if take_second(second):
                    second.release()
                    done.append(name)
                    return
            run.emit("backs_off", number=number)
            if number < params.tries:
                time.sleep(run.rng.uniform(0, params.rest * min(2**number, 64)))
        gave_up.append(name)
        run.emit("gives_up")

    holders = []
    for number in range(params.holders):
        job = "archiver" if number % 2 else "reporter"
        things = (disk, printer) if job == "archiver" and not params.ordered else (printer, disk)
        name = job if number < 2 else f"{job}-{number // 2 + 1}"
        holders.append(threading.Thread(target=work, args=things, name=name))
    for holder in holders:
        holder.start()
    for holder in holders:
        holder.join()

    run.check("all jobs done", len(done) == len(holders), gave_up=sorted(gave_up))
    return {"done": sorted(done), "gave_up": sorted(gave_up)}
