"""What `time` does in a virtual thread; in any other, what it always did."""

from __future__ import annotations

from collections.abc import Callable
from sys import _getframe
from typing import Any

from . import originals
from .threads import here


def sleep(seconds: float, /) -> None:
    """As `time.sleep`."""
    scheduler = here()
    if scheduler is None:
        originals.sleep(seconds)
        return
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    if scheduler.quiet:
        scheduler.leave_if_over()
    else:
        if scheduler.recorder is not None:
            scheduler.recorder("to sleep", seconds)
        scheduler.clock.sleep(int(seconds * 1e9))
        if scheduler.recorder is not None:
            scheduler.recorder("sleep", seconds)


def clock_of(real: Callable[[], Any], start: int, unit: float) -> Callable[[], Any]:
    """A clock of `time`: in a schedule it starts at `start` nanoseconds, and counts in nanoseconds times `unit`."""

    def now() -> Any:
        scheduler = here()
        if scheduler is None:
            return real()
        clock = scheduler.clock
        time = start + (clock.now() if _getframe(1).f_globals.get("__name__") in WAITERS else clock.look())
        return time if unit == 1 else time * unit

    return now


WAITERS = frozenset({"threading", "queue", "concurrent.futures._base"})
"""They look at the time to know how long they still may wait; and a wait may time out at any moment anyway."""
EPOCH = 1_700_000_000_000_000_000
"""When schedules happen, nanoseconds since 1970: always then, so that each replay reads the same."""
monotonic = clock_of(originals.monotonic, 0, 1e-9)
monotonic_ns = clock_of(originals.monotonic_ns, 0, 1)
perf_counter = clock_of(originals.perf_counter, 0, 1e-9)
perf_counter_ns = clock_of(originals.perf_counter_ns, 0, 1)
wall = clock_of(originals.wall, EPOCH, 1e-9)
wall_ns = clock_of(originals.wall_ns, EPOCH, 1)
