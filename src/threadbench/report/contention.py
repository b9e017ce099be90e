"""Who blocked whom: of each object the operations, waits and holds, and of each pair of threads the time lost.

Events and the records that they gave enter, rows leave. As in the metrics, an operation that did not have to wait
counts with 0, so that a percentile speaks of all of them. Memory is bounded however long the log is: times are counted
in buckets of 1/64 octave (percentiles are right within 0.8 %, everything else exactly), and what comes after the first
thousands of objects and pairs shares a row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from ..events.metrics import Times
from .spans import Block, Hold, Span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..events import Event
    from .spans import Record

ROWS: Final = 4096
OTHERS: Final = "(others)"
_SITES: Final = 64
_KINDS: Final = {"lock", "semaphore", "condition", "barrier", "event", "queue", "thread", "pool", "future"}
_DONE: Final = {"acquired", "put", "got", "passed", "woke", "joined", "finished"}
_NOT_DONE: Final = {"timed_out", "broken"}
_OPERATIONS: Final = {
    f"{kind}.{word}": (kind, word in _DONE) for kind in sorted(_KINDS) for word in sorted(_DONE | _NOT_DONE)
}
"""Events that end an operation: the kind of object, and whether it came to its end."""
_GAVE_UP: Final = {"timed out", "broken", "left"}


class Site(msgspec.Struct):
    """A place in the workload where threads waited: how often, and for how long in nanoseconds."""

    at: str
    count: int = 0
    total: int = 0


class ObjectRow(msgspec.Struct):
    """A lock, queue, event, …

    Attributes:
        kind: the first word of its events: lock, semaphore, condition, barrier, event, queue, thread, pool, future.
        done: operations that came to their end: acquisitions, items put and got, tasks, joins.
        contended: operations that had to wait.
        gave_up: operations that ended without: in time, by a broken barrier, by an exception.
        waits: the time of every operation, 0 where it did not have to wait; of a pool, of its end only.
        holds: how long a lock or a permit was held.
        owners: how often a lock came from one thread to another.
        waiting: how many threads still waited at the end.
        sites: where threads waited, of the first 64 places.
    """

    name: str
    kind: str
    done: int = 0
    contended: int = 0
    gave_up: int = 0
    waits: Times = msgspec.field(default_factory=Times)
    holds: Times = msgspec.field(default_factory=Times)
    owners: int = 0
    waiting: int = 0
    sites: dict[str, Site] = msgspec.field(default_factory=dict)
    owner: str | None = None

    def waited_at(self) -> list[Site]:
        """Where threads waited, the costliest first."""
        return sorted(self.sites.values(), key=lambda site: (-site.total, -site.count, site.at))


class Pair(msgspec.Struct):
    """`waiter` waited for `object` while `holder` had it: how often, and for how long in nanoseconds.

    `still` is whether it did so when the log ended. A wait that saw three holders is in three pairs; permits of
    semaphores are in none, since the log does not say which one a thread waits for.
    """

    object: str
    holder: str
    waiter: str
    count: int = 0
    total: int = 0
    longest: int = 0
    still: bool = False


class Contention:
    """Adds up what `add` is given."""

    def __init__(self) -> None:
        self._objects: dict[tuple[str, str], ObjectRow] = {}
        self._pairs: dict[tuple[str, str, str], Pair] = {}

    def add(self, event: Event, records: Sequence[Record]) -> None:
        """An event of the log, and what `spans.Follower.add` made of it."""
        waited = False
        for record in records:
            if type(record) is Span:
                waited = self._wait(record) or waited
            elif type(record) is Hold:
                self._hold(record)
            elif type(record) is Block:
                self._block(record)
        if event.object is None or event.thread is None or event.event not in _OPERATIONS:
            return
        kind, done = _OPERATIONS[event.event]
        if done or not waited:
            row = self._object(kind, event.object)
            if done:
                row.done += 1
            else:
                row.gave_up += 1
            if not waited and kind != "pool":  # whose one operation that waits is its end
                row.waits.add(0)
            if event.event == "lock.acquired":
                row.owners += row.owner is not None and row.owner != event.thread
                row.owner = event.thread

    def end(self, records: Sequence[Record]) -> None:
        """What was open at the end of the log: waits are counted and not timed, holds are not."""
        for record in records:
            if isinstance(record, Span) and record.state == "waiting":
                self._object_of(record).waiting += 1
            elif isinstance(record, Block):
                self._block(record)

    def _wait(self, span: Span) -> bool:
        """A wait that ended; whether as an operation, and not by another event."""
        if span.state != "waiting":
            return False
        row = self._object_of(span)
        took = span.end - span.start
        row.contended += 1
        row.waits.add(took)
        row.gave_up += span.how in _GAVE_UP
        at = span.at or "?"
        if at in row.sites or len(row.sites) < _SITES:
            site = row.sites.setdefault(at, Site(at))
            site.count += 1
            site.total += took
        return span.how != "left"

    def _hold(self, hold: Hold) -> None:
        self._object(hold.kind, hold.object).holds.add(hold.end - hold.start)

    def _block(self, block: Block) -> None:
        key = (block.object, block.holder, block.waiter)
        if key not in self._pairs and len(self._pairs) >= ROWS:
            key = (OTHERS, OTHERS, OTHERS)
        pair = self._pairs.get(key) or self._pairs.setdefault(key, Pair(*key))
        took = block.end - block.start
        pair.count += 1
        pair.total += took
        pair.longest = max(pair.longest, took)
        pair.still = pair.still or block.open

    def _object_of(self, span: Span) -> ObjectRow:
        assert span.op is not None
        return self._object(span.op.partition(".")[0], span.object or "")

    def _object(self, kind: str, name: str) -> ObjectRow:
        row = self._objects.get((kind, name))
        if row is None:
            if len(self._objects) >= ROWS:
                name = OTHERS
            row = self._objects.setdefault((kind, name), ObjectRow(name, kind))
        return row

    def objects(self) -> tuple[ObjectRow, ...]:
        """All objects, by what they cost in waiting."""
        rows = self._objects.values()
        return tuple(sorted(rows, key=lambda row: (-row.waits.total, -row.waiting, -row.done, row.name, row.kind)))

    def pairs(self) -> tuple[Pair, ...]:
        """All pairs, by the time lost."""
        rows = self._pairs.values()
        return tuple(sorted(rows, key=lambda pair: (-pair.total, pair.object, pair.holder, pair.waiter)))
