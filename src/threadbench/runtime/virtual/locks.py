"""The virtual `_thread`'s locks: what the standard library's `threading`, `queue` and `concurrent.futures` rest on.

Each blocking operation is a point, right before which the thread counts as one that can go on exactly when the
operation would succeed. Used inside a schedule only, by its threads.
"""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING

from .accesses import ACQUIRE, RELEASE, TRY, Access

if TYPE_CHECKING:
    from .scheduler import Scheduler
    from .thread import VirtualThread

FOREVER = -1


class Lock:
    """`threading.Lock`."""

    __slots__ = ("__weakref__", "_named", "_owner", "_scheduler", "_time", "_waiters")
    noun = "Lock"

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._owner: VirtualThread | None = None
        self._waiters: list[VirtualThread] = []
        """Threads whose next step is to take it: those that can, while it is free, and those that wait for it."""
        self._time = 0
        """Of its last release."""
        self._named: str | None = None
        if scheduler.footprint is not None:
            scheduler.number_of(self)

    def acquire(self, blocking: bool = True, timeout: float = FOREVER) -> bool:
        """As `threading.Lock.acquire`."""
        scheduler = self._scheduler
        if not blocking or timeout != FOREVER:
            return self._try(blocking, timeout)
        me = scheduler.current
        if scheduler.quiet:
            scheduler.leave_if_over()
            if self._owner is not None:
                if not scheduler.running:  # it has outlived its schedule, and so nobody holds it
                    return True
                scheduler.refuse_to_wait(self)
        elif self._owner is not None or len(scheduler.runnable) > 1 or scheduler.parked:
            if scheduler.recorder is not None:
                scheduler.recorder("to acquire", self)
            self._waiters.append(me)
            if self._owner is not None:
                scheduler.block(me, self)
            try:
                scheduler.point(ACQUIRE, self)
            finally:
                self._waiters.remove(me)
        self._take(me)
        return True

    __enter__ = acquire

    def _take(self, me: VirtualThread) -> None:
        scheduler = self._scheduler
        assert self._owner is None
        self._owner = me
        scheduler.changed = True
        if me.time < self._time:
            me.time = self._time
        for other in self._waiters:
            scheduler.disable(other, self)
        if scheduler.recorder is not None:
            scheduler.recorder("acquire", self)
        if scheduler.footprint is not None:
            number = scheduler.numbers.get(id(self)) or scheduler.number_of(self)
            scheduler.footprint.append(((number, None), ACQUIRE))

    def _try(self, blocking: bool, timeout: float) -> bool:
        """Acquire, or give up: at once, or at some moment before the timeout."""
        duration = duration_of(blocking, timeout)
        scheduler = self._scheduler
        me = scheduler.current
        since = scheduler.clock.now() if duration else 0
        if duration and not scheduler.clock.adversarial and not scheduler.quiet:
            if scheduler.recorder is not None:
                scheduler.recorder("to acquire", self)
            self._waiters.append(me)
            if self._owner is not None:
                scheduler.block(me, self)
            scheduler.clock.alarm(me, since + duration)  # also where it is free: another may take it first
            try:
                scheduler.point(TRY, self)
            finally:
                self._waiters.remove(me)
                me.alarm = None
        else:
            scheduler.point(TRY, self)
        self._note_try()
        if self._owner is None:
            self._take(me)
            return True
        if scheduler.recorder is not None:
            scheduler.recorder("timeout" if duration else "find taken", self)
        if duration:
            me.yields += 1
            scheduler.clock.timed_out(since, duration)
        return False

    def _note_try(self) -> None:
        """The step depends on whether the lock is taken, and could have found it otherwise."""
        scheduler = self._scheduler
        if scheduler.footprint is not None and not scheduler.quiet:
            scheduler.footprint.append(((scheduler.number_of(self), None), TRY))

    def release(self) -> None:
        """As `threading.Lock.release`."""
        scheduler = self._scheduler
        if not scheduler.quiet:
            scheduler.point(RELEASE, self)
        if self._owner is None:
            self._note_try()
            if scheduler.quiet:
                return
            raise RuntimeError("release unlocked lock")
        self._free()

    def _free(self) -> None:
        scheduler = self._scheduler
        self._owner = None
        scheduler.changed = True
        self._time = scheduler.current.time
        if scheduler.recorder is not None:
            scheduler.recorder("release", self)
        if scheduler.footprint is not None:
            number = scheduler.numbers.get(id(self)) or scheduler.number_of(self)
            scheduler.footprint.append(((number, None), RELEASE))
        for other in self._waiters:
            scheduler.enable(other)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.release()

    def locked(self) -> bool:
        """As `threading.Lock.locked`."""
        scheduler = self._scheduler
        if not scheduler.quiet:
            scheduler.point(TRY, self)
            if scheduler.footprint is not None:
                scheduler.footprint.append(((scheduler.number_of(self), None), TRY))
        return self._owner is not None

    # the names that `_thread.lock` also answers to
    acquire_lock = acquire
    release_lock = release
    locked_lock = locked

    def _at_fork_reinit(self) -> None:
        self._owner = None

    def described(self) -> str:
        """See `Resource`."""
        return self._named or f"{self.noun}#{self._scheduler.number_of(self)}"

    def wanted(self) -> list[Access]:
        """See `Resource`."""
        return [((self._scheduler.number_of(self), None), ACQUIRE)]

    def holder(self) -> VirtualThread | None:
        """Who has it."""
        return self._owner

    def __repr__(self) -> str:
        taken = self.locked() if self._scheduler.running else self._owner is not None
        return f"<{'locked' if taken else 'unlocked'} virtual {self.described()}>"


