"""A deadlock: two holders, two things that only one may use at a time, each holding what the other waits for.

A report is read from the disk and printed; an archive is made of what the printer printed, and written to the disk.
Both jobs need both things. One takes the printer first, the other the disk:

    reporter   takes printer ── waits for disk ─────── for ever
    archiver   takes disk ───── waits for printer ──── for ever

Nobody is wrong on its own, and nobody gives up: a plain lock is waited for without end. Four things come together
(Coffman, Elphick and Shoshani: System Deadlocks, 1971): only one may hold a thing, who holds one waits for more, nobody
can take it away, and the waits form a circle. Take one away and there is no deadlock. The cheapest to take is the last:
when everybody takes the printer before the disk (`ordered: true`), no circle can close.
"""

import threading
import time
from collections.abc import Iterator

from pydantic import Field

from threadbench import Duration, Params, Run, Workload, hookimpl, workload

THREADBENCH_API = ">=1.0,<2"


class DeadlockParams(Params):
    """In which order, and how long."""

    ordered: bool = Field(False, description="whether both holders take the printer before the disk")
    hold: Duration = Field(0.01, description="how long a holder has its first lock before it asks for its second")


@workload("deadlock", params=DeadlockParams)
def deadlock(run: Run, params: DeadlockParams) -> dict[str, list[str]]:
    """Two holders need a printer and a disk, and take them in opposite order."""
    printer = run.name(threading.Lock(), "printer")
    disk = run.name(threading.Lock(), "disk")
    both_hold_one = run.name(threading.Barrier(2), "both hold one")
    done: list[str] = []

    def work(first: threading.Lock, second: threading.Lock) -> None:
        with first:
            # In opposite order both holders get their first lock, whatever the system does, so both get here: the
            # barrier always opens, and behind it the deadlock is certain. In the same order the second holder is still
            # waiting for its first lock while the first one works: here they could not meet.
            if not params.ordered:
                both_hold_one.wait()
            time.sleep(params.hold)
            with second:
                done.append(threading.current_thread().name)

    holders = [
        threading.Thread(target=work, args=(printer, disk), name="reporter"),
        threading.Thread(target=work, args=(printer, disk) if params.ordered else (disk, printer), name="archiver"),
    ]
    for holder in holders:
        holder.start()
    for holder in holders:
        holder.join()

    run.check("both jobs done", len(done) == len(holders))
    return {"done": sorted(done)}


@hookimpl
def threadbench_workloads() -> Iterator[Workload]:
    """Provide the kind `deadlock`."""
    yield deadlock
