"""Traced executors and futures: what was submitted, which worker ran it, who waited for it; on both runtimes.

A future is named by its pool and task number, not by a string of its own: there may be millions. In a process pool the
events are the parent's: a child process writes no log.
"""

from __future__ import annotations

import concurrent.futures
import functools
import itertools
import queue
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import _base
from sys import _getframe
from typing import Any

from ....events.buffer import NUMBER
from ....events.log import encode_json
from ....events.vocabulary import EVENT_IDS
from ...patches import Patch, Patches
from . import sync
from .locks import waking
from .recorder import adopt, local, where, write_payload
from .sync import write, write_number

E = EVENT_IDS
DONE = frozenset({_base.CANCELLED, _base.CANCELLED_AND_NOTIFIED, _base.FINISHED})
MOST_NAMED = 1000
"""Up to so many futures of one pool a wait for several names its tasks; the supervisor then knows what ends it."""


def _write_task(event: str, pool: int, facts: dict[str, Any], *, depth: int = 1) -> None:
    emit = getattr(local, "emit", None) or adopt()
    write_payload(emit, E[event], pool, where(_getframe(depth)), encode_json(facts))


def _write_end(pool: int, task: int, error: BaseException | None) -> None:
    facts: dict[str, Any] = {"task": task}
    if error is not None:
        facts["error"] = f"{type(error).__qualname__}: {error}"
    _write_task("pool.finished", pool, facts, depth=2)


class _Traced:
    """A submitted function that tells when a worker begins and ends it."""

    def __init__(self, pool: int, task: int, function: Callable[..., Any]) -> None:
        self._facts = pool, task
        self._function = function

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        pool, task = self._facts
        emit = getattr(local, "emit", None) or adopt()
        emit(E["pool.started"], pool, 0, NUMBER, task)
        try:
            result = self._function(*args, **kwargs)
        except BaseException as error:
            _write_end(pool, task, error)
            raise
        _write_end(pool, task, None)
        return result


class _WorkQueue:
    """What the workers of a traced pool take their tasks from; it tells the supervisor who is idle."""

    def __init__(self, executor: Any, inner: Any) -> None:
        self._inner = inner
        self._pool = executor._threadbench
        # Not more than a weak reference: an executor that is dropped without shutdown ends its workers.
        self._executor = weakref.ref(executor)
        self.empty, self.qsize = inner.empty, inner.qsize

    def _tell(self, event: str) -> None:
        self._pool = getattr(self._executor(), "_threadbench", self._pool)  # it may have been named since
        (getattr(local, "emit", None) or adopt())(E[event], self._pool, 0)

    def put(self, item: Any) -> None:
        """Called with a work item, or None to wake a worker that is to end."""
        self._tell("~work")
        self._inner.put(item)

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """Called by a worker, and by shutdown to empty it."""
        try:
            item = self._inner.get(False)
        except queue.Empty:
            if not block:
                raise
            self._tell("~idle")
            item = self._inner.get(True, timeout)
        self._tell("~took")
        return item

    def get_nowait(self) -> Any:
        """Called by a worker, and by shutdown to empty it."""
        return self.get(False)


