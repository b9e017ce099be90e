"""Threads and waits of a log: how long each thread lived, what each object made others wait.

A stream of events enters once, tables leave. As in the metrics, an operation that did not have to wait counts with 0,
so that a percentile speaks of all of them. Memory is bounded however long the log is: times are counted in buckets, and
what comes after the first thousands of threads and objects shares a row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from ..events.metrics import Times

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ..events import Event

_ROWS: Final = 4096
_OPEN: Final = 65_536  # what begins while so many others have not ended is not timed
_OTHERS: Final = "(others)"
_DONE: Final = {"acquired", "put", "got", "passed", "woke", "joined", "finished"}
_OPENS: Final = {"waiting", "joining"}


class ThreadRow(msgspec.Struct):
    """A thread: first and last event in nanoseconds since the start, how many, and whether it ended by itself."""

    name: str
    first: int
    last: int
    events: int = 0
    finished: bool = False
    waits: Times = msgspec.field(default_factory=Times)


class ObjectRow(msgspec.Struct):
    """A lock, queue, event, …: operations done, how many had to wait, waits given up, and how long it was held.

    `waits` has the time of every operation, `waiting` is how many threads still waited at the end.
    """

    name: str
    kind: str
    done: int = 0
    contended: int = 0
    gave_up: int = 0
    waits: Times = msgspec.field(default_factory=Times)
    holds: Times = msgspec.field(default_factory=Times)
    waiting: int = 0


class Summary(msgspec.Struct, frozen=True):
    """What a log comes to; threads in order of appearance, objects by what they cost in waiting."""

    threads: tuple[ThreadRow, ...]
    objects: tuple[ObjectRow, ...]
    events: int
    length: int


def summarize(events: Iterable[Event]) -> Summary:
    """Read a log once."""
    tally = Tally()
    for _ in tally.counting(events):
        pass
    return tally.summary()


class Tally:
    """Counts events while they pass by, so that who reads a log for something else need not read it twice."""

    def __init__(self) -> None:
        self._threads: dict[str, ThreadRow] = {}
        self._objects: dict[tuple[str, str], ObjectRow] = {}
        self._waits: dict[tuple[str, str], tuple[str, int]] = {}  # (thread, kind) → (object, since): one at a time
        self._holds: dict[tuple[str, str], tuple[int, int]] = {}  # (object, thread) → (depth, since)
        self._events = 0
        self._length = 0

    def counting(self, events: Iterable[Event]) -> Iterator[Event]:
        """The same events, counted."""
        for event in events:
            self._add(event)
            yield event

    def _add(self, event: Event) -> None:
        self._events += 1
        self._length = max(self._length, event.t)
        if event.thread is None:
            return
        thread = self._thread(event.thread, event.t)
        thread.events += 1
        thread.last = max(thread.last, event.t)
        kind, _, word = event.event.partition(".")
        if event.event == "thread.finished":
            thread.finished = True
        elif event.object is not None:
            self._object_event(event, thread, kind, word)

    def _object_event(self, event: Event, thread: ThreadRow, kind: str, word: str) -> None:
        assert event.thread is not None
        assert event.object is not None
        if word in _OPENS:
            self._open(event.thread, kind, event.object, event.t)
            return
        if word not in _DONE and word not in {"timed_out", "broken", "released"}:
            return
        row = self._object(kind, event.object)
        if word == "released":
            self._release(row, event.thread, event.object, event.t)
            return
        opened, since = self._waits.get((event.thread, kind), (None, event.t))
        if opened == event.object:
            del self._waits[event.thread, kind]
            row.contended += 1
            row.waiting -= 1
            thread.waits.add(event.t - since)
        row.waits.add(event.t - since if opened == event.object else 0)
        if word in _DONE:
            row.done += 1
        else:
            row.gave_up += 1
        if event.event == "lock.acquired":
            depth, held = self._holds.get((event.object, event.thread), (0, event.t))
            if depth or len(self._holds) < _OPEN:
                self._holds[event.object, event.thread] = (depth + 1, held)

    def _open(self, thread: str, kind: str, name: str, t: int) -> None:
        given_up = self._waits.pop((thread, kind), None)
        if given_up:  # its end was not logged; a thread waits for one thing at a time
            self._object(kind, given_up[0]).waiting -= 1
        if len(self._waits) < _OPEN:
            self._waits[thread, kind] = (name, t)
            self._object(kind, name).waiting += 1

    def _release(self, row: ObjectRow, thread: str, name: str, t: int) -> None:
        depth, since = self._holds.pop((name, thread), (0, t))
        if depth > 1:
            self._holds[name, thread] = (depth - 1, since)
        elif depth == 1:
            row.holds.add(t - since)
        # A plain lock may be released by a thread that never took it: then nobody's hold is measured.

    def _thread(self, name: str, t: int) -> ThreadRow:
        if name not in self._threads and len(self._threads) >= _ROWS:
            name = _OTHERS
        if name not in self._threads:
            self._threads[name] = ThreadRow(name, t, t)
        return self._threads[name]

    def _object(self, kind: str, name: str) -> ObjectRow:
        if (kind, name) not in self._objects and len(self._objects) >= _ROWS:
            name = _OTHERS
        if (kind, name) not in self._objects:
            self._objects[kind, name] = ObjectRow(name, kind)
        return self._objects[kind, name]

    def summary(self) -> Summary:
        """What has been counted so far."""
        by_cost = sorted(self._objects.values(), key=lambda row: (-row.waits.total, -row.waiting, -row.done, row.name))
        return Summary(tuple(self._threads.values()), tuple(by_cost), self._events, self._length)
