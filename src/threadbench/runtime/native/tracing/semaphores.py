"""Traced `Event` and `Semaphore`: what goes without waiting is done here, each wait is the standard library's.

Theirs is Python that takes a lock and lets go of it through several calls; done here, under the same lock, on the same
attributes and in the same order, the log costs the workload little more than those calls would have.
"""

from __future__ import annotations

from collections.abc import Iterator
from sys import _getframe
from typing import Any

from ....events.buffer import NUMBER, what_word, where_word
from ....events.vocabulary import EVENT_IDS
from ...patches import Patch
from . import originals
from .conditions import OwnedCondition
from .recorder import NO_SITE, adopt_to_put, local, site
from .sync import LARGEST, ONE, mark, write, write_number

E = EVENT_IDS
EVENT_WORDS = E["event.set"], E["event.woke"], E["event.cleared"]
SEMAPHORE_WORDS = E["semaphore.acquired"], what_word(E["semaphore.released"], 0, NUMBER)


def event_rows(cls: Any) -> Iterator[Patch]:
    """The rows for `threading.Event`."""
    init, set_, wait, clear = cls.__init__, cls.set, cls.wait, cls.clear

    def __init__(self: Any) -> None:  # noqa: N807 - replaces the library's method of that name
        init(self)
        if mark(self, *EVENT_WORDS):
            self._cond = OwnedCondition(originals.allocate_lock(), self, "event.waiting")

    def traced_set(self: Any) -> None:
        if not self._threadbench:
            set_(self)
            return
        frame = _getframe(1)
        code, lasti, at = self._threadbench_out
        if frame.f_code is not code or frame.f_lasti != lasti:
            _, _, at = self._threadbench_out = site(frame)
        try:
            put = local.put
        except AttributeError:
            put = adopt_to_put()
        condition = self._cond
        condition.acquire()
        try:
            # Logged before it is true: who sees it true, with or without the lock, logs that afterwards.
            put(self._threadbench_words[0], at)
            self._flag = True
            if condition._waiters:
                condition.notify_all()
        finally:
            condition.release()

    def traced_wait(self: Any, timeout: float | None = None) -> bool:
        if not self._threadbench:
            return bool(wait(self, timeout))
        # One look at the flag is as good as one under the lock.
        if not self._flag and not wait(self, timeout):
            write("event.timed_out", self._threadbench)
            return False
        frame = _getframe(1)
        code, lasti, at = self._threadbench_in
        if frame.f_code is not code or frame.f_lasti != lasti:
            _, _, at = self._threadbench_in = site(frame)
        try:
            put = local.put
        except AttributeError:
            put = adopt_to_put()
        put(self._threadbench_words[1], at)
        return True

    def traced_clear(self: Any) -> None:
        if not self._threadbench:
            clear(self)
            return
        frame = _getframe(1)
        code, lasti, at = self._threadbench_cleared
        if frame.f_code is not code or frame.f_lasti != lasti:
            _, _, at = self._threadbench_cleared = site(frame)
        try:
            put = local.put
        except AttributeError:
            put = adopt_to_put()
        condition = self._cond
        condition.acquire()
        try:
            put(self._threadbench_words[2], at)
            self._flag = False
        finally:
            condition.release()

    yield Patch(cls, "_threadbench", 0)
    for sites in ("_threadbench_in", "_threadbench_out", "_threadbench_cleared"):
        yield Patch(cls, sites, NO_SITE)
    yield Patch(cls, "__init__", __init__)
    yield Patch(cls, "set", traced_set)
    yield Patch(cls, "wait", traced_wait)
    yield Patch(cls, "clear", traced_clear)


def semaphore_rows(cls: Any, bounded: Any) -> Iterator[Patch]:
    """The rows for `threading.Semaphore` and `threading.BoundedSemaphore`."""
    init, acquire, leave = cls.__init__, cls.acquire, cls.__exit__.__code__

    def __init__(self: Any, value: int = 1) -> None:  # noqa: N807 - replaces the library's method of that name
        init(self, value)
        number = mark(self, *SEMAPHORE_WORDS)
        if number:
            self._cond = OwnedCondition(originals.allocate_lock(), self, "semaphore.waiting")
            write_number("semaphore.created", number, value)

    def traced_acquire(self: Any, blocking: bool = True, timeout: float | None = None) -> bool:
        if not self._threadbench:
            return bool(acquire(self, blocking, timeout))
        got = False
        if timeout is None:
            condition = self._cond
            condition.acquire()
            try:
                if self._value:
                    self._value -= 1
                    got = True
            finally:
                condition.release()
        if not got and not acquire(self, blocking, timeout):
            write("semaphore.timed_out", self._threadbench, timeout or 0)
            return False
        frame = _getframe(1)
        code, lasti, at = self._threadbench_in
        if frame.f_code is not code or frame.f_lasti != lasti:
            _, _, at = self._threadbench_in = site(frame)
        try:
            put = local.put
        except AttributeError:
            put = adopt_to_put()
        put(self._threadbench_words[0], at)
        return True

    def traced_release(release: Any, *, is_bounded: bool) -> Any:
        def call(self: Any, n: int = 1) -> None:
            if not self._threadbench or n < 1:
                release(self, n)
                return
            frame = _getframe(1)
            if frame.f_code is leave:
                frame = frame.f_back or frame
            code, lasti, at = self._threadbench_out
            if frame.f_code is not code or frame.f_lasti != lasti:
                _, _, at = self._threadbench_out = site(frame)
            try:
                put = local.put
            except AttributeError:
                put = adopt_to_put()
            condition = self._cond
            condition.acquire()
            try:
                value = self._value + n
                if is_bounded and value > self._initial_value:
                    raise ValueError("Semaphore released too many times")
                put(self._threadbench_words[1], at + ONE if n == 1 else where_word(at, min(n, LARGEST)))
                self._value = value
                if condition._waiters:
                    condition.notify(n)
            finally:
                condition.release()

        return call

    yield Patch(cls, "_threadbench", 0)
    for sites in ("_threadbench_in", "_threadbench_out"):
        yield Patch(cls, sites, NO_SITE)
    yield Patch(cls, "__init__", __init__)
    yield Patch(cls, "acquire", traced_acquire)
    yield Patch(cls, "__enter__", traced_acquire)
    yield Patch(cls, "release", traced_release(cls.release, is_bounded=False))
    yield Patch(bounded, "release", traced_release(bounded.release, is_bounded=True))
