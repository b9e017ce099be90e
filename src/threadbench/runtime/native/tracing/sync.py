"""What wraps the methods of `threading`'s classes, and the traced `Barrier`.

An object that workload code creates gets a number (`_threadbench`); the wrappers pass everything else through, among it
the conditions and locks inside queues, events and executors.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from sys import _getframe
from types import FrameType
from typing import Any

from ....events.buffer import NUMBER, PAYLOAD, what_word, where_word
from ....events.vocabulary import EVENT_IDS
from ...patches import Patch
from .locks import timeout_data, waking
from .recorder import adopt_to_put, local, made_by_workload, new_object, places, renumber, where

E = EVENT_IDS
LARGEST = 2**31 - 1
"""The largest number that a record holds."""
ONE = where_word(0, 1)


def creator(frame: FrameType | None, obj: object) -> FrameType | None:
    """The frame that creates `obj`: above the `__init__`s of its own classes."""
    while frame is not None and frame.f_code.co_name == "__init__" and frame.f_locals.get("self") is obj:
        frame = frame.f_back
    return frame


def mark(obj: Any, *words: int) -> int:
    """Number an object that workload code is creating (the caller is the patched `__init__`); 0 for any other.

    `words` are the third words of its events, yet without the object; with it they are kept in `_threadbench_words`.
    """
    if not made_by_workload(creator(_getframe(2), obj)):
        return 0
    number = new_object(type(obj).__name__)
    obj._threadbench_words = words
    renumber(obj, number)
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
        local.emit(E[event], number, at, PAYLOAD, 0, timeout_data(timeout))


def write_number(event: str, number: int, arg: int) -> None:
    """Log an event whose data is one number; the caller is one of ours."""
    frame = _getframe(2)
    at = places[id(frame.f_code) + frame.f_lasti] or where(frame)
    try:
        put = local.put
    except AttributeError:
        put = adopt_to_put()
    put(what_word(E[event], number, NUMBER), where_word(at, min(arg, LARGEST)))


def barrier_rows(cls: Any) -> Iterator[Patch]:
    """The rows for `threading.Barrier`."""
    init, wait, reset, abort = cls.__init__, cls.wait, cls.reset, cls.abort

    def __init__(self: Any, parties: int, action: Any = None, timeout: float | None = None) -> None:  # noqa: N807 - replaces the library's method of that name
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
