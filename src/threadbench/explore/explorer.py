"""Explores a program: strategies take turns until nothing is left, something is wrong, or the limits are reached."""

from __future__ import annotations

import gc
import hashlib
import random
import weakref
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import ExitStack, contextmanager
from typing import Any, Literal

import msgspec

from ..errors import UsageError
from ..runtime.virtual import originals
from ..runtime.virtual.patches import SUBSTITUTES, patched
from ..runtime.virtual.points import instrumented
from ..runtime.virtual.scheduler import Model
from ..runtime.virtual.state import kept
from ..verdicts import SearchVerdict
from .explain import explained
from .found import Found, Outcome
from .jobs import batches, sample, seed_of
from .program import Program
from .schedule import Schedule
from .search import End, Judge, Search, Tick
from .strategies.base import Strategy
from .strategies.dfs import DepthFirst
from .strategies.dpor import Reduction
from .strategies.guided import Replay
from .strategies.pct import Priorities
from .strategies.random import Random

MODELS: tuple[Model, ...] = ("sync", "gil", "free-threaded")
STRATEGIES = ("auto", "dpor", "dfs", "pct", "random")
TURN = 200
TURN_POINTS = 20_000
"""Schedules, and points, that a strategy of the portfolio runs before the next one's turn."""
ENDS_SHORTENED = 20
"""Ends that are not as they should be, of which the schedule is made as short as can be."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How a search is done.

    Attributes:
        strategy: one of `STRATEGIES`.
        model: one of `MODELS`.
        time: `adversarial`: sleeps and timeouts end whenever; `ordered`: in the order of their ends.
        max_schedules: how many are run at most.
        time_limit: seconds of wall time, shrinking excluded.
        stop_on_first: end at the first schedule that is not as it should be.
        seed: fixes everything.
        preemptions: bound of `dfs`.
        max_points: a schedule of as many is cut: a livelock.
    """

    strategy: str = "auto"
    model: Model = "free-threaded"
    time: Literal["adversarial", "ordered"] = "adversarial"
    max_schedules: int = 10_000
    time_limit: float = 60.0
    stop_on_first: bool = True
    seed: int = 0
    preemptions: int | None = None
    max_points: int = 1_000_000


def explore(
    program: Program,
    code: Sequence[Any],
    limits: Limits,
    judge: Judge | None = None,
    tick: Tick | None = None,
    *,
    jobs: int = 1,
    executor: Executor | None = None,
) -> Found:
    """Search the interleavings of a program.

    Args:
        program: what runs once for each schedule.
        code: modules and callables whose accesses are points.
        limits: how.
        judge: what is wrong with an outcome.
        tick: called several times a second, between schedules; it may call the search's `interrupt`.
        jobs: how many processes sample at a time; a reduction does not split.
        executor: who runs them; None forks processes.

    Raises:
        UsageError: no such strategy or model, or an exploration is under way already.
        Diverged: the program is non-deterministic.
    """
    _require("strategy", limits.strategy, STRATEGIES)
    _require("model", limits.model, MODELS)
    started = originals.monotonic()
    search = Search.under(limits, program, judge, tick)
    fingerprint = fingerprint_of(code)  # before it is instrumented
    until = started + limits.time_limit
    exhausted = cut_short = False
    if jobs > 1 or executor is not None:
        if limits.strategy in {"dpor", "dfs"}:
            raise UsageError(
                f"strategy {limits.strategy!r} does not split over jobs", hint="use auto, pct or random with jobs"
            )
        if limits.strategy == "auto":
            with prepared(search, code):
                exhausted = _reduced(search, limits, until)
        if not exhausted and not (search.bad and limits.stop_on_first):
            cut_short = sample(search, (program, code, judge), limits, jobs=jobs, executor=executor, until=until)
    with prepared(search, code):
        if jobs == 1 and executor is None:
            exhausted, cut_short = _run(search, limits, until)
        return _found(search, program, code, fingerprint, limits, exhausted, cut_short, started)


def _require(what: str, given: str, known: Sequence[str]) -> None:
    if given not in known:
        raise UsageError(f"{what} {given!r} is unknown", hint=f"one of: {', '.join(known)}")


@contextmanager
def prepared(search: Search, code: Sequence[Any]) -> Iterator[None]:
    """Within it, the code under test has points, and the standard library is virtual."""
    scheduler = search.scheduler
    collecting = gc.isenabled()
    with ExitStack() as stack:
        stack.enter_context(patched(scheduler))
        stack.enter_context(
            instrumented(
                code,
                scheduler,
                accesses=True,
                switches=scheduler.model == "gil",
                substitutes=SUBSTITUTES,
            )
        )
        search.track(stack.enter_context(kept(code, scheduler)))
        gc.disable()  # when a finalizer runs must not be chance
        try:
            yield
        finally:
            if collecting:
                gc.enable()


