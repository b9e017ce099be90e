"""Threads side by side: each in a column of its own, time running down.

Only one thread acts on a line, so its text may run on into the columns to its right. Of a long schedule the lines
around what matters stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .places import Place

GAP = "... {} ..."
INTERRUPTED = "(interrupted)"
LEAST = 36
"""Characters that the text of the last column gets, however many columns there are."""
NAME = 16
"""Characters between two columns, where there is room for as many."""


class Cell:
    """A line of code that a thread executed.

    Attributes:
        thread: its number; None for a gap in what was recorded.
        notes: what happened there, each with its mark.
        steps: how many there were.
        kind: `end` and `wait`: the thread stands still afterwards.
        where: the line; None where threadbench itself did it.
        values: what was read or written there, by name.
    """

    __slots__ = ("interrupted", "kind", "notes", "place", "source", "steps", "thread", "values", "where")

    def __init__(
        self,
        thread: int | None,
        place: str,
        source: str,
        notes: list[tuple[str, str | None]],
        steps: int,
        kind: str = "",
    ) -> None:
        self.thread = thread
        self.place = place
        self.source = source
        self.notes = notes
        self.steps = steps
        self.kind = kind
        self.interrupted = False
        self.where: Place | None = None
        self.values: dict[str, str] = {}

    @property
    def marked(self) -> bool:
        """Whether it has one of the accesses that matter."""
        return any(mark for _, mark in self.notes)

    def lines(self, width: int) -> list[str]:
        """Its text, no line longer than `width`."""
        if not self.place:
            return [_cut(text, width) for text, _ in self.notes]
        indent = " " * (len(self.place) + 2)
        lines = [_cut(f"{self.place}  {self.source}", width)]
        for text, mark in self.notes:
            if not mark:
                lines += _wrapped(text, indent, width)
                continue
            told = f"{indent}{text}  <-- {mark}" if text else f"{indent}<-- {mark}"
            if len(told) <= width:
                lines.append(told)
            else:
                lines += [*_wrapped(text, indent, width), _cut(f"{indent}<-- {mark}", width)]
        if self.interrupted:
            lines.append(f"{indent}{INTERRUPTED}")
        return lines


def layout(
    cells: Sequence[Cell], names: Sequence[str], width: int, room: int, *, loop: Sequence[Cell] = ()
) -> list[str]:
    """The lines: a head with the names of the threads that do something, then the cells.

    Args:
        cells: in the order in which they happened.
        names: of all threads, by number.
        width: of the text, in characters.
        room: how many lines there may be, about.
        loop: cells that follow over and over.
    """
    cells = [cell for number, cell in enumerate(cells) if cell.kind != "end" or _goes_on(cells[number + 1 :], cell)]
    everything = [*cells, *loop]
    threads = sorted({cell.thread for cell in everything if cell.thread is not None})
    if not threads:
        return []
    interrupt(everything)
    widest = dict.fromkeys(threads, 0)
    for cell in everything:
        if cell.thread is not None:
            widest[cell.thread] = max(widest[cell.thread], *map(len, cell.lines(width)))
    offsets = _offsets(list(widest.values()), width)
    column = dict(zip(threads, offsets, strict=True))
    lines = _head([names[thread] for thread in threads], offsets, width)
    kept = _kept(
        cells,
        column,
        width,
        room - sum(len(c.lines(width - column[c.thread or 0])) for c in loop if c.thread is not None),
    )
    skipped = 0
    for number, cell in enumerate(cells):
        if number not in kept:
            skipped += cell.steps
            continue
        lines += _gap(skipped)
        skipped = 0
        lines += _placed(cell, column, width)
    lines += _gap(skipped)
    if loop:
        lines.append("and from here on, over and over:" if cells else "over and over:")
        for cell in loop:
            lines += _placed(cell, column, width)
    return lines


def _goes_on(cells: Sequence[Cell], ended: Cell) -> bool:
    """Whether another thread does something after one has ended."""
    return any(cell.thread != ended.thread and cell.kind != "end" for cell in cells)


def _placed(cell: Cell, column: dict[int, int], width: int) -> list[str]:
    assert cell.thread is not None
    offset = column[cell.thread]
    return [" " * offset + text for text in cell.lines(width - offset)]


def _gap(steps: int) -> list[str]:
    return [GAP.format(f"{steps:,} step{'s' * (steps != 1)} left out")] if steps else []


def interrupt(cells: Sequence[Cell]) -> None:
    """Find where another thread goes on though this one could; what is known stays known."""
    alive = [cell for cell in cells if cell.thread is not None]
    for number, cell in enumerate(alive[:-1]):
        if alive[number + 1].thread != cell.thread and not cell.kind and cell.place:
            cell.interrupted = cell.interrupted or any(later.thread == cell.thread for later in alive[number + 1 :])


def _offsets(widest: Sequence[int], width: int) -> list[int]:
    """Where the columns begin: so far apart as their text is wide, but not so far that the last ones have no room for
    theirs; near enough to each other for that, where a name still fits between.
    """
    count = len(widest)
    if count == 1:
        return [0]
    room = min((width - text) // number for number, text in enumerate(widest) if number)
    least = max(4, min(NAME, (width - LEAST) // (count - 1)))
    pitch = max(least, min(max(max(widest) + 2, NAME), room))
    return [number * pitch for number in range(count)]


def _head(names: Sequence[str], offsets: Sequence[int], width: int) -> list[str]:
    head = rule = ""
    for number, (name, offset) in enumerate(zip(names, offsets, strict=True)):
        end = offsets[number + 1] - 1 if number + 1 < len(offsets) else width
        shown = _cut(name, end - offset)
        head = head.ljust(offset) + shown
        rule = rule.ljust(offset) + "-" * len(shown)
    return [head, rule]


def _kept(cells: Sequence[Cell], column: dict[int, int], width: int, room: int) -> set[int]:
    """Which cells are shown: those nearest to what matters, until there is no more room."""
    sizes = [len(_placed(cell, column, width)) if cell.thread is not None else 10**9 for cell in cells]
    if sum(sizes) <= room:
        return set(range(len(cells)))
    weights = {number: 0 for number, cell in enumerate(cells) if cell.marked}
    for number, cell in enumerate(cells):
        if cell.interrupted:
            weights.setdefault(number, 2)
            weights.setdefault(number + 1, 2)
        elif cell.kind == "wait":
            weights.setdefault(number, 4)
    weights.setdefault(len(cells) - 1, 1)
    weights.setdefault(0, 3)
    distance = [weights.get(number, 10**9) for number in range(len(cells))]
    for number in range(1, len(cells)):
        distance[number] = min(distance[number], distance[number - 1] + 2)
    for number in range(len(cells) - 2, -1, -1):
        distance[number] = min(distance[number], distance[number + 1] + 2)
    kept: set[int] = set()
    left = room - 8  # for the gaps
    for number in sorted(range(len(cells)), key=lambda n: (distance[n], n)):
        if sizes[number] <= left:
            kept.add(number)
            left -= sizes[number]
    return kept


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: max(1, width - 1)] + "…"


def _squeezed(text: str, width: int) -> str:
    """A note that is cut in its middle: what it says of a place stands at its end."""
    if len(text) <= width:
        return text
    note = text.lstrip()
    room = width - (len(text) - len(note))
    if room < 12:
        return _cut(text, width)
    return f"{text[: len(text) - len(note)]}{note[: room - room // 2 - 1]}…{note[-(room // 2) :]}"


def _wrapped(text: str, indent: str, width: int) -> list[str]:
    """Notes, separated by commas, on as many lines as they take."""
    lines: list[str] = []
    line = indent
    for part in text.split(", "):
        longer = f"{line}, {part}" if line != indent else f"{indent}{part}"
        if len(longer) <= width or line == indent:
            line = longer
        else:
            lines.append(_squeezed(line + ",", width))
            line = indent + part
    return [*lines, _squeezed(line, width)]
