"""The sweep itself: which runs are done, which are under way, what all came to, in the order of the cases."""

from __future__ import annotations

import contextlib
import shutil
import signal
import threading
import time
import zlib
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Executor
from functools import partial
from itertools import islice, takewhile
from typing import TYPE_CHECKING, Final, Protocol

import msgspec

from ..engine import case_result, session_of
from ..errors import ExecutorError, InternalError, UsageError
from ..executors import BUILTIN, calls, make
from ..places import log_paths
from ..results import CaseResult, Result, Summary, Watcher
from .record import finished, seed_in, store
from .unit import Packer, Refused, Unit, run_unit

if TYPE_CHECKING:
    from pathlib import Path

    from ..engine import Options
    from ..executors import Calls
    from ..extensions import Extension
    from ..results import Session
    from ..scenario import Case
    from .unit import Came

NAP: Final = 0.1
"""Seconds between two looks at Ctrl-C."""
AHEAD: Final = 2
"""Runs that are given out for each that is under way, so that no worker waits for the next."""
PIECE: Final = 1 << 20
"""Bytes of a log that observers are told of at a time, at least: whole lines."""


class Sweep(msgspec.Struct, frozen=True, kw_only=True):
    """How cases are swept over.

    Attributes:
        executor: who runs them, and what stood behind the name; or one that somebody has made, and shuts down.
        jobs: how many at a time; None: as many as the executor can.
        folder: where logs go; `Options.events` is the same.
        resume: take what logs in the folder say for done.
        again: the command that goes on where this one ended.
    """

    executor: tuple[Extension, str] | Executor
    jobs: int | None = None
    folder: Path
    resume: bool = False
    again: str = ""


class SweepWatcher(Watcher, Protocol):
    """Is told what happens, on the thread that asked."""

    def sweep_resumed(self, done: int, of: int) -> None:
        """Once, before anything runs: how many runs are done already."""

    def sweep_tick(self, done: int, of: int, under_way: int, elapsed: float, trouble: str | None) -> None:
        """Many times a second: how many runs are done, given out, the seconds since the start, and why no more come
        back, where that is known.
        """


class _Run(msgspec.Struct):
    """One run of the plan."""

    case: int
    """Number of its case, from 0."""
    repeat: int
    path: Path
    result: Result | None = None

    @property
    def key(self) -> tuple[int, int]:
        """What tells it from all others."""
        return self.case, self.repeat


class _Progress:
    """What is known of all runs.

    With `fail_fast` the first case that is not as expected is the last: what other workers have come to in later ones
    meanwhile is not told, as if there had been one process.
    """

    def __init__(self, cases: Sequence[Case], options: Options, watcher: SweepWatcher | None) -> None:
        self._cases = cases
        self._watcher = watcher
        self._fail_fast = options.fail_fast
        paths = log_paths(cases, options.events)
        self.runs = [
            _Run(number, repeat, next(paths))
            for number, case in enumerate(cases)
            for repeat in range(1, case.repeat + 1)
        ]
        self._of: list[list[_Run]] = [[] for _ in cases]
        for run in self.runs:
            self._of[run.case].append(run)
        self.cases: dict[int, CaseResult] = {}
        self.last = len(cases)
        """The number of the case behind which none is run."""
        self.done = 0
        """How many runs are."""
        self._told = 0
        self._started = time.monotonic()

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._started

    def wanted(self, run: _Run) -> bool:
        """Whether anybody asks for what it comes to."""
        return run.case <= self.last

    def named(self, key: tuple[int, int]) -> str:
        """A run in a sentence."""
        number, repeat = key
        case = self._cases[number]
        return case.id if case.repeat == 1 else f"{case.id} (repeat {repeat})"

    def tick(self, under_way: Calls[tuple[int, int], Came | Refused]) -> None:
        """Tell how far it is."""
        if self._watcher:
            self._watcher.sweep_tick(self.done, len(self.runs), len(under_way), self.elapsed, under_way.trouble())

    def take(self, run: _Run, result: Result) -> list[CaseResult]:
        """A run is done; the cases that are with it, and may be told."""
        assert run.result is None, "a run is done once"
        run.result = result
        self.done += 1
        results = [each.result for each in self._of[run.case]]
        if self._watcher and not self._fail_fast:
            self._watcher.run_finished(result)
        whole = [each for each in results if each is not None]
        if len(whole) < len(results):
            return []
        done = self.cases[run.case] = case_result(self._cases[run.case], whole)
        if not self._fail_fast:
            return [self._tell(run.case)]
        if not done.as_expected:
            self.last = min(self.last, run.case)
        told = []
        while self._told in self.cases and self._told <= self.last:
            told.append(self._tell(self._told))
            self._told += 1
        return told

    def _tell(self, number: int) -> CaseResult:
        done = self.cases[number]
        if self._watcher:
            for result in done.results if self._fail_fast else ():
                self._watcher.run_finished(result)
            self._watcher.case_finished(done)
        return done

    def summary(self) -> tuple[CaseResult, ...]:
        """What all cases came to that are done, in their order."""
        return tuple(self.cases[number] for number in sorted(self.cases) if number <= self.last)


