"""What a thread writes: records in memory-mapped segments of its own, read by another process.

Emitting is one call that stores a few words, without a system call and without letting go of the GIL, because a log
that waits hides the races it is there to show. The pages belong to the file: they survive `kill -9` of the process.

A segment (256 KiB, sixteen in a file `segments.N`) is a header of 64 bytes (generation, owner) and records, one behind
the other, as `layout.py` lays them out. Each says

    seq    the global order, from 1; stored last, so that a record that has it is whole
    t      monotonic nanoseconds
    what   event, flag << 16, object << 32
    where  place, arg << 32 (a number, or which line of the file `spilled`); with data its size is there, and no arg

Each word is written once until the segment is given out again, and everything behind the last record is zero.

Rules that crashes forced (each has a test):
- between finding where to write and writing nothing is called, so that a signal handler that emits inside `emit` writes
  before or behind, and nobody holds on to a segment that was left;
- data is encoded before its record gets its seq: a missing seq holds up the log;
- segments are allocated on disk before use (a full disk is an error at that moment, not a SIGBUS later);
- a string is appended to the side file before its number is first used in a record.

Names used here: `live` is the folder of one run's segments; `Segments` the worker's side of it.
"""

from __future__ import annotations

import errno
import itertools
import mmap
import os
import time
import weakref
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from msgspec import Raw, Struct
from msgspec.json import Encoder

from .layout import LARGEST_DATA, PLAIN_SIZE, NoRoom, pack_plain, packer, packers
from .layout import NUMBER as NUMBER
from .layout import PAYLOAD as PAYLOAD
from .layout import PLAIN as PLAIN
from .layout import SPILLED as SPILLED
from .log import encode_json

if TYPE_CHECKING:
    from pathlib import Path

SEGMENT: Final = 256 * 1024
HEADER: Final = 64
GENERATION, OWNER = 0, 1
"""Words of a segment's header: how often it was given out, and to which thread."""
GROUP: Final = 16
"""Segments of one file, which are made at once: making a file lets go of the GIL several times, and the thread that has
to waits for it each time. The first are made before there is a second thread."""
ROTATING: Final = 16 * GROUP  # besides the one that each thread has; where all of these are unread, threads wait
MOST_SEGMENTS: Final = 512 * GROUP  # what the control file has room for: threads at a time, nearly

# Words of the control file, each written by one side only.
CONTROL: Final = 256 * 1024
FAILURE, BACK_PRESSURE, START, VERSION = 0, 1, 2, 8
CURSOR: Final = 16
"""Two slots of (next seq, bytes of log), used in turn by VERSION, so that a kill between two stores leaves one."""
FILLED: Final = 1024
DRAINED: Final = FILLED + MOST_SEGMENTS
END: Final = DRAINED + MOST_SEGMENTS

_ZEROS: Final = bytes(SEGMENT - HEADER)
_encode: Final = Encoder().encode  # costs less than the module's function, which looks for options

Emit = Callable[..., None]


class Pen(Struct, frozen=True):
    """What one thread writes with; for that thread alone (and for signal handlers on it).

    Attributes:
        put: `(what, where)` writes a record; `what_word` and `where_word` make the words.
        put_data: `(what, where, data)`, with the flag PAYLOAD and without an arg; data is a dict, or Raw JSON.
            TypeError: it is not JSON, and nothing was logged.
        emit: `(event, object, at, flag=PLAIN, arg=0, payload=b"")`, the same with the words' parts and bytes of JSON.
        end: what ends its use.
    """

    put: Callable[[int, int], None]
    put_data: Callable[[int, int, Any], None]
    emit: Emit
    end: Callable[[], None]


def what_word(event: int, obj: int, flag: int = PLAIN) -> int:
    """A record's second word."""
    return event | flag << 16 | obj << 32


def where_word(at: int, arg: int) -> int:
    """A record's third word."""
    return at | (arg & 0xFFFFFFFF) << 32


Use = tuple[int, int, mmap.mmap]
"""One use of a segment: its index and generation, and its bytes."""


def words_of(mapping: mmap.mmap) -> memoryview:
    """A mapping as 64-bit words: assigning one is a single store."""
    return memoryview(mapping).cast("Q")


def map_file(path: Path, size: int, *, create: bool) -> mmap.mmap:
    """Map a file shared; created, it is allocated on disk first.

    Raises:
        OSError: the disk is full, or the file cannot be opened.
    """
    return _map_parts(path, [size], create=create)[0]


def map_segments(path: Path, *, create: bool) -> list[mmap.mmap]:
    """As `map_file`, each segment of a file by itself."""
    return _map_parts(path, [SEGMENT] * GROUP, create=create)


