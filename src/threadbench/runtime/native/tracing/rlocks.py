"""The traced `RLock`: a class that stands for the factory, over the real lock."""

from __future__ import annotations

from collections.abc import Callable
from sys import _getframe
from types import FrameType, TracebackType
from typing import Any

from ....events.buffer import NUMBER, what_word, where_word
from . import originals
from .locks import ACQUIRED, RELEASED, Factory, wait_for
from .recorder import NO_SITE, Site, adopt, adopt_to_put, local, made_by_workload, new_object, site, where

DEPTH_ONE = where_word(0, 1)


class RLock(metaclass=Factory):
    """A reentrant lock; only the outermost acquisition and release are events (`lock.acquired` says depth 1: that it
    has a depth tells the supervisor that nobody but its holder can release it).
    """

    __slots__ = ("__weakref__", "_acquired", "_depth", "_in", "_inner", "_is_owned", "_out", "_released")
    original = type(originals.new_rlock())
    _depth: int  # touched by the owner alone, and for its `with` by `conditions.py`
    _inner: Any
    _is_owned: Callable[[], bool]
    _acquired: int  # what_word of `lock.acquired`
    _in: Site  # of the last acquisition, with DEPTH_ONE
    _out: Site  # of the last release
    _released: int

    def __new__(cls, *, number: int = 0) -> Any:
        """Traced for workload code or under a given number, real for any other."""
        if not number and not made_by_workload(_getframe(1)):
            return originals.new_rlock()
        self = object.__new__(cls)
        self._at_fork_reinit()
        self._number = number or new_object("RLock")
        self._in = self._out = NO_SITE
        return self

    @property
    def _number(self) -> int:
        return self._acquired >> 32

    @_number.setter
    def _number(self, number: int) -> None:
        self._acquired, self._released = what_word(ACQUIRED, number, NUMBER), what_word(RELEASED, number)

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """As `threading.RLock.acquire`."""
        inner = self._inner
        if timeout != -1 or not inner.acquire(False):
            return self._acquire_slowly(_getframe(1), blocking, timeout)
        if self._depth:
            self._depth += 1
            return True
        self._depth = 1
        frame = _getframe(1)
        code, lasti, at = self._in
        if frame.f_code is not code or frame.f_lasti != lasti:
            code, lasti, at = site(frame)
            at += DEPTH_ONE
            self._in = code, lasti, at
        try:
            put = local.put
        except AttributeError:
            put = adopt_to_put()
        put(self._acquired, at)
        return True

    def __enter__(self) -> bool:
        inner = self._inner
        if not inner.acquire(False):
            return self._acquire_slowly(_getframe(1), True, -1)
        if self._depth:
            self._depth += 1
            return True
        self._depth = 1
        frame = _getframe(1)
        code, lasti, at = self._in
        if frame.f_code is not code or frame.f_lasti != lasti:
            code, lasti, at = site(frame)
            at += DEPTH_ONE
            self._in = code, lasti, at
        try:
            put = local.put
        except AttributeError:
            put = adopt_to_put()
        put(self._acquired, at)
        return True

    def _acquire_slowly(self, frame: FrameType, blocking: bool, timeout: float) -> bool:
        """The lock is another thread's, or a timeout was given."""
        inner = self._inner
        if self._is_owned():
            got = bool(inner.acquire(blocking, timeout))
            self._depth += 1
            return got
        _, _, at = site(frame)
        return wait_for(self, getattr(local, "emit", None) or adopt(), at, blocking, timeout, NUMBER)

    def release(self) -> None:
        """As `threading.RLock.release`."""
        if not self._is_owned():
            self._inner.release()  # raises
        if self._depth != 1:
            self._depth -= 1
            self._inner.release()
            return
        frame = _getframe(1)
        code, lasti, at = self._out
        if frame.f_code is not code or frame.f_lasti != lasti:
            _, _, at = self._out = site(frame)
        try:
            put = local.put
        except AttributeError:
            put = adopt_to_put()
        put(self._released, at)
        self._depth = 0
        self._inner.release()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._is_owned():
            self._inner.release()  # raises
        if self._depth != 1:
            self._depth -= 1
            self._inner.release()
            return
        frame = _getframe(1)
        code, lasti, at = self._out
        if frame.f_code is not code or frame.f_lasti != lasti:
            _, _, at = self._out = site(frame)
        try:
            put = local.put
        except AttributeError:
            put = adopt_to_put()
        put(self._released, at)
        self._depth = 0
        self._inner.release()

    def _release_save(self) -> int:
        """Condition.wait gives the lock back whole; returns its depth."""
        inner = self._inner
        depth, self._depth = self._depth, 0
        emit = getattr(local, "emit", None) or adopt()
        emit(RELEASED, self._number, where(_getframe(1)))
        inner._release_save()
        return depth

    def _acquire_restore(self, depth: int) -> None:
        self.acquire()
        for _ in range(depth - 1):
            self._inner.acquire()
        self._depth = depth

    def _recursion_count(self) -> int:
        return self._depth if self._is_owned() else 0

    def _at_fork_reinit(self) -> None:
        self._inner, self._depth = originals.new_rlock(), 0
        self._is_owned = self._inner._is_owned  # a condition takes it over from here: no call of ours

    def __repr__(self) -> str:
        return f"<traced RLock depth={self._depth} at {id(self):#x}>"
