"""What is called from Python: `run` and `run_all`, for whatever names cases, and `explore`, for callables."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from .collecting import collecting_nothing
from .durations import LONGEST, is_seconds
from .errors import UsageError
from .seeds import MAX_SEED, is_seed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from concurrent.futures import Executor
    from types import ModuleType

    from .engine import Options
    from .explore.found import Found
    from .extensions import Extension
    from .observing import Observers
    from .plugins import Workload
    from .results import Result
    from .scenario import Case, Scenario
    from .strategies import Provided, Strategy


class Only:
    """Who provides kinds where a workload itself was handed over."""

    def __init__(self, workload: Workload) -> None:
        self._workload = workload

    def names(self) -> Sequence[str]:
        """Its kind."""
        return [self._workload.kind]

    def workload(self, kind: str) -> Workload:
        """It.

        Raises:
            LookupError: it is of another kind.
        """
        if kind != self._workload.kind:
            raise LookupError(kind)
        return self._workload

    def strategies(self) -> Sequence[str]:
        """Those that are installed."""
        from .plugins import Registry

        return Registry().strategies()

    def strategy(self, name: str) -> Provided:
        """One that is installed; raises as `Registry.strategy`."""
        from .plugins import Registry

        return Registry().strategy(name)


def _cases(target: str | os.PathLike[str] | Scenario | Workload, params: Mapping[str, Any] | None) -> list[Case]:
    from .plugins import Registry, Workload
    from .scenario import Scenario, cases_of, load_cases

    if isinstance(target, Workload):
        return cases_of(Scenario(kind=target.kind, params=dict(params or {})), Only(target))
    if params is not None:
        raise UsageError("params go with a workload; a file or Scenario has its own")
    if isinstance(target, Scenario):
        return cases_of(target, Registry())
    return load_cases([_path(target)], Registry())


def _path(target: object) -> str:
    if isinstance(target, str):
        return target
    if isinstance(target, os.PathLike) and isinstance(path := os.fspath(target), str):
        return path
    raise UsageError(
        f"{target!r} names no case", hint="a path such as 'race.yaml' or 'race.yaml::race', a Scenario, or a Workload"
    )


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
        UsageError: there is not exactly one case, an argument makes no sense, or a process of its own cannot import the
            workload.
        LogError: the event log cannot be written.
        KeyboardInterrupt: Ctrl-C; the log is complete.
    """
    cases = _prepared(_cases(target, params), seed, timeout)
    if len(cases) != 1:
        names = ", ".join(case.id for case in cases[:5]) + (", …" if len(cases) > 5 else "")
        raise UsageError(
            f"threadbench.run runs exactly one case, and there are {len(cases)}: {names}", hint="use run_all"
        )
    from .engine import Options, run_cases

    options = Options(
        seed, events=None if events is None else os.fspath(events), isolate=isolate, observers=_observers()
    )
    summary = run_cases(cases, options)
    if summary.interrupted:
        raise KeyboardInterrupt
    results = summary.cases[0].results
    return next((result for result in results if not result.as_expected), results[-1])


def run_all(
    paths: Sequence[str | os.PathLike[str]] | str | os.PathLike[str],
    *,
    seed: int | None = None,
    timeout: float | None = None,
    events: str | os.PathLike[str] | None = None,
    executor: Executor | str | None = None,
    jobs: int | None = None,
    resume: bool = False,
) -> Iterator[Result]:
    """Run every case of files, folders and globs; yields the result of each run when its case is done.

    Args:
        paths: files, folders, globs, `path::case`; or one of these.
        seed: as for `run`.
        timeout: as for `run`.
        events: the folder for logs, or the file for the log of a single run.
        executor: who does several runs at a time: `processes:N`, `dask://HOST:PORT`, the name of a plugin's, or any
            `concurrent.futures.Executor`, which is left to its owner. Cases are then yielded as they finish.
        jobs: how many at a time; None: one, or as many as the executor can.
        resume: take the runs for done whose logs lie in `events`.

    Raises:
        As `run`, before the first result; KeyboardInterrupt after the last one that Ctrl-C has left whole.
        ExecutorError: the executor is gone; what is done is kept in `events`.
    """
    from .plugins import Registry
    from .scenario import load_cases

    several = [paths] if isinstance(paths, str | os.PathLike) else paths
    cases = _prepared(load_cases([_path(path) for path in several], Registry()), seed, timeout)
    from .engine import Options, case_results, runtime_for, session_of

    options = Options(seed, events=None if events is None else os.fspath(events), observers=_observers())
    if executor is not None or jobs is not None or resume:
        yield from _swept(cases, options, executor or "processes", jobs, resume=resume)
        return
    session = session_of(cases, options)
    with runtime_for(cases, options) as runtime:
        for done in case_results(cases, session, options, runtime, None):
            yield from done.results
        if runtime.interrupts.count:
            raise KeyboardInterrupt


def _swept(
    cases: Sequence[Case], options: Options, executor: Executor | str, jobs: int | None, *, resume: bool
) -> Iterator[Result]:
    from .executors import agreed, parsed, provided_executor
    from .places import new_folder
    from .plugins import Registry
    from .sweep import Sweep, sweep_results

    folder = Path(options.events) if options.events is not None else new_folder()
    if resume and not (options.events and folder.is_dir()):
        raise UsageError("resume goes on with the logs of a folder: name it with events")
    who: Executor | tuple[Extension, str]
    if isinstance(executor, str):
        named = parsed(executor)
        count = agreed(jobs, named)
        who = provided_executor(("processes", str(count)) if named == ("processes", "") else named, Registry())
    else:
        who = executor
    folder.mkdir(parents=True, exist_ok=True)
    again = f"threadbench.run_all(…, events={str(folder)!r}, resume=True)"
    sweep = Sweep(executor=who, jobs=jobs, folder=folder, resume=resume, again=again)
    for done in sweep_results(cases, replace(options, events=str(folder)), sweep):
        yield from done.results


