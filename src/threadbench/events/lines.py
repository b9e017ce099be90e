"""The text in a segment: lines `[seq,t,what,where]`, and with data `[seq,t,what,where,{…}]␍`, one behind the other.

What they mean is said in `buffer.py`, which writes them; `drain.py` reads them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

DATA_END: Final = b"\r"
"""No data has it within."""
_WITHOUT_DATA: Final = re.compile(rb"(?:\[[0-9]++,[0-9]++,[0-9]++,[0-9]++\])*+")
"""Lines without data, as many as there are."""


class Line(msgspec.Struct, array_like=True, gc=False):
    """A line of a segment."""

    seq: int
    t: int
    what: int
    where: int
    data: msgspec.Raw = msgspec.Raw()


_decode_line: Final = msgspec.json.Decoder(Line).decode
_decode_lines: Final = msgspec.json.Decoder(list[Line]).decode


def end_of_lines(text: bytes) -> int:
    """Where the last whole line of a text ends that begins with a line."""
    return _end_of_plain(text, text.rfind(DATA_END) + 1)


def lines_of(text: bytes) -> list[Line]:
    """The lines of a text of whole lines."""
    *parts, rest = text.split(DATA_END)
    count = len(parts)
    if rest or b"][" in text:  # there are, or may be, lines without data among them
        pieces, parts = parts, []
        for piece in pieces:
            if end := _end_of_plain(piece):
                parts.append(_separated(piece[:end]))
                count += piece.count(b"[", 0, end)
            parts.append(piece[end:])
        if rest:
            parts.append(_separated(rest))
            count += rest.count(b"[")
    try:
        lines = _decode_lines(b"[%b]" % b",".join(parts))
    except msgspec.DecodeError:
        return list(_one_by_one(text))
    return lines if len(lines) == count else list(_one_by_one(text))


def _one_by_one(text: bytes) -> Iterator[Line]:
    """As `lines_of`, where there is Raw data from a workload that is no JSON: it is logged as it is."""
    for piece in text.split(DATA_END):
        end = _end_of_plain(piece)
        yield from _decode_lines(b"[%b]" % _separated(piece[:end]))
        if line := piece[end:]:
            try:
                yield _decode_line(line)
            except msgspec.DecodeError:
                seq, t, what, where, data = parts_of(line)
                yield Line(seq, t, what, where, msgspec.Raw(data))


def _end_of_plain(text: bytes, begin: int = 0) -> int:
    """Where the lines without data end that stand at `begin`."""
    match = _WITHOUT_DATA.match(text, begin)
    return match.end() if match else begin


def _separated(lines: bytes) -> bytes:
    """Lines without data as items of a JSON array."""
    return lines.replace(b"][", b"],[")


def parts_of(line: bytes) -> tuple[int, int, int, int, bytes]:
    """The seq, t, what, where and data of a line that has data, without its `DATA_END`, also when it is no JSON."""
    seq, t, what, where, rest = line[1:-1].split(b",", 4)
    return int(seq), int(t), int(what), int(where), rest
