"""Traced queues: the standard `Queue` with its own hooks, and a class over the C `SimpleQueue`.

`queue.put` and `queue.got` are logged inside the queue's mutex, so the log's order is the queue's order, and the sizes
are exact: in `_put` and `_get`, which exist to be overridden, and where nothing has to be waited for right here. The
standard `put` and `get` take the mutex and let go of it through several calls in Python; done here, in the same order
on the same attributes, the log costs the workload little more than those calls would have.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from sys import _getframe
from types import GenericAlias
from typing import Any

from ....events.buffer import NUMBER, what_word, where_word
from ....events.log import encode_json
from ....events.vocabulary import EVENT_IDS
from ...patches import Patch
from . import originals
from .locks import waking
from .recorder import (
    NO_SITE,
    Site,
    adopt,
    adopt_to_put,
    local,
    made_by_workload,
    new_object,
    site,
    where,
    write_payload,
)
from .sync import mark, write, write_number

E = EVENT_IDS
OPS = {op: encode_json({"op": op}) for op in ("put", "get", "join")}
"""The data of waits without a timeout."""


WORDS = PUT, GOT = what_word(E["queue.put"], 0, NUMBER), what_word(E["queue.got"], 0, NUMBER)
CLOSES = hasattr(queue.Queue, "shutdown")  # from 3.13


def write_wait(event: str, number: int, op: str, timeout: float | None = None) -> None:
    """Log the wait of one operation of a queue; the caller is one of ours."""
    emit = getattr(local, "emit", None) or adopt()
    data = OPS[op] if timeout is None else encode_json({"op": op, "timeout": timeout})
    write_payload(emit, E[event], number, where(_getframe(2)), data)


def write_size(what: int, size: int) -> None:
    """Log what a queue's hook did; above it are the library's method and our wrapper of that."""
    at = where(_getframe(4))
    put = local.put if hasattr(local, "put") else adopt_to_put()
    put(what, where_word(at, size))


class _Waits(threading.Condition):
    """One of a traced queue's conditions: a wait on it is a wait of the queue."""

    def __init__(self, owner: Any, op: str) -> None:
        super().__init__(owner.mutex)
        self._queue = owner
        self._op = op

    # As they are without tracing: this one's notifications are no events.
    __enter__ = threading.Condition.__enter__
    __exit__ = threading.Condition.__exit__
    notify = threading.Condition.notify
    notify_all = threading.Condition.notify_all

    def wait(self, timeout: float | None = None) -> bool:
        """As `Condition.wait`, between the queue's events."""
        write_wait("queue.waiting", self._queue._threadbench, self._op, timeout)
        with waking:
            woke = super().wait(timeout)
        if not woke:
            write_wait("queue.timed_out", self._queue._threadbench, self._op, timeout)
        return woke


def trace(obj: Any) -> None:
    """Put the hooks into one queue, right after its own `__init__`."""
    obj.not_empty = _Waits(obj, "get")
    obj.not_full = _Waits(obj, "put")
    obj.all_tasks_done = _Waits(obj, "join")
    put, get = obj._threadbench_put, obj._threadbench_get = obj._put, obj._get

    def traced_put(item: Any) -> None:
        put(item)
        write_size(obj._threadbench_words[0], obj._qsize())

    def traced_get() -> Any:
        item = get()
        write_size(obj._threadbench_words[1], obj._qsize())
        return item

    obj._put, obj._get = traced_put, traced_get


