"""Two logs, or two schedules of one exploration, side by side: what changed and by how much, and where they part.

Accounts and summaries enter, rows leave. The place where they part is the first event in which they differ in anything
but its time: of two runs on virtual threads that is where the one was scheduled as the other was not.
"""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Final

import msgspec

from ..durations import format_duration
from ..errors import columns, printable
from .line import Line, broken, line, narrowed, shorten
from .tables import columns_of, width_of
from .timeline import Timeline
from .values import number_text, value_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ..events import Event
    from .account import Account
    from .summary import Summary

_ROWS: Final = 40
_PAIRS: Final = 5
_CELL: Final = 40
_NAME: Final = 60
_LEAST: Final = 12
"""Columns of what differs that are left of it in a narrow terminal; a number never has more."""
_LEAST_NAME: Final = 15
_ASIDE: Final = 11
"""Columns in front of what has a line of its own, since it did not fit behind the event it belongs to."""
_WIDE: Final = 1000
_CONTEXT: Final = 3
_TIMES: Final = {"wait", "hold", "run", "queued"}
"""What metrics tell the time of, in seconds: `lock.wait.p95`."""
_METRIC: Final = "metric "
_BLOCKED: Final = " blocked "
_IDENTITY: Final = {"ident", "native_id"}
"""Numbers of threads, which are others each time."""


class Change(msgspec.Struct, frozen=True):
    """A fact of both: `other` of the run that is compared with, `this` of the one reported; None where it has none.

    `time` is whether they are seconds; `detail`, whether it is for those who want everything.
    """

    what: str
    other: Any
    this: Any
    time: bool = False
    detail: bool = False

    @property
    def differs(self) -> bool:
        """Whether it is not the same."""
        return bool(self.other != self.this)

    @property
    def by(self) -> str:
        """Of numbers by how much, absolutely and as a ratio."""
        if not (_number(self.other) and _number(self.this)) or not self.differs or self.what == "seed":
            return ""
        much = abs(self.this - self.other)
        text = f"{'+' if self.this > self.other else '-'}{format_duration(much) if self.time else number_text(much)}"
        return text + (f" (x{self.this / self.other:.3g})" if self.other > 0 and self.this > 0 else "")


class Parting(msgspec.Struct, frozen=True):
    """Where two logs part: events before it that both have, and the first of each that differs (None: it has ended)."""

    before: tuple[Event, ...]
    other: Event | None
    this: Event | None


class Comparison(msgspec.Struct, frozen=True):
    """All facts of two runs; `parting` is None where their events are the same."""

    changes: tuple[Change, ...]
    parting: Parting | None


def compare(other: tuple[Account, Summary], this: tuple[Account, Summary], parting: Parting | None) -> Comparison:
    """The facts of the run that is compared with, and of the one reported."""
    (facts, times), (here, here_times) = _facts(*other), _facts(*this)
    names = [*facts, *(name for name in here if name not in facts)]
    times |= here_times
    details = _details(facts, here)
    return Comparison(
        tuple(Change(name, facts.get(name), here.get(name), name in times, name in details) for name in names), parting
    )


def _details(facts: Mapping[str, Any], here: Mapping[str, Any]) -> set[str]:
    """What other rows say already, or for one object alone; and who blocked whom, but for what changed most."""
    names = facts.keys() | here.keys()
    pairs = [name for name in names if _BLOCKED in name]
    pairs.sort(key=lambda name: abs((here.get(name) or 0) - (facts.get(name) or 0)), reverse=True)
    return {name for name in names if _is_time_metric(name)} | set(pairs[_PAIRS:]) | {f"{_METRIC}duration"}


def _is_time_metric(name: str) -> bool:
    return name.startswith(_METRIC) and not _TIMES.isdisjoint(name.split(".")[-2:-1])


def parting(other: Iterable[Event], this: Iterable[Event]) -> Parting | None:
    """The first events that differ; None where none do. Reads both side by side, in bounded memory."""
    before: list[Event] = []
    for left, right in zip_longest(other, this):
        if left is not None and right is not None and {left.event, right.event} <= {"run.started", "run.finished"}:
            continue  # of the run as a whole
        if left is None or right is None or _essence(left) != _essence(right):
            return Parting(tuple(before), left, right)
        before = [*before[1 - _CONTEXT :], left]
    return None


def _essence(event: Event) -> tuple[Any, ...]:
    data = event.data
    if event.event == "thread.started":
        data = {name: value for name, value in data.items() if name not in _IDENTITY}
    return event.event, event.thread, event.object, event.at, data


def _facts(account: Account, summary: Summary) -> tuple[dict[str, Any], set[str]]:
    """All facts by name, and the names of those that are times."""
    times: set[str] = set()
    facts: dict[str, Any] = {"case": account.case, "seed": account.seed, "verdict": account.verdict}
    closing = account.closing
    if closing:
        facts |= {"duration": closing.duration}
        times.add("duration")
        outcome = closing.outcome if isinstance(closing.outcome, dict) else {"": closing.outcome}
        facts |= {f"outcome.{name}".rstrip("."): value for name, value in outcome.items()}
        facts |= {f"check {check.name}": "ok" if check.ok else "no" for check in closing.checks}
    facts |= {"events": summary.events, "threads": len(summary.threads)}
    for row in summary.objects:
        name = f"{row.kind} {row.name}"
        facts |= {f"{name}: done": row.done, f"{name}: waited": row.contended, f"{name}: gave up": row.gave_up}
        facts |= {f"{name}: still waiting": row.waiting}
        for what, took in (("wait", row.waits), ("hold", row.holds)):
            if took.count:
                found = {f"{name}: {what} total": took.total / 1e9, f"{name}: {what} p95": took.quantile(0.95) / 1e9}
                facts |= found
                times |= found.keys()
    for pair in summary.pairs:
        name = f"{pair.holder}{_BLOCKED}{pair.waiter} with {pair.object}"
        facts[name] = pair.total / 1e9
        times.add(name)
    metrics = closing.metrics if closing else {}  # they are many: last
    for metric, value in metrics.items():
        facts[_METRIC + metric] = value
        if metric.rpartition(".")[2] != "count" and _is_time_metric(_METRIC + metric):
            times.add(_METRIC + metric)
    return facts, times


