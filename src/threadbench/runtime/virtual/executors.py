"""What executors and futures log on virtual threads: what was submitted, who ran it, who waited for it."""

from __future__ import annotations

import concurrent.futures
import functools
import itertools
from collections.abc import Callable, Iterator
from concurrent.futures import _base
from sys import _getframe
from typing import TYPE_CHECKING, Any

from ...events.buffer import NUMBER, PAYLOAD
from ...events.log import encode_json
from ...events.vocabulary import EVENT_IDS
from ..native.tracing.pools import MOST_NAMED
from ..native.tracing.recorder import where
from ..native.tracing.sync import write, write_number
from ..patches import Patch
from .logged import WorkQueue
from .making import mark

if TYPE_CHECKING:
    from .logging import EventLog

E = EVENT_IDS
DONE = frozenset({_base.CANCELLED, _base.CANCELLED_AND_NOTIFIED, _base.FINISHED})


def pool_rows(log: EventLog) -> Iterator[Patch]:
    """The rows for `concurrent.futures`."""
    yield from _executor(concurrent.futures.ThreadPoolExecutor, log)
    yield from _future(concurrent.futures.Future, log)
    yield from _waiters(log)


def _is_done(future: Any) -> bool:
    """As `Future.done`, which takes a lock."""
    return future._state in DONE


def _executor(cls: Any, log: EventLog) -> Iterator[Patch]:
    init, submit, shutdown = cls.__init__, cls.submit, cls.shutdown

    def write_task(event: str, pool: int, facts: dict[str, Any]) -> None:
        log.emit(E[event], pool, where(_getframe(2)), PAYLOAD, 0, encode_json(facts))

    def traced(executor: Any, task: int, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            log.emit(E["pool.started"], executor._threadbench, 0, NUMBER, task)
            try:
                result = function(*args, **kwargs)
            except BaseException as error:
                facts = {"task": task, "error": f"{type(error).__qualname__}: {error}"}
                write_task("pool.finished", executor._threadbench, facts)
                raise
            write_task("pool.finished", executor._threadbench, {"task": task})
            return result

        return call

    @functools.wraps(init)
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807 - replaces the library's method of that name
        number = mark(self)
        init(self, *args, **kwargs)
        if number:
            self._threadbench_tasks = itertools.count(1)
            self._work_queue = WorkQueue(log, number, self._work_queue)
            write_number("pool.created", number, self._max_workers)

    @functools.wraps(submit)
    def logged_submit(self: Any, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
        pool = self._threadbench
        if not pool:
            return submit(self, fn, *args, **kwargs)
        task = next(self._threadbench_tasks)
        write_task("pool.submitted", pool, {"task": task, "name": getattr(fn, "__qualname__", repr(fn))})
        try:
            future = submit(self, traced(self, task, fn), *args, **kwargs)
        except BaseException:
            write_number("pool.refused", pool, task)
            raise
        future._threadbench, future._threadbench_task = pool, task
        return future

    @functools.wraps(shutdown)
    def logged_shutdown(self: Any, wait: bool = True, *, cancel_futures: bool = False) -> None:
        pool = self._threadbench
        if pool:
            write_task("pool.closing", pool, {"wait": wait})
        shutdown(self, wait, cancel_futures=cancel_futures)
        if pool:
            write("pool.closed", pool)

    yield Patch(cls, "_threadbench", 0)
    yield Patch(cls, "__init__", __init__)
    yield Patch(cls, "submit", logged_submit)
    yield Patch(cls, "shutdown", logged_shutdown)


def _future(cls: Any, log: EventLog) -> Iterator[Patch]:
    init, cancel = cls.__init__, cls.cancel

    def __init__(self: Any) -> None:  # noqa: N807 - replaces the library's method of that name
        mark(self)
        init(self)

    def write_wait(event: str, future: Any, timeout: float | None = None) -> None:
        at, task = where(_getframe(2)), future._threadbench_task
        if timeout is None:
            log.emit(E[event], future._threadbench, at, NUMBER, task)
        else:
            facts = encode_json({"task": task, "timeout": timeout})
            log.emit(E[event], future._threadbench, at, PAYLOAD, 0, facts)

    def logged_wait(method: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(method)
        def call(self: Any, timeout: float | None = None) -> Any:
            if not self._threadbench:
                return method(self, timeout)
            if not _is_done(self):
                write_wait("future.waiting", self, timeout)
            try:
                return method(self, timeout)
            finally:
                write_wait("future.woke" if _is_done(self) else "future.timed_out", self)

        return call

    def logged_set(method: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(method)
        def call(self: Any, value: Any) -> None:
            if self._threadbench and not self._threadbench_task:
                write("future.set", self._threadbench)
            method(self, value)

        return call

    def logged_cancel(self: Any) -> bool:
        if self._threadbench and self._state == _base.PENDING:
            write_number("future.cancelled", self._threadbench, self._threadbench_task)
        return bool(cancel(self))

    yield Patch(cls, "_threadbench", 0)
    yield Patch(cls, "_threadbench_task", 0)
    yield Patch(cls, "__init__", __init__)
    yield Patch(cls, "result", logged_wait(cls.result))
    yield Patch(cls, "exception", logged_wait(cls.exception))
    yield Patch(cls, "set_result", logged_set(cls.set_result))
    yield Patch(cls, "set_exception", logged_set(cls.set_exception))
    yield Patch(cls, "cancel", logged_cancel)


def _waiters(log: EventLog) -> Iterator[Patch]:
    """`concurrent.futures.wait` and `as_completed`, which wait for one of several futures."""
    create = _base._create_and_install_waiters  # type: ignore[attr-defined] # private to the library, and not in its stubs

    def facts_of(number: int, futures: Any, return_when: Any, timeout: float | None) -> dict[str, Any]:
        waited = [future for future in futures if not _is_done(future)]
        facts: dict[str, Any] = {"count": len(waited), "all": return_when == concurrent.futures.ALL_COMPLETED}
        if len(waited) <= MOST_NAMED and {future._threadbench for future in waited} <= {number}:
            facts["tasks"] = [future._threadbench_task for future in waited]
        return facts if timeout is None else {**facts, "timeout": timeout}

    def logged_create(fs: Any, return_when: Any) -> Any:
        waiter = create(fs, return_when)
        if any(future._threadbench for future in fs):
            event_wait = waiter.event.wait

            def wait(timeout: float | None = None) -> Any:
                number = next(future._threadbench for future in fs if future._threadbench)
                if not waiter.event._flag:
                    facts = encode_json(facts_of(number, fs, return_when, timeout))
                    log.emit(E["future.waiting"], number, where(_getframe(1)), PAYLOAD, 0, facts)
                woke = event_wait(timeout)
                write("future.woke" if woke else "future.timed_out", number)
                return woke

            waiter.event.wait = wait
        return waiter

    yield Patch(_base, "_create_and_install_waiters", logged_create)
