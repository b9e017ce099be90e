"""The text in a segment: lines `[seq,t,what,where]`, and with data `[seq,t,what,where,{…},0␍␉]`, one behind the other.

What they mean is said in `buffer.py`, which writes them; `drain.py` reads them.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

DATA_END: Final = b"\r\t]"
"""No JSON has it within."""
_WITHOUT_DATA: Final = re.compile(rb"(?:\[[0-9]++,[0-9]++,[0-9]++,[0-9]++\])*+")
"""Lines without data, as many as there are."""


class Line(msgspec.Struct, array_like=True, gc=False):
    """A line of a segment."""

    seq: int
    t: int
    what: int
    where: int
    data: msgspec.Raw = msgspec.Raw()


_decode_lines: Final = msgspec.json.Decoder(list[Line]).decode


def end_of_lines(text: bytes) -> int:
    """Where the last whole line of a text ends that begins with a line."""
    last = text.rfind(DATA_END)
    match = _WITHOUT_DATA.match(text, last + len(DATA_END) if last >= 0 else 0)
    return match.end() if match else 0


def lines_of(text: bytes) -> list[Line]:
    """The lines of a text of whole lines."""
    parts = []
    *pieces, rest = text.split(DATA_END)
    if rest or text.count(b"][") >= len(pieces):  # there are, or may be, lines without data among them
        for piece in pieces:
            match = _WITHOUT_DATA.match(piece)
            if match and (end := match.end()):
                parts.append(piece[:end].replace(b"][", b"],["))
                piece = piece[end:]
            parts.append(piece + b"]")
        if rest:
            parts.append(rest.replace(b"][", b"],["))
    else:
        parts = [piece + b"]" for piece in pieces]
    try:
        return _decode_lines(b"[%b]" % b",".join(parts))
    except msgspec.DecodeError:  # there is Raw data from a workload in it that is no JSON: it is logged as it is
        return [line for part in parts for line in _lines_of_part(part)]


def _lines_of_part(part: bytes) -> list[Line]:
    try:
        return _decode_lines(b"[%b]" % part)
    except msgspec.DecodeError:
        seq, t, what, where, data = parts_of(part)
        return [Line(seq, t, what, where, msgspec.Raw(data))]


def parts_of(line: bytes) -> tuple[int, int, int, int, bytes]:
    """The seq, t, what, where and data of a line that has data, also when it is no JSON."""
    seq, t, what, where, rest = line[1:].split(b",", 4)
    return int(seq), int(t), int(what), int(where), rest.rpartition(b",")[0]
