"""Traced `Condition`, `Event`, `Semaphore`, `Barrier`: rows that wrap the methods of the classes as they are.

An object that workload code creates gets a number (`_threadbench`); the wrappers pass everything else through, among it
the conditions and locks inside queues, events and executors.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from sys import _getframe
from types import FrameType
from typing import Any

from ....events.buffer import NUMBER, what_word, where_word
from ....events.vocabulary import EVENT_IDS
from . import originals
from .locks import RLock, timeout_data, waking
from .patches import Patch
from .recorder import adopt_to_put, local, made_by_workload, new_object, places, where

E = EVENT_IDS


def creator(frame: FrameType | None, obj: object) -> FrameType | None:
    """The frame that creates `obj`: above the `__init__`s of its own classes."""
    while frame is not None and frame.f_code.co_name == "__init__" and frame.f_locals.get("self") is obj:
        frame = frame.f_back
    return frame


def mark(obj: Any, kind: str | None = None) -> int:
    """Number an object that workload code is creating (the caller is the patched `__init__`); 0 for any other."""
    if not made_by_workload(creator(_getframe(2), obj)):
        return 0
    number = new_object(kind or type(obj).__name__)
    obj._threadbench = number
    return number


def write(event: str, number: int, timeout: float | None = None, *, depth: int = 2) -> None:
    """Log an event of the calling thread on an object, at the workload's place.

    `depth` is how many frames up the workload's can be at the earliest: 2, because the caller is one of ours.
    """
    frame = _getframe(depth)
    at = places[id(frame.f_code) + frame.f_lasti] or where(frame)
    try:
        put = local.put
    except AttributeError:
        put = adopt_to_put()
    if timeout is None or timeout < 0:
        put(E[event] + (number << 32), at)
    else:
        local.put_payload(E[event] + (number << 32), at, timeout_data(timeout))


def write_number(event: str, number: int, arg: int) -> None:
    """Log an event whose data is one number; the caller is one of ours."""
    frame = _getframe(2)
    at = places[id(frame.f_code) + frame.f_lasti] or where(frame)
    try:
        put = local.put
    except AttributeError:
        put = adopt_to_put()
    put(what_word(E[event], number, NUMBER), where_word(at, min(arg, 2**31 - 1)))


def _condition(cls: Any) -> Iterator[Patch]:
    init, wait, notify, notify_all = cls.__init__, cls.wait, cls.notify, cls.notify_all

    def __init__(self: Any, lock: Any = None) -> None:  # noqa: N807
        number = mark(self)
        if number and lock is None:
            lock = RLock(number=new_object("Condition.lock"))
        init(self, lock)

    def traced_wait(self: Any, timeout: float | None = None) -> bool:
        number = self._threadbench
        if not number or not self._is_owned():
            return bool(wait(self, timeout))
        write("condition.waiting", number, timeout)
        with waking:
            woke = bool(wait(self, timeout))
        write("condition.woke" if woke else "condition.timed_out", number)
        return woke

    def traced_notify(self: Any, n: int = 1) -> None:
        if self._threadbench and self._is_owned():
            write_number("condition.notified", self._threadbench, n)
        notify(self, n)

    def traced_notify_all(self: Any) -> None:
        if self._threadbench and self._is_owned():
            write_number("condition.notified", self._threadbench, -1)
            notify(self, len(self._waiters))
        else:
            notify_all(self)

    yield Patch(cls, "_threadbench", 0)
    yield Patch(cls, "__init__", __init__)
    yield Patch(cls, "wait", traced_wait)
    yield Patch(cls, "notify", traced_notify)
    yield Patch(cls, "notify_all", traced_notify_all)


class OwnedCondition(threading.Condition):
    """The condition inside a traced object: its waits and wake-ups are that object's, logged under its lock, so in the
    order in which they happen.
    """

    def __init__(self, lock: Any, owner: Any, waiting: str, woken: str | None = None) -> None:
        super().__init__(lock)
        self._owner = owner
        self._waiting = waiting
        self._woken = woken

    # As they are without tracing: a condition of the library's own has no events.
    notify = threading.Condition.notify
    _notify_all = threading.Condition.notify_all

    def wait(self, timeout: float | None = None) -> bool:
        """As `Condition.wait`, after the owner's event."""
        # Above are the owner's method, in the library, and our wrapper of that.
        write(self._waiting, self._owner._threadbench, timeout, depth=4)
        with waking:
            return super().wait(timeout)

    def notify_all(self) -> None:
        """As `Condition.notify_all`, after the owner's event."""
        if self._woken:
            write(self._woken, self._owner._threadbench, depth=3)  # above is the owner's method, in the library
        self._notify_all()


