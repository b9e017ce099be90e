"""What a person sees while cases run: the engine calls, lines are drawn.

This is the seam between the engine's records and the reports: a `Result` enters, an `Account` goes on to be drawn.
"""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING, Any

import msgspec

from ..durations import format_duration
from ..errors import LogError, UsageError
from ..report import text
from ..report.account import Account, CaseAccount, Closing, Failure, typed
from ..report.line import Line, Span, line, plain
from .resuming import Standing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ..engine import CaseResult, Result, Session
    from ..events import Event
    from ..report.summary import Summary
    from ..scenario import Case
    from ..scenario import Failure as Expected
    from .console import Console

HEARTBEAT = 30.0


class Progress:
    """A watcher that draws on a console; afterwards `cases`, `session` and `duration` are what a document needs.

    Args:
        console: where to draw.
        ids: of all cases, which fixes the width of their column.
        copy_events: whether each log goes to standard output when its run has ended.
        clock: seconds, monotonic.
    """

    def __init__(
        self,
        console: Console,
        ids: Sequence[str],
        *,
        copy_events: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.cases: list[CaseAccount] = []
        self.session: dict[str, Any] | None = None
        self.duration = 0.0
        self._console = console
        self._width = text.width_of(ids)
        self._order = {case: number for number, case in enumerate(ids)}
        self._planned = len(ids)
        self._copy_events = copy_events
        self._clock = clock
        self._started = self._said = clock()
        self._repeat = 1
        self._slow = False
        self._unread: BrokenPipeError | UsageError | None = None
        self.standing = Standing(console, "")
        """Of a sweep: told by what it goes on."""

    def session_started(self, session: Session) -> None:
        """Draw the header."""
        self.session = msgspec.structs.asdict(session)
        if not self._console.quiet:
            self._say(text.header(session))

    def run_started(self, case: Case, repeat: int) -> None:  # noqa: ARG002 - the engine's Watcher
        """Remember which repeat runs."""
        self._repeat = repeat
        self._slow = False

    def tick(self, case: Case, elapsed: float) -> None:
        """Draw the live line; where nothing can be drawn over, say every half minute that the bench is alive.

        Where nobody reads any more the run is stopped as by Ctrl-C: so its log is whole when the error is raised.
        """
        if self._console.quiet or self._unread:
            return
        try:
            self._draw_tick(case, elapsed)
        except (BrokenPipeError, UsageError) as error:
            self._unread = error
            signal.raise_signal(signal.SIGINT)

    def _draw_tick(self, case: Case, elapsed: float) -> None:
        if not self._slow and elapsed >= case.timeout / 2:
            self._slow = True
            limit = format_duration(case.timeout)
            self._say(text.note(f"SLOW  {case.id}  {format_duration(elapsed)} of its {limit}"))
        now = f"  {format_duration(round(elapsed, 1))}"
        if self._console.live:
            many = f" repeat {self._repeat} of {case.repeat}" if case.repeat > 1 else ""
            at = f"[{len(self.cases) + 1}/{self._planned}] "
            self._console.show_live(line((at, "dim"), case.id, now, many), gives=1)
        elif self._clock() - self._said >= HEARTBEAT:
            self._say(text.note(f"still running: {case.id}{now}"))

    def sweep_resumed(self, done: int, of: int) -> None:
        """Say how much is left."""
        if not self._console.quiet:
            self._say(text.note(f"resuming: {done} of {of} runs are done"))

    def sweep_tick(self, done: int, of: int, under_way: int, elapsed: float, trouble: str | None) -> None:
        """Draw the live line of a sweep; the same where nobody reads, or nothing can be drawn over, as `tick`."""
        self.standing.tell(trouble, f"{done} of {of} runs are done")
        if self._console.quiet or self._unread:
            return
        now = f"{done} of {of} runs, {under_way} given out, {format_duration(round(elapsed, 1))}"
        try:
            if self._console.live:
                self._console.show_live(line((f"[{len(self.cases)}/{self._planned}] ", "dim"), now))
            elif self._clock() - self._said >= HEARTBEAT:
                self._say(text.note(f"still running: {now}"))
        except (BrokenPipeError, UsageError) as error:
            self._unread = error
            signal.raise_signal(signal.SIGINT)

    def run_finished(self, result: Result) -> None:
        """Pass the log on, or draw its events, where that was asked for."""
        if self._unread:
            raise self._unread
        if self._copy_events:
            self._console.copy(result.log_path)
        if self._console.verbose and not self._console.json:
            from ..report.picture import Picture
            from ..report.spans import follow
            from ..report.timeline import Timeline

            self._say(line(("events of ", "dim"), result.case_id, f" (repeat {result.repeat})"))
            picture = Picture()
            for record in follow(read_events(result.log_path)):
                picture.add(record)
            self._console.lines(picture.lines(self._console.width))
            self._console.lines(Timeline().rows(read_events(result.log_path)))

    def case_finished(self, done: CaseResult) -> None:
        """Draw the line of a case."""
        case = case_account(done)
        self.cases.append(case)
        if not self._console.quiet:
            self._say(text.case_line(case, self._width))

    def finish(self, *, interrupted: bool) -> None:
        """Draw failures, then totals, in the order of the cases; on GitHub, annotate."""
        self._console.clear_live()
        self.duration = self._clock() - self._started
        self.cases.sort(key=lambda case: self._order[case.case])
        failed = [case for case in self.cases if not case.as_expected]
        total = text.totals(self.cases, self.duration, planned=self._planned, interrupted=interrupted)
        if not self._console.quiet:
            for case in failed:
                self._say(line(""))
                self._console.lines(text.failure_block(case, events_of))
            self._say(line(""))
        if os.environ.get("GITHUB_ACTIONS"):
            self._annotate(failed, plain(total))
        self._say(total)

    def _annotate(self, failed: Sequence[CaseAccount], total: str) -> None:
        from ..report import github

        for case in failed:
            for annotation in github.case_annotations(case):
                self._say((Span(annotation),))
        page = os.environ.get("GITHUB_STEP_SUMMARY")
        if page:
            with open(page, "a", encoding="utf-8", errors="backslashreplace") as file:  # noqa: PTH123 - no pathlib to start with
                file.write(github.step_summary(self.cases, total, explained))

    def _say(self, spans: Line) -> None:
        self._said = self._clock()
        self._console.line(spans)


def account(result: Result) -> Account:
    """One run of the engine's as the reports know it."""
    closing = typed(result.closing, Closing, result.log_path)
    return Account(result.case_id, result.kind, result.repeat, result.seed, result.log_path, closing)


def case_account(done: CaseResult) -> CaseAccount:
    """A case of the engine's with all its repeats, as the reports know it."""
    failures = tuple(typed(_failure(each), Failure, done.case_id) for each in done.failures)
    return CaseAccount(
        done.case_id, tuple(account(run) for run in done.results), done.as_expected, done.pass_rate, failures
    )


def _failure(failure: Expected) -> dict[str, Any]:
    facts = msgspec.structs.asdict(failure)
    position = facts.pop("position")
    return {**facts, "at": str(position) if position else None}


def read_events(path: str) -> Iterable[Event]:
    """The events of a log."""
    from ..events import read_log

    return read_log(path)


def events_of(run: Account) -> Iterable[Event]:
    """The events of a run's log."""
    return read_events(run.log)


def explained(run: Account) -> list[Line]:
    """The block of a run, its events included."""
    from ..report.block import block

    return block(run, events_of)


def read_once_more(run: Account) -> tuple[Summary, str | None] | None:
    """What the log of a run comes to, and what it lacks; None where there is no log to read."""
    from ..report.reading import Reading
    from ..report.summary import summarize

    reading = Reading(run.log)
    try:
        return summarize(reading), reading.missing
    except (LogError, OSError):
        return None
