"""The engine: load → resolve → run → judge → record. Cases go in, results come out, an event log is left for each
run.
"""

from __future__ import annotations

import os
import platform
import re
import secrets
import shlex
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import verdicts
from ._version import __version__
from .errors import LogError, UsageError
from .results import CaseResult, Result, Session, Summary, Watcher

if TYPE_CHECKING:
    from .plugins import Workload
    from .runtime.base import Ending, Task
    from .runtime.native import NativeRuntime
    from .scenario import Case, Scenario

RUNS = Path(".threadbench") / "runs"

__all__ = ["CaseResult", "Options", "Result", "Session", "Summary", "Watcher", "run", "run_all", "run_cases"]


@dataclass(frozen=True, slots=True)
class Options:
    """How cases are run.

    Attributes:
        seed: for cases that name none; None draws one.
        fail_fast: stop after the first case that is not as expected.
        events: where logs go: a file for a single run, else a folder; None puts them below `.threadbench/runs`.
        isolate: run in processes of their own; else in this one.
        fork_here: the calling process is single-threaded and free of user code: workers may descend from it.
        replay: what a command that runs a case again needs besides its id and seed.
    """

    seed: int | None = None
    fail_fast: bool = False
    events: str | None = None
    isolate: bool = True
    fork_here: bool = False
    replay: tuple[str, ...] = ()


def run_cases(cases: Sequence[Case], options: Options, watcher: Watcher | None = None) -> Summary:
    """Run cases one after the other; Ctrl-C ends the run under way and the session.

    Raises:
        UsageError: a case cannot be run like this.
        LogError: a log cannot be written.
    """
    session = _session(cases, options)
    started = time.monotonic()
    with _runtime(cases, options) as runtime:
        done = tuple(_case_results(cases, session, options, runtime, watcher))
        interrupted = bool(runtime.interrupts.count)
    return Summary(session, done, interrupted, time.monotonic() - started)


def _runtime(cases: Sequence[Case], options: Options) -> NativeRuntime:
    from .runtime.native import NativeRuntime

    modules = {case.workload.function.__module__ for case in cases} - {"__main__"}
    return NativeRuntime(
        isolate=options.isolate, fork_here=options.fork_here, preload=["threadbench.plugins", *sorted(modules)]
    )


def _case_results(
    cases: Sequence[Case], session: Session, options: Options, runtime: NativeRuntime, watcher: Watcher | None
) -> Iterator[CaseResult]:
    """Each case's result when it is done; ends early with Ctrl-C or, if so asked, a failure."""
    for case in cases:
        runtime.check(_task(case, session, repeat=1))
    paths = _log_paths(cases, options)
    if watcher:
        watcher.session_started(session)
    for case in cases:
        done = _case_result(case, list(_runs(case, session, options, runtime, paths, watcher)))
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
    from .events.log import LogWriter
    from .events.recovery import refuse_running

    def tick(elapsed: float) -> None:
        if watcher:
            watcher.tick(case, elapsed)

    for repeat in range(1, case.repeat + 1):
        if watcher:
            watcher.run_started(case, repeat)
        task = _task(case, session, repeat)
        path = next(paths)
        refuse_running(path)
        log = LogWriter.create(path, _header(case, task, session, repeat))
        try:
            ending = runtime.run(task, log, tick)
            result = _judge(case, task, repeat, ending, log.path, options)
            log.finish(result.closing)
        finally:
            log.close()
        if watcher:
            watcher.run_finished(result)
        yield result
        if runtime.interrupts.count:
            return


