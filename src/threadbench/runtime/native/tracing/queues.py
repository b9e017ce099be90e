"""Traced queues: the standard `Queue` algorithm with its own hooks, and a class over the C `SimpleQueue`.

`queue.put` and `queue.got` are logged inside the queue's mutex, in `_put` and `_get`, which exist to be overridden:
so the log's order is the queue's order, and the sizes are exact.
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
from . import originals
from .locks import waking
from .patches import Patch
from .recorder import adopt, adopt_to_put, local, made_by_workload, new_object, places, where, write_payload
from .sync import mark, write, write_number

E = EVENT_IDS
OPS = {op: encode_json({"op": op}) for op in ("put", "get", "join")}
"""The data of waits without a timeout."""


PUT, GOT = what_word(E["queue.put"], 0, NUMBER), what_word(E["queue.got"], 0, NUMBER)


def write_wait(event: str, number: int, op: str, timeout: float | None = None) -> None:
    """Log the wait of one operation of a queue; the caller is one of ours."""
    emit = getattr(local, "emit", None) or adopt()
    data = OPS[op] if timeout is None else encode_json({"op": op, "timeout": timeout})
    write_payload(emit, E[event], number, where(_getframe(2)), data)


class _Waits(threading.Condition):
    """One of a traced queue's conditions: a wait on it is a wait of the queue."""

    def __init__(self, owner: Any, op: str) -> None:
        super().__init__(owner.mutex)
        self._queue = owner
        self._op = op

    notify = threading.Condition.notify  # as it is without tracing: this one's has no event

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
    put, get, size = obj._put, obj._get, obj._qsize

    def traced_put(item: Any) -> None:
        put(item)
        frame = _getframe(2)
        at = places[id(frame.f_code) + frame.f_lasti] or where(frame)
        try:
            write = local.put
        except AttributeError:
            write = adopt_to_put()
        write(PUT + (obj._threadbench << 32), where_word(at, size()))

    def traced_get() -> Any:
        item = get()
        frame = _getframe(2)
        at = places[id(frame.f_code) + frame.f_lasti] or where(frame)
        try:
            write = local.put
        except AttributeError:
            write = adopt_to_put()
        write(GOT + (obj._threadbench << 32), where_word(at, size()))
        return item

    obj._put, obj._get = traced_put, traced_get


def _queue(cls: Any) -> Iterator[Patch]:
    init, join, task_done = cls.__init__, cls.join, cls.task_done

    def __init__(self: Any, maxsize: int = 0) -> None:  # noqa: N807
        number = mark(self)
        init(self, maxsize)
        if number:
            trace(self)
            write_number("queue.created", number, max(maxsize, 0))

    def traced_join(self: Any) -> None:
        join(self)
        if self._threadbench:
            write("queue.joined", self._threadbench)

    def traced_task_done(self: Any) -> None:
        if self._threadbench and self.unfinished_tasks > 0:
            write("queue.done", self._threadbench)
        task_done(self)

    yield Patch(cls, "_threadbench", 0)
    yield Patch(cls, "__init__", __init__)
    yield Patch(cls, "join", traced_join)
    yield Patch(cls, "task_done", traced_task_done)
    if hasattr(cls, "shutdown"):  # from 3.13
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

    __slots__ = ("__weakref__", "_inner", "_threadbench")
    __class_getitem__ = classmethod(GenericAlias)  # type: ignore[var-annotated] # as the standard library has it
    _inner: Any
    _threadbench: int

    def __new__(cls) -> Any:
        """Traced for workload code, real for any other."""
        if not made_by_workload(_getframe(1)):
            return originals.SimpleQueue()
        self = object.__new__(cls)
        self._inner = originals.SimpleQueue()
        self._threadbench = new_object("SimpleQueue")
        write_number("queue.created", self._threadbench, 0)
        return self

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        """As `queue.SimpleQueue.put`."""
        write_number("queue.put", self._threadbench, self._inner.qsize() + 1)
        self._inner.put(item, block, timeout)

    def put_nowait(self, item: Any) -> None:
        """As `queue.SimpleQueue.put_nowait`."""
        self.put(item)

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """As `queue.SimpleQueue.get`."""
        try:
            item = self._inner.get(False)
        except queue.Empty:
            if not block:
                raise
            write_wait("queue.waiting", self._threadbench, "get", timeout)
            try:
                with waking:
                    item = self._inner.get(True, timeout)
            except queue.Empty:
                write_wait("queue.timed_out", self._threadbench, "get", timeout)
                raise
        write_number("queue.got", self._threadbench, self._inner.qsize())
        return item

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
