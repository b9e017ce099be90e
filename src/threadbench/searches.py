"""The engine of exploration: cases go in, each is one search for each model, results and stored witnesses come out."""

from __future__ import annotations

import platform
import time
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import msgspec

from . import verdicts
from .engine import Options, session_of
from .errors import UsageError
from .exploring import code_of, explore_here, judged_outcome, named, program_of
from .places import WITNESSES, witness_paths
from .results import SearchResult, SearchSummary, SearchWatcher, Session

if TYPE_CHECKING:
    from pathlib import Path

    from .explore.found import Found
    from .explore.journal import Kept
    from .explore.limits import Limits
    from .explore.schedule import Schedule as Schedule  # the command line's replay knows it from here
    from .explore.search import Tick
    from .explore.supervisor import Interrupts
    from .explore.walk import Walk
    from .explore.worker import Progress
    from .extensions import Extension
    from .observing import Observers
    from .scenario import Case
    from .strategies import Provided


JOINING: Final = 30.0
"""Seconds in which a search may be silent that joins an executor."""


class SearchOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How cases are explored; None leaves a setting to the scenario.

    Attributes:
        models: where points are; None: the scenario's one.
        all_outcomes: go on for the whole table of outcomes; else the first end that is not as it should be is enough,
            unless the scenario says something of other ends.
        seed: for cases that name none; None draws one.
        provided: the strategy of that name, where it is none of ours.
        jobs: processes that sample at a time.
        fail_fast: stop after the first search that is not as expected.
        settings: options of the command that change what a case is; stored with each witness.
        witnesses: the folder that witnesses go to; None: the one of the command.
        executor: what runs samples instead of forked processes: made in the process of the search, by `ExecutorFactory`
            and what stood behind its name.
        observers: who is told of it all.
        journals: where what batches came to is kept, with jobs or an executor; None: nowhere.
        resume: go on with the searches whose journals are there.
    """

    models: tuple[str, ...] | None = None
    strategy: str | None = None
    provided: Provided | None = None
    time: str | None = None
    max_schedules: int | None = None
    time_limit: float | None = None
    all_outcomes: bool = False
    seed: int | None = None
    jobs: int = 1
    fail_fast: bool = False
    settings: tuple[str, ...] = ()
    witnesses: str | None = None
    executor: tuple[Extension, str] | None = None
    observers: Observers | None = None
    journals: str | None = None
    resume: bool = False


def explore_cases(cases: Sequence[Case], options: SearchOptions, watcher: SearchWatcher | None = None) -> SearchSummary:
    """Explore cases one after the other, each search in a process of its own that is forked from this one.

    Checks and `expect.outcomes` are judged on every schedule, `expect.explore` on the search.

    Raises:
        UsageError: a case cannot be explored like this.
        PluginError: a plugin's strategy failed.
    """
    from .explore.supervisor import Interrupts

    started = time.monotonic()
    session = session_of(cases, Options(_seed(cases, options)))
    planned: list[tuple[Case, Limits]] = []
    for case in cases:
        with named(case):  # what makes no sense is told before anything is searched
            planned += [(case, limits_for(case, session, options, m)) for m in options.models or (case.scenario.model,)]
    paths = witness_paths([(case, limits.model) for case, limits in planned], options.witnesses or WITNESSES)
    if watcher:
        watcher.session_started(session)
    if options.observers:
        options.observers.started(session)
    interrupts = Interrupts()
    done: list[SearchResult] = []
    for (case, limits), path in zip(planned, paths, strict=True):
        with named(case):
            found = _search(case, limits, options, interrupts, watcher, _journal(case, options, path.stem))
        done.append(_result(case, limits, _kept(found, case, limits, options), path, _allowed(case, limits, options)))
        if watcher:
            watcher.search_finished(case, done[-1])
        if options.observers:
            options.observers.finished(done[-1])
        if interrupts.count or (options.fail_fast and not done[-1].as_expected):
            break
    return SearchSummary(session, tuple(done), bool(interrupts.count), time.monotonic() - started)


def _journal(case: Case, options: SearchOptions, stem: str) -> Kept | None:
    """Where the search of a case keeps what its batches came to; `stem` is that of its witness."""
    if options.journals is None or (options.jobs == 1 and options.executor is None):
        return None
    from .explore.journal import Kept

    about = {"case": case.id, "kind": case.workload.kind, "params": case.params.model_dump(mode="json")}
    return Kept(f"{options.journals}/{stem}.jsonl", about, options.resume)


def _seed(cases: Sequence[Case], options: SearchOptions) -> int | None:
    """The seed for cases that name none: where searches are resumed, the one that they drew."""
    if options.seed is not None or not options.resume or options.journals is None:
        return options.seed
    from .explore.journal import seed_in

    searches = [(case, model) for case in cases for model in options.models or (case.scenario.model,)]
    for (case, _), path in zip(searches, witness_paths(searches, options.journals), strict=True):
        seed = None if case.seed is not None else seed_in(path.with_suffix(".jsonl"), case.id)
        if seed is not None:
            return seed
    return None


def limits_for(case: Case, session: Session, options: SearchOptions, model: str) -> Limits:
    """How a case is searched: as its scenario says, where the options say nothing else."""
    from .explore.arguments import limits_of, require_split

    said = case.scenario.explore
    limits = limits_of(
        strategy=options.strategy or said.strategy,
        model=model,
        time=options.time or said.time,
        max_schedules=options.max_schedules or said.max_schedules,
        time_limit=options.time_limit or said.time_limit,
        stop_on_first=not (options.all_outcomes or case.expect.outcomes or case.expect.explore != ("holds",)),
        seed=session.seed if case.seed is None else case.seed,
        provided=_provided(case, options) is not None,
    )
    if options.jobs != 1 or options.executor is not None:
        require_split(limits)
    return limits


def _provided(case: Case, options: SearchOptions) -> Provided | None:
    return options.provided if options.strategy else case.strategy


def _search(
    case: Case,
    limits: Limits,
    options: SearchOptions,
    interrupts: Interrupts,
    watcher: SearchWatcher | None,
    kept: Kept | None,
) -> Found:
    from .explore.supervisor import search_apart

    def tick(progress: Progress, elapsed: float) -> None:
        if watcher:
            watcher.search_tick(case, limits.model, progress, elapsed)

    job = partial(
        explore_here,
        case,
        limits,
        options.jobs,
        provided=_provided(case, options),
        executor=options.executor,
        kept=kept,
    )
    # Batches are watched where they run; to join a cluster may take longer than a schedule.
    patience = case.timeout if options.executor is None else max(case.timeout, JOINING)
    return search_apart(job, limits, patience, interrupts, tick)


def load_witness(path: str) -> Schedule:
    """A stored schedule of a case, or of a test, that this Python can run.

    Raises:
        UsageError: there is none, or it belongs to no scenario, or to another Python.
    """
    from .explore.schedule import again, load

    schedule = load(path)
    if schedule.scenario is None and schedule.test is None:
        raise UsageError(
            f"{path} belongs to callables, and not to a scenario", hint="in the process that found it: witness.replay()"
        )
    here = f"{platform.python_implementation()} {platform.python_version()}"
    if _minor(here) != _minor(schedule.python):
        raise UsageError(
            f"{path} was found on {schedule.python}, and this is {here}: its choices would mean something else",
            hint=f"use {_minor(schedule.python)}, or {again(schedule)}",
        )
    return schedule


def _minor(python: str) -> str:
    return ".".join(python.split(".")[:2])


def replay_case(case: Case, schedule: Schedule, witness: str, times: int = 1) -> SearchResult:
    """Run a stored schedule of a case again, in a process of its own.

    Raises:
        UsageError: the code under test, or the scenario's params, have changed since.
        KeyboardInterrupt: Ctrl-C.
    """
    from .explore.limits import Limits
    from .explore.schedule import again
    from .explore.supervisor import Interrupts, search_apart

    now = case.params.model_dump(mode="json")
    if schedule.params is not None and schedule.params != now:
        different = sorted(name for name in {*now, *schedule.params} if now.get(name) != schedule.params.get(name))
        raise UsageError(f"the scenario's params have changed since: {', '.join(different)}", hint=again(schedule))
    limits = Limits(model=schedule.model, time=schedule.time, strategy="replay")  # type: ignore[arg-type] # a text that is one of the literals
    interrupts = Interrupts()
    job = partial(_replayed, case, schedule, times)
    found = search_apart(job, limits, case.timeout * times, interrupts, lambda *_: None)
    if interrupts.count:
        raise KeyboardInterrupt
    failures = () if found.verdict == "holds" else case.expect.judge_search(found.verdict)
    return SearchResult(
        case_id=case.id,
        kind=case.workload.kind,
        model=schedule.model,
        seed=case.seed or 0,
        found=found,
        failures=failures,
        as_expected=not failures,
        exit_code=verdicts.search_exit_code(found.verdict, as_expected=not failures),
        witness=witness,
    )


def walk_case(case: Case, schedule: Schedule, seed: int) -> Walk | None:
    """A schedule of a case, run once more in a process of its own, to walk through; None where it cannot be.

    Args:
        case: that was explored.
        schedule: one that was found.
        seed: of the search.
    """
    from .explore.limits import Limits
    from .explore.supervisor import Interrupts, search_apart

    limits = Limits(model=schedule.model, time=schedule.time, strategy="replay")  # type: ignore[arg-type] # a text that is one of the literals
    job = partial(_walked, case, schedule, seed)
    return search_apart(job, limits, case.timeout, Interrupts(), lambda *_: None).walk


def _walked(case: Case, schedule: Schedule, seed: int, _: Tick) -> Found:
    from .explore.replaying import replay

    return replay(schedule, program_of(case, seed), code_of(case), partial(judged_outcome, case), told=False, walk=True)


def _replayed(case: Case, schedule: Schedule, times: int, _: Tick) -> Found:
    from .explore.replaying import replay
    from .explore.strategies.base import Diverged

    code, program = code_of(case), program_of(case, case.seed or 0)
    for number in range(1, times + 1):
        found = replay(schedule, program, code, partial(judged_outcome, case))
        (outcome,) = found.outcomes
        if (outcome.cause, outcome.value) != (schedule.cause, schedule.outcome):
            was, now = (f"{cause} {value!r}" for cause, value in _ends(schedule, found))
            raise Diverged(f"time {number} came to {now}, and what was stored to {was}")
    return msgspec.structs.replace(found, schedules=times)


def _ends(schedule: Schedule, found: Found) -> list[tuple[str, Any]]:
    (outcome,) = found.outcomes
    return [(schedule.cause, schedule.outcome), (outcome.cause, outcome.value)]


def _kept(found: Found, case: Case, limits: Limits, options: SearchOptions) -> Found:
    """With schedules that know which case they belong to."""
    settings = (*options.settings, "--seed", str(limits.seed))
    params = case.params.model_dump(mode="json")

    def named(schedule: Schedule) -> Schedule:
        return msgspec.structs.replace(schedule, scenario=case.id, settings=settings, params=params)

    return msgspec.structs.replace(
        found,
        witness=named(found.witness) if found.witness else None,
        outcomes=tuple(msgspec.structs.replace(each, witness=named(each.witness)) for each in found.outcomes),
    )


def _allowed(case: Case, limits: Limits, options: SearchOptions) -> frozenset[str]:
    """Ends besides those that were asked for: what is broken under a scenario's model may hold under others."""
    others = len(options.models or ()) > 1 and limits.model != case.scenario.model
    return frozenset({"holds"} if others else ())


