"""Two logs, or two schedules of one exploration, side by side: what changed and by how much, and where they part.

Accounts and summaries enter, rows leave. The place where they part is the first event in which they differ in anything
but its time: of two runs on virtual threads that is where the one was scheduled as the other was not.
"""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Final

import msgspec

from ..durations import format_duration
from .line import Line, line, shorten
from .tables import columns_of
from .timeline import Timeline
from .values import number_text, value_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ..events import Event
    from .account import Account
    from .summary import Summary

_ROWS: Final = 40
_CELL: Final = 40
_CONTEXT: Final = 3
_TIMES: Final = {"wait", "hold", "run", "queued"}
"""What metrics tell the time of, in seconds: `lock.wait.p95`."""
_IDENTITY: Final = {"ident", "native_id"}
"""Numbers of threads, which are others each time."""


class Change(msgspec.Struct, frozen=True):
    """A fact of both: `other` of the run that is compared with, `this` of the one reported; None where it has none.

    `time` is whether they are seconds.
    """

    what: str
    other: Any
    this: Any
    time: bool = False

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
    return Comparison(tuple(Change(name, facts.get(name), here.get(name), name in times) for name in names), parting)


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
        name = f"{pair.holder} blocked {pair.waiter} with {pair.object}"
        facts[name] = pair.total / 1e9
        times.add(name)
    metrics = closing.metrics if closing else {}  # they are many: last
    for metric, value in metrics.items():
        facts[f"metric {metric}"] = value
        if metric.rpartition(".")[2] != "count" and not _TIMES.isdisjoint(metric.split(".")[-2:-1]):
            times.add(f"metric {metric}")
    return facts, times


def comparison_lines(comparison: Comparison, *, everything: bool = False) -> Iterator[Line]:
    """What changed, as a table; with `everything` what did not, too."""
    shown = [change for change in comparison.changes if everything or change.differs]
    rows = shown if everything else shown[:_ROWS]
    if rows:
        yield from columns_of(("", "against", "this", "change"), [_cells(change) for change in rows])
    if len(shown) > len(rows):
        yield line((f"… {len(shown) - len(rows)} more changes: -v shows all", "dim"))
    same = len(comparison.changes) - sum(change.differs for change in comparison.changes)
    yield line((f"{same} facts are the same", "dim"))
    yield line("")
    yield from _parting_lines(comparison.parting)


def _parting_lines(found: Parting | None) -> Iterator[Line]:
    if found is None:
        yield line("the events are the same, in the same order")
        return
    yield line(("they part here", "strong"))
    timeline = Timeline()
    for event in found.before:
        yield line(" both     ", *timeline.row(event))
    for name, differing in (("against", found.other), ("this", found.this)):
        yield line(f" {name:<9}", *(timeline.row(differing) if differing else ("has no more events",)))


def _cells(change: Change) -> tuple[str, ...]:
    return (
        shorten(change.what, 60),
        *(_cell(value, time=change.time) for value in (change.other, change.this)),
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


def witness_lines(other: Mapping[str, Any], this: Mapping[str, Any]) -> Iterator[Line]:
    """Two kept schedules (`threadbench.witness/1`): what each came to, and the first choice in which they part."""
    changes = witness_changes(other, this)
    yield from columns_of(("", "against", "this", "change"), [_cells(change) for change in changes if change.differs])
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
