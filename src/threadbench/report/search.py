"""What searches came to, as a person reads it: a line each, the outcomes, and why, where it is not as expected.

`SearchAccount`s enter, lines leave; the command line decides when each is printed.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec

from ..durations import format_duration
from .account import Failure, Record
from .block import failure_lines
from .line import Line, Role, indent, line, pad, shorten
from .values import value_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_LABEL = len("violated (expected)")
_MODEL = len("free-threaded")
_ROWS = 10
_VALUE = 60
_GOOD = frozenset({"holds"})


class Ending(Record, frozen=True):
    """One distinct end of the schedules of a search, and the shortest schedule known for it."""

    value: Any
    cause: str
    count: int
    expected: bool
    preemptions: int
    points: int
    reason: str | None = None


class SearchAccount(Record, frozen=True):
    """One search, as a report needs it: the names are those of the engine's `SearchResult` and `Found`."""

    case: str
    kind: str
    model: str
    seed: int
    verdict: str
    as_expected: bool
    exhaustive: bool
    schedules: int
    reason: str
    strategy: str
    points: int
    duration: float
    expected: list[str]
    cut: int = 0
    schedules_to_first: int | None = None
    explanation: str | None = None
    outcomes: list[Ending] = msgspec.field(default_factory=list)
    failures: list[Failure] = msgspec.field(default_factory=list)
    witness: str | None = None
    replay: str | None = None
    repeat: str | None = None
    unkept: str | None = None
    exit_code: int = 0
    not_judged: list[str] = msgspec.field(default_factory=list)

    @property
    def file(self) -> str:
        """The scenario file."""
        return self.case.partition("::")[0]


def label(search: SearchAccount) -> tuple[str, Role]:
    """The verdict as it stands at the head of a line: capitals are what nobody asked for."""
    if search.as_expected:
        return (search.verdict if search.verdict in _GOOD else f"{search.verdict} (expected)"), "good"
    return (f"{search.verdict.upper()} (unexpected)" if search.verdict in _GOOD else search.verdict.upper()), "bad"


def strength(search: SearchAccount) -> str:
    """How much was looked at."""
    if search.exhaustive:
        return "exhaustive"
    return "sampled" if search.verdict == "holds" else ""


def counted(count: int, what: str) -> str:
    """`1 schedule`, `1,200 schedules`."""
    return f"{count:,} {what}{'s' if count != 1 else ''}"


def search_line(search: SearchAccount, width: int) -> Line:
    """Verdict, strength, schedules, case, model and duration of a search."""
    word, role = label(search)
    return line(
        (pad(word, _LABEL), role),
        f"  {strength(search):10}  {counted(search.schedules, 'schedule'):>16}  {pad(search.case, width)}  ",
        f"{search.model:{_MODEL}}  ",
        (f"{format_duration(search.duration):>7}", "dim"),
    )


def outcome_table(search: SearchAccount, *, everything: bool = False) -> Iterator[Line]:
    """Every distinct outcome: how often it came, whether it should, and how few interruptions it takes."""
    rows = sorted(search.outcomes, key=lambda row: row.expected)  # what is not as it should be comes first
    rows = rows if everything else rows[:_ROWS]
    if not rows or (len(rows) == 1 and rows[0].expected and rows[0].value is None):
        return
    values = [_value(row) for row in rows]
    width = max(len("outcome"), *map(len, values))
    yield line((f"{'outcome':{width}}  {'count':>7}  expected  preemptions  points", "dim"))
    for value, row in zip(values, rows, strict=True):
        yield line(
            f"{value:{width}}  {row.count:>7,}  ",
            ("yes     " if row.expected else "no      ", "good" if row.expected else "bad"),
            "" if row.expected else f"  {row.preemptions:>11}  {row.points:>6}",  # else nobody made it short
            (f"  {shorten(row.reason, 100)}" if row.reason else "", "dim"),
        )
    if len(search.outcomes) > len(rows):
        yield line((f"… {len(search.outcomes) - len(rows)} more: -v, or --json", "dim"))


