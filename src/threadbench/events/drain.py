"""What the supervisor reads: segments in, records in order out, and the books that make a killed supervisor harmless.

A pass is: read what was committed, sort by seq, hand the unbroken run of it to a sink that writes it to the log, note
in the control file how far the log is whole, and only then give segments back. So at any moment every committed
record is in the log below the noted cursor, or still in a segment: `recover` starts from there.

A seq that is missing while later ones are there belongs to a thread that stands between taking its number and
writing its line. It is waited for; after `PATIENCE` without it (an asynchronous exception can lose a number for ever)
the log goes on, and should the record come after all it is written late and counted, never dropped.
"""

from __future__ import annotations

import heapq
import os
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import msgspec

from . import buffer
from .buffer import CURSOR, DRAINED, END, FILLED, GENERATION, GROUP, HEADER, OWNER, SEGMENT, VERSION
from .layout import SPILLED, Found
from .layout import next_seq as seq_at
from .layout import take as take_from

if TYPE_CHECKING:
    import mmap
    from pathlib import Path

PATIENCE: Final = 1.0
"""Seconds that a missing seq holds up the log while later ones are there."""

CHUNK: Final = 32 * 1024
"""Bytes taken at once from a segment, unless a line is longer."""

MOST: Final = 32768
"""About how many records a pass takes: the reader's memory is not to depend on how far the writers are ahead."""

_ON_ONE_LINE: Final = bytes(32 if byte in (0, 10, 13) else byte for byte in range(256))
"""A workload's Raw JSON may have white space, and the line of the log must not end there."""

Record = tuple[int, int, int, int, int, int, int, "bytes | None", int]
"""seq, t (ns, monotonic clock), event, flag, object, at, arg, payload, thread: the ids are numbers of `Names`."""


class Cursor(msgspec.Struct, frozen=True):
    """How far the log is whole: the next seq to write and the bytes of log before it."""

    next_seq: int
    log_bytes: int


class Names:
    """Numbers to strings, read from the strings file as they are met."""

    def __init__(self, live: Path) -> None:
        self._path = live / "strings"
        self._offset = 0
        self._tables: dict[str, dict[int, str]] = {"event": {}, "object": {0: ""}, "at": {0: ""}, "thread": {0: ""}}

    def get(self, table: str, number: int) -> str:
        """The string of a number in `event`, `object`, `at` or `thread`.

        Raises:
            LookupError: the files do not belong together.
        """
        names = self._tables[table]
        if number not in names:
            self._read()
        return names[number]

    def _read(self) -> None:
        with self._path.open("rb") as file:
            file.seek(self._offset)
            for line in file:
                if not line.endswith(b"\n"):
                    break  # the writer was killed within it: nothing refers to it
                self._offset += len(line)
                table, number, name = msgspec.json.decode(line, type=tuple[str, int, str])
                self._tables[table][number] = name


class _Segment:
    """The reader's side of one segment file, in the use (generation) that is being read."""

    __slots__ = ("done", "generation", "last_seq", "mapping", "off", "owner", "words")

    def __init__(self, mapping: mmap.mmap) -> None:
        self.mapping = mapping
        self.words = buffer.words_of(mapping)
        self.begin(0, 0)

    def begin(self, generation: int, owner: int) -> None:
        self.generation = generation
        self.owner = owner
        self.off = HEADER
        self.last_seq = 0
        self.done = False  # read to its end, and its writer has left it: that it is full alone does not say so

    def next_seq(self) -> int:
        """The seq that stands next, if one does: else anything, since there is nothing to be read."""
        return seq_at(self.mapping, self.off)

    def take(self) -> list[Found]:
        """The next records, some or all that are whole; they are behind `off` then."""
        if not self.next_seq():
            return []
        found, self.off = take_from(self.mapping, self.off, CHUNK)
        if not found:  # it is longer, or not there yet after all
            found, self.off = take_from(self.mapping, self.off, SEGMENT)
        return found


