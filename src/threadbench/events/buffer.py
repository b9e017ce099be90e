"""What a thread writes: fixed-size records into memory-mapped segments of its own, read by another process.

Emitting is a few stores, without a system call and without letting go of the GIL, because a log that waits hides the
races it is there to show. The pages belong to the file: they survive `kill -9` of the process.

A segment (`segment.N`, 256 KiB) holds records from the front and payloads from the back:

    | header 64 B | record 32 B | record | …            … | payload | payload |
      generation    seq  8   commit word, global order; stored last, 0 or stale until then
      owner         t    8   monotonic nanoseconds
      top           what 8   event 2, flag 2, object 4
                    where 8  at 4, arg 4   (a number, or where the payload begins, whose size the flag then says)

Rules that crashes forced (each has a test):
- the commit word is stored last, by one memoryview store (`pack_into` is none: it zeroes its place first);
- a slot is reserved before it is filled, so that a signal handler that emits inside `emit` takes the next one;
- segments are allocated on disk before use (a full disk is an error at that moment, not a SIGBUS later);
- a string is appended to the side file before its number is first used in a record.

Names used here: `live` is the folder of one run's segments; `Segments` the worker's side of it.
"""

from __future__ import annotations

import itertools
import mmap
import os
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

SEGMENT: Final = 256 * 1024
HEADER: Final = 64
GENERATION, OWNER, TOP = 0, 1, 2
"""Words of a segment's header: how often it was given out, to which thread, how far down its payloads may reach."""
RECORD: Final = 32
MOST_SEGMENTS: Final = 256
SLOTS: Final = (SEGMENT - HEADER) // RECORD

PLAIN, NUMBER, PAYLOAD, SPILLED = range(4)
"""What a record's flag says of its `arg`: nothing, a number, where a payload begins, a line of the file `spilled`."""
LARGEST_PAYLOAD: Final = 64 * 1024
BLOCK: Final = 4096
"""A segment's room for payloads grows by so many bytes at a time: telling the reader each time costs."""

# Words of the control file, each written by one side only.
CONTROL: Final = 64 * 1024
FAILURE, BACK_PRESSURE, START, VERSION = 0, 1, 2, 8
CURSOR: Final = 16
"""Two slots of (next seq, bytes of log), used in turn by VERSION, so that a kill between two stores leaves one."""
FILLED: Final = 1024
DRAINED: Final = FILLED + MOST_SEGMENTS
END: Final = DRAINED + MOST_SEGMENTS

_ZEROS: Final = bytes(SEGMENT - HEADER)

Emit = Callable[..., None]


class Pen(NamedTuple):
    """What one thread writes with; for that thread alone (and for signal handlers on it).

    Attributes:
        put: `(what, where)` writes a record; `what_word` and `where_word` make the words.
        put_payload: `(what, where, payload)`, with the flag PAYLOAD, without an arg, and JSON, which has no zero byte.
        emit: `(event, object, at, flag=PLAIN, arg=0, payload=b"")`, the same with the words' parts.
        end: what ends its use.
    """

    put: Callable[[int, int], None]
    put_payload: Callable[[int, int, bytes], None]
    emit: Emit
    end: Callable[[], None]


def what_word(event: int, obj: int, flag: int = PLAIN) -> int:
    """A record's third word."""
    return event | flag << 16 | obj << 32


def where_word(at: int, arg: int) -> int:
    """A record's fourth word."""
    return at | (arg & 0xFFFFFFFF) << 32


Columns = tuple[memoryview, memoryview, memoryview, memoryview]
"""Each record's seq, t, what, where."""
View = tuple[memoryview, memoryview, memoryview, memoryview, memoryview, mmap.mmap]
"""A segment as its writer sees it: the columns, each record's arg alone (a payload's is stored over `where`: that costs
less than shifting and adding long integers), and the bytes."""
Use = tuple[int, int, memoryview, Columns, View]
"""One use of a segment: its index and generation, its words, and the views of it."""