def _map_parts(path: Path, sizes: list[int], *, create: bool) -> list[mmap.mmap]:
    flags = os.O_RDWR | os.O_CLOEXEC | (os.O_CREAT | os.O_EXCL if create else 0)
    descriptor = os.open(path, flags, 0o600)
    try:
        if create:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(descriptor, 0, sum(sizes))
            else:  # macOS: writing the zeros is what allocates
                os.write(descriptor, bytes(sum(sizes)))
        ends = itertools.accumulate(sizes)
        return [mmap.mmap(descriptor, size, offset=end - size) for size, end in zip(sizes, ends, strict=True)]
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
        self._groups = itertools.count()
        self._made = 0
        self._pens: set[object] = set()  # one for each thread that has a segment
        self._fresh: deque[tuple[int, mmap.mmap]] = deque()
        self._retired: deque[tuple[int, int, mmap.mmap]] = deque()
        self._strings = os.open(live / "strings", os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._spilled = os.open(live / "spilled", os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        # A process that has many runs of its own must not run out of descriptors; threads that were left behind may
        # still have a run's, so they are closed when nobody has it.
        self._closing = weakref.finalize(self, _close, self._strings, self._spilled)
        self._closing.atexit = False
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
        held = object()
        self._pens.add(held)
        index = generation = 0
        mapping: mmap.mmap
        end: int  # of what was written, and SEGMENT where nothing can be

        def roll() -> None:
            nonlocal index, generation, mapping, end
            new = self._take(owner)
            old = (index, generation, mapping, end) if generation else None
            # No call from here to the end of the assignment: a signal handler sees the old segment or the new one.
            index, generation, mapping = new
            end = HEADER
            if old:
                self._retire(*old)

        # Wherever `end` moves on, nothing is called before the record is stored: what a signal handler writes is before
        # it or behind. (Signals are looked at after calls and at jumps back.)

        def put(what: int, where: int) -> None:
            nonlocal end
            seq = next_seq()
            t = clock()
            begin = end
            end = begin + PLAIN_SIZE
            try:
                pack_plain(mapping, begin, t, what, where, seq)
            except NoRoom:
                end = begin
                write_elsewhere(pack_plain, PLAIN_SIZE, t, what, where, seq)

        def put_data(what: int, where: int, data: Any) -> None:
            nonlocal end
            try:
                encoded = _encode(data)
            except (UnicodeEncodeError, OverflowError):
                encoded = encode_json(data)
            length = len(encoded)
            try:
                pack, size = packers[length]
            except (TypeError, IndexError):
                if length > LARGEST_DATA:
                    put(what | SPILLED << 16, where_word(where, self.spill(encoded)))
                    return
                pack, size = packer(length)
            seq = next_seq()
            t = clock()
            begin = end
            end = begin + size
            try:
                pack(mapping, begin, t, what, where, length, encoded, seq)
            except NoRoom:
                end = begin
                write_elsewhere(pack, size, t, what, where, length, encoded, seq)

        def write_elsewhere(pack: Callable[..., None], size: int, *words: int | bytes) -> None:
            nonlocal end
            while True:
                begin = end
                end = begin + size
                try:
                    pack(mapping, begin, *words)
                    return
                except NoRoom:
                    end = begin
                    if begin == HEADER:
                        raise  # it is not the room: a word is no number of its size
                roll()

        def emit(event: int, obj: int, at: int, flag: int = PLAIN, arg: int = 0, payload: bytes = b"") -> None:
            if payload or flag == PAYLOAD:
                put_data(what_word(event, obj, PAYLOAD), at, Raw(payload))
            else:
                put(what_word(event, obj, flag), where_word(at, arg))

        def retire() -> None:
            nonlocal generation, end
            old = index, generation, mapping, end
            generation, end = 0, SEGMENT  # whatever the thread still writes takes another segment
            self._retire(*old)
            self._pens.discard(held)

        roll()
        return Pen(put, put_data, emit, retire)

    def _take(self, owner: int) -> Use:
        """A segment that was read to its end, a fresh one, or, where enough go round, the first that is freed."""
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
            try:
                index, mapping = self._fresh.popleft()
            except IndexError:
                pass
            else:
                return self._open(index, 1, mapping, owner)
            if self._made < ROTATING + len(self._pens):
                group = next(self._groups)
                self._made = (group + 1) * GROUP
                if self._made > MOST_SEGMENTS:
                    self._failed(OSError(errno.EAGAIN, os.strerror(errno.EAGAIN)))
                try:
                    made = map_segments(self._live / f"segments.{group}", create=True)
                except OSError as error:
                    self._failed(error)
                self._fresh.extend(enumerate(made, start=group * GROUP))
                continue
            if not waited:
                waited = True
                self._words[BACK_PRESSURE] = next(self._pressures)
            time.sleep(0.0005)

    def _open(self, index: int, generation: int, mapping: mmap.mmap, owner: int) -> Use:
        words = words_of(mapping)
        if generation > 1:
            mapping[HEADER:] = _ZEROS
        words[OWNER] = owner
        words[GENERATION] = generation
        return index, generation, mapping

    def _retire(self, index: int, generation: int, mapping: mmap.mmap, end: int) -> None:
        self._words[END + index] = end
        self._words[FILLED + index] = generation
        self._retired.append((index, generation, mapping))

    def fail(self, error: OSError) -> None:
        """Leave word of an error for the supervisor, in memory that needs no disk."""
        self._words[FAILURE] = error.errno or 1

    def close(self) -> None:
        """Close the files, and mappings that no thread writes to; others live as long as their thread's closure."""
        self._closing()
        for mapping in [*(fresh for _, fresh in self._fresh), *(retired for _, _, retired in self._retired)]:
            mapping.close()
        self._fresh.clear()
        self._retired.clear()


def _close(*descriptors: int) -> None:
    for descriptor in descriptors:
        os.close(descriptor)


def create_control(live: Path) -> mmap.mmap:
    """Make the control file of a new live folder and map it.

    Raises:
        OSError: the disk is full.
    """
    return map_file(live / "control", CONTROL, create=True)
