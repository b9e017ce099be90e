"""Virtual time: it moves with points, and jumps when nobody can go on.

Adversarial time is what exploration needs: a sleep may end at any moment, and a wait with a timeout may time out at any
moment in which it has not got what it waits for, so both sides of every timeout are explored. Ordered time is a clock
on the wall: who sleeps less wakes first.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from .accesses import KEYED_WRITE, READ

if TYPE_CHECKING:
    from .scheduler import Scheduler
    from .thread import VirtualThread

MOMENT = 1_000
"""Nanoseconds that a point takes."""


class Clock(Protocol):
    """What time it is, for whom, and who wakes next."""

    scheduler: Scheduler
    adversarial: bool
    """Whether a wait with a timeout may time out whenever it has not got what it waits for."""

    looks: int
    """How often code has looked at the time that may decide by what it sees."""

    def begin(self) -> None:
        """A schedule begins."""

    def now(self) -> int:
        """Nanoseconds since the schedule began, as the running thread sees it."""

    def look(self) -> int:
        """As `now`, for code that may decide by what it sees."""

    def sleep(self, duration: int) -> None:
        """The running thread does nothing for that many nanoseconds."""

    def timed_out(self, since: int, duration: int) -> None:
        """A wait of the running thread has timed out (adversarial only)."""

    def alarm(self, thread: VirtualThread, at: int) -> None:
        """Enable a waiting thread at that time, unless somebody does before (ordered only)."""

    def jump(self) -> VirtualThread | None:
        """Nobody can go on: let time pass until somebody can, who is returned; None where that never happens."""

    def leap(self, looking: Sequence[VirtualThread]) -> bool:
        """Nobody can go on but by the time that these see: let some pass for them; False where it is no use."""


class AdversarialClock:
    """One clock for all threads, which jumps to where a sleep or timeout that was chosen to end had its end.

    For strategies that sample: no thread ever sees time go back.
    """

    adversarial = True
    scheduler: Scheduler

    def begin(self) -> None:
        """A schedule begins."""
        self.skipped = self.looks = self.leaps = 0

    def now(self) -> int:
        """See `Clock`."""
        scheduler = self.scheduler
        self.skipped += MOMENT  # a loop that only looks at the clock ends
        return self.skipped + MOMENT * (len(scheduler.choices) + scheduler.lone_points)

    def look(self) -> int:
        """See `Clock`."""
        self.looks += 1
        return self.now()

    def sleep(self, duration: int) -> None:
        """See `Clock`."""
        since = self.now()
        self.scheduler.give_way()
        self.timed_out(since, duration)

    def timed_out(self, since: int, duration: int) -> None:
        """See `Clock`."""
        late = since + duration - self.now()
        if late > 0:
            self.skipped += late

    def alarm(self, thread: VirtualThread, at: int) -> None:
        """Never asked for: who waits with a timeout can always go on."""
        raise NotImplementedError

    def jump(self) -> None:
        """Nobody sleeps: who sleeps can go on."""
        return

    def leap(self, looking: Sequence[VirtualThread]) -> bool:  # noqa: ARG002 - there is one clock
        """See `Clock`."""
        leap = _leap(self)
        self.skipped += leap
        return bool(leap)


class StoppedClock(AdversarialClock):
    """The clock of a scheduler that runs no more schedules: a lock may outlive them, and ask what time it is."""

    skipped = looks = leaps = 0

    def now(self) -> int:
        """See `Clock`."""
        return 0

    def sleep(self, duration: int) -> None:
        """See `Clock`."""


class CausalClock(AdversarialClock):
    """A clock for each thread, which is never behind what the thread can know of: whoever takes a lock is later than
    its last release.

    For partial-order reduction: schedules that differ only in the order of independent steps read the same times.
    (Lamport, Time, Clocks, and the Ordering of Events in a Distributed System, CACM 1978: sorting the steps by these
    times gives a possible order of all.)

    Code that looks at the time sees how far anybody's sleeps and timeouts have brought it: whether it looks before or
    after one of them ends is an order that matters, and two looks, or two ends, are none.
    """

    def begin(self) -> None:
        """A schedule begins."""
        self.skipped = self.looks = self.leaps = 0
        self.reached = 0
        """The latest end of a sleep or timeout so far."""

    def now(self) -> int:
        """See `Clock`."""
        me = self.scheduler.current
        self.scheduler.timed = True
        me.time += MOMENT
        return me.time

    def look(self) -> int:
        """See `Clock`."""
        me = self.scheduler.current
        self.looks += 1
        self._note(READ)
        if me.time < self.reached:
            me.time = self.reached
        return self.now()

    def timed_out(self, since: int, duration: int) -> None:
        """See `Clock`."""
        me = self.scheduler.current
        me.time = max(me.time, since + duration)
        if duration > 0:
            self._note(KEYED_WRITE)
            self.reached = max(self.reached, me.time)

    def leap(self, looking: Sequence[VirtualThread]) -> bool:
        """See `Clock`."""
        leap = _leap(self)
        for thread in looking:
            thread.time += leap
        return bool(leap)

    def _note(self, mode: int) -> None:
        scheduler = self.scheduler
        if scheduler.footprint is not None and not scheduler.quiet:
            scheduler.footprint.append((WALL, mode))


WALL = 0, "clock"
"""Where looks at the time meet what moves it: as a container whose items are set, so that the setting of two is no
conflict, and neither are two looks at all of it.
"""


class OrderedClock:
    """One clock for all threads; sleeps and timeouts end in the order of their ends."""

    adversarial = False
    scheduler: Scheduler

    def begin(self) -> None:
        """A schedule begins."""
        self.skipped = self.looks = self.leaps = 0
        self.serial = itertools.count()
        self.alarms: list[tuple[int, int, VirtualThread]] = []

    def look(self) -> int:
        """See `Clock`."""
        self.looks += 1
        return self.now()

    def now(self) -> int:
        """See `Clock`."""
        scheduler = self.scheduler
        self.skipped += MOMENT
        return self.skipped + MOMENT * (len(scheduler.choices) + scheduler.lone_points)

    def sleep(self, duration: int) -> None:
        """See `Clock`."""
        scheduler = self.scheduler
        me = scheduler.current
        if duration > 0 and not scheduler.quiet:
            scheduler.block(me, SLEEP)
            self.alarm(me, self.now() + duration)
        scheduler.give_way()
        me.alarm = None

    def timed_out(self, since: int, duration: int) -> None:
        """Time is there already."""

    def alarm(self, thread: VirtualThread, at: int) -> None:
        """See `Clock`."""
        thread.alarm = at, next(self.serial)
        heapq.heappush(self.alarms, (*thread.alarm, thread))

    def wake(self) -> None:
        """Enable the threads whose sleep or timeout has ended by now."""
        scheduler, alarms = self.scheduler, self.alarms
        now = self.skipped + MOMENT * (len(scheduler.choices) + scheduler.lone_points)
        ended = []
        while alarms and alarms[0][0] <= now:
            at, serial, thread = alarm = heapq.heappop(alarms)
            if thread.alarm == (at, serial):
                ended.append(alarm)  # until the thread has heard it: who takes what it waits for cannot stop it now
                if thread.waiting is not None:
                    thread.timed_out = True
                    scheduler.enable(thread)
        for alarm in ended:
            heapq.heappush(alarms, alarm)

    def jump(self) -> VirtualThread | None:
        """See `Clock`."""
        while self.alarms:
            at, serial, thread = heapq.heappop(self.alarms)
            if thread.waiting is not None and thread.alarm == (at, serial):
                self.skipped += max(0, at - self.now())
                thread.timed_out = True
                self.scheduler.enable(thread)
                return thread
        return None

    def leap(self, looking: Sequence[VirtualThread]) -> bool:  # noqa: ARG002 - there is one clock
        """See `Clock`."""
        leap = _leap(self)
        self.skipped += leap
        return bool(leap)


def _leap(clock: AdversarialClock | OrderedClock) -> int:
    """Nanoseconds, twice as many each time: whatever end is waited for comes within a few, unless none ever does."""
    clock.leaps += 1
    return FIRST_LEAP << clock.leaps if clock.leaps < MOST_LEAPS else 0


FIRST_LEAP = 1_000_000
MOST_LEAPS = 44


class Moment:
    """What a thread waits for that sleeps."""

    def described(self) -> str:
        """See `Resource`."""
        return "the end of its sleep"

    def wanted(self) -> list[Any]:
        """See `Resource`."""
        return []


SLEEP = Moment()