def comparison_lines(comparison: Comparison, *, everything: bool = False, width: int = _WIDE) -> Iterator[Line]:
    """What changed, as a table of at most so many columns; with `everything` what did not, too, and all details."""
    changed = [change for change in comparison.changes if change.differs]
    shown = list(comparison.changes) if everything else [change for change in changed if not change.detail][:_ROWS]
    if shown:
        yield from _table([_cells(change) for change in shown], width)
    if not everything and len(changed) > len(shown):
        yield line((f"… {len(changed) - len(shown)} more changes: -v shows all", "dim"))
    yield line((f"{len(comparison.changes) - len(changed)} facts are the same", "dim"))
    yield line("")
    yield from _parting_lines(comparison.parting, width)


def _parting_lines(found: Parting | None, width: int) -> Iterator[Line]:
    if found is None:
        yield line("the events are the same, in the same order")
        return
    yield line(("they part here", "strong"))
    timeline = Timeline()
    for name, event in [("both", each) for each in found.before] + [("against", found.other), ("this", found.this)]:
        front = line(f" {name:<9}")
        row = timeline.row(_without_identity(event)) if event else line("has no more events")
        yield from broken((*front, *row), width, _ASIDE)


def _without_identity(event: Event) -> Event:
    """Numbers of threads are no difference, and long."""
    data = {name: value for name, value in event.data.items() if name not in _IDENTITY}
    return msgspec.structs.replace(event, data=data)


def _table(rows: Sequence[tuple[str, ...]], width: int) -> Iterator[Line]:
    """What changed; where it is too wide, what differs is cut first, and then what it is."""
    head = ("", "against", "this", "change")
    for column, least in ((1, _LEAST), (2, _LEAST), (0, _LEAST_NAME)):
        over = width_of(head, rows) - width
        if over > 0:
            room = max(least, max(columns(row[column]) for row in rows) - over)
            rows = [(*row[:column], narrowed(row[column], room), *row[column + 1 :]) for row in rows]
    yield from columns_of(head, rows)


def _cells(change: Change) -> tuple[str, ...]:
    return (
        printable(shorten(change.what, _NAME)),
        *(printable(_cell(value, time=change.time)) for value in (change.other, change.this)),
        change.by,
    )


def _cell(value: Any, *, time: bool) -> str:
    if value is None:
        return "-"
    if time and _number(value) and value >= 0:
        return format_duration(value)
    return shorten(value, _CELL) if isinstance(value, str) else value_text(value, _CELL)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def comparison_document(comparison: Comparison) -> dict[str, Any]:
    """The same for a machine."""
    found = comparison.parting
    return {
        "changes": changes_document(comparison.changes),
        "parting": found and msgspec.to_builtins(found),
    }


def choices_part(other: Sequence[int], this: Sequence[int]) -> int | None:
    """The place of the first choice in which two schedules differ; None where they are the same."""
    for at, (left, right) in enumerate(zip_longest(other, this)):
        if left != right:
            return at
    return None


def witness_changes(other: Mapping[str, Any], this: Mapping[str, Any]) -> list[Change]:
    """The facts of two kept schedules, side by side."""
    facts = ("scenario", "model", "cause", "reason", "outcome", "preemptions", "points")
    return [Change(name, other.get(name), this.get(name)) for name in facts]


def changes_document(changes: Iterable[Change]) -> list[dict[str, Any]]:
    """Facts of both for a machine."""
    return [
        {"what": change.what, "against": change.other, "this": change.this, "differs": change.differs}
        for change in changes
    ]


def witness_lines(other: Mapping[str, Any], this: Mapping[str, Any], *, width: int = _WIDE) -> Iterator[Line]:
    """Two kept schedules (`threadbench.witness/1`): what each came to, and the first choice in which they part."""
    rows = [_cells(change) for change in witness_changes(other, this) if change.differs]
    if rows:
        yield from _table(rows, width)
    at = choices_part(other["choices"], this["choices"])
    yield line("")
    if at is None:
        yield line("the schedules are the same")
        return
    yield line(("they part at choice ", "strong"), str(at + 1), f": {at} before it are the same")
    for name, side in (("against", other), ("this", this)):
        yield line(f" {name:<9}", _goes_on(side, at))


def _goes_on(schedule: Mapping[str, Any], at: int) -> str:
    choices, threads = schedule["choices"], schedule["threads"]
    if at >= len(choices):
        return "has no more choices"
    chosen = choices[at]
    name = threads[chosen] if 0 <= chosen < len(threads) else f"thread {chosen}"
    return f"{name} goes on (of {len(choices)} choices)"