def _value(ending: Ending) -> str:
    return value_text(ending.value, _VALUE) if ending.cause in {"finished", "violated"} else ending.cause


def search_block(search: SearchAccount) -> Iterator[Line]:
    """A search that is not as expected: what should have been, what was found step by step, how to see it again."""
    yield line(label(search), f" {search.case}  {search.model}")
    body: list[Line] = []
    for failure in search.failures:
        body += failure_lines(failure)
    body.append(line(search.reason))
    if search.schedules_to_first:
        body.append(line((f"first in schedule {search.schedules_to_first:,} of {search.schedules:,}", "dim")))
    if search.explanation:
        body.append(line(""))
        body += [line(text) for text in search.explanation.splitlines()]
        body.append(line(""))
    yield from indent([*body, *again(search)])


def again(search: SearchAccount) -> Iterator[Line]:
    """The command that runs the witness; where there is none, why, or the command that makes the search again."""
    if search.replay:
        yield line(("replay: ", "strong"), search.replay)
    elif search.repeat and not search.as_expected:
        yield line(("again: ", "strong"), search.repeat)
    if search.unkept:
        yield line(("not kept: ", "bad"), search.unkept)


def why_not_more(search: SearchAccount) -> Iterator[Line]:
    """Why a search whose end was asked for has nothing to show, or not all there is."""
    if search.verdict == "inconclusive" or not search.outcomes:
        yield line((search.reason, "dim"))


def not_judged(searches: Sequence[SearchAccount]) -> Iterator[Line]:
    """What the scenarios expect of runs, which a search does not judge."""
    words = sorted({word for search in searches for word in search.not_judged})
    if words:
        yield line((f"not judged when exploring: {', '.join(words)}", "dim"))


def search_totals(
    searches: Sequence[SearchAccount], duration: float, *, planned: int, interrupted: bool = False
) -> Line:
    """The last line: how many searches, how they ended, how many schedules, how long it took."""
    kinds = Counter(label(search) for search in searches)
    parts: list[str | tuple[str, Role]] = []
    if interrupted or len(searches) < planned:
        done = len(searches) - (1 if interrupted and searches else 0)
        word = "interrupted" if interrupted else "stopped"
        parts.append((f"{word} after {done} of {counted(planned, 'search').replace('searchs', 'searches')}", "warn"))
    else:
        parts.append((f"{len(searches)} search{'es' if len(searches) != 1 else ''}", "strong"))
    parts.append(f" in {format_duration(duration)}")
    ordered = sorted(kinds.items(), key=lambda item: (item[0][1] != "bad", item[0][0]))
    for number, ((text, role), count) in enumerate(ordered):
        parts.append(": " if number == 0 else ", ")
        parts.append((f"{count} {text}", role))
    total = sum(search.schedules for search in searches)
    parts.append((f"; {counted(total, 'schedule')}", "dim"))
    return line(*parts)


def gil_verdict(searches: Sequence[SearchAccount], python: str) -> str | None:
    """Of one case under several models: what it is with the GIL, and without one."""
    by_model = {search.model: search for search in searches}
    if not {"gil", "free-threaded"} <= by_model.keys():
        return None
    with_gil, without = by_model["gil"], by_model["free-threaded"]
    one, other = _safety(with_gil), _safety(without)
    versions = f"with the GIL on CPython {'.'.join(python.split('.')[:2])}"
    if one == other:
        return f"{one} {versions} and free-threaded alike"
    return f"{one} {versions}, {other} free-threaded"


def _safety(search: SearchAccount) -> str:
    if search.verdict == "holds":
        return "safe" if search.exhaustive else f"nothing found in {counted(search.schedules, 'schedule')}"
    return "undecided" if search.verdict == "inconclusive" else "broken"
