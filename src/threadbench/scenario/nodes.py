"""Values that know where they were written: a `Source` and offsets go in, `Position`s and `Diagnostic`s come out.

Everything between the text of a file and the checked records is such a tree. A stage makes a new tree and leaves
the one it was given alone; aliases, variables and defaults share nodes, so one node can stand in several places.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Final, TypeAlias

import msgspec

from ..errors import Diagnostic, Position, printable

MAX_WEIGHT: Final = 100_000
"""How many values one tree may come to, aliases and variables counted as often as they are used."""

MAX_DIAGNOSTICS: Final = 1_000
"""How many errors are shown at most; what is found beyond is not even described."""

MAX_SHOWN_LINE: Final = 400
"""Longer source lines are not shown under an error: a minified file would bury it."""

_LINE_START: Final = r"\r\n|\r|\n"

Scalar: TypeAlias = str | int | float | bool | None
Loc: TypeAlias = tuple[int | str, ...]


class Source:
    """A text and what it is called; `text=None` is a place without one, such as `--set params.capacity=1`."""

    def __init__(self, path: str, text: str | None = None) -> None:
        self.path = path
        self.text = text

    def position(self, offset: int) -> Position:
        """Line and column of a character; both 0 where there is no text."""
        if self.text is None:
            return Position(self.path, 0, 0)
        line = bisect_right(self._starts, offset)
        return Position(self.path, line, offset - self._starts[line - 1] + 1)

    def line(self, offset: int) -> str:
        """The whole line around a character, without its end."""
        if self.text is None:
            return ""
        number = bisect_right(self._starts, offset)
        stop = self._starts[number] if number < len(self._starts) else len(self.text)
        return self.text[self._starts[number - 1] : stop].rstrip("\r\n")

    def problem(self, start: int, end: int, message: str, hint: str | None = None) -> Diagnostic:
        """A `Diagnostic` whose caret marks the characters from `start` to `end`, within their first line."""
        position = self.position(start)
        line = self.line(start)
        room = len(line) - position.column + 1
        width = max(1, min(end - start, room))
        # Messages quote the file, and a file may hold what would rewrite the terminal.
        said, hint = printable(message), hint and printable(hint)
        return Diagnostic(position, said, hint, line if len(line) <= MAX_SHOWN_LINE else "", width)

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer(_LINE_START, self.text or ""))]


class Node(msgspec.Struct, eq=False):
    """A value and its place.

    Attributes:
        value: a scalar, a list of nodes, or a dict from text to nodes.
        keys: where each key of a mapping is written; empty for other values.
        weight: how many values this is, itself and all below, long texts counted by their length.
    """

    source: Source
    start: int
    end: int
    value: Scalar | list[Node] | dict[str, Node]
    keys: dict[str, Node] = msgspec.field(default_factory=dict)
    weight: int = 1

    @property
    def position(self) -> Position:
        """Where it is written."""
        return self.source.position(self.start)

    @property
    def width(self) -> int:
        """How many characters a caret marks: a scalar whole, of a collection the first."""
        return self.end - self.start if not isinstance(self.value, list | dict) else 1

    @property
    def mapping(self) -> dict[str, Node]:
        """The entries of a mapping; none where this is something else."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def items(self) -> list[Node]:
        """The items of a list; none where this is something else."""
        return self.value if isinstance(self.value, list) else []

    def problem(self, message: str, hint: str | None = None) -> Diagnostic:
        """A `Diagnostic` at this value."""
        return self.source.problem(self.start, self.start + self.width, message, hint)

    def problem_at(self, part: str, message: str, hint: str | None = None) -> Diagnostic:
        """A `Diagnostic` at the first place where `part` is written inside this scalar, else at the scalar."""
        offset = self.source.text.find(part, self.start, self.end) if self.source.text is not None else -1
        if offset < 0:
            return self.problem(message, hint)
        return self.source.problem(offset, offset + len(part), message, hint)

    def placed(self, other: Node) -> Node:
        """The same value, written where `other` is: what a variable stands for, at the place that uses it."""
        return Node(other.source, other.start, other.end, self.value, self.keys, self.weight)

    def with_mapping(self, entries: Mapping[str, tuple[Node, Node]]) -> Node:
        """A mapping in this one's place, of `{key: (where the key is written, value)}`."""
        value = {key: node for key, (_, node) in entries.items()}
        keys = {key: place for key, (place, _) in entries.items()}
        return Node(self.source, self.start, self.end, value, keys, weight_of(value.values()))

    def with_items(self, items: list[Node]) -> Node:
        """A list in this one's place."""
        return Node(self.source, self.start, self.end, items, {}, weight_of(items))

    def entries(self) -> dict[str, tuple[Node, Node]]:
        """`{key: (where the key is written, value)}` of a mapping."""
        return {key: (self.keys[key], node) for key, node in self.mapping.items()}

    def without(self, *keys: str) -> Node:
        """A mapping without some of its keys."""
        return self.with_mapping({key: entry for key, entry in self.entries().items() if key not in keys})

    def plain(self) -> Any:
        """The value as JSON has it: no places."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def along(self, loc: Loc) -> Iterator[Node]:
        """The nodes on a path of keys and indices, this one first.

        Steps that lead nowhere are passed over: pydantic puts the names of union members among the keys.
        """
        node = self
        yield node
        for step in loc:
            below = node.child(step)
            if below is not None:
                node = below
                yield node

    def at(self, loc: Loc) -> Node:
        """The innermost node on a path of keys and indices."""
        *_, node = self.along(loc)
        return node

    def child(self, step: int | str) -> Node | None:
        """What is below a key or an index, or None."""
        if isinstance(step, int):
            return self.items[step] if -1 < step < len(self.items) else None
        return self.mapping.get(step)


def weight_of(nodes: Iterable[Node]) -> int:
    """Weight of a collection of these nodes."""
    return 1 + sum(node.weight for node in nodes)


def scalar(source: Source, start: int, end: int, value: Scalar) -> Node:
    """A node of a single value."""
    return Node(source, start, end, value, {}, 1 + len(value) // 100 if isinstance(value, str) else 1)


def merged(below: Node, above: Node) -> Node:
    """`above` laid over `below`: mappings merge key by key, anything else replaces."""
    if not (isinstance(below.value, dict) and isinstance(above.value, dict)):
        return above
    entries = below.entries()
    for key, (place, node) in above.entries().items():
        entries[key] = (place, merged(entries[key][1], node) if key in entries else node)
    return above.with_mapping(entries)


def tree_of(data: Any, path: str) -> Node:
    """A tree of data that was made in Python; each node's place is its dotted path, as in `params.threads.0.call`.

    Raises:
        TypeError: a value is not JSON; the message says where.
    """
    source = Source(path)
    if isinstance(data, Mapping):
        if not all(isinstance(key, str) for key in data):
            raise TypeError(f"{path}: a key is not text")
        nodes = {key: tree_of(value, f"{path}.{key}" if path else key) for key, value in data.items()}
        keys = {key: scalar(node.source, 0, 0, key) for key, node in nodes.items()}
        return Node(source, 0, 0, nodes, keys, weight_of(nodes.values()))
    if isinstance(data, Sequence) and not isinstance(data, str | bytes | bytearray):
        items = [tree_of(item, f"{path}.{number}") for number, item in enumerate(data)]
        return Node(source, 0, 0, items, {}, weight_of(items))
    if data is None or isinstance(data, str | int | float | bool):
        return scalar(source, 0, 0, data)
    raise TypeError(f"{path}: {data!r} is not JSON")


def as_json(value: Any, **options: Any) -> str:
    """As `json.dumps`; to import that takes as long as to read a small file, and is needed where there is something to
    complain about.
    """
    import json

    return json.dumps(value, **options)


def described(value: Any) -> str:
    """A value as an error names it: `text "4"`, `4.5`, `true`, `nothing`, `a list`, `a mapping`."""
    match value:
        case None:
            return "nothing"
        case str():
            return f"text {shortened(as_json(value, ensure_ascii=False))}"
        case list():
            return "a list" if value else "an empty list"
        case dict():
            return "a mapping" if value else "an empty mapping"
        case _:
            return shortened(as_json(value))


def shortened(text: str, room: int = 60) -> str:
    """A text cut in its middle to at most `room` characters."""
    return text if len(text) <= room else f"{text[: room // 2]}…{text[-(room // 2 - 1) :]}"
