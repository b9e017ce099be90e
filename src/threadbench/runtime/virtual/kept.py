"""What stands for real locks and queues that are older than the schedules, in the places where they were found."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from .locks import FOREVER, Lock, RLock
from .originals import get_ident
from .simple_queue import SimpleQueue

if TYPE_CHECKING:
    from .scheduler import Scheduler


class _Kept(Lock):
    """Stands for a real lock that is older than the schedules, in the place where it was found."""

    __slots__ = ()
    _real: Any  # a slot of each below: two bases with slots of their own do not go together

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
        """As the lock's own; in other OS threads it is the real lock."""
        if self._is_foreign():
            return bool(self._real.acquire(blocking, timeout))
        return super().acquire(blocking, timeout)

    __enter__ = acquire_lock = acquire

    def release(self) -> None:
        """As the lock's own; in other OS threads it is the real lock."""
        if self._is_foreign():
            self._real.release()
        else:
            super().release()

    release_lock = release


class KeptLock(_Kept):
    """Stands for a `threading.Lock`."""

    __slots__ = ("_real",)

    def locked(self) -> bool:
        """As `threading.Lock.locked`."""
        return bool(self._real.locked()) if self._is_foreign() else super().locked()

    locked_lock = locked


class KeptRLock(_Kept, RLock):
    """Stands for a `threading.RLock`."""

    __slots__ = ("_real",)

    def reset(self) -> None:
        """As it was found: free."""
        super().reset()
        self._count = 0


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
