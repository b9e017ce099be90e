"""Explores a program: strategies take turns until nothing is left, something is wrong, or the limits are reached."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from operator import ne
from typing import TYPE_CHECKING, Any

from ..durations import format_duration
from ..errors import ExecutorError, UsageError
from ..runtime.virtual import originals
from ..runtime.virtual.points.current import current
from ..strategies import STRATEGIES
from .arguments import require_split
from .fingerprint import digests_of, fingerprint_of, with_opened
from .found import Found, Outcome, unfinished
from .keyboard import heard
from .limits import MODELS, Limits
from .portfolio import FIRST, FIRST_POINTS, exhaustive, left_for, reduced, run, settled
from .preparation import prepared
from .replaying import programs
from .schedule import Schedule
from .search import Judge, Search, Tick
from .standstill import Uncontrolled

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from ..strategies import Provided
    from ..verdicts import SearchVerdict
    from .journal import Kept
    from .parts import End
    from .program import Program
    from .strategies.dfs import DepthFirst
    from .strategies.dpor import Reduction

ENDS_SHORTENED = 20
"""Ends that are not as they should be, of which the schedule is made as short as can be."""


def explore(
    program: Program,
    code: Sequence[Any],
    limits: Limits,
    judge: Judge | None = None,
    tick: Tick | None = None,
    *,
    jobs: int = 1,
    executor: Executor | Callable[[], Executor] | None = None,
    timeout: float | None = None,
    batch_timeout: float | None = None,
    provided: Provided | None = None,
    kept: Kept | None = None,
) -> Found:
    """Search the interleavings of a program.

    Args:
        program: what runs once for each schedule.
        code: modules and callables whose accesses are points.
        limits: how.
        judge: what is wrong with an outcome.
        tick: called several times a second, between schedules; it may call the search's `interrupt`.
        jobs: how many processes sample at a time, 0 for as many as the executor has; a reduction does not split.
        executor: who runs them, or what makes who does; None forks processes.
        timeout: seconds after which a schedule that comes to no point ends the search; None: somebody else watches.
        batch_timeout: the same for schedules in batches, wherever they run; None: nobody watches.
        provided: the strategy that the limits name, where it is none of ours.
        kept: where what batches came to is kept, for a search that goes on; None: nowhere.

    Raises:
        ExecutorError: the executor is gone, or loses whatever it is given.
        UsageError: no such strategy or model, or an exploration is under way already.
        PluginError: a strategy that is none of ours failed.
        Diverged: the program is non-deterministic.
        KeyboardInterrupt: Ctrl-C, where nobody else handles it: after the schedule under way.
    """
    if provided is None:
        _require("strategy", limits.strategy, STRATEGIES)
    _require("model", limits.model, MODELS)
    started = originals.monotonic()
    opened: frozenset[str] = frozenset()
    while True:
        search = Search.under(limits, program, judge, tick)
        search.opened = opened
        with heard(search):
            found = _searched(
                search, program, code, limits, judge, started, jobs, executor, timeout, batch_timeout, provided, kept
            )
        if found is not None:
            return found
        opened |= search.discovered


def _searched(
    search: Search,
    program: Program,
    code: Sequence[Any],
    limits: Limits,
    judge: Judge | None,
    started: float,
    jobs: int,
    executor: Executor | Callable[[], Executor] | None,
    timeout: float | None,
    batch_timeout: float | None,
    provided: Provided | None,
    kept: Kept | None,
) -> Found | None:
    """What a search came to; None where it is to begin again, with parts of the library opened."""
    until = started + limits.time_limit
    exhausted = cut_short = False
    reduction: DepthFirst | Reduction | None = None
    later = 0
    search.listens = provided is None
    if jobs != 1 or executor is not None:
        require_split(limits)
        if provided is not None and provided.single:
            raise UsageError(f"{provided.owner} is one object, and does not split over jobs", hint="leave `jobs` out")
        if limits.strategy == "auto":
            reduction = exhaustive(limits)
            with prepared(search, code):
                exhausted = reduced(reduction, search, limits, FIRST, until, points=FIRST_POINTS)
                search.unseen = _unseen(limits.strategy)
            if _is_to_begin_again(search, limits, until):
                return None
            later = 0 if exhausted else left_for(search, limits)
        if not exhausted and not settled(search, limits):
            from .jobs import died, sample  # processes and their pools, which one job does without
            from .journal import journal_of

            given = program, code, judge, provided
            sampled = partial(sample, search, given, limits, jobs=jobs, executor=executor, until=until)
            try:
                with journal_of(kept, search, code, limits) as journal:
                    cut_short = sampled(
                        schedules=limits.max_schedules - search.schedules - later,
                        timeout=batch_timeout,
                        journal=journal,
                    )
            except Uncontrolled as error:
                search.uncontrolled = error
            except ExecutorError as error:
                if executor is not None or not died(error):
                    raise
                return _died(search, limits, started)
            if _is_to_begin_again(search, limits, until):
                return None
    with prepared(search, code, timeout) as subject:
        if jobs == 1 and executor is None:
            try:
                exhausted, cut_short = run(search, limits, until, provided)
            except Uncontrolled as error:
                search.uncontrolled = error
            search.unseen = _unseen(limits.strategy)
            if _is_to_begin_again(search, limits, until):
                return None
        elif reduction is not None and later and not cut_short and not settled(search, limits):
            exhausted = reduced(reduction, search, limits, later, until)
            search.unseen = _unseen(limits.strategy)
            cut_short = not exhausted and (search.interrupted or originals.monotonic() > until)
            if _is_to_begin_again(search, limits, until):
                return None
        search.listens = False
        digests = with_opened(digests_of(subject.named), search.opened)
        return _found(search, program, code, digests, limits, exhausted, cut_short, started)


def _died(search: Search, limits: Limits, started: float) -> Found:
    """Processes of our own that run schedules end without a word, one after the other: what they run ends them."""
    count = f"{search.schedules:,} schedule{'s' * (search.schedules != 1)}"
    return unfinished(
        limits,
        f"processes that run its schedules die, one after the other, after {count} that did not",
        verdict="crashed",
        schedules=search.schedules,
        points=search.points,
        duration=originals.monotonic() - started,
    )


def _is_to_begin_again(search: Search, limits: Limits, until: float) -> bool:
    """Whether code under test looked into a part of the library that did not tell what it does."""
    stopped = search.interrupted or search.uncontrolled or originals.monotonic() > until
    return bool(search.discovered) and not settled(search, limits) and not stopped


def _require(what: str, given: str, known: Sequence[str]) -> None:
    if given not in known:
        raise UsageError(f"{what} {given!r} is unknown", hint=f"one of: {', '.join(known)}")


def _found(
    search: Search,
    program: Program,
    code: Sequence[Any],
    digests: dict[str, str],
    limits: Limits,
    exhausted: bool,
    cut_short: bool,
    started: float,
) -> Found:
    duration = originals.monotonic() - started
    unseen = search.unseen if exhausted else None
    exhaustive = exhausted and not unseen and not any(end.cause == "livelock" for end in search.ends.values())
    outcomes = []
    witness = None
    shortened = 0
    for end in search.ends.values():
        if end.bad and shortened < ENDS_SHORTENED and not search.interrupted:
            shortened += 1
            short = search.shortened(end, effort=100_000 if end is search.bad else 15_000)
            schedule = _schedule(end, limits, digests, short.choices, short.preemptions, short.points)
        else:
            assert end.choices is not None
            schedule = _schedule(end, limits, digests, end.choices, _switches(end.choices), end.points)
        programs[schedule] = program, code
        if end is search.bad:
            witness = schedule
        outcomes.append(Outcome(end.outcome, end.cause, end.reason, end.count, not end.bad, schedule, end.first))
    verdict, reason = _verdict(search, unseen, exhaustive, cut_short, limits)
    explanation = search.uncontrolled.explanation if search.uncontrolled else None
    if witness is not None:
        from .explain import explained  # nothing to explain where all is well

        search.causal = witness.time == "causal"
        explanation = explained(search, witness.choices)
    return Found(
        verdict=verdict,
        exhaustive=exhaustive,
        schedules=search.schedules,
        cut=search.cut,
        schedules_to_first=search.bad.first if search.bad else None,
        outcomes=tuple(sorted(outcomes, key=lambda outcome: (not outcome.expected, -outcome.count))),
        witness=witness,
        reason=reason,
        strategy=limits.strategy,
        model=limits.model,
        seed=limits.seed,
        points=search.points,
        duration=duration,
        explanation=explanation,
    )


def _unseen(strategy: str) -> str | None:
    """What the search met that keeps it from knowing everything, for a person."""
    if current.unseen is None and current.late is not None and strategy != "dfs":
        return f"{current.late}, and a reduction lets objects go later than they would"
    return current.unseen


def _verdict(
    search: Search, unseen: str | None, exhaustive: bool, cut_short: bool, limits: Limits
) -> tuple[SearchVerdict, str]:
    bad = search.bad
    if bad is not None:
        verdict: Any = bad.cause
        return verdict, bad.reason or bad.cause
    count = f"{search.schedules:,} schedule{'s' * (search.schedules != 1)}"
    if unseen:
        all_there_is = "is all there is" if search.schedules == 1 else "are all there are"
        return "inconclusive", f"{count} {all_there_is} to see, but {unseen}"
    if exhaustive:
        return "holds", f"in every interleaving of the model, {count} up to the order of independent steps"
    if search.uncontrolled:
        return "inconclusive", f"{search.uncontrolled}, after {count}"
    if search.interrupted:
        return "inconclusive", f"interrupted after {count}"
    if cut_short:
        within = " and within another" if search.scheduler.overrun else ""
        limit = format_duration(limits.time_limit)
        return "inconclusive", f"{limit} were up after {count}{within}, in which nothing was wrong"
    if limits.strategy in {"dpor", "dfs"}:
        return "inconclusive", search.gave_up or f"{count} did not exhaust the interleavings"
    if not search.schedules:
        return "inconclusive", "no schedule was run to its end"
    return "holds", f"in {count} that were sampled" + (f"; {search.gave_up}" if search.gave_up else "")


def _schedule(
    end: End, limits: Limits, digests: dict[str, str], choices: tuple[int, ...], preemptions: int, points: int
) -> Schedule:
    return Schedule(
        model=limits.model,
        time="causal" if end.causal else limits.time,
        cause=end.cause,
        reason=end.reason,
        outcome=end.outcome,
        preemptions=preemptions,
        points=points,
        fingerprint=fingerprint_of(digests),
        code=digests,
        threads=end.threads,
        choices=choices,
    )


def _switches(choices: Sequence[int]) -> int:
    return sum(map(ne, choices, choices[1:]))
