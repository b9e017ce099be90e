"""A summary as tables for a person: threads with their lifetimes, objects with waits and holds, who blocked whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..durations import format_duration
from ..errors import columns
from .line import Line, line, pad, shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ..events.metrics import Times
    from .contention import ObjectRow, Pair
    from .critical import Path, Step
    from .summary import Summary, ThreadRow

_THREADS = 40
_OBJECTS = 25
_PAIRS = 10
_STEPS = 12
_NAME = 32
_SHORT = 20
"""Longest names of objects where there are fewer columns than `_NARROW`."""
_NARROW = 100
_WIDE = 1000


def tables(summary: Summary, *, everything: bool = False, width: int = _WIDE) -> Iterator[Line]:
    """Threads, objects, who blocked whom, the critical path; long lists are cut unless `everything` is wanted.

    What does not fit in `width` terminal columns stands in a table of its own.
    """
    threads = summary.threads if everything else summary.threads[:_THREADS]
    objects = summary.objects if everything else summary.objects[:_OBJECTS]
    pairs = summary.pairs if everything else summary.pairs[:_PAIRS]
    if threads:
        yield from _table(
            ("thread", "from", "to", "lived", "events", "waited", "ended"), [_thread_cells(row) for row in threads]
        )
        yield from _cut(len(summary.threads) - len(threads), "threads")
    if objects:
        yield line("")
        yield from _objects(objects, width)
        yield from _cut(len(summary.objects) - len(objects), "objects")
    if pairs:
        yield line("")
        yield from columns_of(("waited", "longest", "times", "who blocked whom"), [_pair_cells(pair) for pair in pairs])
        yield from _cut(len(summary.pairs) - len(pairs), "pairs")
    if len(summary.path.steps) > 1:
        yield line("")
        yield from critical(summary.path, everything=everything)


def critical(path: Path, *, everything: bool = False) -> Iterator[Line]:
    """The chain that ends with the end of main, oldest step first; of a long one the longest steps."""
    length = path.steps[-1].end - path.steps[0].start
    notes = ", steps marked ~ are guesses" if not path.certain else ""
    notes += ", begins later: the log has more wakings than are kept" if path.cut else ""
    yield line(("critical path", "strong"), f"  {_time(length)} in {len(path.steps)} steps{notes}")
    chosen = list(range(len(path.steps)))
    if not everything:
        by_length = sorted(chosen, key=lambda at: path.steps[at].start - path.steps[at].end)
        chosen = sorted(by_length[:_STEPS])
    yield from columns_of(("from", "took", "thread", "let go on by"), [_step_cells(path.steps[at]) for at in chosen])
    yield from _cut(len(path.steps) - len(chosen), "shorter steps")


def _step_cells(step: Step) -> tuple[str, ...]:
    why = f"{step.op} {shorten(step.object or '', _NAME)}" if step.op else "-"
    guess = "" if step.certain else " ~"
    return _time(step.start), _time(step.end - step.start), shorten(step.thread, _NAME), why + guess


def _pair_cells(pair: Pair) -> tuple[str, ...]:
    whom = f"{shorten(pair.holder, _NAME)} blocked {shorten(pair.waiter, _NAME)}"
    what = "" if pair.object == pair.holder else f" with {shorten(pair.object, _NAME)}"
    still = ", still does" if pair.still else ""
    return _time(pair.total), _time(pair.longest), str(pair.count), whom + what + still


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


def _objects(rows: Sequence[ObjectRow], width: int) -> Iterator[Line]:
    """Columns that belong together, in as few tables as fit; those that are of none of the objects are left out."""
    names = [(shorten(row.name, _NAME if width >= _NARROW else _SHORT), row.kind) for row in rows]
    head: list[str] = ["object", "kind"]
    cells: list[list[str]] = [list(name) for name in names]
    for titles, of in _GROUPS:
        added = [of(row) for row in rows]
        if titles[0] != "done" and all(cell == "-" for each in added for cell in each):
            continue
        wider = [[*have, *more] for have, more in zip(cells, added, strict=True)]
        if len(head) > 2 and width_of([*head, *titles], wider) > width:
            yield from _table(head, _told(cells))
            yield line("")
            head, wider = ["object", "kind"], [[*name, *more] for name, more in zip(names, added, strict=True)]
        head, cells = [*head, *titles], wider
    yield from _table(head, _told(cells))


def _told(rows: Sequence[Sequence[str]]) -> list[Sequence[str]]:
    """The objects of which a table has more than their names."""
    return [row for row in rows if any(cell != "-" for cell in row[2:])]


def _waits(row: ObjectRow) -> tuple[str, ...]:
    return *_times(row.waits), _time(row.waits.total) if row.waits.total else "-"


_GROUPS: Final[tuple[tuple[tuple[str, ...], Callable[[ObjectRow], tuple[str, ...]]], ...]] = (
    (("done", "waited"), lambda row: (str(row.done), str(row.contended or "-"))),
    (("wait p50", "p95", "max", "total"), _waits),
    (("hold p50", "p95", "max"), lambda row: _times(row.holds)),
    (("gave up", "waiting"), lambda row: (str(row.gave_up or "-"), str(row.waiting or "-"))),
)


def _times(times: Times) -> tuple[str, ...]:
    """p50, p95 and max."""
    if not times.total:
        return ("-",) * 3
    return _time(times.quantile(0.5)), _time(times.quantile(0.95)), _time(times.largest)


def _time(nanoseconds: float) -> str:
    return format_duration(nanoseconds / 1e9)


def columns_of(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[Line]:
    """A table of texts: columns to the left, the last one as long as it likes."""
    cells = [[pad(cell, 0) for cell in row] for row in rows]
    widths = [max(columns(row[at]) for row in [list(head), *cells]) for at in range(len(head) - 1)] + [0]
    yield line(("  ".join(pad(cell, width) for cell, width in zip(head, widths, strict=True)), "strong"))
    for row in cells:
        yield line("  ".join(pad(cell, width) for cell, width in zip(row, widths, strict=True)))


def _widths(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[int]:
    return [max(columns(pad(row[at], 0)) for row in [head, *rows]) for at in range(len(head))]


def width_of(head: Sequence[str], rows: Sequence[Sequence[str]]) -> int:
    """Columns of the terminal that a table takes."""
    return sum(_widths(head, rows)) + 2 * (len(head) - 1)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[Line]:
    cells = [[pad(cell, 0) for cell in row] for row in rows]
    widths = _widths(head, cells)
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
