"""Virtual primitives whose operations are events: what workload code is given for a lock, and pools for their queue.

Each event is written by the step that it tells of, between two points, so that the log's order is the schedule's. A
thread that is about to take a lock waits from the moment that another has taken it first.
"""

from __future__ import annotations

from sys import _getframe
from typing import TYPE_CHECKING, Any

from ...events.buffer import NUMBER, PAYLOAD, PLAIN, what_word
from ...events.log import encode_json
from ...events.vocabulary import EVENT_IDS
from ..native.tracing.locks import timeout_data
from ..native.tracing.recorder import new_object, where
from .futures import is_worker
from .locks import FOREVER, Lock, RLock
from .simple_queue import SimpleQueue

if TYPE_CHECKING:
    from .logging import EventLog
    from .scheduler import Scheduler
    from .thread import VirtualThread

E = EVENT_IDS


class _Attempt:
    """A thread that is about to take a lock or an item."""

    __slots__ = ("at", "data", "told")

    def __init__(self, at: int, data: bytes) -> None:
        self.at = at
        self.data = data
        self.told = False


def _tell(log: EventLog, event: int, number: int, thread: VirtualThread, attempt: _Attempt) -> None:
    """Log, once, that a thread waits."""
    if not (attempt.told or log.scheduler.is_over or log.scheduler.quiet):
        attempt.told = True
        flag = PAYLOAD if attempt.data else PLAIN
        log.pen_of(thread).emit(event, number, attempt.at, flag, 0, attempt.data)


class _Logged:
    """What `LoggedLock` and `LoggedRLock` share."""

    __slots__ = ()
    _attempts: dict[VirtualThread, _Attempt]
    """Threads that are about to take it."""
    _log: EventLog
    _number: int
    _owner: VirtualThread | None
    _reentrant = False
    _scheduler: Scheduler
    _waiters: list[VirtualThread]

    def acquire(self, blocking: bool = True, timeout: float = FOREVER) -> bool:
        """As `threading.Lock.acquire`."""
        me = self._scheduler.current
        if self._reentrant and self._owner is me:
            return super().acquire(blocking, timeout)  # type: ignore[misc,no-any-return] # a mixin: the base is named by the class that takes it
        waits = blocking and timeout != 0
        attempt = self._attempts[me] = _Attempt(where(_getframe(1)), timeout_data(timeout if waits else 0))
        if waits and self._owner is not None:
            _tell(self._log, E["lock.waiting"], self._number, me, attempt)
        try:
            got: bool = super().acquire(blocking, timeout)  # type: ignore[misc] # a mixin: the base is named by the class that takes it
        finally:
            self._attempts.pop(me, None)
        if not got:
            self._log.emit(E["lock.timed_out"], self._number, attempt.at, PAYLOAD, 0, attempt.data)
        return got

    __enter__ = acquire

    def _take(self, me: VirtualThread) -> None:
        super()._take(me)  # type: ignore[misc] # a mixin: the base is named by the class that takes it
        attempt = self._attempts.get(me)
        at = attempt.at if attempt else where(_getframe(1))
        flag = NUMBER if self._reentrant else PLAIN
        self._log.emit(E["lock.acquired"], self._number, at, flag, 1 if self._reentrant else 0)
        for other in self._waiters:
            if other is not me and other in self._attempts:
                _tell(self._log, E["lock.waiting"], self._number, other, self._attempts[other])

    def _free(self) -> None:
        self._log.emit(E["lock.released"], self._number, where(_getframe(1)))
        super()._free()  # type: ignore[misc] # a mixin: the base is named by the class that takes it


class LoggedLock(_Logged, Lock):
    """`threading.Lock`, made by workload code."""

    __slots__ = ("_attempts", "_log", "_number")

    def __init__(self, log: EventLog) -> None:
        Lock.__init__(self, log.scheduler)
        self._log, self._number, self._attempts = log, new_object("Lock"), {}

    acquire_lock = _Logged.acquire


LoggedLock.__name__ = "Lock"


