"""What the standard library's classes log on virtual threads: rows of patches around methods that go on as they are.

The native rows do over what goes without waiting, to cost little; here nothing may be added or left out, or the same
choices would lead elsewhere. So events are written around the library's methods and, where they must be written within
the lock, by the condition inside the object (`Inner`), between two points.
"""

from __future__ import annotations

import queue
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from sys import _getframe
from types import FunctionType
from typing import TYPE_CHECKING, Any

from ...events.buffer import PAYLOAD
from ...events.vocabulary import EVENT_IDS
from ..native.tracing import pools, sync
from ..native.tracing.locks import timeout_data
from ..native.tracing.recorder import where
from ..native.tracing.sync import write, write_number
from ..patches import Patch
from . import streams, threads
from .inside import Inner
from .logged import LoggedLock, LoggedRLock, LoggedSimpleQueue, WorkQueue
from .making import by_workload, mark

if TYPE_CHECKING:
    from .logging import EventLog

E = EVENT_IDS


def rows(log: EventLog) -> Iterator[Patch]:
    """The whole table."""
    for row in _rows(log):
        # What stands for a function says that it is of the same module: by that the `gil` model knows where it checks.
        if isinstance(row.value, FunctionType):
            row.value.__module__ = getattr(vars(row.owner).get(row.name), "__module__", None) or row.value.__module__
        yield row


def _rows(log: EventLog) -> Iterator[Patch]:
    yield from _factories(log)
    yield from _condition(threading.Condition, log)
    yield from _event(threading.Event, log)
    yield from _semaphore(threading.Semaphore, threading.BoundedSemaphore, log)
    yield Patch(sync, "mark", mark)  # for the native rows that serve here as well
    yield from sync.barrier_rows(threading.Barrier)
    yield from _queue(queue.Queue, log)
    yield from pools.executor_rows(ThreadPoolExecutor, partial(WorkQueue, log))
    yield from pools.future_rows(Future)
    yield from pools.waiter_rows()
    yield from _thread(threading.Thread, log)
    yield from streams.rows(log.scheduler)


def _factories(log: EventLog) -> Iterator[Patch]:
    """Those that stand for classes written in C."""
    for factory, logged in (
        (threads.LockFactory, LoggedLock),
        (threads.RLockFactory, LoggedRLock),
        (threads.SimpleQueueFactory, LoggedSimpleQueue),
    ):
        yield Patch(factory, "make", _maker(vars(factory)["make"], logged, log))


def _maker(plain: Callable[..., Any], logged: Callable[[EventLog], Any], log: EventLog) -> Callable[..., Any]:
    def make(*args: Any) -> Any:
        # Above is the metaclass's `__call__`.
        if threads.here() is not log.scheduler or not by_workload(_getframe(2)):
            return plain(*args)
        return logged(log)

    return make


def _condition(cls: Any, log: EventLog) -> Iterator[Patch]:
    init, wait, notify, notify_all = cls.__init__, cls.wait, cls.notify, cls.notify_all

    def __init__(self: Any, lock: Any = None) -> None:  # noqa: N807 - replaces the library's method of that name
        if mark(self) and lock is None:
            lock = LoggedRLock(log, "Condition.lock")
        init(self, lock)

    def is_held(self: Any) -> bool:
        # Not `_is_owned`, which for a plain lock is an attempt to take it, and a point.
        return getattr(self._lock, "_owner", None) is not None

    def logged_wait(self: Any, timeout: float | None = None) -> bool:
        number = self._threadbench
        if not number or not is_held(self):
            return bool(wait(self, timeout))
        write("condition.waiting", number, timeout)
        woke = bool(wait(self, timeout))
        write("condition.woke" if woke else "condition.timed_out", number)
        return woke

    def logged_notify(self: Any, n: int = 1) -> None:
        if self._threadbench and is_held(self):
            write_number("condition.notified", self._threadbench, n)
        notify(self, n)

    def logged_notify_all(self: Any) -> None:
        if self._threadbench and is_held(self):
            write_number("condition.notified", self._threadbench, -1)
        # The library's calls `notify`, which is another event.
        notify(self, len(self._waiters)) if self._threadbench else notify_all(self)

    yield Patch(cls, "_threadbench", 0)
    yield Patch(cls, "__init__", __init__)
    yield Patch(cls, "wait", logged_wait)
    yield Patch(cls, "notify", logged_notify)
    yield Patch(cls, "notify_all", logged_notify_all)


def _event(cls: Any, log: EventLog) -> Iterator[Patch]:
    init, set_, wait, clear = cls.__init__, cls.set, cls.wait, cls.clear

    def __init__(self: Any) -> None:  # noqa: N807 - replaces the library's method of that name
        init(self)
        if mark(self):
            self._cond = Inner(self._cond._lock, log, self, "event.waiting")

    def logged(method: Callable[[Any], None], event: str) -> Callable[[Any], None]:
        def call(self: Any) -> None:
            if self._threadbench:
                self._cond.pending[log.scheduler.current] = event, 0
            method(self)

        return call

    def logged_wait(self: Any, timeout: float | None = None) -> bool:
        woke = bool(wait(self, timeout))
        if self._threadbench:
            write("event.woke" if woke else "event.timed_out", self._threadbench)
        return woke

    yield Patch(cls, "_threadbench", 0)
    yield Patch(cls, "__init__", __init__)
    yield Patch(cls, "set", logged(set_, "event.set"))
    yield Patch(cls, "wait", logged_wait)
    yield Patch(cls, "clear", logged(clear, "event.cleared"))


