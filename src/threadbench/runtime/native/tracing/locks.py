"""The traced `Lock`: a class that stands for the factory, over the real lock; and how a thread waits for one.

What takes and gives back a lock is written out in each method, here, in `rlocks.py` and in `conditions.py`: a call that
they shared would cost an event a twentieth more.
"""

from __future__ import annotations

from sys import _getframe
from types import FrameType, TracebackType
from typing import Any

from ....events.buffer import NUMBER, PAYLOAD, PLAIN, Emit, what_word
from ....events.log import encode_json
from ....events.vocabulary import EVENT_IDS
from . import originals
from .recorder import NO_SITE, Site, adopt, adopt_to_put, local, made_by_workload, new_object, site

WAITING, ACQUIRED = EVENT_IDS["lock.waiting"], EVENT_IDS["lock.acquired"]
RELEASED, TIMED_OUT = EVENT_IDS["lock.released"], EVENT_IDS["lock.timed_out"]
AWAKE = EVENT_IDS["~awake"]


def timeout_data(timeout: float | None) -> bytes:
    """`{"timeout": seconds}`, or nothing for a wait without one."""
    return b"" if timeout is None or timeout < 0 else encode_json({"timeout": timeout})


class _Waking:
    """Around a wait: should an exception end it (Ctrl-C, a signal handler's), the supervisor is told that it ended."""

    __slots__ = ()

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            (getattr(local, "emit", None) or adopt())(AWAKE, 0, 0)


waking = _Waking()


def wait_for(lock: Any, emit: Emit, at: int, blocking: bool, timeout: float, flag: int = PLAIN) -> bool:
    """Acquire the slow way: the lock is taken, or a timeout was given, whose errors are the real lock's to raise.

    `flag` is NUMBER for a lock that has a depth, which is set to 1 first: a signal handler may take the lock again.
    """
    number, acquire = lock._number, lock._inner.acquire
    if not blocking or timeout == 0:
        got = acquire(blocking, timeout)
        timeout = 0
    elif timeout > 0 and acquire(False):
        got = True
    elif timeout > 0:
        emit(WAITING, number, at, PAYLOAD, 0, timeout_data(timeout))
        with waking:
            got = acquire(True, timeout)
    elif timeout == -1:
        emit(WAITING, number, at)
        with waking:
            got = acquire()
    else:
        got = acquire(True, timeout)  # raises
    if got and flag:
        lock._depth = 1
        emit(ACQUIRED, number, at, NUMBER, 1)
    elif got:
        emit(ACQUIRED, number, at)
    else:
        emit(TIMED_OUT, number, at, PAYLOAD, 0, timeout_data(timeout))
    return bool(got)


class Factory(type):
    """Real locks are instances of the class that stands for their factory."""

    original: Any

    def __instancecheck__(cls, instance: object) -> bool:
        return type.__instancecheck__(cls, instance) or isinstance(instance, cls.original)


class Lock(metaclass=Factory):
    """A lock whose waits, acquisitions and releases are events. Not created by workload code, it is a real lock."""

    __slots__ = ("__weakref__", "_acquired", "_in", "_inner", "_out", "_released")
    original = originals.LOCK_TYPE
    _inner: Any
    _acquired: int  # what_word of `lock.acquired`
    _in: Site  # of the last acquisition
    _out: Site  # of the last release
    _released: int

    def __new__(cls) -> Any:
        """Traced for workload code, real for any other."""
        if not made_by_workload(_getframe(1)):
            return originals.allocate_lock()
        self = object.__new__(cls)
        self._inner = originals.allocate_lock()
        self._number = new_object("Lock")
        self._in = self._out = NO_SITE
        return self

    @property
    def _number(self) -> int:
        return self._acquired >> 32

    @_number.setter
    def _number(self, number: int) -> None:
        self._acquired, self._released = what_word(ACQUIRED, number), what_word(RELEASED, number)

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """As `threading.Lock.acquire`."""
        frame = _getframe(1)
        code, lasti, at = self._in
        if frame.f_code is not code or frame.f_lasti != lasti:
            _, _, at = self._in = site(frame)
        try:
            put = local.put
        except AttributeError:
            put = adopt_to_put()
        if timeout == -1 and self._inner.acquire(False):
            put(self._acquired, at)
            return True
        return wait_for(self, local.emit, at, blocking, timeout)

    def __enter__(self) -> bool:
        frame = _getframe(1)
        code, lasti, at = self._in
        if frame.f_code is not code or frame.f_lasti != lasti:
            _, _, at = self._in = site(frame)
        try:
            put = local.put
        except AttributeError:
            put = adopt_to_put()
        if self._inner.acquire(False):
            put(self._acquired, at)
            return True
        return wait_for(self, local.emit, at, True, -1)

    def release(self) -> None:
        """As `threading.Lock.release`."""
        if not self._inner.locked():
            self._inner.release()  # raises
        frame = _getframe(1)
        code, lasti, at = self._out
        if frame.f_code is not code or frame.f_lasti != lasti:
            _, _, at = self._out = site(frame)
        try:
            put = local.put
        except AttributeError:
            put = adopt_to_put()
        put(self._released, at)
        self._inner.release()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        frame = _getframe(1)
        code, lasti, at = self._out
        if frame.f_code is not code or frame.f_lasti != lasti:
            _, _, at = self._out = site(frame)
        try:
            put = local.put
        except AttributeError:
            put = adopt_to_put()
        put(self._released, at)
        self._inner.release()

    # A parameter with a default would make a call of `__exit__` dearer: a condition's `with`, which is seldom over a
    # lock of this kind, has methods of its own.

    def enter_at(self, frame: FrameType) -> bool:
        """As `__enter__`, for a frame that is further up."""
        emit = getattr(local, "emit", None) or adopt()
        _, _, at = site(frame)
        if self._inner.acquire(False):
            emit(ACQUIRED, self._number, at)
            return True
        return wait_for(self, emit, at, True, -1)

    def leave_at(self, frame: FrameType) -> None:
        """As `__exit__`, for a frame that is further up."""
        emit = getattr(local, "emit", None) or adopt()
        emit(RELEASED, self._number, site(frame)[2])
        self._inner.release()

    def locked(self) -> bool:
        """As `threading.Lock.locked`."""
        return bool(self._inner.locked())

    def _is_owned(self) -> bool:
        # Condition asks this; without it, it would try to acquire, which is no act of the workload.
        return bool(self._inner.locked())

    def _at_fork_reinit(self) -> None:
        self._inner = originals.allocate_lock()

    def __repr__(self) -> str:
        return f"<{'locked' if self._inner.locked() else 'unlocked'} traced Lock at {id(self):#x}>"
