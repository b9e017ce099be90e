"""Makes a walk of what was recorded of a schedule."""

from __future__ import annotations

import linecache
from typing import TYPE_CHECKING, Final

from .columns import interrupt
from .conflict import conflict
from .ending import raised, stuck
from .explain import cells_of
from .places import shown_path
from .recording import record
from .strategies.base import Diverged
from .walk import Stop, Walk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .columns import Cell
    from .search import Search
    from .steps import Recording

MOST: Final = 600
"""Lines of code executed that are kept: the last ones, which lead to the end."""
AROUND: Final = 2
"""Lines of source before and after each one that a thread came past."""


def walked(search: Search, choices: Sequence[int]) -> Walk | None:
    """The walk of a schedule of a search under way; None where it does something else now."""
    try:
        recording = record(search, choices)
    except Diverged:
        return None
    return walk(recording) if recording.choices == tuple(choices) else None


def walk(recording: Recording) -> Walk:
    """What happened in a schedule, from its recording."""
    cells = [cell for cell in cells_of(recording, conflict(recording)) if cell.thread is not None]
    interrupt(cells)
    kept = cells[-MOST:]
    return Walk(
        threads=recording.threads,
        stops=tuple(map(_stop, kept)),
        files=_files(kept),
        ending=(*stuck(recording), *raised(recording)),
        left_out=len(cells) - len(kept),
    )


def _stop(cell: Cell) -> Stop:
    assert cell.thread is not None
    where = cell.where
    return Stop(
        thread=cell.thread,
        file=shown_path(where.file) if where else None,
        line=where.line if where else 0,
        source=cell.source,
        notes=tuple(cell.notes),
        kind=cell.kind,
        values=cell.values,
    )


def _files(cells: list[Cell]) -> dict[str, dict[int, str]]:
    """Sources of what was executed, as far as there are any."""
    files: dict[str, dict[int, str]] = {}
    for cell in cells:
        if cell.where is None:
            continue
        lines = files.setdefault(shown_path(cell.where.file), {})
        for number in range(max(1, cell.where.line - AROUND), cell.where.line + AROUND + 1):
            text = linecache.getline(cell.where.file, number)
            if text:
                lines[number] = text.rstrip()
    return files
