"""Who chooses, and for how long: one strategy, or a portfolio of them that take turns until there is nothing left.

A search that is prepared enters; whether every class of interleavings was visited leaves.
"""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING

from ..runtime.virtual import originals
from .limits import Limits
from .standstill import Uncontrolled
from .strategies.batches import TURNS, batches, learns, sampler, seed_of
from .strategies.dfs import DepthFirst
from .strategies.dpor import Reduction

if TYPE_CHECKING:
    from ..strategies import Provided
    from .search import Search
    from .strategies.base import Strategy

TURN = 200
TURN_POINTS = 20_000
"""Schedules, and points, that a strategy of the portfolio runs before the next one's turn."""
FIRST = 5 * TURN
FIRST_POINTS = 5 * TURN_POINTS
"""Schedules, and points, of a reduction before jobs sample."""


def settled(search: Search, limits: Limits) -> bool:
    """Whether nothing more is asked: something was wrong, or a thread did what no schedule controls."""
    return search.uncontrolled is not None or (search.bad is not None and limits.stop_on_first)


def run(search: Search, limits: Limits, until: float, provided: Provided | None) -> tuple[bool, bool]:
    """Whether every class of interleavings was visited; and whether the time was up before the schedules were."""
    if limits.strategy == "auto":
        return _portfolio(search, limits, until)
    if limits.strategy in {"dpor", "dfs"}:
        plan = exhaustive(limits)
        more = search.visit(plan, schedules=limits.max_schedules, until=until, stop_on_first=limits.stop_on_first)
        cut_short = more and (search.interrupted or originals.monotonic() > until)
        search.gave_up = plan.gave_up
        return not more and not _bounded(plan) and not search.unfair and search.gave_up is None, cut_short
    whole = [(0, limits.max_schedules)] if learns(limits.strategy, provided) else batches(limits.max_schedules)
    for batch, schedules in whole:
        strategy = sampler(limits.strategy, seed_of(limits, batch), provided)
        search.visit(strategy, schedules=schedules, until=until, stop_on_first=limits.stop_on_first)
        if search.discovered or (search.bad is not None and limits.stop_on_first):
            break
        if search.interrupted or originals.monotonic() > until:
            return False, True
    return False, False


def reduced(
    reduction: DepthFirst | Reduction,
    search: Search,
    limits: Limits,
    schedules: int,
    until: float,
    points: float = math.inf,
) -> bool:
    """Let a reduction go on for so many schedules; whether it exhausts the space in them."""
    schedules = min(schedules, limits.max_schedules - search.schedules)
    try:
        more = search.visit(
            reduction, schedules=schedules, points=points, until=until, stop_on_first=limits.stop_on_first
        )
    except Uncontrolled as error:
        search.uncontrolled = error
        return False
    search.gave_up = reduction.gave_up
    return not more and not search.unfair and search.gave_up is None


def left_for(search: Search, limits: Limits) -> int:
    """Schedules that a reduction gets once jobs have sampled: with those that it has had, as many as in one process,
    where it has one of four turns, but no more than there by default: it does not split.
    """
    if search.unfair or search.gave_up or search.uncontrolled:
        return 0
    turns = -(-min(limits.max_schedules, Limits().max_schedules) // (TURN * (1 + len(TURNS))))
    had = search.schedules + search.cut
    return max(0, min(turns * TURN - had, limits.max_schedules - search.schedules))


def exhaustive(limits: Limits) -> DepthFirst | Reduction:
    """What ends where the space does. In ordered time a step may be what another thread's waking waited for: no two are
    independent, and there is nothing to reduce.
    """
    if limits.strategy == "dfs" or limits.time == "ordered":
        return DepthFirst(limits.preemptions)
    return Reduction()


def _bounded(strategy: Strategy) -> bool:
    return isinstance(strategy, DepthFirst) and strategy.bounded


def _portfolio(search: Search, limits: Limits, until: float) -> tuple[bool, bool]:
    """Reduction, which ends where the space is small, takes turns with what finds needles in a space that is not."""
    draw = random.Random(limits.seed)
    reduction = exhaustive(limits)
    turns: list[Strategy] = [reduction, *(sampler(name, draw.getrandbits(32)) for name in TURNS)]
    while search.schedules < limits.max_schedules:
        for strategy in list(turns):
            more = search.visit(
                strategy,
                schedules=min(TURN, limits.max_schedules - search.schedules),
                points=TURN_POINTS,
                until=until,
                stop_on_first=limits.stop_on_first,
            )
            search.gave_up = reduction.gave_up
            if not more and search.gave_up is None:
                return not search.unfair, False
            if search.bad is not None and limits.stop_on_first:
                return False, False
            if search.interrupted or originals.monotonic() > until:
                return False, True
            if strategy is reduction and (search.unfair or search.gave_up):
                turns.remove(reduction)  # a program that polls has no end of interleavings
    return False, False
