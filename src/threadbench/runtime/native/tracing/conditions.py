"""Traced `Condition`, and the condition inside other traced objects."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from sys import _getframe
from types import TracebackType
from typing import Any

from ....events.buffer import NUMBER, what_word, where_word
from ....events.vocabulary import EVENT_IDS
from ...patches import Patch
from .locks import Lock, waking
from .recorder import NO_SITE, adopt_to_put, local, new_object, site
from .rlocks import RLock
from .sync import LARGEST, ONE, mark, write

NOTIFIED = what_word(EVENT_IDS["condition.notified"], 0, NUMBER)


def rows(cls: Any) -> Iterator[Patch]:
    """The rows for `threading.Condition`."""
    init, enter, leave = cls.__init__, cls.__enter__, cls.__exit__
    wait, notify, notify_all = cls.wait, cls.notify, cls.notify_all

    def __init__(self: Any, lock: Any = None) -> None:  # noqa: N807 - replaces the library's method of that name
        number = mark(self, NOTIFIED)
        if number and lock is None:
            lock = RLock(number=new_object("Condition.lock"))
        init(self, lock)

    # The library's would stand between a traced lock and the place in the workload, which is then looked for. These do
    # what `RLock.__enter__` and `__exit__` do, one call less an event.

    def traced_enter(self: Any) -> Any:
        lock = self._lock
        if type(lock) is not RLock:
            return lock.enter_at(_getframe(1)) if type(lock) is Lock else enter(self)
        if not lock._inner.acquire(False):
            return lock._acquire_slowly(_getframe(1), True, -1)
        if lock._depth:
            lock._depth += 1
            return True
        lock._depth = 1
        frame = _getframe(1)
        code, lasti, at = lock._in
        if frame.f_code is not code or frame.f_lasti != lasti:
            code, lasti, at = site(frame)
            at += ONE
            lock._in = code, lasti, at
        try:
            put = local.put
        except AttributeError:
            put = adopt_to_put()
        put(lock._acquired, at)
        return True

    def traced_exit(
        self: Any,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        trace: TracebackType | None = None,
    ) -> Any:
        lock = self._lock
        if type(lock) is not RLock:
            return lock.leave_at(_getframe(1)) if type(lock) is Lock else leave(self, kind, error, trace)
        if not lock._is_owned():
            lock._inner.release()  # raises
        if lock._depth != 1:
            lock._depth -= 1
            lock._inner.release()
            return None
        frame = _getframe(1)
        code, lasti, at = lock._out
        if frame.f_code is not code or frame.f_lasti != lasti:
            _, _, at = lock._out = site(frame)
        try:
            put = local.put
        except AttributeError:
            put = adopt_to_put()
        put(lock._released, at)
        lock._depth = 0
        lock._inner.release()
        return None

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
        if not self._threadbench or not self._is_owned():
            notify(self, n)
            return
        frame = _getframe(1)
        code, lasti, at = self._threadbench_out
        if frame.f_code is not code or frame.f_lasti != lasti:
            _, _, at = self._threadbench_out = site(frame)
        try:
            put = local.put
        except AttributeError:
            put = adopt_to_put()
        put(self._threadbench_words[0], at + ONE if n == 1 else where_word(at, min(n, LARGEST)))
        if self._waiters:
            notify(self, n)

    def traced_notify_all(self: Any) -> None:
        if not self._threadbench or not self._is_owned():
            notify_all(self)
            return
        frame = _getframe(1)
        code, lasti, at = self._threadbench_out
        if frame.f_code is not code or frame.f_lasti != lasti:
            _, _, at = self._threadbench_out = site(frame)
        try:
            put = local.put
        except AttributeError:
            put = adopt_to_put()
        put(self._threadbench_words[0], where_word(at, -1))
        if self._waiters:
            notify(self, len(self._waiters))

    yield Patch(cls, "_threadbench", 0)
    yield Patch(cls, "_threadbench_out", NO_SITE)
    yield Patch(cls, "__init__", __init__)
    yield Patch(cls, "__enter__", traced_enter)
    yield Patch(cls, "__exit__", traced_exit)
    yield Patch(cls, "wait", traced_wait)
    yield Patch(cls, "notify", traced_notify)
    yield Patch(cls, "notify_all", traced_notify_all)


class OwnedCondition(threading.Condition):
    """The condition inside a traced object, over a real lock: its waits are that object's, logged under its lock, so in
    the order in which they happen.
    """

    def __init__(self, lock: Any, owner: Any, waiting: str) -> None:
        super().__init__(lock)
        self._owner = owner
        self._waiting = waiting

    # As they are without tracing: a condition of the library's own has no events.
    __enter__ = threading.Condition.__enter__
    __exit__ = threading.Condition.__exit__
    notify = threading.Condition.notify
    notify_all = threading.Condition.notify_all

    def wait(self, timeout: float | None = None) -> bool:
        """As `Condition.wait`, after the owner's event."""
        # Above are the owner's method, in the library, and our wrapper of that.
        write(self._waiting, self._owner._threadbench, timeout, depth=4)
        with waking:
            return super().wait(timeout)
