"""The timeline of a page: what `follow` tells of a log, as columns.

Of a log that is longer than a page has room for, its beginning and its end are kept event by event, and all of it in
levels of detail. Memory is bounded.
"""

from __future__ import annotations

import heapq
from array import array
from collections import deque
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final

import msgspec

from ..spans import Edge, Hold, Lane, Life, Sample, Span, follow
from ..values import value_text
from .columns import NONE, Columns, Texts, shown
from .levels import HOLD, RUN, WAIT, Levels

if TYPE_CHECKING:
    from ...events import Event
    from ..critical import Path

_HEAD: Final = 150_000
_TAIL: Final = 100_000
"""Events that are kept from the beginning and from the end."""
_LANES: Final = 2_000
_COUNTERS: Final = 24
_SAMPLES: Final = 20_000
_STEPS: Final = 4_000
"""Of a critical path."""
_CHOICES: Final = 2_000
"""Objects that can be chosen from a list; the search finds the others."""
_DEPTH: Final = 3
"""Locks that are shown below each other in one lane; what is held besides shares the last row."""
_FIRST: Final = {"shares", "sample_t", "sample"}
"""Columns that the first view is drawn from; those of single events may come later."""
_NOBODY: Final = 0xFFFF
_FRAME: Final = {"run.started", "run.finished"}

CONTENDED, TIMED_OUT, OPEN = 1, 2, 4
"""Flags of a span."""


class Kept:
    """The first of what comes, and the last."""

    def __init__(self, head: int, tail: int) -> None:
        self._most = head
        self.head: list[Any] = []
        self.tail: deque[Any] = deque(maxlen=tail)
        self.count = 0

    def append(self, item: Any) -> None:
        """One more."""
        self.count += 1
        if len(self.head) < self._most:
            self.head.append(item)
        else:
            self.tail.append(item)

    def __iter__(self) -> Iterator[Any]:
        yield from self.head
        yield from self.tail

    @property
    def lost(self) -> int:
        """How many are in neither."""
        return self.count - len(self.head) - len(self.tail)


class _Row(msgspec.Struct):
    name: str
    started: bool
    ident: int | None
    native_id: int | None
    daemon: bool
    by: str | None
    levels: Levels
    start: int
    end: int | None = None
    open: bool = True
    crashed: bool = False
    depth: int = 0
    held: list[int] = msgspec.field(default_factory=list)