def _judge(case: Case, task: Task, repeat: int, ending: Ending, log: Path, options: Options) -> Result:
    """What a run's ending amounts to, by what its scenario expects."""
    checks = {check.name: check.ok for check in ending.checks}
    cause: verdicts.RunVerdict = "passed" if ending.cause == "returned" else ending.cause
    failures = case.expect.judge(cause, ending.outcome, checks, ending.metrics)
    verdict, as_expected = case.expect.settle(cause, failures)
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
    return Result(
        case_id=case.id,
        name=_name(case),
        kind=case.workload.kind,
        repeat=repeat,
        seed=task.seed,
        verdict=verdict,
        as_expected=as_expected,
        outcome=ending.outcome,
        checks=checks,
        metrics=ending.metrics,
        failures=failures,
        reason=ending.reason,
        duration=ending.duration,
        log_path=str(log),
        closing=closing,
    )


def _case_result(case: Case, results: Sequence[Result]) -> CaseResult:
    rate = sum(result.as_expected for result in results) / len(results)
    if case.expect.pass_rate is None:
        code = verdicts.gravest([result.exit_code for result in results])
        return CaseResult(case.id, tuple(results), rate, code == verdicts.OK, (), code)
    failures = case.expect.judge_pass_rate(rate)
    return CaseResult(
        case.id, tuple(results), rate, not failures, failures, verdicts.FAILED if failures else verdicts.OK
    )


def _session(cases: Sequence[Case], options: Options) -> Session:
    seed = options.seed if options.seed is not None else secrets.randbits(32)
    named = {case.seed for case in cases}
    if len(named) == 1:
        (only,) = named
        seed = seed if only is None else only
    return Session(
        version=__version__,
        python=platform.python_version(),
        implementation=platform.python_implementation(),
        gil=getattr(sys, "_is_gil_enabled", lambda: True)(),
        cpus=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        platform=f"{platform.system()} {platform.machine()}",
        seed=seed,
        total=len(cases),
    )


def _task(case: Case, session: Session, repeat: int) -> Task:
    from .runtime.base import Task

    if case.scenario.runtime != "native":
        raise UsageError(
            f"{case.id} asks for runtime: {case.scenario.runtime}, which this version cannot run",
            hint="leave `runtime` out, or say `runtime: native`",
        )
    cell = ",".join(f"{key}={value}" for key, value in case.cell.items())
    return Task(
        kind=case.workload.kind,
        function=case.workload,
        params=case.params,
        seed=session.seed if case.seed is None else case.seed,
        salt=f"{_name(case)}/{cell}/{repeat}",
        timeout=case.timeout,
        folder=case.folder,
    )


def _name(case: Case) -> str:
    """The scenario's name, given or by its file."""
    return case.scenario.name or case.name.partition("[")[0]


def _header(case: Case, task: Task, session: Session, repeat: int) -> Mapping[str, Any]:
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


def _log_paths(cases: Sequence[Case], options: Options) -> Iterator[Path]:
    """Where the log of each run goes, in the order of the runs."""
    if options.events is not None:
        target = Path(options.events)
        single = len(cases) == 1 and cases[0].repeat == 1
        if single and not target.is_dir() and not options.events.endswith(("/", os.sep)):
            yield target
            return
        if target.is_file():
            raise LogError(f"--events {target} is a file, and there are several runs", hint="name a folder")
        folder = target
    else:
        folder = _new_folder()
    taken: dict[str, int] = {}
    for case in cases:
        stem = re.sub(r"[^\w.=,\[\]-]+", "_", case.name)[:120]
        count = taken[stem] = taken.get(stem, 0) + 1
        stem = stem if count == 1 else f"{stem}~{count}"
        for repeat in range(1, case.repeat + 1):
            yield folder / f"{stem}.{repeat}.jsonl"


def _new_folder() -> Path:
    """A folder of this session's own; two that start in the same millisecond must not share one.

    Raises:
        LogError: it cannot be made.
    """
    name = datetime.now().strftime("%Y-%m-%dT%H-%M-%S.%f")[:-3]
    for number in range(1, 1000):
        folder = RUNS / (name if number == 1 else f"{name}~{number}")
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        except OSError as error:
            raise LogError(f"cannot write event logs below {RUNS}: {error.strerror}") from error
        return folder
    raise LogError(f"cannot find a free name below {RUNS}")