class Drain:
    """Reads one live folder to its end.

    Args:
        live: the folder of segments.
        control: its control file; `None` maps the one that is there (recovery).
    """

    def __init__(self, live: Path, control: mmap.mmap | None = None) -> None:
        self.names = Names(live)
        self.late = 0
        self._live = live
        self._words = buffer.words_of(control or buffer.map_file(live / "control", buffer.CONTROL, create=False))
        self._segments: dict[int, _Segment] = {}
        self._pending: list[Record] = []
        self._late: list[Record] = []
        self._next = self.cursor().next_seq
        self._gap_since: float | None = None
        self._skipped: set[int] = set(self._read_skipped())
        self._to_return: list[tuple[int, int, int]] = []
        self._spill_offset = 0

    @property
    def back_pressure(self) -> int:
        """How often a thread had to wait for the log to be written."""
        return self._words[buffer.BACK_PRESSURE]

    @property
    def failure(self) -> int:
        """The errno that stopped the worker's log, 0 where none did."""
        return self._words[buffer.FAILURE]

    @property
    def start(self) -> int:
        """When the run started, nanoseconds of the monotonic clock."""
        return self._words[buffer.START]

    def cursor(self) -> Cursor:
        """How far the log was whole when it was last noted."""
        slot = CURSOR + 2 * (self._words[VERSION] & 1)
        return Cursor(self._words[slot] or 1, self._words[slot + 1])

    def begin(self, start: int, log_bytes: int) -> None:
        """Note when the run started and where its events begin in the log."""
        self._words[buffer.START] = start
        self.note(log_bytes)

    def note(self, log_bytes: int) -> None:
        """State that all records handed out so far are in the first `log_bytes` of the log; gives segments back."""
        version = self._words[VERSION] + 1
        slot = CURSOR + 2 * (version & 1)
        self._words[slot] = self._next
        self._words[slot + 1] = log_bytes
        self._words[VERSION] = version
        self._give_back(self._next)

    def _give_back(self, noted: int) -> None:
        """Segments whose records are all in the noted part of the log."""
        for index, generation, last_seq in self._to_return:
            if last_seq < noted:
                self._words[DRAINED + index] = generation
        self._to_return = [kept for kept in self._to_return if kept[2] >= noted]

    def read(self, *, final: bool = False) -> list[Record]:
        """The next records in order; may be empty. With `final` (the writers are dead) missing ones are left out."""
        pending = self._pending
        self._map_new()
        self._read_segments(pending, final=final)
        pending.sort()
        late, self._late = self._late, []
        end = len(pending)
        if pending and not final and pending[-1][0] - self._next != end - 1:
            end = self._before_gap(pending)
            if end == 0:
                if not self._gap_is_old():
                    return late
                self._skip(self._next, pending[0][0])
                end = self._before_gap(pending)
        self._gap_since = None
        self._pending = pending[end:]
        if end:
            self._next = pending[end - 1][0] + 1
        elif self._to_return and not late:
            # Found full in a pass that brought no record, so that nobody will note: a thread may wait for it.
            self._give_back(self.cursor().next_seq)
        return late + pending[:end]

    def _before_gap(self, pending: list[Record]) -> int:
        """How many of the pending records stand before the first missing seq."""
        expected = self._next
        for position, record in enumerate(pending):
            if record[0] != expected:
                return position
            expected += 1
        return len(pending)

    def _gap_is_old(self) -> bool:
        now = time.monotonic()
        if self._gap_since is None:
            self._gap_since = now
        return now - self._gap_since >= PATIENCE

    def _skip(self, start: int, end: int) -> None:
        """Give up on the seqs from `start` to before `end`; on disk first, so that recovery knows them as late."""
        with (self._live / "skipped").open("a") as file:
            file.writelines(f"{seq}\n" for seq in range(start, end))
        self._skipped.update(range(start, end))
        self._next = end

    def _read_skipped(self) -> Iterator[int]:
        path = self._live / "skipped"
        if path.exists():
            yield from (int(line) for line in path.read_text().splitlines(keepends=True) if line.endswith("\n"))

    def _map_new(self) -> None:
        """Map the segments that have appeared; threads make theirs in any order, and one may be killed making them."""
        for name in os.listdir(self._live):  # noqa: PTH208 - each pass does this
            kind, _, number = name.partition(".")
            if kind == "segments" and (first := int(number) * GROUP) not in self._segments:
                path = self._live / name
                if path.stat().st_size == GROUP * SEGMENT:  # smaller: not allocated yet, so nothing can be in it
                    for index, mapping in enumerate(buffer.map_segments(path, create=False), start=first):
                        self._segments[index] = _Segment(mapping)

    def _read_segments(self, into: list[Record], *, final: bool) -> None:
        """A pass over the segments, chunk by chunk, always where the lowest seq stands next; `final` reads all."""
        enough = sys.maxsize if final else len(into) + MOST
        queue: list[tuple[int, int]] = []
        for index, segment in self._segments.items():
            generation = segment.words[GENERATION]
            if not generation:
                continue  # and not given out yet
            if generation != segment.generation:
                segment.begin(generation, segment.words[OWNER])
            elif segment.done:
                continue  # and not given out again
            queue.append((segment.next_seq(), index))
        heapq.heapify(queue)
        while queue and len(into) < enough:
            index = queue[0][1]
            segment = self._segments[index]
            filled = self._words[FILLED + index] == segment.generation  # looked at before its records are
            found = segment.take()
            if found:
                self._read_records(segment, found, into)
                heapq.heapreplace(queue, (segment.next_seq(), index))
                continue
            heapq.heappop(queue)
            if filled and segment.off >= self._words[END + index]:
                segment.done = True
                self._to_return.append((index, segment.generation, segment.last_seq))

    def _read_records(self, segment: _Segment, found: list[Found], into: list[Record]) -> None:
        """Make records of it: one whose turn was given up is late, one that is in the log already is none."""
        owner, floor, skipped = segment.owner, self._next, self._skipped
        for seq, t, what, where, payload in found:
            flag, arg = what >> 16 & 0xFFFF, where >> 32
            if arg > 0x7FFFFFFF:
                arg -= 1 << 32
            if flag == SPILLED:
                payload = self._spilled(arg)
            if payload and (10 in payload or 13 in payload or 0 in payload):
                payload = payload.translate(_ON_ONE_LINE)
            record = (seq, t, what & 0xFFFF, flag, what >> 32, where & 0xFFFFFFFF, arg, payload, owner)
            if seq >= floor:
                into.append(record)
            elif seq in skipped:
                skipped.discard(seq)
                self.late += 1
                self._late.append(record)
            if seq > segment.last_seq:
                segment.last_seq = seq

    def _spilled(self, number: int) -> bytes:
        """The payload that was too large for a segment; they are mostly asked for in the order they were written."""
        with (self._live / "spilled").open("rb") as file:
            file.seek(self._spill_offset)
            for _ in range(2):
                while line := file.readline():
                    found, size = map(int, line.split())
                    payload = file.read(size)
                    file.read(1)
                    if found == number:
                        self._spill_offset = file.tell()
                        return payload
                file.seek(0)
        raise LookupError(f"spilled payload {number} is missing")

    def close(self) -> None:
        """Unmap everything."""
        for segment in self._segments.values():
            segment.words.release()
            segment.mapping.close()
        self._segments = {}