def words_of(mapping: mmap.mmap) -> memoryview:
    """A mapping as 64-bit words: assigning one is a single store."""
    return memoryview(mapping).cast("Q")


def map_file(path: Path, size: int, *, create: bool) -> mmap.mmap:
    """Map a file shared; created, it is allocated on disk first.

    Raises:
        OSError: the disk is full, or the file cannot be opened.
    """
    flags = os.O_RDWR | os.O_CLOEXEC | (os.O_CREAT | os.O_EXCL if create else 0)
    descriptor = os.open(path, flags, 0o600)
    try:
        if create:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(descriptor, 0, size)
            else:  # macOS: writing the zeros is what allocates
                os.write(descriptor, bytes(size))
        return mmap.mmap(descriptor, size)
    finally:
        os.close(descriptor)


class Segments:
    """The emitting process's side of a live folder: hands segments to threads, numbers strings.

    Args:
        live: the folder, made by the supervisor, with its control file.
        failed: called with an OSError when a segment or a string cannot be written; must not return.
    """

    def __init__(self, live: Path, failed: Callable[[OSError], None]) -> None:
        self._live = live
        self._failed = failed
        self._control = map_file(live / "control", CONTROL, create=False)
        self._words = words_of(self._control)
        self._fresh = itertools.count()
        self._retired: deque[tuple[int, int, mmap.mmap]] = deque()
        self._strings = os.open(live / "strings", os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._spilled = os.open(live / "spilled", os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._spills = itertools.count()
        self._pressures = itertools.count(1)
        self.next_seq = itertools.count(1).__next__

    def announce(self, line: bytes) -> None:
        """Append one line to the strings file; on return every later reader sees it."""
        self._append(self._strings, line)

    def spill(self, payload: bytes) -> int:
        """Append a payload that is too large for a segment; returns its number."""
        number = next(self._spills)
        self._append(self._spilled, b"%d %d\n%b\n" % (number, len(payload), payload))
        return number

    def _append(self, descriptor: int, data: bytes) -> None:
        try:
            while data:
                data = data[os.write(descriptor, data) :]
        except OSError as error:
            self._failed(error)

    def writer(self, owner: int) -> tuple[Emit, Callable[[], None]]:
        """The `emit` and `end` of a new `pen`."""
        pen = self.pen(owner)
        return pen.emit, pen.end

    def pen(self, owner: int) -> Pen:
        """What the thread of the number `owner` writes with."""
        clock, next_seq = time.monotonic_ns, self.next_seq
        index = generation = top = low = 0  # where the next payload ends; down to where payloads may be
        slot = last = -1  # the slot that was given out last, and the last one that there is room for
        words: memoryview
        columns: Columns  # for put: the fewer are unpacked, the better
        view: View

        def roll() -> None:
            nonlocal index, generation, words, columns, view, slot, last, top, low
            new = self._take(owner)
            old = (index, generation, view[-1], slot) if generation else None
            # No call from here to the end of the assignments: a signal handler sees the old segment or the new one.
            index, generation, words, columns, view = new
            slot, last, top, low = -1, SLOTS - 1, SEGMENT - 1, SEGMENT
            if old:
                self._retire(*old)

        # In both writers nothing is called between the look at `last` and the moment that the slot is theirs and the
        # segment in their hands, so no signal handler can come between.

        def put(what: int, where: int) -> None:
            nonlocal slot
            while slot >= last:
                roll()
            slot = mine = slot + 1
            seqs, times, whats, wheres = columns
            times[mine] = clock()
            whats[mine] = what
            wheres[mine] = where
            seqs[mine] = next_seq()

        def put_payload(what: int, where: int, payload: bytes) -> None:
            nonlocal slot, top
            size = len(payload)
            while True:
                end = top
                begin = end - size
                if begin >= low and slot < last:
                    break
                if not make_room(what, where, payload):
                    return
            slot = mine = slot + 1
            top = begin - 1
            seqs, times, whats, wheres, args, here = view
            here[begin:end] = payload
            times[mine] = clock()
            whats[mine] = what
            wheres[mine] = where
            args[mine] = begin
            seqs[mine] = next_seq()

        def make_room(what: int, where: int, payload: bytes) -> bool:
            """Here or in another segment, unless a signal handler has made it; False: it is in the file `spilled`."""
            nonlocal last, low
            size = len(payload)
            if size > LARGEST_PAYLOAD:
                put(what | SPILLED << 16, where_word(where, self.spill(payload)))
                return False
            begin = top - size
            bottom = begin - BLOCK
            room = (bottom >> 5) - 3  # the last record that ends at HEADER + RECORD * (room + 1) <= bottom
            if begin < low and slot < room:
                # The reader must not take payload bytes for records: it is told before they are there.
                words[TOP] = low = bottom
                last = room
            elif begin < low or slot >= last:
                roll()
            return True

        def emit(event: int, obj: int, at: int, flag: int = PLAIN, arg: int = 0, payload: bytes = b"") -> None:
            if payload:
                put_payload(what_word(event, obj, PAYLOAD), at, payload)
            else:
                put(what_word(event, obj, flag), where_word(at, arg))

        def retire() -> None:
            nonlocal generation, last
            old = index, generation, view[-1], slot
            generation, last = 0, -1  # whatever the thread still writes takes another segment
            self._retire(*old)

        roll()
        return Pen(put, put_payload, emit, retire)

    def _take(self, owner: int) -> Use:
        """A segment that was read to its end, a fresh one, or, at the limit, the first that the reader frees."""
        waited = False
        while True:
            try:
                index, generation, mapping = self._retired.popleft()
            except IndexError:
                index = -1
            else:
                if self._words[DRAINED + index] == generation:
                    return self._open(index, generation + 1, mapping, owner)
                self._retired.appendleft((index, generation, mapping))
            fresh = next(self._fresh)
            if fresh < MOST_SEGMENTS:
                try:
                    return self._open(fresh, 1, map_file(self._live / f"segment.{fresh}", SEGMENT, create=True), owner)
                except OSError as error:
                    self._failed(error)
            if not waited:
                waited = True
                self._words[BACK_PRESSURE] = next(self._pressures)
            time.sleep(0.0005)

    def _open(self, index: int, generation: int, mapping: mmap.mmap, owner: int) -> Use:
        words = words_of(mapping)
        if generation > 1:
            # Where payloads were, records may come to be, and no byte of theirs must look like a commit word; where
            # records were, payloads, which end before a zero.
            mapping[HEADER:] = _ZEROS
        words[TOP] = SEGMENT
        words[OWNER] = owner
        words[GENERATION] = generation
        seqs, times, whats, wheres = (words[(HEADER >> 3) + word :: RECORD >> 3] for word in range(4))
        columns = seqs, times, whats, wheres
        args = memoryview(mapping).cast("I")[HEADER + 28 >> 2 :: RECORD >> 2]
        return index, generation, words, columns, (*columns, args, mapping)

    def _retire(self, index: int, generation: int, mapping: mmap.mmap, slot: int) -> None:
        self._words[END + index] = HEADER + RECORD * (slot + 1)
        self._words[FILLED + index] = generation
        self._retired.append((index, generation, mapping))

    def fail(self, error: OSError) -> None:
        """Leave word of an error for the supervisor, in memory that needs no disk."""
        self._words[FAILURE] = error.errno or 1

    def close(self) -> None:
        """Close the files; mappings live as long as a thread's closure does."""
        os.close(self._strings)
        os.close(self._spilled)


def create_control(live: Path) -> mmap.mmap:
    """Make the control file of a new live folder and map it.

    Raises:
        OSError: the disk is full.
    """
    return map_file(live / "control", CONTROL, create=True)
