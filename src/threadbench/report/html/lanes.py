"""The timeline of a page: what `follow` tells of a log, kept in columns.

Of a log that is longer than a page has room for, its beginning and its end are kept event by event, and all of it in
levels of detail. Memory is bounded. `drawn` makes of it what the page reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final

import msgspec

from ..spans import Edge, Hold, Lane, Life, Sample, Span, follow
from ..values import value_text
from .columns import NONE, brief
from .kept import Curves, Kept, Same
from .levels import HOLD, RUN, WAIT, Levels

if TYPE_CHECKING:
    from ...events import Event

_HEAD: Final = 150_000
_TAIL: Final = 100_000
"""Events that are kept from the beginning and from the end."""
_LANES: Final = 2_000
_CURVES: Final = 384
_POINTS: Final = 300_000
"""Of all curves: depths of queues, threads that wait."""
_LATEST: Final = 2**53
"""Nanoseconds that a browser still counts one by one: 104 days."""
_FRAME: Final = {"run.started", "run.finished"}

CONTENDED, TIMED_OUT, OPEN = 1, 2, 4
"""Flags of a span."""


class Row(msgspec.Struct):
    """A lane: a thread, when it lived, and its levels of detail."""

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


class Lanes:
    """Follows the events of a log, and keeps of them what a page draws.

    Args:
        head: how many events are kept from the beginning.
        tail: how many from the end.
        points: of all curves.
    """

    def __init__(self, head: int = _HEAD, tail: int = _TAIL, points: int = _POINTS) -> None:
        self.events = Kept(head, tail, seq="u4", t="f8", names="any", data="any")
        self.spans = Kept(
            2 * head, 2 * tail,
            lane="u2", track="u1", state="u1", flags="u1", start="f8", end="f8", first="u4", last="u4", names="any",
        )  # fmt: skip
        self.edges = Kept(
            head, tail,
            from_lane="u2", to_lane="u2", from_t="f8", to_t="f8", from_seq="u4", to_seq="u4", sure="u1",
        )  # fmt: skip
        self.curves = Curves(points, _CURVES)
        self.rows: list[Row] = []
        self.number: dict[str, int] = {}
        """Of a lane, by its thread."""
        self.end = 0
        self.count = 0
        self._same = Same()

    def follow(self, events: Iterable[Event]) -> None:
        """Read a log once."""
        for record in follow(self._seen(events)):
            match record:
                case Span():
                    self._span(record)
                case Hold():
                    self._hold(record)
                case Edge():
                    self._edge(record)
                case Sample():
                    self.curves.add(record.what, brief(record.object), _moment(record.t), record.value)
                case Lane():
                    self._lane(record)
                case Life():
                    self._life(record)

    def _seen(self, events: Iterable[Event]) -> Iterator[Event]:
        for event in events:
            self.count += 1
            if event.event not in _FRAME:
                t = _moment(event.t)
                self.end = max(self.end, t)
                names = _brief(event.thread), brief(event.event), _brief(event.object), _brief(event.at)
                self.events.append(_seq(event.seq), t, self._same(names), _told(event.data) if event.data else None)
            yield event

    def _lane(self, lane: Lane) -> None:
        thread = brief(lane.thread)
        if thread not in self.number and len(self.rows) < _LANES:
            number = self.number[thread] = len(self.rows)
            self.rows.append(
                Row(
                    thread,
                    lane.started,
                    lane.ident,
                    lane.native_id,
                    lane.daemon,
                    lane.by,
                    Levels(number),
                    _moment(lane.start),
                )
            )

    def _life(self, life: Life) -> None:
        number = self.number.get(brief(life.thread))
        if number is not None:
            row = self.rows[number]
            row.end, row.open, row.crashed = _moment(life.end), life.open, life.crashed
            self.end = max(self.end, row.end)

    def _span(self, span: Span) -> None:
        number = self.number.get(brief(span.thread))
        if number is None or span.depth:
            return
        waits = span.state == "waiting"
        flags = (TIMED_OUT if span.how == "timed out" else 0) | (OPEN if span.how == "open" else 0)
        self._keep(number, WAIT if waits else RUN, flags, span, (span.object or span.op) if waits else None)

    def _hold(self, hold: Hold) -> None:
        number = self.number.get(brief(hold.thread))
        if number is not None:
            flags = (CONTENDED if hold.contended else 0) | (OPEN if hold.how == "open" else 0)
            self._keep(number, HOLD, flags, hold, hold.object)

    def _keep(self, number: int, state: int, flags: int, span: Span | Hold, what: str | None) -> None:
        start, end = _moment(span.start), _moment(span.end)
        self.rows[number].levels.add(state, start, end)
        names = self._same((_brief(what), _brief(span.at)))
        first, last = _seq(span.first), _seq(span.last)
        self.spans.append(number, int(state == HOLD), state, flags, start, end, first, last, names)

    def _edge(self, edge: Edge) -> None:
        source, target = self.number.get(brief(edge.source)), self.number.get(brief(edge.target))
        if source is not None and target is not None and source != target:
            times = _moment(edge.source_t), _moment(edge.target_t)
            self.edges.append(source, target, *times, _seq(edge.source_seq), _seq(edge.target_seq), edge.certain)

    @property
    def left_out(self) -> int:
        """How many events are in levels of detail only."""
        return self.events.lost


def _moment(nanoseconds: int) -> int:
    """A time as the page can draw it; a damaged log may have any."""
    return max(0, min(nanoseconds, _LATEST))


def _seq(seq: int) -> int:
    return max(0, min(seq, NONE - 1))


def _brief(text: str | None) -> str | None:
    return None if text is None else brief(text)


def _told(data: dict[str, Any]) -> str:
    return brief("  ".join(f"{name}={value_text(value, 160)}" for name, value in data.items()))
