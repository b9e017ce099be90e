"""What a log comes to: how long each thread lived and waited, what each object made others wait, who blocked whom.

A stream of events enters once, a `Summary` leaves. Memory is bounded however long the log is: what comes after the
first thousands of threads and objects shares a row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ..events.metrics import Times
from .contention import OTHERS, ROWS, Contention, ObjectRow, Pair
from .critical import CriticalPath, Path
from .spans import Span
from .spans.follow import Follower

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from ..events import Event
    from .spans import Record

__all__ = ["ObjectRow", "Pair", "Path", "Summary", "Tally", "ThreadRow", "summarize"]


class ThreadRow(msgspec.Struct):
    """A thread: first and last event in nanoseconds since the start, how many, and whether it ended by itself.

    `waits` are those that ended; one within another counts with the outer one.
    """

    name: str
    first: int
    last: int
    events: int = 0
    finished: bool = False
    waits: Times = msgspec.field(default_factory=Times)


class Summary(msgspec.Struct, frozen=True):
    """What a log comes to; threads in order of appearance, objects and pairs by what they cost in waiting."""

    threads: tuple[ThreadRow, ...]
    objects: tuple[ObjectRow, ...]
    events: int
    length: int
    pairs: tuple[Pair, ...] = ()
    path: Path = Path()


def summarize(events: Iterable[Event]) -> Summary:
    """Read a log once."""
    tally = Tally()
    for _ in tally.counting(events):
        pass
    return tally.summary()


class Tally:
    """Counts events while they pass by, so that who reads a log for something else need not read it twice.

    Args:
        shown: is given every record of `spans`, too.
    """

    def __init__(self, shown: Callable[[Record], None] | None = None) -> None:
        self._shown = shown
        self._follower = Follower()
        self._contention = Contention()
        self._path = CriticalPath()
        self._threads: dict[str, ThreadRow] = {}
        self._events = 0
        self._length = 0
        self._ended = False

    def counting(self, events: Iterable[Event]) -> Iterator[Event]:
        """The same events, counted."""
        for event in events:
            self._add(event)
            yield event

    def _add(self, event: Event) -> None:
        self._events += 1
        t = event.t
        if t > self._length:
            self._length = t
        if event.thread is not None:
            thread = self._threads.get(event.thread) or self._thread(event.thread, t)
            thread.events += 1
            if t > thread.last:
                thread.last = t
            if event.event == "thread.finished":
                thread.finished = True
        records = self._follower.add(event)
        self._contention.add(event, records)
        if records:
            self._show(records)

    def _show(self, records: Sequence[Record]) -> None:
        for record in records:
            if type(record) is Span and record.state == "waiting" and not record.depth and record.how != "open":
                self._thread(record.thread, record.start).waits.add(record.end - record.start)
            self._path.add(record)
            if self._shown is not None:
                self._shown(record)

    def _thread(self, name: str, t: int) -> ThreadRow:
        row = self._threads.get(name)
        if row is None:
            if len(self._threads) >= ROWS:
                name = OTHERS
            row = self._threads.setdefault(name, ThreadRow(name, t, t))
        return row

    def summary(self) -> Summary:
        """What has been counted; after this the log has ended."""
        if not self._ended:
            self._ended = True
            records = self._follower.end()
            self._contention.end(records)
            self._show(records)
        return Summary(
            tuple(self._threads.values()),
            self._contention.objects(),
            self._events,
            self._length,
            self._contention.pairs(),
            self._path.path(),
        )