def _run(search: Search, limits: Limits, until: float) -> tuple[bool, bool]:
    """Whether every class of interleavings was visited; and whether the time was up before the schedules were."""
    if limits.strategy == "auto":
        return _portfolio(search, limits, until)
    strategy: Strategy
    if limits.strategy in {"dpor", "dfs"}:
        strategy = Reduction() if limits.strategy == "dpor" else DepthFirst(limits.preemptions)
        more = search.visit(strategy, schedules=limits.max_schedules, until=until, stop_on_first=limits.stop_on_first)
        cut_short = more and (search.interrupted or originals.monotonic() > until)
        return not more and not _bounded(strategy) and not search.unfair, cut_short
    for batch, schedules in batches(limits.max_schedules):
        strategy = sampler(limits.strategy, seed_of(limits, batch))
        search.visit(strategy, schedules=schedules, until=until, stop_on_first=limits.stop_on_first)
        if search.bad is not None and limits.stop_on_first:
            break
        if search.interrupted or originals.monotonic() > until:
            return False, True
    return False, False


def sampler(name: str, seed: int) -> Strategy:
    """A strategy that samples; `auto` takes turns between them, by the seed."""
    if name == "auto":
        name = "pct" if seed % 2 else "random"
    return Priorities(seed) if name == "pct" else Random(seed)


def _reduced(search: Search, limits: Limits, until: float) -> bool:
    """Whether the space is so small that a reduction exhausts it in one turn."""
    more = search.visit(
        Reduction(),
        schedules=min(5 * TURN, limits.max_schedules),
        points=5 * TURN_POINTS,
        until=until,
        stop_on_first=limits.stop_on_first,
    )
    return not more and not search.unfair


def _bounded(strategy: Strategy) -> bool:
    return isinstance(strategy, DepthFirst) and strategy.bounded


def _portfolio(search: Search, limits: Limits, until: float) -> tuple[bool, bool]:
    """Reduction, which ends where the space is small, takes turns with what finds needles in a space that is not."""
    draw = random.Random(limits.seed)  # noqa: S311 - not a secret
    reduction = Reduction()
    turns: list[Strategy] = [reduction, Priorities(draw.getrandbits(32)), Random(draw.getrandbits(32))]
    while search.schedules < limits.max_schedules:
        for strategy in list(turns):
            more = search.visit(
                strategy,
                schedules=min(TURN, limits.max_schedules - search.schedules),
                points=TURN_POINTS,
                until=until,
                stop_on_first=limits.stop_on_first,
            )
            if not more:
                return not search.unfair, False
            if search.bad is not None and limits.stop_on_first:
                return False, False
            if search.interrupted or originals.monotonic() > until:
                return False, True
            if search.unfair and strategy is reduction:
                turns.remove(reduction)  # a program that polls has no end of interleavings
    return False, False


def _found(
    search: Search,
    program: Program,
    code: Sequence[Any],
    fingerprint: str,
    limits: Limits,
    exhausted: bool,
    cut_short: bool,
    started: float,
) -> Found:
    duration = originals.monotonic() - started
    exhaustive = exhausted and not any(end.cause == "livelock" for end in search.ends.values())
    outcomes = []
    witness = None
    shortened = 0
    for end in search.ends.values():
        if end.bad and shortened < ENDS_SHORTENED and not search.interrupted:
            shortened += 1
            short = search.shortened(end, effort=100_000 if end is search.bad else 15_000)
            schedule = _schedule(end, limits, fingerprint, short.choices, short.preemptions, short.points)
        else:
            assert end.choices is not None
            schedule = _schedule(end, limits, fingerprint, end.choices, _switches(end.choices), end.points)
        _programs[schedule] = program, code
        if end is search.bad:
            witness = schedule
        outcomes.append(Outcome(end.outcome, end.cause, end.reason, end.count, not end.bad, schedule, end.first))
    verdict, reason = _verdict(search, exhaustive, cut_short, limits)
    explanation = explained(search, witness.choices) if witness is not None else None
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


def _verdict(search: Search, exhaustive: bool, cut_short: bool, limits: Limits) -> tuple[SearchVerdict, str]:
    bad = search.bad
    if bad is not None:
        verdict: Any = bad.cause
        return verdict, bad.reason or bad.cause
    count = f"{search.schedules:,} schedule{'s' * (search.schedules != 1)}"
    if exhaustive:
        return "holds", f"in every interleaving of the model, {count} up to the order of independent steps"
    if search.interrupted:
        return "inconclusive", f"interrupted after {count}"
    if cut_short:
        return "inconclusive", f"{limits.time_limit:g} s were up after {count}"
    if limits.strategy in {"dpor", "dfs"}:
        return "inconclusive", f"{count} did not exhaust the interleavings"
    return "holds", f"in {count} that were sampled"


