"""The records that leave the engine: what a session, a run, a case and all of them came to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from . import verdicts

if TYPE_CHECKING:
    from .events import Event
    from .explore.found import Found
    from .explore.worker import Progress
    from .scenario import Case, Failure
    from .verdicts import RunVerdict


class Session(msgspec.Struct, frozen=True):
    """Where and with what the cases run.

    Attributes:
        gil: whether the interpreter's lock is on.
        cpus: processors this process may use.
        seed: the number that fixes the random choices of cases that name none.
        total: how many cases there are.
    """

    version: str
    python: str
    implementation: str
    gil: bool
    cpus: int
    platform: str
    seed: int
    total: int


class Result(msgspec.Struct, frozen=True):
    """What one run came to.

    Attributes:
        case_id: as printed, and as it can be pasted back.
        name: of the scenario.
        repeat: from 1.
        seed: what fixes its random choices.
        as_expected: whether the verdict is the one that was asked for.
        outcome: the JSON value that the workload returned; None unless it returned.
        checks: name to whether it held, each time it was stated.
        metrics: flat names to numbers, times in seconds.
        failures: the expectations that were not met.
        reason: one sentence about what ended the run, None where it ended by itself.
        duration: wall time in seconds.
        log_path: the event log.
        closing: the data of the log's last line.
    """

    case_id: str
    name: str
    kind: str
    repeat: int
    seed: int
    verdict: RunVerdict
    as_expected: bool
    outcome: Any
    checks: Mapping[str, bool]
    metrics: Mapping[str, float]
    failures: tuple[Failure, ...]
    reason: str | None
    duration: float
    log_path: str
    closing: Mapping[str, Any]

    @property
    def events(self) -> list[Event]:
        """All events of the log, read anew each time.

        Raises:
            LogError: the log is gone or damaged.
        """
        from .events import read_log

        return list(read_log(self.log_path))

    @property
    def exit_code(self) -> int:
        """What the command line leaves with, if this were the only run."""
        return verdicts.exit_code(self.verdict, as_expected=self.as_expected)


class CaseResult(msgspec.Struct, frozen=True):
    """What a case came to over its repeats.

    Attributes:
        pass_rate: share of the repeats that were as expected.
        as_expected: every repeat was, or, where `expect.pass_rate` is given, the rate is.
        failures: of the pass rate; those of the runs are with them.
    """

    case_id: str
    results: tuple[Result, ...]
    pass_rate: float
    as_expected: bool
    failures: tuple[Failure, ...]
    exit_code: int


class Summary(msgspec.Struct, frozen=True):
    """What all cases came to; `interrupted` by Ctrl-C, `cases` are those that were begun."""

    session: Session
    cases: tuple[CaseResult, ...]
    interrupted: bool
    duration: float

    @property
    def exit_code(self) -> int:
        """The gravest of all cases'."""
        codes = [case.exit_code for case in self.cases]
        return verdicts.gravest([*codes, verdicts.INTERRUPTED] if self.interrupted else codes)


class Watcher(Protocol):
    """Is told what happens, on the engine's own thread."""

    def session_started(self, session: Session) -> None:
        """Before the first run."""

    def run_started(self, case: Case, repeat: int) -> None:
        """Before each run; `repeat` counts from 1."""

    def tick(self, case: Case, elapsed: float) -> None:
        """Many times a second while it runs; `elapsed` seconds since its start."""

    def run_finished(self, result: Result) -> None:
        """After each run; its log is closed."""

    def case_finished(self, done: CaseResult) -> None:
        """After the last repeat of a case."""


class SearchResult(msgspec.Struct, frozen=True):
    """What the search of one case under one model came to.

    Attributes:
        case_id: as printed, and as it can be pasted back.
        model: where another thread could be scheduled.
        found: what the search came to by itself.
        failures: the expectations that were not met.
        as_expected: whether there are none.
        exit_code: what the command line leaves with, if this were the only search.
        witness: path of the stored schedule; None where there is none.
        unkept: why there is a schedule and it could not be stored; None where it was.
    """

    case_id: str
    kind: str
    model: str
    seed: int
    found: Found
    failures: tuple[Failure, ...]
    as_expected: bool
    exit_code: int
    witness: str | None
    unkept: str | None = None


class SearchSummary(msgspec.Struct, frozen=True):
    """What all searches came to; `interrupted` by Ctrl-C, `searches` are those that were begun."""

    session: Session
    searches: tuple[SearchResult, ...]
    interrupted: bool
    duration: float

    @property
    def exit_code(self) -> int:
        """The gravest of all searches'."""
        codes = [search.exit_code for search in self.searches]
        return verdicts.gravest([*codes, verdicts.INTERRUPTED] if self.interrupted else codes)


class SearchWatcher(Protocol):
    """Is told how searches get on, on the engine's own thread."""

    def session_started(self, session: Session) -> None:
        """Before the first search."""

    def search_tick(self, case: Case, model: str, progress: Progress, elapsed: float) -> None:
        """Several times a second while a search runs; `elapsed` seconds since its start."""

    def search_finished(self, case: Case, done: SearchResult) -> None:
        """After each search; its witness is stored."""
