"""A summary as two tables for a person: threads with their lifetimes, objects with their waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..durations import format_duration
from ..errors import columns
from .line import Line, line, pad, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..events.metrics import Times
    from .summary import ObjectRow, Summary, ThreadRow

_THREADS = 40
_OBJECTS = 25
_NAME = 32


def tables(summary: Summary, *, everything: bool = False) -> Iterator[Line]:
    """Threads and objects; the longest lists are cut unless `everything` is asked for."""
    threads = summary.threads if everything else summary.threads[:_THREADS]
    objects = summary.objects if everything else summary.objects[:_OBJECTS]
    if threads:
        yield from _table(
            ("thread", "from", "to", "lived", "events", "waited", "ended"), [_thread_cells(row) for row in threads]
        )
        yield from _cut(len(summary.threads) - len(threads), "threads")
    if objects:
        yield line("")
        yield from _table(
            ("object", "done", "waited", "wait total", "p50", "p95", "max", "held", "longest", "gave up", "waiting"),
            [_object_cells(row) for row in objects],
        )
        yield from _cut(len(summary.objects) - len(objects), "objects")


def _thread_cells(row: ThreadRow) -> tuple[str, ...]:
    return (
        shorten(row.name, _NAME),
        _time(row.first),
        _time(row.last),
        _time(row.last - row.first),
        str(row.events),
        _time(row.waits.total) if row.waits.count else "-",
        "yes" if row.finished else "no",
    )


def _object_cells(row: ObjectRow) -> tuple[str, ...]:
    return (
        shorten(row.name, _NAME),
        str(row.done),
        str(row.contended or "-"),
        *_wait_cells(row.waits),
        *((_time(row.holds.total), _time(row.holds.largest)) if row.holds.count else ("-", "-")),
        str(row.gave_up or "-"),
        str(row.waiting or "-"),
    )


def _wait_cells(times: Times) -> tuple[str, ...]:
    if not times.total:
        return ("-",) * 4
    return _time(times.total), _time(times.quantile(0.5)), _time(times.quantile(0.95)), _time(times.largest)


def _time(nanoseconds: float) -> str:
    return format_duration(nanoseconds / 1e9)


def columns_of(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[Line]:
    """A table of texts: columns to the left, the last one as long as it likes."""
    cells = [[pad(cell, 0) for cell in row] for row in rows]
    widths = [max(columns(row[at]) for row in [list(head), *cells]) for at in range(len(head) - 1)] + [0]
    yield line(("  ".join(pad(cell, width) for cell, width in zip(head, widths, strict=True)), "strong"))
    for row in cells:
        yield line("  ".join(pad(cell, width) for cell, width in zip(row, widths, strict=True)))


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[Line]:
    cells = [[pad(cell, 0) for cell in row] for row in rows]
    widths = [max(columns(row[at]) for row in [list(head), *cells]) for at in range(len(head))]
    yield line((_aligned(head, widths), "strong"))
    for row in cells:
        yield line(_aligned(row, widths))


def _aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    first, *rest = row
    numbers = "".join("  " + " " * (width - columns(cell)) + cell for cell, width in zip(rest, widths[1:], strict=True))
    return first + " " * (widths[0] - columns(first)) + numbers


def _cut(count: int, what: str) -> Iterator[Line]:
    if count > 0:
        yield line((f"… {count} more {what}: -v shows all", "dim"))