class Lanes:
    """Follows the events of a log; afterwards `data` is what the page draws.

    Args:
        head: how many events are kept from the beginning.
        tail: how many from the end.
    """

    def __init__(self, head: int = _HEAD, tail: int = _TAIL) -> None:
        self._events = Kept(head, tail)
        self._spans = Kept(2 * head, 2 * tail)
        self._edges = Kept(head, tail)
        self._rows: list[_Row] = []
        self._row: dict[str, int] = {}
        self._samples: dict[tuple[str, str], Kept] = {}
        self._largest: dict[tuple[str, str], int] = {}
        self._end = 0
        self.count = 0

    def follow(self, events: Iterable[Event]) -> None:
        """Read a log once."""
        for record in follow(self._seen(events)):
            match record:
                case Lane():
                    self._lane(record)
                case Life():
                    self._life(record)
                case Span():
                    self._span(record)
                case Hold():
                    self._hold(record)
                case Edge():
                    self._edge(record)
                case Sample():
                    self._sample(record)

    def _seen(self, events: Iterable[Event]) -> Iterator[Event]:
        for event in events:
            self.count += 1
            if event.event not in _FRAME:
                self._end = max(self._end, event.t)
                data = _told(event.data) if event.data else None
                self._events.append((event.seq, event.t, event.thread, event.event, event.object, event.at, data))
            yield event

    # -- records -------------------------------------------------------------------------------------------------------

    def _lane(self, lane: Lane) -> None:
        if lane.thread not in self._row and len(self._rows) < _LANES:
            number = self._row[lane.thread] = len(self._rows)
            self._rows.append(
                _Row(
                    lane.thread,
                    lane.started,
                    lane.ident,
                    lane.native_id,
                    lane.daemon,
                    lane.by,
                    Levels(number),
                    lane.start,
                )
            )

    def _life(self, life: Life) -> None:
        number = self._row.get(life.thread)
        if number is not None:
            row = self._rows[number]
            row.end, row.open, row.crashed = life.end, life.open, life.crashed
            self._end = max(self._end, life.end)

    def _span(self, span: Span) -> None:
        number = self._row.get(span.thread)
        if number is None or span.depth:
            return
        waits = span.state == "waiting"
        self._rows[number].levels.add(WAIT if waits else RUN, span.start, span.end)
        flags = (TIMED_OUT if span.how == "timed out" else 0) | (OPEN if span.how == "open" else 0)
        self._keep(
            (number, 0, WAIT if waits else RUN, flags, span.start, span.end, span.first, span.last),
            span.object or span.op if waits else None,
            span.at,
        )

    def _hold(self, hold: Hold) -> None:
        number = self._row.get(hold.thread)
        if number is None:
            return
        row = self._rows[number]
        row.levels.add(HOLD, hold.start, hold.end)
        flags = (CONTENDED if hold.contended else 0) | (OPEN if hold.how == "open" else 0)
        self._keep((number, 1, HOLD, flags, hold.start, hold.end, hold.first, hold.last), hold.object, hold.at)

    def _keep(self, numbers: tuple[int, ...], obj: str | None, at: str | None) -> None:
        self._spans.append((*numbers, obj, at))

    def _edge(self, edge: Edge) -> None:
        source, target = self._row.get(edge.source), self._row.get(edge.target)
        if source is not None and target is not None and source != target:
            self._edges.append(
                (source, target, edge.source_t, edge.target_t, edge.source_seq, edge.target_seq, edge.certain)
            )

    def _sample(self, sample: Sample) -> None:
        key = sample.what, sample.object
        kept = self._samples.get(key)
        if kept is None:
            if len(self._samples) >= 16 * _COUNTERS:
                return
            kept = self._samples[key] = Kept(_SAMPLES, _SAMPLES)
        kept.append((sample.t, sample.value))
        self._largest[key] = max(self._largest.get(key, 0), sample.value)

    # -- what the page gets --------------------------------------------------------------------------------------------

    def stretches(self, path: Path) -> list[tuple[int, int, int, bool]]:
        """The critical path as it is drawn, oldest first: lane, start, end, whether it is no guess."""
        if len(path.steps) < 2:
            return []
        longest = heapq.nlargest(_STEPS, path.steps, key=lambda step: step.end - step.start)
        longest.sort(key=lambda step: (step.start, step.end))
        return [
            (self._row[step.thread], step.start, step.end, step.certain) for step in longest if step.thread in self._row
        ]

    @property
    def left_out(self) -> int:
        """How many events are in levels of detail only."""
        return self._events.lost

    def data(self) -> dict[str, Any]:
        """The columns and what they mean."""
        columns = Columns(
            seq="u4", t="f8", thread="u2", kind="u4", obj="u4", at="u4", data="u4",
            lane="u2", track="u1", state="u1", flags="u1", start="f8", end="f8", first="u4", last="u4", what="u4",
            where="u4", from_lane="u2", to_lane="u2", from_t="f8", to_t="f8", from_event="u4", to_event="u4", sure="u1",
            sample_t="f8", sample="u4", shares="u1",
        )  # fmt: skip
        texts = Texts()
        self._write_events(columns, texts)
        self._write_spans(columns, texts)
        self._write_edges(columns)
        counters = self._write_samples(columns)
        levels = []
        shares = bytearray()
        for row in self._rows:
            data, sizes = row.levels.pyramid(self._end)
            levels.append({"at": len(shares), "levels": sizes})
            shares += data
        columns.add("shares", "u1", array("B", bytes(shares)))
        text, text_at = texts.columns()
        columns.add("text", "u1", text)
        columns.add("text_at", "u4", text_at)
        lost = self._events.lost
        return {
            "end": self._end,
            "count": self.count,
            "gap": [self._events.head[-1][1], self._events.tail[0][1], lost] if lost else None,
            "lanes": [
                {
                    "name": shown(row.name, 120),
                    "id": row.native_id or row.ident,
                    "start": row.start,
                    "started": row.started,
                    "end": row.end,
                    "open": row.open,
                    "crashed": row.crashed,
                    "daemon": row.daemon,
                    "by": row.by and shown(row.by, 80),
                    "rows": row.depth,
                }
                for row in self._rows
            ],
            "levels": levels,
            "counters": counters,
            "objects": _used(columns["obj"], texts)[:_CHOICES],
            "kinds": _used(columns["kind"], texts),
            **columns.packed(_FIRST),
        }

    def _write_events(self, columns: Columns, texts: Texts) -> None:
        names = ("seq", "t", "thread", "kind", "obj", "at", "data")
        written = [columns[name] for name in names]
        latest = 0
        for seq, t, thread, *rest in self._events:
            latest = max(latest, t)  # an event that was logged late stands where the log has it
            lane = self._row.get(thread, _NOBODY) if thread is not None else _NOBODY
            for column, value in zip(written, (seq, latest, lane, *map(texts.number, rest)), strict=True):
                column.append(value)

    def _write_spans(self, columns: Columns, texts: Texts) -> None:
        names = ("lane", "track", "state", "flags", "start", "end", "first", "last", "what", "where")
        written = [columns[name] for name in names]
        ordered = sorted(self._spans, key=lambda span: (span[0], span[1], span[4], -span[5]))
        stacked = []
        for span in ordered:
            if span[1]:
                row = self._rows[span[0]]
                track = next((at for at, end in enumerate(row.held) if end <= span[4]), len(row.held))
                track = min(track, _DEPTH - 1)
                row.held[track : track + 1] = [max(span[5], row.held[track] if track < len(row.held) else 0)]
                row.depth = max(row.depth, track + 1)
                stacked.append((span[0], track + 1, *span[2:]))
            else:
                stacked.append(span)
        for span in sorted(stacked, key=lambda span: (span[0], span[1], span[4])):
            numbers = (*span[:8], texts.number(span[8]), texts.number(span[9]))
            for column, value in zip(written, numbers, strict=True):
                column.append(value)

    def _write_edges(self, columns: Columns) -> None:
        names = ("from_lane", "to_lane", "from_t", "to_t", "from_event", "to_event", "sure")
        written = [columns[name] for name in names]
        places = {seq: place for place, seq in enumerate(columns["seq"])}
        for source, target, source_t, target_t, source_seq, target_seq, certain in sorted(self._edges, key=_arrival):
            events = places.get(source_seq, NONE), places.get(target_seq, NONE)
            for column, value in zip(written, (source, target, source_t, target_t, *events, certain), strict=True):
                column.append(value)

    def _write_samples(self, columns: Columns) -> list[dict[str, Any]]:
        """Depths of queues first, then who waits where more than one did."""
        wanted = sorted(
            (key for key in self._samples if key[0] != "waiters" or self._largest[key] > 1),
            key=lambda key: ("size", "tasks", "waiters").index(key[0]),
        )
        written = []
        for what, obj in wanted[:_COUNTERS]:
            kept = self._samples[what, obj]
            first = len(columns["sample_t"])
            for t, value in kept:
                columns["sample_t"].append(t)
                columns["sample"].append(min(value, NONE))
            written.append(
                {
                    "object": shown(obj, 120),
                    "what": {"size": "queue depth", "tasks": "tasks waiting", "waiters": "threads waiting"}[what],
                    "from": first,
                    "to": len(columns["sample_t"]),
                    "most": self._largest[what, obj],
                    "gap": [kept.head[-1][0], kept.tail[0][0]] if kept.lost else None,
                }
            )
        return written


def _arrival(edge: tuple[int, ...]) -> int:
    return edge[3]


def _used(column: array[int], texts: Texts) -> list[int]:
    """The different texts of a column by number, in the order of the alphabet."""
    return sorted(set(column) - {NONE}, key=lambda number: texts.table[number])


def _told(data: dict[str, Any]) -> str:
    return "  ".join(f"{name}={value_text(value, 160)}" for name, value in data.items())
