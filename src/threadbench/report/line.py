"""A line of text for a person: spans with a role each, made inert on the way in; who draws it decides on colour."""

from __future__ import annotations

from typing import Literal, NamedTuple

from ..errors import columns, printable

Role = Literal["", "good", "bad", "warn", "dim", "strong"]

_LEAST = 12
"""Columns of a name that are left of it."""


class Span(NamedTuple):
    """A piece of a line and the part it plays there."""

    text: str
    role: Role = ""


Line = tuple[Span, ...]
"""A line, without its end; every span is printable."""


def line(*parts: str | tuple[str, Role]) -> Line:
    """A line from texts and (text, role) pairs; hostile characters become escapes here, so that no caller forgets."""
    return tuple(
        Span(printable(part)) if isinstance(part, str) else Span(printable(part[0]), part[1]) for part in parts
    )


def indent(lines: list[Line], by: int = 2) -> list[Line]:
    """The same lines further to the right."""
    return [(Span(" " * by), *each) for each in lines]


def plain(spans: Line) -> str:
    """The line as text without colour and without spaces at its end."""
    return "".join(span.text for span in spans).rstrip()


def pad(text: str, width: int) -> str:
    """Text in at least `width` terminal columns, however wide its characters are."""
    shown = printable(text)
    return shown + " " * (width - columns(shown))


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters; what was cut leaves an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def narrowed(text: str, width: int) -> str:
    """The text in at most so many terminal columns: of a longer one both ends, and an ellipsis between them."""
    if columns(text) <= width:
        return text
    front, back = text[: len(text) // 2], text[len(text) // 2 :]
    while columns(front) + columns(back) > width - 1:
        if columns(front) > columns(back):
            front = front[:-1]
        else:
            back = back[1:]
    return f"{front}…{back}"


def broken(spans: Line, width: int, by: int) -> list[Line]:
    """The line as several, where it has more columns than that: cut between spans, all but the first indented."""
    lines: list[list[Span]] = [[]]
    taken = 0
    for span in spans:
        wide = columns(span.text)
        if lines[-1] and taken + columns(span.text.rstrip()) > width:
            span = Span(" " * by + span.text.lstrip(), span.role)
            taken, wide = 0, columns(span.text)
            lines.append([])
        lines[-1].append(span)
        taken += wide
    return [tuple(each) for each in lines]


def fitted(spans: Line, width: int, gives: int) -> Line:
    """The line in at most so many terminal columns, where its span number `gives` can lose enough of its beginning.

    The end of a case's name says more than its beginning, and what stands behind it is what changes.
    """
    over = sum(columns(span.text) for span in spans) - width
    if over <= 0:
        return spans
    text, role = spans[gives]
    room = max(_LEAST, columns(text) - over)
    kept = text
    while kept and columns(kept) > room - 1:
        kept = kept[1:]
    return (*spans[:gives], Span(f"…{kept}", role), *spans[gives + 1 :]) if columns(text) > room else spans