class _Only:
    """Who provides kinds where a workload itself was handed over."""

    def __init__(self, workload: Workload) -> None:
        self._workload = workload

    def names(self) -> Sequence[str]:
        return [self._workload.kind]

    def workload(self, kind: str) -> Workload:
        if kind != self._workload.kind:
            raise LookupError(kind)
        return self._workload


def _cases(target: str | os.PathLike[str] | Scenario | Workload, params: Mapping[str, Any] | None) -> list[Case]:
    from .plugins import Registry, Workload
    from .scenario import Scenario, cases_of, load_cases

    if isinstance(target, Workload):
        return cases_of(Scenario(kind=target.kind, params=dict(params or {})), _Only(target))
    if params is not None:
        raise UsageError("params go with a workload; a file or Scenario has its own")
    if isinstance(target, Scenario):
        return cases_of(target, Registry())
    return load_cases([os.fspath(target)], Registry())


def run(
    target: str | os.PathLike[str] | Scenario | Workload,
    params: Mapping[str, Any] | None = None,
    *,
    seed: int | None = None,
    timeout: float | None = None,
    events: str | os.PathLike[str] | None = None,
    isolate: bool = True,
) -> Result:
    """Run exactly one case and return what it came to; of several repeats, the first that was not as expected, or the
    last.

    Args:
        target: a scenario file (`path` or `path::case`), a `Scenario`, or a `Workload` with `params`.
        params: the params of a workload, as they would stand in YAML.
        seed: fixes random choices; default: the scenario's, else drawn.
        timeout: seconds of wall time, instead of the scenario's.
        events: where the event log goes.
        isolate: run in a process of its own; False runs in this one, for workloads that cannot be imported elsewhere.

    Raises:
        ScenarioError: the scenario is not valid.
        PluginError: its kind's plugin cannot be used.
        UsageError: there is not exactly one case, or a process of its own cannot import the workload.
        LogError: the event log cannot be written.
        KeyboardInterrupt: Ctrl-C; the log is complete.
    """
    cases = _prepared(_cases(target, params), seed, timeout)
    if len(cases) != 1:
        names = ", ".join(case.id for case in cases[:5]) + (", …" if len(cases) > 5 else "")
        raise UsageError(
            f"threadbench.run runs exactly one case, and there are {len(cases)}: {names}", hint="use run_all"
        )
    options = Options(seed, events=None if events is None else os.fspath(events), isolate=isolate)
    summary = run_cases(cases, options)
    if summary.interrupted:
        raise KeyboardInterrupt
    results = summary.cases[0].results
    return next((result for result in results if not result.as_expected), results[-1])


def run_all(
    paths: Sequence[str | os.PathLike[str]],
    *,
    seed: int | None = None,
    timeout: float | None = None,
    events: str | os.PathLike[str] | None = None,
) -> Iterator[Result]:
    """Run every case of files, folders and globs; yields the result of each run when its case is done.

    Raises:
        As `run`, before the first result; KeyboardInterrupt after the last one that Ctrl-C has left whole.
    """
    from .plugins import Registry
    from .scenario import load_cases

    cases = _prepared(load_cases([os.fspath(path) for path in paths], Registry()), seed, timeout)
    options = Options(seed, events=None if events is None else os.fspath(events))
    session = _session(cases, options)
    with _runtime(cases, options) as runtime:
        for done in _case_results(cases, session, options, runtime, None):
            yield from done.results
        if runtime.interrupts.count:
            raise KeyboardInterrupt


def _prepared(cases: Sequence[Case], seed: int | None, timeout: float | None) -> list[Case]:
    from dataclasses import replace

    return [
        replace(
            case,
            seed=case.seed if seed is None else seed,
            timeout=case.timeout if timeout is None else timeout,
        )
        for case in cases
    ]