class LoggedRLock(_Logged, RLock):
    """`threading.RLock`, made by workload code."""

    __slots__ = ("_attempts", "_log", "_number")
    _reentrant = True

    def __init__(self, log: EventLog, name: str = "RLock") -> None:
        RLock.__init__(self, log.scheduler)
        self._log, self._number, self._attempts = log, new_object(name), {}

    acquire_lock = _Logged.acquire

    def _acquire_restore(self, count: int) -> None:
        self.acquire()
        self._count = count


LoggedRLock.__name__ = "RLock"


class _Observed(SimpleQueue):
    """A queue that tells what happens to it."""

    __slots__ = ("_attempts", "_log", "_number")

    def __init__(self, log: EventLog, number: int) -> None:
        super().__init__(log.scheduler)
        self._log = log
        self._number = number
        self._attempts: dict[VirtualThread, _Attempt] = {}

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """As `queue.SimpleQueue.get`."""
        from queue import Empty

        me = self._scheduler.current
        if not block:
            return super().get(False)
        attempt = self._attempts[me] = _Attempt(where(_getframe(1)), self._wait_data(timeout))
        if not self._items:
            self._waits(me, attempt)
        try:
            return super().get(block, timeout)
        except Empty:
            self._gave_up(attempt)
            raise
        finally:
            self._attempts.pop(me, None)

    def _note(self, *accesses: tuple[Any, int]) -> None:
        # Called by each operation right after the fact, before its next point.
        super()._note(*accesses)
        what = accesses[0][0]
        if what == "put":
            self._was_put()
        elif what == "get":
            self._was_got()
            if not self._items:
                for other in self._getters:
                    if other in self._attempts:
                        self._waits(other, self._attempts[other])

    def _wait_data(self, _timeout: float | None) -> bytes:
        return b""

    def _was_put(self) -> None:
        raise NotImplementedError

    def _was_got(self) -> None:
        raise NotImplementedError

    def _waits(self, thread: VirtualThread, attempt: _Attempt) -> None:
        raise NotImplementedError

    def _gave_up(self, attempt: _Attempt) -> None:
        raise NotImplementedError


class LoggedSimpleQueue(_Observed):
    """`queue.SimpleQueue`, made by workload code."""

    __slots__ = ()

    def __init__(self, log: EventLog) -> None:
        super().__init__(log, new_object("SimpleQueue"))
        log.put(what_word(E["queue.created"], self._number, NUMBER), where(_getframe(1)))

    def _wait_data(self, timeout: float | None) -> bytes:
        return encode_json({"op": "get"} if timeout is None else {"op": "get", "timeout": timeout})

    def _was_put(self) -> None:
        self._log.emit(E["queue.put"], self._number, where(_getframe(1)), NUMBER, len(self._items))

    def _was_got(self) -> None:
        self._log.emit(E["queue.got"], self._number, where(_getframe(1)), NUMBER, len(self._items))

    def _waits(self, thread: VirtualThread, attempt: _Attempt) -> None:
        _tell(self._log, E["queue.waiting"], self._number, thread, attempt)

    def _gave_up(self, attempt: _Attempt) -> None:
        self._log.emit(E["queue.timed_out"], self._number, attempt.at, PAYLOAD, 0, attempt.data)


class WorkQueue(_Observed):
    """What the workers of a traced pool take their tasks from; it tells the supervisor who is idle.

    Args:
        log: where to.
        executor: whose it is, which has a number.
        instead_of: the queue that stands there, whose `get_nowait` may be a `get`.
    """

    __slots__ = ("_patient",)
    put_is_point = False  # as in `futures._TaskQueue`

    def __init__(self, log: EventLog, executor: Any, instead_of: Any) -> None:
        super().__init__(log, executor._threadbench)
        self._patient = type(instead_of).get_nowait is not SimpleQueue.get_nowait

    def get_nowait(self) -> Any:
        """As the other's."""
        return self.get() if self._patient and is_worker(_getframe(1)) else super().get_nowait()

    def _was_put(self) -> None:
        self._log.emit(E["~work"], self._number, 0)

    def _was_got(self) -> None:
        self._log.emit(E["~took"], self._number, 0)

    def _waits(self, thread: VirtualThread, attempt: _Attempt) -> None:
        attempt.at = 0
        _tell(self._log, E["~idle"], self._number, thread, attempt)

    def _gave_up(self, attempt: _Attempt) -> None:
        """Workers wait for ever."""