def _observers() -> Observers | None:
    """Those of the plugins that the environment names."""
    from .observing import Observers
    from .plugins import Registry

    return Observers.of(Registry())


def _prepared(cases: Sequence[Case], seed: int | None, timeout: float | None) -> list[Case]:
    if seed is not None and not is_seed(seed):
        raise UsageError(f"seed must be a whole number from 0 to {MAX_SEED}, not {seed!r}")
    if timeout is not None and not (is_seconds(timeout) and 0 < timeout <= LONGEST):
        raise UsageError(f"timeout must be seconds, more than 0 and at most {LONGEST:g}, not {timeout!r}")
    return [
        replace(
            case,
            seed=case.seed if seed is None else seed,
            timeout=case.timeout if timeout is None else timeout,
        )
        for case in cases
    ]


def explore(
    setup: Callable[[], Any] | None = None,
    threads: Sequence[Callable[..., Any]] = (),
    check: Callable[..., Any] | None = None,
    outcome: Callable[..., Any] | None = None,
    *,
    strategy: str | Strategy = "auto",
    model: str = "free-threaded",
    max_schedules: int = 10_000,
    time_limit: float = 60.0,
    seed: int = 0,
    stop_on_first: bool = True,
    instrument: Sequence[ModuleType | Callable[..., Any]] = (),
    time: str = "adversarial",
    preemptions: int | None = None,
    timeout: float = 30.0,
    jobs: int = 1,
    executor: Executor | str | None = None,
) -> Found:
    """Search the interleavings of threads that share a state, in this process; other threads of it go on.

    Args:
        setup: makes the state, anew for each schedule; None makes none, and the other callables get no argument.
        threads: callables that take the state, each run in a thread of its own; they may start threads and pools.
        check: state -> bool, or raises AssertionError; asked when all threads have ended.
        outcome: state -> JSON value: what the schedule came to.
        strategy: what picks the next choice: `auto`, `dpor`, `dfs`, `rff`, `pct`, `pos`, `random`, the name of a
            plugin's, or an object of one's own; see `Strategy`.
        model: where another thread may be scheduled: `sync` (at synchronisation only), `gil` (where CPython with a GIL
            switches) or `free-threaded` (between any two shared accesses).
        max_schedules: how many schedules are run at most.
        time_limit: seconds that the search goes on at most, looked at between schedules.
        seed: fixes every random choice.
        stop_on_first: end with the first schedule that is not as it should be; False goes on for the whole table.
        instrument: modules and callables whose accesses are points too; those of the callables' modules always are.
        time: `adversarial`: sleeps and timeouts may end whenever; `ordered`: in the order of their lengths.
        preemptions: with `dfs`, how often a thread may be interrupted at most.
        timeout: seconds that a thread may go on without a point. One that waits where nobody can switch (in C, for a
            socket), or loops without an access, ends the search, which is then inconclusive and says where. In the
            main thread most waits can be interrupted, in other threads only loops; what cannot is told on standard
            error.
        jobs: how many batches of a search that samples are under way at a time, in processes forked from this one.
        executor: runs the batches instead: `processes:N` (the same as `jobs`), `dask://HOST:PORT`, the name of a
            plugin's, or any `concurrent.futures.Executor`, which is left to its owner. Where these are no processes
            forked from this one, what is explored must be importable.

    Raises:
        ExecutorError: the executor is gone, or loses whatever it is given.
        UsageError: an argument makes no sense, or a search is under way in this process already.
        PluginError: a strategy that is none of ours failed, or its plugin cannot be used.
    """
    if not (is_seconds(timeout) and timeout > 0):
        raise UsageError(f"timeout must be seconds, more than 0, not {timeout!r}")
    if isinstance(jobs, bool) or not isinstance(jobs, int) or jobs < 1:
        raise UsageError(f"jobs must be a whole number, 1 or more, not {jobs!r}")
    runs: Executor | Callable[[], Executor] | None = None
    if isinstance(executor, str):
        jobs, runs = _split(executor, jobs)
    else:
        runs = executor
    if _CALLABLES not in sys.modules:  # once: to hold the collector back takes as long as to look
        with collecting_nothing():
            importlib.import_module(_CALLABLES)
    from .explore.callables import explored

    return explored(
        setup,
        threads,
        check,
        outcome,
        strategy=strategy,
        provided=_named(strategy) if isinstance(strategy, str) else None,
        model=model,
        max_schedules=max_schedules,
        time_limit=time_limit,
        seed=seed,
        stop_on_first=stop_on_first,
        instrument=instrument,
        time=time,
        preemptions=preemptions,
        timeout=timeout,
        jobs=jobs,
        executor=runs,
    )


_CALLABLES = "threadbench.explore.callables"


def _split(executor: str, jobs: int) -> tuple[int, Callable[[], Executor] | None]:
    """How many batches are under way at a time, and what makes who runs them; None: forked processes do."""
    from functools import partial

    from .executors import agreed, make, parsed, provided_executor
    from .plugins import Registry

    named = parsed(executor)
    count = agreed(None if jobs == 1 else jobs, named)
    return count, None if named[0] == "processes" else partial(make, provided_executor(named, Registry()))


def _named(strategy: str) -> Provided | None:
    from .strategies import STRATEGIES

    if strategy in STRATEGIES:
        return None  # without reading what is installed
    from .plugins import Registry, provided
    from .strategies import Provided

    return Provided.by(provided("strategy", strategy, Registry()))
