"""Columns of numbers and a table of texts, as the page reads them: packed, squeezed, in base64.

Texts are a column of bytes as well, so that a browser makes a text of those alone that it shows: to read hundreds of
thousands as JSON takes it longer than all the rest.
"""

from __future__ import annotations

import base64
import zlib
from array import array
from collections.abc import Collection
from typing import Any, Final, NamedTuple

from ...errors import printable

NONE: Final = 0xFFFFFFFF
"""In a column of numbers of texts or events: none."""
_CODES: Final = {"u1": "B", "u2": "H", "u4": "I", "f8": "d"}
_LONGEST: Final = 200
_SHORT: Final = 32
_ROOM: Final = 300_000
"""Characters of texts that a page has room for before the rest is cut short."""
_MOST: Final = 200_000
"""Different texts; what comes after them is not told apart."""


def empty(code: str) -> array[Any]:
    """A column of that type without a value."""
    return array(_CODES[code])


def brief(text: str) -> str:
    """A text as it is kept until it is shown: of a long one the beginning, and what tells it from others."""
    if len(text) <= _LONGEST:
        return text
    import hashlib

    return text[:_LONGEST] + hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def shown(text: str, limit: int = _LONGEST) -> str:
    """A text of a log as it may stand in a page: inert, and no longer than `limit`."""
    text = printable(text[: limit + 1])
    return text if len(text) <= limit else text[: limit - 1] + "…"


class Texts:
    """Texts by number; each is kept once, and all together are bounded."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self.table: list[str] = []
        self._room = _ROOM

    def number(self, text: str | None) -> int:
        """The number of a text, which is `brief`; `NONE` of None."""
        if text is None:
            return NONE
        known = self._numbers.get(text)
        if known is not None:
            return known
        if len(self.table) >= _MOST:
            return self._numbers["…"] if "…" in self._numbers else self._keep("…", "…")
        return self._keep(text, shown(text, _LONGEST if self._room > 0 else _SHORT))

    def columns(self) -> tuple[array[int], array[int]]:
        """Every text in UTF-8 with an end of line behind it, and where each begins, with the end of the last one."""
        begins, joined = array("I", [0]), bytearray()
        for text in self.table:  # in none of them is an end of line: `printable` makes escapes of those
            joined += text.encode() + b"\n"
            begins.append(len(joined))
        return array("B", bytes(joined)), begins

    def _keep(self, text: str, kept: str) -> int:
        self._room -= len(kept)
        self._numbers[text] = number = len(self.table)
        self.table.append(kept)
        return number


class Packed(NamedTuple):
    """Columns of a page.

    `columns` has of each its type, whether it is squeezed, the offset in bytes, and how many values there are; `plain`
    and `squeezed` are those bytes in base64.
    """

    columns: dict[str, list[Any]]
    plain: str
    squeezed: str


class Columns:
    """Columns of numbers by name; `packed` is all of them as two texts."""

    def __init__(self, **types: str) -> None:
        self._columns: dict[str, array[Any]] = {name: empty(code) for name, code in types.items()}
        self._types = types

    def __getitem__(self, name: str) -> array[Any]:
        return self._columns[name]

    def add(self, name: str, code: str, values: array[Any]) -> None:
        """One more column, of values that are there already."""
        self._columns[name] = values
        self._types[name] = code

    def packed(self, first: Collection[str]) -> Packed:
        """The columns as a page holds them.

        Args:
            first: names of the columns that the first view is drawn from: they are not squeezed, since to wait for what
                opens them would cost a browser more than to read them.
        """
        where = {}
        plain, squeezed, behind = bytearray(), bytearray(), 0
        press = zlib.compressobj(6)
        for name, column in self._columns.items():
            code, column = _narrow(self._types[name], column)
            data = _little(column)
            begin = len(plain) if name in first else behind
            data = bytes(-begin % 8) + data  # typed arrays begin at multiples of their items
            where[name] = [code, int(name not in first), begin + -begin % 8, len(column)]
            if name in first:
                plain += data
            else:
                behind += len(data)
                squeezed += press.compress(data)
        squeezed += press.flush()
        return Packed(where, *(base64.b64encode(part).decode("ascii") for part in (plain, squeezed)))


def _narrow(code: str, column: array[Any]) -> tuple[str, array[Any]]:
    """Moments in half the bytes, where the run was over in 4.3 seconds: that is time saved whenever it is opened."""
    if code == "f8" and (not column or 0 <= min(column) <= max(column) < NONE):
        return "u4", array(_CODES["u4"], map(int, column))
    return code, column


def _little(column: array[Any]) -> bytes:
    import sys

    if sys.byteorder == "big":  # browsers read numbers as their machine has them, and those are little-endian
        column = array(column.typecode, column)
        column.byteswap()
    return column.tobytes()
