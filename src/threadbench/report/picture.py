"""The timeline of a log in a terminal: a lane for each thread, the depth of each queue, in one pass.

Records of `spans` enter, lines leave. How long the log is turns out at its end only: time is counted in a few hundred
columns, which are joined two by two whenever the log outgrows them. So memory is bounded and nothing is read twice.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

import msgspec

from ..durations import format_duration
from ..errors import columns
from .line import Line, Role, line, pad, shorten
from .spans import Hold, Lane, Life, Sample, Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .spans import Record

_COLUMNS: Final = 512
_LANES: Final = 24
_QUEUES: Final = 6
_NAME: Final = 20
_NARROWEST: Final = 10
RUNNING, WAITING, HOLDING, CONTENDED = "─", "·", "▄", "█"
_BARS: Final = "▁▂▃▄▅▆▇█"
_ROLES: Final[dict[str, Role]] = {WAITING: "bad", HOLDING: "good", CONTENDED: "warn"}


class Row(msgspec.Struct):
    """A thread: nanoseconds that it waited, held a lock, and held one that others waited for, in each column."""

    start: int
    end: int | None = None
    waiting: list[int] = msgspec.field(default_factory=lambda: [0] * _COLUMNS)
    holding: list[int] = msgspec.field(default_factory=lambda: [0] * _COLUMNS)
    contended: list[int] = msgspec.field(default_factory=lambda: [0] * _COLUMNS)

    def counts(self) -> tuple[list[int], ...]:
        """All that is counted."""
        return self.waiting, self.holding, self.contended


class Depth(msgspec.Struct):
    """A queue: its most in each column, -1 where nothing was said, and its most of all."""

    most: int = 0
    peaks: list[int] = msgspec.field(default_factory=lambda: [-1] * _COLUMNS)


class Picture:
    """Draws what `add` was given; the first 24 threads and 6 queues."""

    def __init__(self) -> None:
        self._width = 1024  # nanoseconds of a column
        self._rows: dict[str, Row] = {}
        self._queues: dict[str, Depth] = {}
        self._more = 0
        self._end = 0

    def add(self, record: Record) -> None:
        """Take note of a record."""
        match record:
            case Span() if record.state == "waiting":
                if not record.depth:
                    self._spread(record.thread, 0, record.start, record.end)
            case Hold():
                self._spread(record.thread, 1, record.start, record.end)
                for start, end in record.contended:
                    self._spread(record.thread, 2, start, end)
            case Lane():
                if record.thread not in self._rows:
                    if len(self._rows) < _LANES:
                        self._rows[record.thread] = Row(record.start)
                    else:
                        self._more += 1
            case Life():
                self._reach(record.end)
                row = self._rows.get(record.thread)
                if row is not None:
                    row.end = max(record.end, row.end or 0)
            case Sample() if record.what == "size":
                self._sample(record)
            case _:
                pass

    def _reach(self, t: int) -> None:
        """Make the columns wide enough for a moment."""
        self._end = max(self._end, t)
        while t >= self._width * _COLUMNS:
            self._width *= 2
            for row in self._rows.values():
                for counts in row.counts():
                    counts[:] = [a + b for a, b in zip(counts[::2], counts[1::2], strict=True)] + [0] * (_COLUMNS // 2)
            for queue in self._queues.values():
                joined = map(max, queue.peaks[::2], queue.peaks[1::2])
                queue.peaks[:] = [*joined, *[-1] * (_COLUMNS // 2)]

    def _spread(self, thread: str, which: int, start: int, end: int) -> None:
        row = self._rows.get(thread)
        if row is None:
            return
        self._reach(end)
        counts, width = row.counts()[which], self._width
        first, last = start // width, end // width
        if first == last:
            counts[first] += end - start
            return
        counts[first] += (first + 1) * width - start
        for column in range(first + 1, last):
            counts[column] += width
        counts[last] += end - last * width

    def _sample(self, sample: Sample) -> None:
        self._reach(sample.t)
        queue = self._queues.get(sample.object)
        if queue is None:
            if len(self._queues) >= _QUEUES:
                return
            queue = self._queues[sample.object] = Depth()
        column = sample.t // self._width
        queue.most = max(queue.most, sample.value)
        queue.peaks[column] = max(queue.peaks[column], sample.value)

    def lines(self, width: int) -> Iterator[Line]:
        """The timeline in so many terminal columns; nothing where no thread was seen."""
        if not self._rows:
            return
        begin = min(row.start for row in self._rows.values())
        names = [shorten(name, _NAME) for name in (*self._rows, *self._queues)]
        left = max(columns(pad(name, 0)) for name in names) + 2
        room = max(_NARROWEST, min(width - left - 1, _COLUMNS))
        span = max(1, self._end - begin)
        edges = [begin + span * at // room for at in range(room + 1)]
        scale = f"{format_duration(begin / 1e9)} to {format_duration(self._end / 1e9)}"
        yield line(("timeline", "strong"), f"  {scale}, {format_duration(span / room / 1e9)} a column")
        for name, row in self._rows.items():
            text = "".join(self._cell(row, start, end) for start, end in pairwise(edges))
            yield line(pad(shorten(name, _NAME), left), *_runs(text))
        if self._more:
            yield line((f"… {self._more} more threads", "dim"))
        for name, queue in self._queues.items():
            yield line(pad(shorten(name, _NAME), left), self._spark(queue, edges), (f" 0..{queue.most}", "dim"))
        legend = f"{RUNNING} running  {WAITING} waiting  {HOLDING} holding a lock  {CONTENDED} while others wait for it"
        yield line((legend + ("  ▁█ items in a queue" if self._queues else ""), "dim"))

    def _cell(self, row: Row, start: int, end: int) -> str:
        last = self._end if row.end is None else row.end
        if end <= row.start or (start >= last and start > row.start):
            return " "
        alive = max(1, min(end, last) - max(start, row.start))
        waited, held, contended = (self._within(counts, start, end) for counts in row.counts())
        if 2 * waited > alive:
            return WAITING
        # What others wait for is drawn over what nobody does; a sixteenth is what the columns blur at their edges.
        if 2 * held > alive - waited:
            return CONTENDED if 16 * contended > held else HOLDING
        return RUNNING

    def _within(self, counts: list[int], start: int, end: int) -> float:
        """The part of what was counted that falls between two moments, spread evenly within a column."""
        width, total = self._width, 0.0
        for column in range(start // width, min(end // width, _COLUMNS - 1) + 1):
            low, high = max(start, column * width), min(end, (column + 1) * width)
            total += counts[column] * max(0, high - low) / width
        return total

    def _spark(self, queue: Depth, edges: list[int]) -> str:
        text, value = "", 0
        for start, end in pairwise(edges):
            first, last = start // self._width, max(start, end - 1) // self._width
            said = [peak for peak in queue.peaks[first : last + 1] if peak >= 0]
            peak = max(said, default=value)
            value = said[-1] if said else value
            text += _BARS[min(7, peak * 8 // (queue.most + 1))] if peak else _BARS[0]
        return text


def _runs(text: str) -> Iterator[tuple[str, Role]]:
    """Stretches of one character, in its colour."""
    start = 0
    for at in range(1, len(text) + 1):
        if at == len(text) or text[at] != text[start]:
            yield text[start:at], _ROLES.get(text[start], "")
            start = at