def _event(cls: Any) -> Iterator[Patch]:
    init, wait, clear = cls.__init__, cls.wait, cls.clear

    def __init__(self: Any) -> None:  # noqa: N807
        init(self)
        if mark(self):
            self._cond = OwnedCondition(originals.allocate_lock(), self, "event.waiting", "event.set")

    def traced_wait(self: Any, timeout: float | None = None) -> bool:
        woke = bool(wait(self, timeout))
        if self._threadbench:
            write("event.woke" if woke else "event.timed_out", self._threadbench)
        return woke

    def traced_clear(self: Any) -> None:
        if self._threadbench:
            write("event.cleared", self._threadbench)
        clear(self)

    yield Patch(cls, "_threadbench", 0)
    yield Patch(cls, "__init__", __init__)
    yield Patch(cls, "wait", traced_wait)
    yield Patch(cls, "clear", traced_clear)


def _semaphore(cls: Any, bounded: Any) -> Iterator[Patch]:
    init, acquire = cls.__init__, cls.acquire

    def __init__(self: Any, value: int = 1) -> None:  # noqa: N807
        init(self, value)
        number = mark(self)
        if number:
            self._cond = OwnedCondition(originals.allocate_lock(), self, "semaphore.waiting")
            write_number("semaphore.created", number, value)

    def traced_acquire(self: Any, blocking: bool = True, timeout: float | None = None) -> bool:
        got = bool(acquire(self, blocking, timeout))
        if self._threadbench and got:
            write("semaphore.acquired", self._threadbench)
        elif self._threadbench:
            write("semaphore.timed_out", self._threadbench, timeout or 0)
        return got

    def traced_release(release: Any) -> Any:
        def call(self: Any, n: int = 1) -> None:
            if self._threadbench and n >= 1:
                write_number("semaphore.released", self._threadbench, n)
            release(self, n)

        return call

    yield Patch(cls, "_threadbench", 0)
    yield Patch(cls, "__init__", __init__)
    yield Patch(cls, "acquire", traced_acquire)
    yield Patch(cls, "__enter__", traced_acquire)
    yield Patch(cls, "release", traced_release(cls.release))
    yield Patch(bounded, "release", traced_release(bounded.release))


def _barrier(cls: Any) -> Iterator[Patch]:
    init, wait, reset, abort = cls.__init__, cls.wait, cls.reset, cls.abort

    def __init__(self: Any, parties: int, action: Any = None, timeout: float | None = None) -> None:  # noqa: N807
        number = mark(self)
        init(self, parties, action, timeout)
        if number:
            write_number("barrier.created", number, parties)

    def traced_wait(self: Any, timeout: float | None = None) -> int:
        number = self._threadbench
        if not number:
            return int(wait(self, timeout))
        write("barrier.waiting", number, self._timeout if timeout is None else timeout)
        try:
            with waking:
                index = int(wait(self, timeout))
        except threading.BrokenBarrierError:
            write("barrier.broken", number)
            raise
        write_number("barrier.passed", number, index)
        return index

    def traced(method: Callable[[Any], None]) -> Callable[[Any], None]:
        def call(self: Any) -> None:
            if self._threadbench:
                write("barrier.broken", self._threadbench)
            method(self)

        return call

    yield Patch(cls, "_threadbench", 0)
    yield Patch(cls, "__init__", __init__)
    yield Patch(cls, "wait", traced_wait)
    yield Patch(cls, "reset", traced(reset))
    yield Patch(cls, "abort", traced(abort))


def rows() -> Iterator[Patch]:
    """The rows for `threading`'s synchronisation classes."""
    yield from _condition(threading.Condition)
    yield from _event(threading.Event)
    yield from _semaphore(threading.Semaphore, threading.BoundedSemaphore)
    yield from _barrier(threading.Barrier)
