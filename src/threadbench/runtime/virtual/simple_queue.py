"""The virtual `queue.SimpleQueue`, which the library has in C; see `locks`."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from .accesses import ACQUIRE, AFTER, KEYED_WRITE, READ, RELEASE, WRITE, Access

if TYPE_CHECKING:
    from .scheduler import Scheduler
    from .thread import VirtualThread


class SimpleQueue:
    """`queue.SimpleQueue`."""

    __slots__ = ("__weakref__", "_getters", "_items", "_named", "_scheduler", "_serial")
    noun = "SimpleQueue"
    put_is_point = True

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
        if self.put_is_point:
            scheduler.point(RELEASE, self)
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
        duration = int(timeout * 1e9) if block and timeout else 0
        waits = block and (timeout is None or (duration and not scheduler.clock.adversarial)) and not scheduler.quiet
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
                scheduler.point(ACQUIRE, self)
            finally:
                self._getters.remove(me)
                me.alarm = None
        else:
            scheduler.point(ACQUIRE, self)
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
        self._scheduler.point(READ, self)
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
