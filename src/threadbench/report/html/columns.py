"""Columns of numbers and a table of texts, as the page reads them: packed, squeezed, in base64."""

from __future__ import annotations

import base64
import zlib
from array import array
from typing import Any, Final

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
        """The number of a text; `NONE` of None."""
        if text is None:
            return NONE
        known = self._numbers.get(text)
        if known is not None:
            return known
        if len(self.table) >= _MOST:
            return self._numbers["…"] if "…" in self._numbers else self._keep("…", "…")
        return self._keep(text, shown(text, _LONGEST if self._room > 0 else _SHORT))

    def _keep(self, text: str, kept: str) -> int:
        self._room -= len(kept)
        # A 10 kB name that comes a million times must be known again, and a digest of it is enough for that.
        self._numbers[text] = number = len(self.table)
        self.table.append(kept)
        return number


class Columns:
    """Columns of numbers by name; `packed` is all of them in one text."""

    def __init__(self, **types: str) -> None:
        self._columns: dict[str, array[Any]] = {name: array(_CODES[code]) for name, code in types.items()}
        self._types = types

    def __getitem__(self, name: str) -> array[Any]:
        return self._columns[name]

    def add(self, name: str, code: str, values: array[Any]) -> None:
        """One more column, of values that are there already."""
        self._columns[name] = values
        self._types[name] = code

    def packed(self) -> dict[str, Any]:
        """`columns`: name to [type, offset in bytes, how many]; `bytes`: all of them, squeezed, in base64."""
        data = bytearray()
        where = {}
        for name, column in self._columns.items():
            data += bytes(-len(data) % 8)
            where[name] = [self._types[name], len(data), len(column)]
            data += _little(column)
        return {"columns": where, "bytes": base64.b64encode(zlib.compress(bytes(data), 6)).decode("ascii")}


def _little(column: array[Any]) -> bytes:
    import sys

    if sys.byteorder == "big":  # browsers read numbers as their machine has them, and those are little-endian
        column = array(column.typecode, column)
        column.byteswap()
    return column.tobytes()