def executor_rows(cls: Any, work_queue: Callable[[Any, Any], Any] | None) -> Iterator[Patch]:
    """The rows for a kind of executor.

    Args:
        cls: which.
        work_queue: makes, of an executor and the queue that its workers take their tasks from, one that tells who is
            idle; None where the workers are processes.
    """
    init, submit, shutdown = cls.__init__, cls.submit, cls.shutdown

    @functools.wraps(init)
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807
        number = sync.mark(self)
        init(self, *args, **kwargs)
        if number:
            self._threadbench_tasks = itertools.count(1)
            if work_queue:
                self._work_queue = work_queue(self, self._work_queue)
            write_number("pool.created", number, self._max_workers)

    @functools.wraps(submit)
    def traced_submit(self: Any, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
        pool = self._threadbench
        if not pool:
            return submit(self, fn, *args, **kwargs)
        task = next(self._threadbench_tasks)
        _write_task("pool.submitted", pool, {"task": task, "name": getattr(fn, "__qualname__", repr(fn))}, depth=2)
        try:
            future = submit(self, _Traced(pool, task, fn) if work_queue else fn, *args, **kwargs)
        except BaseException:
            write_number("pool.refused", pool, task)
            raise
        future._threadbench, future._threadbench_task = pool, task
        if not work_queue:
            future.add_done_callback(
                lambda done: None if done.cancelled() else _write_end(pool, task, done.exception())
            )
        return future

    @functools.wraps(shutdown)
    def traced_shutdown(self: Any, wait: bool = True, *, cancel_futures: bool = False) -> None:
        pool = self._threadbench
        if not pool:
            shutdown(self, wait, cancel_futures=cancel_futures)
            return
        _write_task("pool.closing", pool, {"wait": wait}, depth=2)
        with waking:
            shutdown(self, wait, cancel_futures=cancel_futures)
        write("pool.closed", pool)

    yield Patch(cls, "_threadbench", 0)
    yield Patch(cls, "__init__", __init__)
    yield Patch(cls, "submit", traced_submit)
    yield Patch(cls, "shutdown", traced_shutdown)


def _write_wait(event: str, future: Any, timeout: float | None = None) -> None:
    """Log a wait for one future: its pool and task, or itself where workload code made it."""
    emit = getattr(local, "emit", None) or adopt()
    at = where(_getframe(1))
    if timeout is not None:
        facts = {"task": future._threadbench_task, "timeout": timeout}
        write_payload(emit, E[event], future._threadbench, at, encode_json(facts))
    else:
        emit(E[event], future._threadbench, at, NUMBER, future._threadbench_task)


def _is_done(future: Any) -> bool:
    """As `Future.done`, which takes a lock."""
    return future._state in DONE


def future_rows(cls: Any) -> Iterator[Patch]:
    """The rows for `concurrent.futures.Future`."""
    init, cancel = cls.__init__, cls.cancel

    def __init__(self: Any) -> None:  # noqa: N807
        sync.mark(self)
        init(self)

    def traced_wait(method: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(method)
        def call(self: Any, timeout: float | None = None) -> Any:
            if not self._threadbench:
                return method(self, timeout)
            if not _is_done(self):
                _write_wait("future.waiting", self, timeout)
            try:
                return method(self, timeout)
            finally:
                _write_wait("future.woke" if _is_done(self) else "future.timed_out", self)

        return call

    def traced_set(method: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(method)
        def call(self: Any, value: Any) -> None:
            if self._threadbench and not self._threadbench_task:
                write("future.set", self._threadbench)
            method(self, value)

        return call

    def traced_cancel(self: Any) -> bool:
        if self._threadbench and self._state == _base.PENDING:
            # Before the fact, as a release is: whoever waits for it is told of nothing later than this.
            write_number("future.cancelled", self._threadbench, self._threadbench_task)
        return bool(cancel(self))

    yield Patch(cls, "_threadbench", 0)
    yield Patch(cls, "_threadbench_task", 0)
    yield Patch(cls, "__init__", __init__)
    yield Patch(cls, "result", traced_wait(cls.result))
    yield Patch(cls, "exception", traced_wait(cls.exception))
    yield Patch(cls, "set_result", traced_set(cls.set_result))
    yield Patch(cls, "set_exception", traced_set(cls.set_exception))
    yield Patch(cls, "cancel", traced_cancel)


def _several(number: int, futures: Any, return_when: Any, timeout: float | None) -> dict[str, Any]:
    """A wait for one or all of several futures as data; of one pool, it says which tasks it still waits for."""
    waited = [future for future in futures if not _is_done(future)]
    facts: dict[str, Any] = {"count": len(waited), "all": return_when == concurrent.futures.ALL_COMPLETED}
    if len(waited) <= MOST_NAMED and {future._threadbench for future in waited} <= {number}:
        facts["tasks"] = [future._threadbench_task for future in waited]
    if timeout is not None:
        facts["timeout"] = timeout
    return facts


def waiter_rows() -> Iterator[Patch]:
    """`concurrent.futures.wait` and `as_completed`, which wait for one of several futures."""
    create = _base._create_and_install_waiters  # type: ignore[attr-defined]

    def traced_create(fs: Any, return_when: Any) -> Any:
        waiter = create(fs, return_when)
        if any(future._threadbench for future in fs):
            event_wait = waiter.event.wait

            def wait(timeout: float | None = None) -> Any:
                number = next(future._threadbench for future in fs if future._threadbench)
                if not waiter.event.is_set():
                    emit = getattr(local, "emit", None) or adopt()
                    facts = _several(number, fs, return_when, timeout)
                    write_payload(emit, E["future.waiting"], number, where(_getframe(1)), encode_json(facts))
                with waking:
                    woke = event_wait(timeout)
                write("future.woke" if woke else "future.timed_out", number)
                return woke

            waiter.event.wait = wait
        return waiter

    yield Patch(_base, "_create_and_install_waiters", traced_create)


def rows() -> Iterator[Patch]:
    """The rows for `concurrent.futures`."""
    yield from executor_rows(concurrent.futures.ThreadPoolExecutor, _WorkQueue)
    yield from future_rows(concurrent.futures.Future)
    yield from waiter_rows()


def process_rows() -> Iterator[Patch]:
    """The rows for process pools, for when their module is imported: it is heavy, and mostly not wanted."""
    yield from executor_rows(concurrent.futures.ProcessPoolExecutor, None)


def late_rows(patches: Patches) -> Iterator[Patch]:
    """A row that applies `process_rows` at the moment workload code first asks for `ProcessPoolExecutor`."""
    load = concurrent.futures.__getattr__

    def traced_load(name: str) -> Any:
        value = load(name)
        if name == "ProcessPoolExecutor":
            patches.apply(process_rows())
        return value

    yield Patch(concurrent.futures, "__getattr__", traced_load)
