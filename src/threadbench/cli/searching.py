"""What a person sees while cases are explored: the engine calls, lines are drawn.

The seam between the engine's records and the reports, as `watch` is for runs: a `SearchResult` enters, a
`SearchAccount` goes on to be drawn.
"""

from __future__ import annotations

import os
import shlex
import signal
import time
from typing import TYPE_CHECKING, Any

import msgspec

from ..durations import format_duration
from ..errors import UsageError
from ..report import search as report
from ..report import text
from ..report.line import Line, Span, indent, line, plain
from .resuming import Standing
from .watch import HEARTBEAT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..report.search import SearchAccount
    from ..results import SearchResult, Session
    from ..scenario import Case
    from .console import Console


class SearchProgress:
    """A watcher that draws on a console; afterwards `searches`, `session` and `duration` are what a document needs, and
    `found` what their witnesses are run again from.

    Args:
        console: where to draw.
        ids: of all cases, which fixes the width of their column.
        models: how many searches there are of each case.
        again: the command that goes on with a search that is split; "" where there is none.
        how: the options that say how each case is searched, but for model and seed.
        clock: seconds, monotonic.
    """

    def __init__(
        self,
        console: Console,
        ids: Sequence[str],
        models: int,
        *,
        again: str = "",
        how: Sequence[str] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.searches: list[SearchAccount] = []
        self.found: list[tuple[Case, SearchResult]] = []
        self.session: dict[str, Any] | None = None
        self.duration = 0.0
        self._console = console
        self._width = text.width_of(ids)
        self._models = models
        self._planned = len(ids) * models
        self._clock = clock
        self._started = self._said = clock()
        self._unread: BrokenPipeError | UsageError | None = None
        self._standing = Standing(console, again)
        self._how = how

    def session_started(self, session: Session) -> None:
        """Draw the header."""
        self.session = msgspec.structs.asdict(session)
        if not self._console.quiet:
            self._say(text.header(session))

    def search_tick(self, case: Case, model: str, progress: Any, elapsed: float) -> None:
        """Draw the live line; where nothing can be drawn over, say every half minute that the search goes on.

        Where nobody reads any more the search is stopped as by Ctrl-C.
        """
        self._standing.tell(progress.trouble, f"{report.counted(progress.schedules, 'schedule')} done")
        if self._console.quiet or self._unread:
            return
        try:
            self._draw_tick(case, model, progress, elapsed)
        except (BrokenPipeError, UsageError) as error:
            self._unread = error
            signal.raise_signal(signal.SIGINT)

    def _draw_tick(self, case: Case, model: str, progress: Any, elapsed: float) -> None:
        rate = f"{progress.schedules / elapsed:,.0f}/s" if elapsed > 0 else ""
        bad = f", {progress.bad} not as they should be" if progress.bad else ""
        outcomes = report.counted(progress.outcomes, "outcome")
        now = (
            f"  {model}  {format_duration(round(elapsed, 1))}  "
            f"{report.counted(progress.schedules, 'schedule')}  {rate}  {outcomes}{bad}"
        )
        if self._console.live:
            at = f"[{len(self.searches) + 1}/{self._planned}] "
            self._console.show_live(line((at, "dim"), case.id, now), gives=1)
        elif self._clock() - self._said >= HEARTBEAT:
            self._say(text.note(f"still exploring: {case.id}{now}"))

    def search_finished(self, case: Case, done: SearchResult) -> None:
        """Draw the line of a search and its table; after the last model of a case, what the models say together."""
        if self._unread:
            raise self._unread
        search = search_account(case, done, self._how)
        self.searches.append(search)
        self.found.append((case, done))
        if self._console.quiet:
            if search.unkept:
                self._console.warn(search.unkept)
            return
        self._console.clear_live()
        self._say(report.search_line(search, self._width))
        rows = list(report.outcome_table(search, everything=self._console.verbose))
        if search.as_expected:
            rows += [*report.why_not_more(search), *report.again(search)]
        self._console.lines(indent(rows, 4))
        together = self.searches[-self._models :]
        if self._models > 1 and len(self.searches) % self._models == 0 and self.session:
            sentence = report.gil_verdict(together, self.session["python"])
            if sentence:
                self._say(line((f"{search.case}: ", "strong"), sentence))

    def finish(self, *, interrupted: bool) -> None:
        """Draw failures, then totals; on GitHub, annotate."""
        self._console.clear_live()
        self.duration = self._clock() - self._started
        failed = [search for search in self.searches if not search.as_expected]
        total = report.search_totals(self.searches, self.duration, planned=self._planned, interrupted=interrupted)
        if not self._console.quiet:
            for search in failed:
                self._say(line(""))
                self._console.lines(report.search_block(search))
            self._say(line(""))
            self._console.lines(report.not_judged(self.searches))
        if os.environ.get("GITHUB_ACTIONS"):
            self._annotate(failed, plain(total))
        self._say(total)

    def _annotate(self, failed: Sequence[SearchAccount], total: str) -> None:
        from ..report import github

        for search in failed:
            for annotation in github.search_annotations(search):
                self._say((Span(annotation),))
        page = os.environ.get("GITHUB_STEP_SUMMARY")
        if page:
            with open(page, "a", encoding="utf-8", errors="backslashreplace") as file:  # noqa: PTH123 - no pathlib to start with
                file.write(github.search_summary(self.searches, total))

    def _say(self, spans: Line) -> None:
        self._said = self._clock()
        self._console.line(spans)


def search_account(case: Case, done: SearchResult, how: Sequence[str] = ()) -> SearchAccount:
    """A search of the engine's as the reports know it; `how` are the options that it was made with."""
    found = done.found
    facts = msgspec.to_builtins(found)
    outcomes = [
        {**outcome, "preemptions": outcome["witness"]["preemptions"], "points": outcome["witness"]["points"]}
        for outcome in facts["outcomes"]
    ]
    failures = [
        {
            "path": failure.path,
            "expected": failure.expected,
            "got": failure.got,
            "at": str(failure.position) if failure.position else None,
            "source": failure.source,
            "width": failure.width,
        }
        for failure in done.failures
    ]
    return msgspec.convert(
        {
            **facts,
            "case": done.case_id,
            "kind": done.kind,
            "model": done.model,
            "seed": done.seed,
            "as_expected": done.as_expected,
            "expected": list(case.expect.explore),
            "exit_code": done.exit_code,
            "outcomes": outcomes,
            "failures": failures,
            "witness": done.witness,
            "unkept": done.unkept,
            "replay": shlex.join(["threadbench", "replay", done.witness]) if done.witness else None,
            "repeat": shlex.join(
                ["threadbench", "explore", done.case_id, *how, "--model", done.model, "--seed", str(done.seed)]
            ),
            "not_judged": not_judged(case),
        },
        report.SearchAccount,
    )


def not_judged(case: Case) -> list[str]:
    """What a case says of runs, and a search does not judge."""
    expect = case.expect
    said = {
        "outcome": expect.outcome,
        "metrics": expect.metrics,
        "pass_rate": expect.pass_rate,
        "repeat": case.repeat > 1,
        "verdict": expect.verdict is not None,
    }
    return [word for word, there in said.items() if there]
