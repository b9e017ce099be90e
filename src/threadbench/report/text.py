"""The page that `run` prints: one header line, an aligned line per case, failures repeated last, totals.

Sessions and accounts enter, lines leave; the command line decides when each is printed.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Protocol

from ..durations import format_duration
from ..errors import columns
from .line import Line, Role, line, pad, shorten
from .values import figures

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from ..events import Event
    from .account import Account, CaseAccount, Opening

_LABEL = len("deadlock (expected)")
_ID_LIMIT = 72
_NOTES = 120


class SessionFacts(Protocol):
    """What the header tells about the machine and the session; the engine's `Session` has it all."""

    @property
    def version(self) -> str:
        """Of threadbench."""

    @property
    def python(self) -> str:
        """Such as `3.13.0`."""

    @property
    def implementation(self) -> str:
        """Such as `CPython`."""

    @property
    def gil(self) -> bool:
        """Whether the GIL is on."""

    @property
    def cpus(self) -> int:
        """How many this process may use."""

    @property
    def platform(self) -> str:
        """Such as `linux`."""

    @property
    def seed(self) -> int:
        """The session's seed."""


def header(session: SessionFacts) -> Line:
    """Version, Python, GIL, CPUs, seed."""
    python = f"{session.implementation} {session.python}, GIL {'on' if session.gil else 'off'}"
    cpus = f"{session.cpus} CPU{'s' if session.cpus != 1 else ''}"
    return line(
        ("threadbench", "strong"), f" {session.version} · {python} · {cpus} · {session.platform} · seed {session.seed}"
    )


def log_header(opening: Opening) -> Line:
    """The same facts as a log remembers them, and when it was begun."""
    gil = "" if opening.gil is None else f", GIL {'on' if opening.gil else 'off'}"
    facts = [f"Python {opening.python}{gil}", opening.platform, f"seed {opening.seed}", f"started {opening.started}"]
    return line(("threadbench", "strong"), f" {opening.threadbench} · " + " · ".join(fact for fact in facts if fact))


def label(verdict: str, *, as_expected: bool) -> tuple[str, Role]:
    """The verdict as it stands at the head of a line: capitals are what nobody asked for."""
    if as_expected:
        return (verdict if verdict == "passed" else f"{verdict} (expected)"), "good"
    return (f"{verdict.upper()} (unexpected)" if verdict == "passed" else verdict.upper()), "bad"


def case_label(case: CaseAccount) -> tuple[str, Role]:
    """The label of the gravest of a case's repeats: the first that nobody asked for, else the last."""
    run = next((run for run in case.runs if run.as_expected is case.as_expected), case.runs[-1])
    return label(run.verdict, as_expected=case.as_expected)


def width_of(ids: Iterable[str]) -> int:
    """How wide the column of case ids is: as wide as the longest that leaves room for the rest."""
    return max((columns(name) for name in ids if columns(name) <= _ID_LIMIT), default=20)


def case_line(case: CaseAccount, width: int) -> Line:
    """Verdict, id, duration and key figures of a case, or why it is not as expected."""
    word, role = case_label(case)
    notes = [_repeats(case)] if len(case.runs) > 1 else []
    if case.as_expected:
        notes += figures([run.closing.outcome for run in case.runs if run.closing and run.closing.cause == "returned"])
    else:
        notes += _why(case)
    return line(
        (pad(word, _LABEL), role),
        f"  {pad(case.case, width)}  ",
        (f"{format_duration(case.duration):>7}", "dim"),
        f"  {shorten(', '.join(notes), _NOTES)}" if notes else "",
    )


def _repeats(case: CaseAccount) -> str:
    return f"{sum(run.as_expected for run in case.runs)} of {len(case.runs)} repeats as expected"


def _why(case: CaseAccount) -> list[str]:
    bad = [run.closing for run in case.runs if run.closing and not run.as_expected]
    failures = [*case.failures, *(failure for closing in bad for failure in closing.failures)]
    # How a run was ended says more than that another end was expected.
    reasons = [closing.reason for closing in bad if closing.reason and closing.cause != "returned"]
    if reasons or not failures:
        return reasons[:1]
    from .block import failure_text

    return [failure_text(failures[0])]


def failure_block(
    case: CaseAccount, events: Callable[[Account], Iterable[Event]], *, output: bool = True
) -> Iterator[Line]:
    """A case that is not as expected: its pass rate, then the first of each different way to fail.

    Args:
        case: all its runs.
        events: opens the events of a run's log.
        output: whether to show what the workload printed.
    """
    from .block import block, failure_lines  # a session that goes well needs none of it

    for failure in case.failures:
        yield from failure_lines(failure)
    ways: dict[object, list[Account]] = {}
    for run in case.runs:
        if not run.as_expected:
            ways.setdefault(_way(run), []).append(run)
    for number, runs in enumerate(ways.values()):
        also = f"{len(runs)} of {len(case.runs)} repeats; this is repeat {runs[0].repeat}" if len(case.runs) > 1 else ""
        if number:
            yield line("")
        yield from block(runs[0], events, also=also, output=output)


def _way(run: Account) -> object:
    if run.closing is None:
        return None
    return (run.verdict, tuple(failure.path for failure in run.closing.failures))


def totals(cases: Sequence[CaseAccount], duration: float, *, planned: int, interrupted: bool = False) -> Line:
    """The last line: how many cases, how they ended, how long it took, which was slowest."""
    kinds = Counter(case_label(case) for case in cases)
    good = sorted((text, count) for (text, role), count in kinds.items() if role == "good")
    bad = sorted((text, count) for (text, role), count in kinds.items() if role != "good")
    parts: list[str | tuple[str, Role]] = []
    if interrupted or len(cases) < planned:
        whole = sum(run.verdict != "interrupted" for case in cases for run in case.runs[-1:])
        parts.append((f"{'interrupted' if interrupted else 'stopped'} after {whole} of {_cases(planned)}", "warn"))
    else:
        parts.append((_cases(len(cases)), "strong"))
    parts.append(f" in {format_duration(duration)}")
    for number, (role, (text, count)) in enumerate([("bad", each) for each in bad] + [("good", each) for each in good]):
        parts.append(": " if number == 0 else ", ")
        parts.append((f"{count} {text}", "bad" if role == "bad" else "good"))
    if len(cases) > 1:
        slowest = max(cases, key=lambda case: case.duration)
        parts.append((f"; slowest {format_duration(slowest.duration)} {slowest.case}", "dim"))
    return line(*parts)


def _cases(count: int) -> str:
    return f"{count} case{'s' if count != 1 else ''}"


def note(text: str) -> Line:
    """A remark between the lines of cases: a slow run, a heartbeat."""
    return line((text, "warn"))