def _result(case: Case, limits: Limits, found: Found, path: Path, allowed: frozenset[str]) -> SearchResult:
    ends = [found.verdict, *(end for each in found.outcomes for end in verdicts.SEARCH_VERDICTS if end == each.cause)]
    unexpected = [end for end in dict.fromkeys(ends) if end not in allowed and case.expect.judge_search(end)]
    failures = [failure for end in unexpected for failure in case.expect.judge_search(end)]
    for outcome in found.outcomes:
        if outcome.cause in {"finished", "violated"}:
            failures += [failure for failure in case.expect.judge_outcomes(outcome.value) if failure not in failures]
    code = verdicts.gravest([verdicts.search_exit_code(end, as_expected=False) for end in unexpected])
    if failures and code == verdicts.OK:
        code = verdicts.FAILED
    witness = unkept = None
    if found.witness is not None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            witness = str(found.witness.save(path))
        except OSError as error:  # what was found is told nevertheless: it may have taken hours
            unkept = f"cannot write the witness {path}: {error.strerror}"
            code = verdicts.gravest([code, verdicts.INVALID])
    return SearchResult(
        case_id=case.id,
        kind=case.workload.kind,
        model=limits.model,
        seed=limits.seed,
        found=found,
        failures=tuple(failures),
        as_expected=not failures,
        exit_code=code,
        witness=witness,
        unkept=unkept,
    )
