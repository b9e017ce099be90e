"""The virtual `_thread`: what the standard library's `threading`, `queue` and `concurrent.futures` rest on.

Each blocking operation is a point, right before which the thread counts as one that can go on exactly when the
operation would succeed. Used inside a schedule only, by its threads.
"""

from __future__ import annotations

from collections import deque
from types import TracebackType
from typing import Any

from .accesses import ACQUIRE, AFTER, KEYED_WRITE, READ, RELEASE, TRY, WRITE, Access
from .originals import get_ident
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
                scheduler.refuse_to_wait(self)
        elif self._owner is not None or len(scheduler.runnable) > 1:
            if scheduler.recorder is not None:
                scheduler.recorder("to acquire", self)
            self._waiters.append(me)
            if self._owner is not None:
                scheduler.block(me, self)
            try:
                scheduler.point()
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
            scheduler.footprint.append(((scheduler.number_of(self), None), ACQUIRE))

    def _try(self, blocking: bool, timeout: float) -> bool:
        """Acquire, or give up: at once, or at some moment before the timeout."""
        duration = duration_of(blocking, timeout)
        scheduler = self._scheduler
        me = scheduler.current
        since = scheduler.clock.now() if duration else 0
        if duration and not scheduler.clock.adversarial and self._owner is not None and not scheduler.quiet:
            if scheduler.recorder is not None:
                scheduler.recorder("to acquire", self)
            self._waiters.append(me)
            scheduler.block(me, self)
            scheduler.clock.alarm(me, since + duration)
            try:
                scheduler.point()
            finally:
                self._waiters.remove(me)
                me.alarm = None
        else:
            scheduler.point()
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
            scheduler.point()
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
            scheduler.footprint.append(((scheduler.number_of(self), None), RELEASE))
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
            scheduler.point()
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
        return f"<{'locked' if self._owner else 'unlocked'} virtual {self.described()}>"


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
            self._scheduler.point()
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


class SimpleQueue:
    """`queue.SimpleQueue`."""

    __slots__ = ("__weakref__", "_getters", "_items", "_named", "_scheduler", "_serial")
    noun = "SimpleQueue"

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._items: deque[tuple[int, int, Any]] = deque()
        """Serial number, when it was put, item."""
        self._getters: list[VirtualThread] = []
        """Threads whose next step is to get an item."""
        self._serial = 0
        self._named: str | None = None
        if scheduler.footprint is not None:
            scheduler.number_of(self)

    def _note(self, *accesses: tuple[Any, int]) -> None:
        scheduler = self._scheduler
        if scheduler.footprint is not None and not scheduler.quiet:
            number = scheduler.number_of(self)
            footprint: list[Access] = scheduler.footprint
            footprint.extend(((number, key), mode) for key, mode in accesses)

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:  # noqa: ARG002 - the signature of `queue`
        """As `queue.SimpleQueue.put`: never waits."""
        scheduler = self._scheduler
        scheduler.point()
        self._serial += 1
        scheduler.changed = True
        self._items.append((self._serial, scheduler.current.time, item))
        if scheduler.recorder is not None:
            scheduler.recorder("put", self)
        self._note(("put", WRITE), (self._serial, WRITE), ("size", KEYED_WRITE))
        for other in self._getters:
            scheduler.enable(other)

    def put_nowait(self, item: Any) -> None:
        """As `queue.SimpleQueue.put_nowait`."""
        self.put(item)

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """As `queue.SimpleQueue.get`."""
        if timeout is not None and timeout < 0:
            raise ValueError("'timeout' must be a non-negative number")
        scheduler = self._scheduler
        me = scheduler.current
        if scheduler.quiet:
            scheduler.leave_if_over()
        waits = block and (timeout is None or not scheduler.clock.adversarial) and not scheduler.quiet
        duration = int(timeout * 1e9) if block and timeout else 0
        since = scheduler.clock.now() if duration else 0
        if waits:
            if scheduler.recorder is not None:
                scheduler.recorder("to get", self)
            self._getters.append(me)
            if not self._items:
                scheduler.block(me, self)
                if duration:
                    scheduler.clock.alarm(me, since + duration)
            try:
                scheduler.point()
            finally:
                self._getters.remove(me)
                me.alarm = None
        else:
            scheduler.point()
        if not self._items:
            if block and timeout is None:
                scheduler.refuse_to_wait(self)
            if scheduler.recorder is not None:
                scheduler.recorder("timeout" if duration else "find empty", self)
            self._note(("size", READ))
            if duration:
                me.yields += 1
                scheduler.clock.timed_out(since, duration)
            from queue import Empty

            raise Empty
        serial, time, item = self._items.popleft()
        if scheduler.recorder is not None:
            scheduler.recorder("get", self)
        scheduler.changed = True
        if me.time < time:
            me.time = time
        # One that would not have waited could have come before the item, and found none.
        self._note(
            ("get", WRITE), (serial, AFTER) if block and timeout is None else ("size", READ), ("size", KEYED_WRITE)
        )
        if not self._items:
            for other in self._getters:
                scheduler.disable(other, self)
        return item

    def get_nowait(self) -> Any:
        """As `queue.SimpleQueue.get_nowait`."""
        return self.get(block=False)

    def empty(self) -> bool:
        """As `queue.SimpleQueue.empty`."""
        return self.qsize() == 0

    def qsize(self) -> int:
        """As `queue.SimpleQueue.qsize`."""
        self._scheduler.point()
        self._note(("size", READ))
        return len(self._items)

    def described(self) -> str:
        """See `Resource`."""
        return self._named or f"{self.noun}#{self._scheduler.number_of(self)}"

    def wanted(self) -> list[Access]:
        """See `Resource`."""
        return [((self._scheduler.number_of(self), "get"), WRITE)]

    def __class_getitem__(cls, item: Any) -> type[SimpleQueue]:
        return cls


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