def _queue(cls: Any) -> Iterator[Patch]:
    init, put, get, join, task_done = cls.__init__, cls.put, cls.get, cls.join, cls.task_done

    def __init__(self: Any, maxsize: int = 0) -> None:  # noqa: N807 - replaces the library's method of that name
        number = mark(self, *WORDS)
        init(self, maxsize)
        if number:
            trace(self)
            write_number("queue.created", number, max(maxsize, 0))

    def traced_put(self: Any, item: Any, block: bool = True, timeout: float | None = None) -> None:
        if not self._threadbench:
            put(self, item, block, timeout)
            return
        frame = _getframe(1)
        code, lasti, at = self._threadbench_in
        if frame.f_code is not code or frame.f_lasti != lasti:
            _, _, at = self._threadbench_in = site(frame)
        try:
            write = local.put
        except AttributeError:
            write = adopt_to_put()
        mutex = self.mutex
        mutex.acquire()
        try:
            at_once = not (CLOSES and self.is_shutdown) and not 0 < self.maxsize <= self._qsize()
            if at_once:
                self._threadbench_put(item)
                write(self._threadbench_words[0], at + (self._qsize() << 32))
                self.unfinished_tasks += 1
                if self.not_empty._waiters:
                    self.not_empty.notify()
        finally:
            mutex.release()
        if not at_once:
            put(self, item, block, timeout)

    def traced_get(self: Any, block: bool = True, timeout: float | None = None) -> Any:
        if not self._threadbench or timeout is not None:
            return get(self, block, timeout)
        frame = _getframe(1)
        code, lasti, at = self._threadbench_out
        if frame.f_code is not code or frame.f_lasti != lasti:
            _, _, at = self._threadbench_out = site(frame)
        try:
            write = local.put
        except AttributeError:
            write = adopt_to_put()
        mutex = self.mutex
        mutex.acquire()
        try:
            if self._qsize():
                item = self._threadbench_get()
                write(self._threadbench_words[1], at + (self._qsize() << 32))
                if self.not_full._waiters:
                    self.not_full.notify()
                return item
        finally:
            mutex.release()
        return get(self, block)

    def traced_join(self: Any) -> None:
        join(self)
        if self._threadbench:
            write("queue.joined", self._threadbench)

    def traced_task_done(self: Any) -> None:
        if self._threadbench and self.unfinished_tasks > 0:
            write("queue.done", self._threadbench)
        task_done(self)

    yield Patch(cls, "_threadbench", 0)
    yield Patch(cls, "_threadbench_in", NO_SITE)
    yield Patch(cls, "_threadbench_out", NO_SITE)
    yield Patch(cls, "__init__", __init__)
    yield Patch(cls, "put", traced_put)
    yield Patch(cls, "get", traced_get)
    yield Patch(cls, "join", traced_join)
    yield Patch(cls, "task_done", traced_task_done)
    if CLOSES:
        shutdown = cls.shutdown

        def traced_shutdown(self: Any, immediate: bool = False) -> None:
            if self._threadbench:
                write("queue.closed", self._threadbench)
            shutdown(self, immediate)

        yield Patch(cls, "shutdown", traced_shutdown)


class _Factory(type):
    """Real simple queues are instances of the class that stands for theirs."""

    def __instancecheck__(cls, instance: object) -> bool:
        return type.__instancecheck__(cls, instance) or isinstance(instance, originals.SimpleQueue)


class SimpleQueue(metaclass=_Factory):
    """A simple queue whose operations are events; `put` is logged before the item can be seen."""

    __slots__ = ("__weakref__", "_got", "_in", "_inner", "_out", "_put")
    __class_getitem__ = classmethod(GenericAlias)  # type: ignore[var-annotated] # as the standard library has it
    _inner: Any
    _put: int  # what_word of `queue.put`
    _got: int
    _in: Site  # of the last put
    _out: Site  # of the last get

    def __new__(cls) -> Any:
        """Traced for workload code, real for any other."""
        if not made_by_workload(_getframe(1)):
            return originals.SimpleQueue()
        self = object.__new__(cls)
        self._inner = originals.SimpleQueue()
        self._number = new_object("SimpleQueue")
        self._in = self._out = NO_SITE
        write_number("queue.created", self._number, 0)
        return self

    @property
    def _number(self) -> int:
        return self._put >> 32

    @_number.setter
    def _number(self, number: int) -> None:
        self._put, self._got = PUT + (number << 32), GOT + (number << 32)

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        """As `queue.SimpleQueue.put`."""
        frame = _getframe(1)
        code, lasti, at = self._in
        if frame.f_code is not code or frame.f_lasti != lasti:
            _, _, at = self._in = site(frame)
        try:
            write = local.put
        except AttributeError:
            write = adopt_to_put()
        inner = self._inner
        write(self._put, at + (inner.qsize() + 1 << 32))
        inner.put(item, block, timeout)

    def put_nowait(self, item: Any) -> None:
        """As `queue.SimpleQueue.put_nowait`."""
        self.put(item)

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """As `queue.SimpleQueue.get`."""
        inner = self._inner
        try:
            item = inner.get(False)
        except queue.Empty:
            if not block:
                raise
            item = self._wait(timeout)
        frame = _getframe(1)
        code, lasti, at = self._out
        if frame.f_code is not code or frame.f_lasti != lasti:
            _, _, at = self._out = site(frame)
        try:
            write = local.put
        except AttributeError:
            write = adopt_to_put()
        write(self._got, at + (inner.qsize() << 32))
        return item

    def _wait(self, timeout: float | None) -> Any:
        write_wait("queue.waiting", self._number, "get", timeout)
        try:
            with waking:
                return self._inner.get(True, timeout)
        except queue.Empty:
            write_wait("queue.timed_out", self._number, "get", timeout)
            raise

    def get_nowait(self) -> Any:
        """As `queue.SimpleQueue.get_nowait`."""
        return self.get(False)

    def qsize(self) -> int:
        """As `queue.SimpleQueue.qsize`."""
        return int(self._inner.qsize())

    def empty(self) -> bool:
        """As `queue.SimpleQueue.empty`."""
        return bool(self._inner.empty())


def rows() -> Iterator[Patch]:
    """The rows for `queue`."""
    yield from _queue(queue.Queue)
    yield Patch(queue, "SimpleQueue", SimpleQueue)
