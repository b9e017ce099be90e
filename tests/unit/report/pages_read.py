"""A written page, read back without a browser: its elements, its data, the columns in it."""

from __future__ import annotations

import base64
import itertools
import json
import zlib
from array import array
from html.parser import HTMLParser
from typing import Any

CODES = {"u1": "B", "u2": "H", "u4": "I", "f8": "d"}


class Page(HTMLParser):
    """Elements with their attributes in order, and the text of each script and style."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.inside: list[tuple[str, dict[str, str | None], str]] = []
        self.texts: list[str] = []
        self._open: tuple[str, dict[str, str | None]] | None = None
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._open = (tag, dict(attrs)) if tag in {"script", "style"} else None

    def handle_endtag(self, tag: str) -> None:
        self._open = None

    def handle_data(self, data: str) -> None:
        if self._open:
            self.inside.append((*self._open, data))
        elif data.strip():
            self.texts.append(data)

    @property
    def data(self) -> dict[str, Any]:
        """What the scripts draw; of a run, with the bytes of its columns as `parts`."""
        texts = {attributes.get("id"): text for _, attributes, text in self.inside}
        data = json.loads(texts["data"])
        if "timeline" in data:
            plain, squeezed = (base64.b64decode(texts.get(name, "")) for name in ("plain", "squeezed"))
            data["timeline"]["parts"] = plain, zlib.decompress(squeezed)
        return data

    @property
    def visible(self) -> str:
        """All text of the page."""
        return "\n".join(self.texts)


def columns_of(data: dict[str, Any]) -> dict[str, list[Any]]:
    """The packed columns as lists."""
    parts = data["parts"]
    columns = {}
    for name, (code, part, offset, length) in data["columns"].items():
        column = array(CODES[code])
        column.frombytes(parts[part][offset : offset + length * column.itemsize])
        columns[name] = column.tolist()
    return columns


def texts_of(data: dict[str, Any]) -> list[str]:
    """The packed texts, by number."""
    columns = columns_of(data)
    joined, begins = bytes(columns["text"]), columns["text_at"]
    return [joined[begin : end - 1].decode() for begin, end in itertools.pairwise(begins)]