def _semaphore(cls: Any, bounded: Any, log: EventLog) -> Iterator[Patch]:
    init, acquire = cls.__init__, cls.acquire

    def __init__(self: Any, value: int = 1) -> None:  # noqa: N807 - replaces the library's method of that name
        init(self, value)
        number = mark(self)
        if number:
            self._cond = Inner(self._cond._lock, log, self, "semaphore.waiting")
            write_number("semaphore.created", number, value)

    def logged_acquire(self: Any, blocking: bool = True, timeout: float | None = None) -> bool:
        got = bool(acquire(self, blocking, timeout))
        if self._threadbench and got:
            write("semaphore.acquired", self._threadbench)
        elif self._threadbench:
            write("semaphore.timed_out", self._threadbench, timeout or 0)
        return got

    def logged_release(release: Callable[..., None]) -> Callable[..., None]:
        def call(self: Any, n: int = 1) -> None:
            if self._threadbench and n >= 1:
                self._cond.pending[log.scheduler.current] = "semaphore.released", n
            release(self, n)

        return call

    yield Patch(cls, "_threadbench", 0)
    yield Patch(cls, "__init__", __init__)
    yield Patch(cls, "acquire", logged_acquire)
    yield Patch(cls, "__enter__", logged_acquire)
    yield Patch(cls, "release", logged_release(cls.release))
    yield Patch(bounded, "release", logged_release(bounded.release))


def _queue(cls: Any, log: EventLog) -> Iterator[Patch]:
    init, join, task_done = cls.__init__, cls.join, cls.task_done

    def hook(obj: Any) -> None:
        for name, op in (("not_empty", "get"), ("not_full", "put"), ("all_tasks_done", "join")):
            setattr(obj, name, Inner(obj.mutex, log, obj, "queue.waiting", op, "queue.timed_out"))
        put, get = obj._put, obj._get

        def logged_put(item: Any) -> None:
            put(item)
            write_number("queue.put", obj._threadbench, obj._qsize())

        def logged_get() -> Any:
            item = get()
            write_number("queue.got", obj._threadbench, obj._qsize())
            return item

        obj._put, obj._get = logged_put, logged_get

    def __init__(self: Any, maxsize: int = 0) -> None:  # noqa: N807 - replaces the library's method of that name
        number = mark(self)
        init(self, maxsize)
        if number:
            hook(self)
            write_number("queue.created", number, max(maxsize, 0))

    def logged_join(self: Any) -> None:
        join(self)
        if self._threadbench:
            write("queue.joined", self._threadbench)

    def logged_task_done(self: Any) -> None:
        if self._threadbench and self.unfinished_tasks > 0:
            write("queue.done", self._threadbench)
        task_done(self)

    yield Patch(cls, "_threadbench", 0)
    yield Patch(cls, "__init__", __init__)
    yield Patch(cls, "join", logged_join)
    yield Patch(cls, "task_done", logged_task_done)
    if hasattr(cls, "shutdown"):  # from 3.13
        shutdown = cls.shutdown

        def logged_shutdown(self: Any, immediate: bool = False) -> None:
            if self._threadbench:
                write("queue.closed", self._threadbench)
            shutdown(self, immediate)

        yield Patch(cls, "shutdown", logged_shutdown)


def _thread(cls: Any, log: EventLog) -> Iterator[Patch]:
    join = cls.join
    make_hook = threading._make_invoke_excepthook  # type: ignore[attr-defined] # private to the library, and not in its stubs

    def logged_join(self: Any, timeout: float | None = None) -> None:
        thread = threads.virtual_of(self)
        # A join inside the library (an executor's shutdown) is told by the library's own event.
        if thread is None or thread.done or not by_workload(_getframe(1)):
            join(self, timeout)
            return
        number = log.thread_object(thread)
        log.emit(E["thread.joining"], number, where(_getframe(1)), PAYLOAD, 0, timeout_data(timeout))
        join(self, timeout)
        write("thread.joined" if thread.done else "thread.timed_out", number)

    def logged_make() -> Any:
        invoke = make_hook()

        def crashed(thread: Any) -> None:
            # Only called where the workload has an excepthook of its own, which makes it no less of a crash.
            error = sys.exc_info()[1]
            if threads.here() is log.scheduler and error is not None and not isinstance(error, SystemExit):
                log.crashed(error)
            invoke(thread)

        return crashed

    yield Patch(cls, "join", logged_join)
    yield Patch(threading, "_make_invoke_excepthook", logged_make)
