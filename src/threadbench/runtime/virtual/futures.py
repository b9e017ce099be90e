"""Pools and futures with fewer steps than the library's, where the difference can be seen by nobody.

`Future.result` and `exception` without a timeout are one wait for the end of the future: the library takes the future's
lock to look, and waits if it must; who comes first makes no difference, but each order would be a schedule of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, _base, thread
from sys import _getframe
from typing import TYPE_CHECKING, Any, Final

from .accesses import AFTER, EXIT, READ, WRITE
from .simple_queue import SimpleQueue
from .threads import here

if TYPE_CHECKING:
    from types import FrameType

    from .scheduler import Scheduler
    from .thread import VirtualThread

_ENDED = frozenset({_base.CANCELLED, _base.CANCELLED_AND_NOTIFIED, _base.FINISHED})

real_result: Callable[..., Any] = _base.Future.result
real_exception: Callable[..., Any] = _base.Future.exception
real_invoke_callbacks: Callable[..., Any] = _base.Future._invoke_callbacks  # type: ignore[attr-defined] # private to the library, and not in its stubs


class FutureEnd:
    """What a thread waits for."""

    __slots__ = ("future", "time", "waiters")

    def __init__(self, future: Any) -> None:
        self.future = future
        self.waiters: list[VirtualThread] = []
        self.time = 0

    def described(self) -> str:
        """See `Resource`."""
        return "the result of a future"

    def wanted(self) -> list[Any]:
        """See `Resource`."""
        return []


def _end_of(future: Any) -> FutureEnd:
    end = vars(future).get("_threadbench_end")
    if end is None:
        end = future._threadbench_end = FutureEnd(future)
    return end  # type: ignore[no-any-return] # made or kept here, with a type that Any hides


def _await(scheduler: Scheduler, future: Any) -> None:
    end = _end_of(future)
    me = scheduler.current
    if future._state not in _ENDED:
        if scheduler.quiet:
            scheduler.refuse_to_wait(end)
        if scheduler.recorder is not None:
            scheduler.recorder("to await", end)
        end.waiters.append(me)
        scheduler.block(me, end)
    scheduler.point()  # also where it has ended: what this thread did before does not come after that end
    me.time = max(me.time, end.time)
    if scheduler.footprint is not None and not scheduler.quiet:
        scheduler.footprint.append(((scheduler.number_of(end), None), AFTER))


def result(self: Any, timeout: float | None = None) -> Any:
    """As `Future.result`."""
    scheduler = here()
    if scheduler is None or timeout is not None:
        return real_result(self, timeout)
    _await(scheduler, self)
    if self._state != _base.FINISHED:
        raise _base.CancelledError
    try:
        return self._Future__get_result()
    finally:
        self = None


def exception(self: Any, timeout: float | None = None) -> Any:
    """As `Future.exception`."""
    scheduler = here()
    if scheduler is None or timeout is not None:
        return real_exception(self, timeout)
    _await(scheduler, self)
    if self._state != _base.FINISHED:
        raise _base.CancelledError
    return self._exception


def invoke_callbacks(self: Any) -> None:
    """As `Future._invoke_callbacks`, which is called right after a future has ended."""
    scheduler = here()
    if scheduler is not None:
        end = _end_of(self)
        end.time = scheduler.current.time
        scheduler.note(end, None, WRITE)
        scheduler.changed = True
        for waiter in end.waiters:
            scheduler.enable(waiter)
        end.waiters.clear()
    real_invoke_callbacks(self)


# -- pools ------------------------------------------------------------------------------------------------------------


_WORKER: Final = thread._worker.__code__


def is_worker(frame: FrameType) -> bool:
    """Whether a frame is that of a worker of a pool, and not of who looks into its queue."""
    return frame.f_code is _WORKER


class _NeverIdle:
    """In the place of a pool's count of idle workers: there is none, so each task brings a worker until all are there.

    A pool that reuses an idle worker cannot be told from one that starts another, which then gets no task, but by an
    `initializer`: a pool that has one keeps its count.
    """

    def acquire(self, *_: object, **__: object) -> bool:
        return False

    def release(self) -> None:
        pass


class _TaskQueue(SimpleQueue):
    """Where a pool's workers get their tasks. To put one is no point: it is done under a lock of the pool and the one
    that pools share with the interpreter's exit, right after these were looked at, or where nobody may be let in: when
    a pool goes that nobody holds.
    """

    __slots__ = ()
    put_is_point = False


class _WorkQueue(_TaskQueue):
    """The same where no worker is idle: they look and then wait, which is to wait.

    Who cancels what a pool has not begun looks as well, and does not wait.
    """

    __slots__ = ()

    def get_nowait(self) -> Any:
        """For a worker, as `get`."""
        return self.get(block=is_worker(_getframe(1)))


class Exiting:
    """In the place of `concurrent.futures.thread._shutdown`: true once the main thread has returned, as at the
    interpreter's exit, which comes before it waits for other threads.
    """

    def __bool__(self) -> bool:
        scheduler = here()
        if scheduler is None:
            return False
        if scheduler.footprint is not None and not scheduler.quiet:
            scheduler.footprint.append((EXIT, READ))
        return scheduler.exiting


class ShutDown:
    """In the place of a pool's `_shutdown`, which a worker that ends sets without the lock under which it is read."""

    def __get__(self, pool: Any, _owner: Any = None) -> Any:
        if pool is None:
            return self
        _tell(pool, READ)
        return vars(pool)["_shutdown"]

    def __set__(self, pool: Any, value: Any) -> None:
        held = vars(pool)
        if held.get("_shutdown") is not value:
            if value:
                _tell(pool, WRITE)
            held["_shutdown"] = value


def _tell(pool: Any, mode: int) -> None:
    scheduler = here()
    if scheduler is not None and not scheduler.quiet:
        scheduler.note(pool, "_shutdown", mode)


real_pool_init: Callable[..., None] = ThreadPoolExecutor.__init__


def pool_init(self: Any, *args: Any, **kwargs: Any) -> None:
    """As `ThreadPoolExecutor.__init__`."""
    real_pool_init(self, *args, **kwargs)
    scheduler = here()
    if scheduler is None:
        return
    scheduler.pools.append(self)
    if self._initializer is None:
        self._idle_semaphore = _NeverIdle()
        self._work_queue = _WorkQueue(scheduler)
    else:
        self._work_queue = _TaskQueue(scheduler)