def _schedule(
    end: End, limits: Limits, fingerprint: str, choices: tuple[int, ...], preemptions: int, points: int
) -> Schedule:
    return Schedule(
        model=limits.model,
        time=limits.time,
        cause=end.cause,
        reason=end.reason,
        outcome=end.outcome,
        preemptions=preemptions,
        points=points,
        fingerprint=fingerprint,
        threads=end.threads,
        choices=choices,
    )


def _switches(choices: Sequence[int]) -> int:
    return sum(a != b for a, b in zip(choices, choices[1:], strict=False))


class _Programs:
    """What schedules of this process belong to, for as long as they are kept."""

    def __init__(self) -> None:
        self._by_id: dict[int, tuple[Program, Sequence[Any]]] = {}

    def __setitem__(self, schedule: Schedule, value: tuple[Program, Sequence[Any]]) -> None:
        self._by_id[id(schedule)] = value
        weakref.finalize(schedule, self._by_id.pop, id(schedule), None)

    def get(self, schedule: Schedule) -> tuple[Program, Sequence[Any]] | None:
        return self._by_id.get(id(schedule))


_programs = _Programs()


def replay_here(schedule: Schedule) -> Found:
    """Run a schedule again that was found in this process.

    Raises:
        UsageError: it was not.
    """
    known = _programs.get(schedule)
    if known is None:
        raise UsageError(
            "this schedule was read from a file, and does not know its program", hint="use `threadbench replay FILE`"
        )
    return replay(schedule, *known)


def replay(schedule: Schedule, program: Program, code: Sequence[Any], judge: Judge | None = None) -> Found:
    """Run a schedule again.

    Raises:
        UsageError: the code under test is not what it was.
        Diverged: it does something else.
    """
    fingerprint = fingerprint_of(code)
    if fingerprint != schedule.fingerprint:
        raise UsageError("the code under test has changed since", hint="explore it again")
    started = originals.monotonic()
    limits = Limits(model=schedule.model, time=schedule.time, strategy="auto", max_schedules=1)  # type: ignore[arg-type]
    search = Search(program, model=limits.model, ordered=limits.time == "ordered", judge=judge)
    with prepared(search, code):
        search.visit(Replay(schedule.choices), schedules=1, until=float("inf"), stop_on_first=True)
        explanation = explained(search, schedule.choices)
    (end,) = search.ends.values()
    assert end.choices is not None
    verdict: Any = end.cause if end.bad else "holds"
    return Found(
        verdict=verdict,
        exhaustive=False,
        schedules=1,
        schedules_to_first=1 if end.bad else None,
        outcomes=(Outcome(end.outcome, end.cause, end.reason, 1, not end.bad, schedule, 1),),
        witness=schedule,
        reason=end.reason or "as it should be",
        strategy="replay",
        model=schedule.model,
        seed=0,
        points=search.points,
        duration=originals.monotonic() - started,
        explanation=explanation,
    )


def fingerprint_of(code: Sequence[Any]) -> str:
    """Of the source of the code under test: what a stored schedule belongs to."""
    digest = hashlib.blake2b(digest_size=12)
    for text in sorted(_texts(code)):
        digest.update(text)
    return digest.hexdigest()


def _texts(code: Sequence[Any]) -> set[bytes]:
    from types import CodeType, FunctionType, ModuleType

    texts: set[bytes] = set()

    def of_code(code: CodeType) -> None:
        texts.add(repr((code.co_name, code.co_names, code.co_varnames, code.co_code.hex())).encode())
        for constant in code.co_consts:
            if isinstance(constant, CodeType):
                of_code(constant)
            else:
                texts.add(repr((code.co_qualname, type(constant).__name__, _shown(constant))).encode())

    def of_owner(owner: Any) -> None:
        if isinstance(owner, ModuleType):
            for value in vars(owner).values():
                if getattr(value, "__module__", None) == owner.__name__:
                    of_owner(value)
        elif isinstance(owner, type):
            for value in vars(owner).values():
                of_owner(value)
        else:
            function = getattr(owner, "__func__", owner)
            function = getattr(function, "func", function)
            if isinstance(function, FunctionType):
                of_code(function.__code__)

    for owner in code:
        of_owner(owner)
    return texts


def _shown(constant: object) -> str:
    return repr(sorted(map(repr, constant))) if isinstance(constant, frozenset) else repr(constant)


Setup = Callable[[], Any]
