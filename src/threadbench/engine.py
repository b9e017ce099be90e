"""The engine: load → resolve → run → judge → record. Cases go in, results come out, an event log is left for each
run.
"""

from __future__ import annotations

import os
import shlex
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from . import verdicts
from ._version import __version__
from .places import log_paths
from .results import CaseResult, Result, Session, Summary, Watcher

if TYPE_CHECKING:
    from pathlib import Path

    from .events.log import Tap
    from .observing import Observers
    from .runtime.base import Cause, Ending, Task, Tick
    from .runtime.native import NativeRuntime
    from .scenario import Case, Failure

__all__ = ["CaseResult", "Options", "Result", "Session", "Summary", "Watcher", "case_results", "run_cases"]


_IMPLEMENTATIONS = {"cpython": "CPython", "pypy": "PyPy"}  # as `platform` calls them, which takes long to import


class Options(msgspec.Struct, frozen=True):
    """How cases are run.

    Attributes:
        seed: for cases that name none; None draws one.
        fail_fast: stop after the first case that is not as expected.
        events: where logs go: a file for a single run, else a folder; None puts them below `.threadbench/runs`.
        isolate: run in processes of their own; else in this one.
        fork_here: the calling process is single-threaded and free of user code: workers may descend from it.
        replay: what a command that runs a case again needs besides its id and seed.
        observers: who is told of it all.
    """

    seed: int | None = None
    fail_fast: bool = False
    events: str | None = None
    isolate: bool = True
    fork_here: bool = False
    replay: tuple[str, ...] = ()
    observers: Observers | None = None


def run_cases(cases: Sequence[Case], options: Options, watcher: Watcher | None = None) -> Summary:
    """Run cases one after the other; Ctrl-C ends the run under way and the session.

    Raises:
        UsageError: a case cannot be run like this.
        LogError: a log cannot be written.
    """
    session = session_of(cases, options)
    started = time.monotonic()
    with runtime_for(cases, options) as runtime:
        done = tuple(case_results(cases, session, options, runtime, watcher))
        interrupted = bool(runtime.interrupts.count)
    return Summary(session, done, interrupted, time.monotonic() - started)


def settle() -> None:
    """Import what runs cases, and set it aside: a process that workers descend from (`Options.fork_here`) calls this
    before it imports plugins, and then need not look for a workload's locks in what is older.
    """
    from .runtime.native.tracing import settle

    settle()


def runtime_for(cases: Sequence[Case], options: Options) -> NativeRuntime:
    from .runtime.native import NativeRuntime

    kind: type[NativeRuntime] = NativeRuntime
    if any(case.scenario.runtime == "virtual" for case in cases):
        from .runtime.virtual.runtime import VirtualRuntime

        kind = VirtualRuntime
    modules = {case.workload.function.__module__ for case in cases} - {"__main__"}
    return kind(isolate=options.isolate, fork_here=options.fork_here, preload=["threadbench.plugins", *sorted(modules)])


def case_results(
    cases: Sequence[Case], session: Session, options: Options, runtime: NativeRuntime, watcher: Watcher | None
) -> Iterator[CaseResult]:
    """Each case's result when it is done; ends early with Ctrl-C or, if so asked, a failure."""
    for case in cases:
        runtime.check(task_of(case, session, repeat=1))
    paths = log_paths(cases, options.events)
    if watcher:
        watcher.session_started(session)
    if options.observers:
        options.observers.started(session)
    for case in cases:
        done = case_result(case, list(_runs(case, session, options, runtime, paths, watcher)))
        if watcher:
            watcher.case_finished(done)
        yield done
        if runtime.interrupts.count or (options.fail_fast and not done.as_expected):
            return


def _runs(
    case: Case,
    session: Session,
    options: Options,
    runtime: NativeRuntime,
    paths: Iterator[Path],
    watcher: Watcher | None,
) -> Iterator[Result]:
    """The repeats of one case, until Ctrl-C."""

    def tick(elapsed: float) -> None:
        if watcher:
            watcher.tick(case, elapsed)

    for repeat in range(1, case.repeat + 1):
        if watcher:
            watcher.run_started(case, repeat)
        tap = options.observers.tap(case.id) if options.observers else None
        result = run_once(case, repeat, session, options, runtime, next(paths), tick, tap)
        if watcher:
            watcher.run_finished(result)
        if options.observers:
            options.observers.finished(result)
        yield result
        if runtime.interrupts.count:
            return


def run_once(
    case: Case,
    repeat: int,
    session: Session,
    options: Options,
    runtime: NativeRuntime,
    path: Path,
    tick: Tick | None = None,
    tap: Tap | None = None,
) -> Result:
    """One run of a case, from the first line of its log to the last.

    Raises:
        LogError: the log cannot be written.
    """
    from .events.log import LogWriter
    from .events.recovery import refuse_running

    task = task_of(case, session, repeat)
    refuse_running(path)
    log = LogWriter.create(path, header_of(case, task, session, repeat), tap)
    try:
        ending = runtime.run(task, log, tick)
        result = _judge(case, task, repeat, ending, log.path, options)
        log.finish(result.closing)
    finally:
        log.close()
    return result