class KeptLock(Lock):
    """Stands for a real lock that is older than the schedules, in the place where it was found."""

    __slots__ = ("_real",)

    def __init__(self, scheduler: Scheduler, real: Any) -> None:
        super().__init__(scheduler)
        self._real = real

    def reset(self) -> None:
        """As it was found: free."""
        self._owner = None
        self._waiters = []
        self._time = 0
        if self._scheduler.footprint is not None:
            self._scheduler.number_of(self)

    def _is_foreign(self) -> bool:
        return get_ident() != self._scheduler.ident or not self._scheduler.running

    def acquire(self, blocking: bool = True, timeout: float = FOREVER) -> bool:
        """As `threading.Lock.acquire`; in other OS threads it is the real lock."""
        if self._is_foreign():
            return bool(self._real.acquire(blocking, timeout))
        return super().acquire(blocking, timeout)

    __enter__ = acquire

    def release(self) -> None:
        """As `threading.Lock.release`."""
        if self._is_foreign():
            self._real.release()
        else:
            super().release()

    def locked(self) -> bool:
        """As `threading.Lock.locked`."""
        return bool(self._real.locked()) if self._is_foreign() else super().locked()


class KeptRLock(RLock):
    """As `KeptLock`."""

    __slots__ = ("_real",)

    def __init__(self, scheduler: Scheduler, real: Any) -> None:
        super().__init__(scheduler)
        self._real = real

    def reset(self) -> None:
        """As it was found: free."""
        self._owner = None
        self._waiters = []
        self._count = self._time = 0
        if self._scheduler.footprint is not None:
            self._scheduler.number_of(self)

    def _is_foreign(self) -> bool:
        return get_ident() != self._scheduler.ident or not self._scheduler.running

    def acquire(self, blocking: bool = True, timeout: float = FOREVER) -> bool:
        """As `threading.RLock.acquire`; in other OS threads it is the real lock."""
        if self._is_foreign():
            return bool(self._real.acquire(blocking, timeout))
        return super().acquire(blocking, timeout)

    __enter__ = acquire

    def release(self) -> None:
        """As `threading.RLock.release`."""
        if self._is_foreign():
            self._real.release()
        else:
            super().release()


class KeptQueue(SimpleQueue):
    """Stands for a real `SimpleQueue` that is older than the schedules, with what it held."""

    __slots__ = ("_kept", "_real")

    def __init__(self, scheduler: Scheduler, real: Any) -> None:
        super().__init__(scheduler)
        self._real = real
        self._kept = [real.get_nowait() for _ in range(real.qsize())]
        for item in self._kept:
            real.put(item)

    def reset(self) -> None:
        """As it was found."""
        self._items = deque((number, 0, item) for number, item in enumerate(self._kept, 1))
        self._serial = len(self._kept)
        self._getters = []
        if self._scheduler.footprint is not None:
            self._scheduler.number_of(self)
