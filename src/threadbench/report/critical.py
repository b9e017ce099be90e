"""The critical path: the chain of threads, each let go on by the one before, that ends with the end of main.

The run could not have been shorter without something on it being shorter; a wait beside it costs nothing. It is
followed backwards from the end: from the last time that the thread was let go on, to who let it, and so on, as in Yang
and Miller, "Critical path analysis for the execution of parallel and distributed programs" (1988).
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

import msgspec

from .spans import Edge, Lane, Life

if TYPE_CHECKING:
    from .spans import Record

_EDGES: Final = 100_000


class Step(msgspec.Struct, frozen=True):
    """A stretch of the path: `thread` from `start` to `end`, begun when it was let go on (`op`, `object`), or with it.

    `handed` is how long before `start` the one before let it go on. Times in nanoseconds.
    """

    thread: str
    start: int
    end: int
    op: str | None = None
    object: str | None = None
    handed: int = 0
    certain: bool = True


class Path(msgspec.Struct, frozen=True):
    """Steps, oldest first; `cut` where the log had more wakings than are kept, and the path begins before its first."""

    steps: tuple[Step, ...] = ()
    cut: bool = False

    @property
    def certain(self) -> bool:
        """Whether no step of it rests on a guess."""
        return all(step.certain for step in self.steps)


class CriticalPath:
    """Keeps the last hundred thousand wakings."""

    def __init__(self) -> None:
        self._edges: deque[Edge] = deque(maxlen=_EDGES)
        self._dropped = False
        self._main: str | None = None
        self._start = 0
        self._end: tuple[int, int] | None = None

    def add(self, record: Record) -> None:
        """Take note of a record."""
        if isinstance(record, Edge):
            # A worker that had tasks enough was not kept waiting by who submitted the next.
            if record.op != "pool.task" or record.waited:
                self._dropped = self._dropped or len(self._edges) == _EDGES
                self._edges.append(record)
        elif isinstance(record, Lane):
            if self._main is None:
                self._main, self._start = record.thread, record.start
        elif isinstance(record, Life) and record.thread == self._main and self._end is None:
            self._end = record.end, record.last

    def path(self) -> Path:
        """The path to the end of the log's first thread."""
        if self._main is None or self._end is None:
            return Path()
        thread, (end, seq) = self._main, self._end
        steps: list[Step] = []
        for edge in reversed(self._edges):
            if edge.target == thread and edge.target_seq <= seq:
                start = min(edge.target_t, end)
                handed = max(0, start - edge.source_t)
                steps.append(Step(thread, start, end, edge.op, edge.object, handed, edge.certain))
                thread, seq, end = edge.source, edge.source_seq, min(edge.source_t, start)
        if not self._dropped:
            steps.append(Step(thread, min(self._start, end), end))
        return Path(tuple(reversed(steps)), self._dropped)
