"""What a thread writes: fixed-size records into memory-mapped segments of its own, read by another process.

Emitting is one `pack_into` and one store, without a system call and without letting go of the GIL, because a log that
waits hides the races it is there to show. The pages belong to the file: they survive `kill -9` of the process.

A segment (`segment.N`, 256 KiB) holds records from the front and payloads from the back:

    | header 64 B | record 32 B | record | …            … | payload | payload |
      generation    seq  8   commit word, global order; stored last, 0 or stale until then
      owner         t    8   monotonic nanoseconds
      top           event 2, flag 2, object 4, at 4, arg 4   (arg: a number, or where the payload begins; flag: its size)

Rules that crashes forced (each has a test):
- the commit word is stored last, by one memoryview store: `pack_into` zeroes what it fills first, so it never writes it;
- a slot is reserved before it is filled, so that a signal handler that emits inside `emit` takes the next one;
- segments are allocated on disk before use (a full disk is an error at that moment, not a SIGBUS later);
- a string is appended to the side file before its number is first used in a record.

Names used here: `live` is the folder of one run's segments; `Segments` the worker's side of it.
"""

from __future__ import annotations

import itertools
import mmap
import os
import struct
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Final

SEGMENT: Final = 256 * 1024
HEADER: Final = 64
GENERATION, OWNER, TOP = 0, 1, 2
"""Words of a segment's header: how often it was given out, to which thread, where its payloads begin."""
RECORD: Final = 32
MOST_SEGMENTS: Final = 256
BODY: Final = struct.Struct("<8xqHHIIi")
"""A record but for its commit word, which is zeroed: it was no valid one, or the slot would not be free."""

PLAIN, NUMBER, PAYLOAD, SPILLED, INLINE = range(5)
"""What a record's flag says of its `arg`: nothing, a number, (asked for: a payload,) a line of the file `spilled`; from
INLINE on the offset of a payload of flag - INLINE bytes."""
LARGEST_PAYLOAD: Final = 2**16 - 1 - INLINE

# Words of the control file, each written by one side only.
CONTROL: Final = 64 * 1024
FAILURE, BACK_PRESSURE, START, VERSION = 0, 1, 2, 8
CURSOR: Final = 16
"""Two slots of (next seq, bytes of log), used in turn by VERSION, so that a kill between two stores leaves one whole."""
FILLED: Final = 1024
DRAINED: Final = FILLED + MOST_SEGMENTS
END: Final = DRAINED + MOST_SEGMENTS

Emit = Callable[..., None]


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
        """A thread's own `emit(event, object, at, flag=PLAIN, arg=0, payload=b"")`, and what ends its use.

        `owner` is the thread's number. The closure is for that thread alone (and for signal handlers on it).
        """
        pack, clock, next_seq = BODY.pack_into, time.monotonic_ns, self.next_seq
        index = generation = off = limit = 0  # limit: the last offset at which a record may begin
        mapping: mmap.mmap
        words: memoryview

        def roll() -> None:
            nonlocal index, generation, mapping, words, off, limit
            new = self._take(owner)
            old = (index, generation, mapping, off) if generation else None
            # No call from here to the end of the assignments: a signal handler sees the old segment or the new one.
            index, generation, mapping, words = new
            off, limit = HEADER, SEGMENT - RECORD
            if old:
                self._retire(*old)

        def emit(event: int, obj: int, at: int, flag: int = PLAIN, arg: int = 0, payload: bytes = b"") -> None:
            nonlocal off, limit
            # In both branches nothing is called between reading `off` and `limit` and storing what they are now, nor
            # before the segment is at hand in locals, so no signal handler can come between.
            if payload:
                size = len(payload)
                while (start := off) > (before := limit - size):
                    roll()
                off = start + RECORD
                limit = before
                here = mapping
                order = words
                # The reader must not take payload bytes for records: it is told where they begin before they are there.
                order[TOP] = arg = before + RECORD
                here[arg : arg + size] = payload
                flag = INLINE + size
            else:
                while (start := off) > limit:
                    roll()
                off = start + RECORD
                here = mapping
                order = words
            pack(here, start, clock(), event, flag, obj, at, arg)
            order[start >> 3] = next_seq()

        def end() -> None:
            nonlocal limit
            limit = -1  # whatever the thread still emits takes a fresh segment
            self._retire(index, generation, mapping, off)

        roll()
        return emit, end

    def _take(self, owner: int) -> tuple[int, int, mmap.mmap, memoryview]:
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

    def _open(self, index: int, generation: int, mapping: mmap.mmap, owner: int) -> tuple[int, int, mmap.mmap, memoryview]:
        words = words_of(mapping)
        if generation > 1:
            # Where payloads were, records may come to be: no byte of theirs must look like a commit word.
            top = words[TOP]
            mapping[top:] = bytes(SEGMENT - top)
        words[TOP] = SEGMENT
        words[OWNER] = owner
        words[GENERATION] = generation
        return index, generation, mapping, words

    def _retire(self, index: int, generation: int, mapping: mmap.mmap, end: int) -> None:
        self._words[END + index] = end
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