class Waiter(Lock):
    """The lock that `threading.Condition.wait` makes to wait on: nobody else knows it when it is first taken, and who
    releases it holds the condition's lock. So neither is a point.
    """

    __slots__ = ("_fresh",)
    noun = "notification"

    def __init__(self, scheduler: Scheduler) -> None:
        super().__init__(scheduler)
        self._fresh = True

    def acquire(self, blocking: bool = True, timeout: float = FOREVER) -> bool:
        """As `threading.Lock.acquire`."""
        if self._fresh:
            self._fresh = False
            self._take(self._scheduler.current)
            return True
        return super().acquire(blocking, timeout)

    __enter__ = acquire

    def release(self) -> None:
        """As `threading.Lock.release`."""
        if self._owner is None:
            self._note_try()
            if self._scheduler.quiet:
                return
            raise RuntimeError("release unlocked lock")
        self._free()


class RLock(Lock):
    """`threading.RLock`."""

    __slots__ = ("_count",)
    noun = "RLock"

    def __init__(self, scheduler: Scheduler) -> None:
        super().__init__(scheduler)
        self._count = 0

    def acquire(self, blocking: bool = True, timeout: float = FOREVER) -> bool:
        """As `threading.RLock.acquire`."""
        if self._owner is self._scheduler.current:
            self._count += 1
            return True
        if super().acquire(blocking, timeout):
            self._count = 1
            return True
        return False

    __enter__ = acquire

    def release(self) -> None:
        """As `threading.RLock.release`."""
        if self._owner is not self._scheduler.current:
            if self._scheduler.quiet:
                return
            raise RuntimeError("cannot release un-acquired lock")
        if self._count > 1:
            self._count -= 1
            return
        if not self._scheduler.quiet:
            self._scheduler.point(RELEASE, self)
        self._count = 0
        self._free()

    # what `threading.Condition` asks of its lock
    def _is_owned(self) -> bool:
        return self._owner is self._scheduler.current

    def _release_save(self) -> int:
        count, self._count = self._count, 1
        self.release()
        return count

    def _acquire_restore(self, count: int) -> None:
        super().acquire()
        self._count = count

    def _recursion_count(self) -> int:
        return self._count if self._is_owned() else 0

    def _at_fork_reinit(self) -> None:
        self._owner = None
        self._count = 0


def duration_of(blocking: bool, timeout: float) -> int:
    """Nanoseconds that an acquisition may wait; 0 for one that may not.

    Raises:
        ValueError: as the real lock does.
    """
    if not blocking:
        if timeout != FOREVER:
            raise ValueError("can't specify a timeout for a non-blocking call")
        return 0
    if timeout < 0:
        raise ValueError("timeout value must be a non-negative number")
    return int(timeout * 1e9)
