"""The scheduler of a search in ordered time: sleeps and timeouts end in the order of their ends, whoever else goes on.

One clock for all: a point takes a microsecond, and who has slept long enough can go on from then on, whoever else can.
So each step can be what another thread's waking waited for, and no two steps are independent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .accesses import NOTHING
from .scheduler import Scheduler

if TYPE_CHECKING:
    from .clock import OrderedClock
    from .thread import VirtualThread


class OrderedScheduler(Scheduler):
    """Lets sleepers wake at each point; its clock is an `OrderedClock`."""

    __slots__ = ()

    clock: OrderedClock

    def _point_only(self, obj: object, key: object, mode: int, site: Any) -> None:
        if self.clock.alarms and not self.quiet:
            self.clock.wake()
        super()._point_only(obj, key, mode, site)

    def _point(self, mode: int = NOTHING, obj: object = None) -> None:
        """See `Stepping`."""
        if self.clock.alarms and not self.quiet:
            self.clock.wake()
        super()._point(mode, obj)

    def _end(self, thread: VirtualThread) -> VirtualThread:
        self.clock.wake()
        return super()._end(thread)