def _judge(case: Case, task: Task, repeat: int, ending: Ending, log: Path, options: Options) -> Result:
    """What a run's ending amounts to, by what its scenario expects."""
    checks = {check.name: check.ok for check in ending.checks}
    verdict, as_expected, failures = judged(case, ending.cause, ending.outcome, checks, ending.metrics)
    closing: dict[str, Any] = {
        "verdict": verdict,
        "as_expected": as_expected,
        "expected": list(case.expect.verdicts),
        "cause": ending.cause,
        "reason": ending.reason,
        "outcome": ending.outcome,
        "checks": [{"name": c.name, "ok": c.ok, "at": c.at, "data": dict(c.data)} for c in ending.checks],
        "metrics": dict(ending.metrics),
        "failures": [
            {
                "path": failure.path,
                "expected": failure.expected,
                "got": failure.got,
                "at": str(failure.position) if failure.position else None,
                "source": failure.source,
                "width": failure.width,
            }
            for failure in failures
        ],
        "duration": ending.duration,
        **ending.facts,
    }
    if case.folder is not None:
        closing["replay"] = shlex.join(["threadbench", "run", case.id, "--seed", str(task.seed), *options.replay])
    return result_of(case, task, repeat, log, closing, failures)


def judged(
    case: Case, cause: Cause, outcome: Any, checks: Mapping[str, bool], metrics: Mapping[str, float]
) -> tuple[verdicts.RunVerdict, bool, tuple[Failure, ...]]:
    """The verdict by what its scenario expects, whether it is the one that was asked for, and what was not met."""
    came: verdicts.RunVerdict = "passed" if cause == "returned" else cause
    failures = case.expect.judge(came, outcome, checks, metrics)
    return *case.expect.settle(came, failures), failures


def result_of(
    case: Case, task: Task, repeat: int, log: Path, closing: Mapping[str, Any], failures: tuple[Failure, ...]
) -> Result:
    """A run's result, by the data of its log's last line and what was not met."""
    return Result(
        case_id=case.id,
        name=_name(case),
        kind=case.workload.kind,
        repeat=repeat,
        seed=task.seed,
        verdict=closing["verdict"],
        as_expected=closing["as_expected"],
        outcome=closing["outcome"],
        checks={check["name"]: check["ok"] for check in closing["checks"]},
        metrics=closing["metrics"],
        failures=failures,
        reason=closing["reason"],
        duration=closing["duration"],
        log_path=str(log),
        closing=closing,
    )


def case_result(case: Case, results: Sequence[Result]) -> CaseResult:
    """What a case came to, by its runs."""
    rate = sum(result.as_expected for result in results) / len(results)
    if case.expect.pass_rate is None:
        code = verdicts.gravest([result.exit_code for result in results])
        return CaseResult(case.id, tuple(results), rate, code == verdicts.OK, (), code)
    failures = case.expect.judge_pass_rate(rate)
    return CaseResult(
        case.id, tuple(results), rate, not failures, failures, verdicts.FAILED if failures else verdicts.OK
    )


def session_of(cases: Sequence[Case], options: Options) -> Session:
    seed = options.seed if options.seed is not None else int.from_bytes(os.urandom(4))
    named = {case.seed for case in cases}
    if len(named) == 1:
        (only,) = named
        seed = seed if only is None else only
    return Session(
        version=__version__,
        python=sys.version.partition(" ")[0],
        implementation=_IMPLEMENTATIONS.get(sys.implementation.name, sys.implementation.name),
        gil=getattr(sys, "_is_gil_enabled", lambda: True)(),
        cpus=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        platform=f"{os.uname().sysname} {os.uname().machine}",
        seed=seed,
        total=len(cases),
    )


def task_of(case: Case, session: Session, repeat: int) -> Task:
    """A run of a case as a runtime needs it."""
    from .runtime.base import Task

    cell = ",".join(f"{key}={value}" for key, value in case.cell.items())
    return Task(
        kind=case.workload.kind,
        function=case.workload,
        params=case.params,
        seed=session.seed if case.seed is None else case.seed,
        salt=f"{_name(case)}/{cell}/{repeat}",
        timeout=case.timeout,
        folder=case.folder,
        model=case.scenario.model if case.scenario.runtime == "virtual" else None,
        place=case.outcome_place,
    )


def _name(case: Case) -> str:
    """The scenario's name, given or by its file."""
    return case.scenario.name or case.name.partition("[")[0]


def header_of(case: Case, task: Task, session: Session, repeat: int) -> Mapping[str, Any]:
    """The data of a log's first line."""
    return {
        "scenario": _name(case),
        "case": case.id,
        "kind": task.kind,
        "params": case.params.model_dump(mode="json"),
        "cell": dict(case.cell),
        "seed": task.seed,
        "repeat": repeat,
        "timeout": task.timeout,
        "runtime": case.scenario.runtime,
        "model": case.scenario.model,
        "threadbench": session.version,
        "python": session.python,
        "implementation": session.implementation,
        "gil": session.gil,
        "cpus": session.cpus,
        "platform": session.platform,
        "started": datetime.now(UTC).isoformat(timespec="milliseconds"),
    }