def sweep_cases(cases: Sequence[Case], options: Options, sweep: Sweep, watcher: SweepWatcher | None = None) -> Summary:
    """Run cases on an executor; Ctrl-C gives up what is under way, and keeps what is done.

    Raises:
        UsageError: a case cannot be run like this.
        LogError: a log cannot be written.
        PluginError: the executor of a plugin cannot be made.
        ExecutorError: the executor is gone; the hint is the command that goes on.
    """
    with _interrupts() as pressed:
        results = sweep_results(cases, options, sweep, watcher, pressed)
        while True:
            try:
                next(results)
            except StopIteration as end:
                summary: Summary = end.value
                return summary


def sweep_results(
    cases: Sequence[Case],
    options: Options,
    sweep: Sweep,
    watcher: SweepWatcher | None = None,
    pressed: Sequence[int] = (),
) -> Generator[CaseResult, None, Summary]:
    """The same, case by case as they are done; who leaves it early gives up what is under way.

    Args:
        pressed: not empty any more where Ctrl-C is to end it.

    Raises:
        As `sweep_cases`.
    """
    progress = _Progress(cases, options, watcher)
    if sweep.resume and options.seed is None:
        drawn = ((cases[run.case].id, run.path) for run in progress.runs if cases[run.case].seed is None)
        options = msgspec.structs.replace(options, seed=seed_in(drawn))
    session = session_of(cases, options)
    with _scratch(sweep) as scratch:
        packer = Packer(session, options, scratch=scratch, forked=scratch is not None and options.fork_here)
        for case in cases:
            packer.pack(case, 1)  # what cannot be sent is said before anything runs
        if watcher:
            watcher.session_started(session)
        if options.observers:
            options.observers.started(session)
        if sweep.resume:
            old = [(run, finished(cases[run.case], run.repeat, session, run.path)) for run in progress.runs]
            if watcher:
                watcher.sweep_resumed(sum(result is not None for _, result in old), len(old))
            for run, result in old:
                if result is not None:
                    yield from progress.take(run, result)
        todo = [run for run in progress.runs if run.result is None and progress.wanted(run)]
        if todo:
            executor = sweep.executor
            fixed = isinstance(executor, Executor)
            maker = (lambda: executor) if isinstance(executor, Executor) else partial(make, executor)
            try:
                with calls(maker, run_unit, progress.named, fixed=fixed) as under_way:
                    wanted = takewhile(progress.wanted, todo)
                    packs = ((run, packer.pack(cases[run.case], run.repeat)) for run in wanted)
                    for run, came in _came(under_way, packs, progress, sweep.jobs, pressed):
                        yield from progress.take(run, _result(cases[run.case], run, came, session, options))
            except ExecutorError as error:
                raise ExecutorError(
                    f"{error}; {progress.done} of {len(progress.runs)} runs are done, and kept in {sweep.folder}",
                    hint=f"goes on: {sweep.again}" if sweep.again else None,
                ) from error
    return Summary(session, progress.summary(), bool(pressed), progress.elapsed)


def _came(
    under_way: Calls[tuple[int, int], Came | Refused],
    todo: Iterator[tuple[_Run, Unit]],
    progress: _Progress,
    jobs: int | None,
    pressed: Sequence[int],
) -> Iterator[tuple[_Run, Came]]:
    """What comes back, as it does, until nothing is left or somebody stops it."""
    runs: dict[tuple[int, int], _Run] = {}
    while not pressed:
        room = max(0, AHEAD * under_way.width(jobs) - len(under_way))
        for run, unit in islice(todo, room):
            runs[run.key] = run
            under_way.submit(run.key, unit)
        if not any(map(progress.wanted, runs.values())):
            return
        for key, came in under_way.finished(NAP):
            if isinstance(came, Refused):
                raise UsageError(came.message, hint=came.hint)
            yield runs.pop(key), came
        progress.tick(under_way)


def _result(case: Case, run: _Run, came: Came, session: Session, options: Options) -> Result:
    """Store a log that came back, and read what the run came to."""
    log = zlib.decompress(came.log)
    store(run.path, log)
    result = finished(case, run.repeat, session, run.path)
    if result is None:
        raise InternalError(f"the event log that came back does not belong to {case.id}: {run.path}")
    if options.observers:
        tap = options.observers.tap(case.id)
        at = 0
        while at < len(log):
            end = log.find(b"\n", min(at + PIECE, len(log) - 1)) + 1
            tap(log[at:end])
            at = end
        options.observers.finished(result)
    return result


@contextlib.contextmanager
def _scratch(sweep: Sweep) -> Iterator[Path | None]:
    """A folder for processes of this machine to work in: what one leaves that is killed goes with it."""
    if isinstance(sweep.executor, Executor) or sweep.executor[0] is not BUILTIN["processes"]:
        yield None
        return
    folder = sweep.folder.absolute() / ".working"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _interrupts() -> Iterator[list[int]]:
    """Within it, Ctrl-C is noted instead of raised between a log and its result; the second one is raised."""
    pressed: list[int] = []
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or before is not signal.default_int_handler:
        yield pressed
        return

    def note(signum: int, _: object) -> None:
        pressed.append(signum)
        if len(pressed) > 1:
            raise KeyboardInterrupt

    signal.signal(signal.SIGINT, note)
    try:
        yield pressed
    finally:
        signal.signal(signal.SIGINT, before)
