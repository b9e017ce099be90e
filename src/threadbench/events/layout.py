"""How records lie in a segment, one behind the other: 64-bit words, the last of which says that it is whole.

    t  what  where     seq                                     without data
    t  what  at, size  data, filled up with zeros  seq         with the flag PAYLOAD: `size` bytes of data

One call of `struct.pack_into` stores a record, word after word, in memory that was zero. So whoever finds a seq finds
all that stands before it, wherever the writer was killed. Who reads while it writes reads twice: the first time it may
have been at a word before that was stored, and at the seq behind it after.

What the words mean is said in `buffer.py`, which writes them; `drain.py` reads them.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import mmap
    from typing import Protocol

    class Segment(Protocol):
        """Whatever gives its bytes as they are at that moment."""

        def __getitem__(self, part: slice, /) -> bytes:
            """The bytes of a part."""


PLAIN, NUMBER, PAYLOAD, SPILLED = range(4)
"""What a record's flag says: there is nothing else, `arg` is a number, there is `data`, it is in the file `spilled`."""
LARGEST_DATA: Final = 64 * 1024
"""Bytes of data in a record; what is larger is spilled."""

NoRoom: Final = struct.error
"""What `pack_into` raises where a segment ends, before it stores anything."""
_WORDS: Final = struct.Struct("QQQQ")
PLAIN_SIZE: Final = _WORDS.size
pack_plain: Final = _WORDS.pack_into
"""Stores a record without data: `(segment, offset, t, what, where, seq)`."""

Packer = tuple[Callable[..., None], int]
"""Stores a record with data, `(segment, offset, t, what, at, size, data, seq)`, and how many bytes that takes."""

_SMALL: Final = 512
packers: Final[list[Any]] = [None] * _SMALL
"""By the size of the data, as far as they were asked for: see `packer`. Taking a None apart is a TypeError."""
_large_packers: Final[dict[int, Packer]] = {}


def _room(size: int) -> int:
    """Bytes that data takes: whole words, and where it is large eight at a time, so that there are few packers."""
    return size + 7 & ~7 if size < _SMALL else size + 63 & ~63


def packer(size: int) -> Packer:
    """What stores a record with so much data."""
    room = _room(size)
    found: Packer | None = packers[size] if size < _SMALL else _large_packers.get(room)
    if found is None:
        record = struct.Struct(f"QQII{room}sQ")  # `s` fills up with zeros
        found = record.pack_into, record.size
        if size < _SMALL:
            packers[size] = found
        else:
            _large_packers[room] = found
    return found


Found = tuple[int, int, int, int, "bytes | None"]
"""A record as it lies there: seq, t, what, where, data."""

_words_at: Final = _WORDS.unpack_from
_seq_at: Final = struct.Struct("Q").unpack_from
_FLAG: Final = 0xFFFF << 16
_HAS_DATA: Final = PAYLOAD << 16
_HALF: Final = 0xFFFFFFFF
_BEFORE_DATA: Final = PLAIN_SIZE - 8
_LOW_FIRST: Final = sys.byteorder == "little"  # the word before data is two halves, `at` and `size`


def _whole(text: bytes) -> tuple[list[Found], int]:
    """The whole records that a text begins with, and where they end."""
    found: list[Found] = []
    begin = 0
    last = len(text) - PLAIN_SIZE
    words = memoryview(text).cast("Q")
    while begin <= last:
        t, what, where, seq = _words_at(text, begin)
        if what & _FLAG != _HAS_DATA:
            if not seq:
                break
            found.append((seq, t, what, where, None))
            begin += PLAIN_SIZE
            continue
        at, size = (where & _HALF, where >> 32) if _LOW_FIRST else (where >> 32, where & _HALF)
        start = begin + _BEFORE_DATA
        end = start + (size + 7 & ~7 if size < _SMALL else size + 63 & ~63)
        if end >= len(text):
            break
        seq = words[end >> 3]
        if not seq:
            break
        found.append((seq, t, what, at, text[start : start + size]))
        begin = end + 8
    return found, begin


def take(segment: Segment, begin: int, size: int) -> tuple[list[Found], int]:
    """The whole records that stand at `begin` in the next `size` bytes, and where they end."""
    text = segment[begin : begin + size]
    while True:
        found, length = _whole(text)
        again = segment[begin : begin + length]
        if again == text[:length]:
            return found, begin + length
        text = again


def next_seq(segment: mmap.mmap, begin: int) -> int:
    """The seq of the record that stands at `begin`; if none does, anything."""
    if begin + PLAIN_SIZE > len(segment):
        return 0
    _, what, where, seq = _words_at(segment, begin)
    if what & _FLAG != _HAS_DATA:
        return int(seq)
    end = begin + _BEFORE_DATA + _room(where >> 32 if _LOW_FIRST else where & _HALF)
    return int(_seq_at(segment, end)[0]) if end + 8 <= len(segment) else 0
