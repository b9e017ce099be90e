"""One drawn program under every strategy: what reduction reaches is held to what plain search reaches."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from drawn import Drawn, imported

from threadbench.explore.explorer import prepared
from threadbench.explore.program import Threads
from threadbench.explore.search import Search
from threadbench.explore.strategies.base import Strategy
from threadbench.explore.strategies.dfs import DepthFirst
from threadbench.explore.strategies.dpor import Reduction
from threadbench.explore.strategies.pct import Priorities
from threadbench.explore.strategies.pos import PartialOrder
from threadbench.explore.strategies.random import Random
from threadbench.explore.strategies.rff import ReadsFrom

MOST_POINTS = 2_000


@dataclass
class Tally:
    """What a run of many programs came to."""

    compared: int = 0
    discarded: int = 0
    """Programs with too many interleavings to visit one by one."""
    schedules: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)


@dataclass
class Visited:
    """What one strategy came to."""

    outcomes: set[Any]
    schedules: int
    exhausted: bool


def visit(search: Search, strategy: Strategy, schedules: int) -> Visited:
    """All that a strategy comes to in as many schedules at most."""
    search.ends.clear()
    search.bad = None
    before = search.schedules + search.cut
    more = search.visit(strategy, schedules=schedules, until=float("inf"), stop_on_first=False)
    # Of several threads that crash the first is named, and who is first may be a matter of independent steps.
    outcomes = {end.outcome if end.cause == "finished" else (end.cause,) for end in search.ends.values()}
    return Visited(outcomes, search.schedules + search.cut - before, not more)


def compare(program: Drawn, model: str, tally: Tally, *, most: int, samples: int = 20, ordered: bool = False) -> bool:
    """Whether the program was small enough to be compared.

    Raises:
        AssertionError: strategies disagree on what can happen.
    """
    with imported(program) as (threads, setup, outcome):
        run = Threads(threads, setup, None, outcome)
        search = Search(run, model=model, ordered=ordered, max_points=MOST_POINTS)  # type: ignore[arg-type] # a text that is one of the literals
        with prepared(search, run.code):
            plain = visit(search, DepthFirst(), most)
            reduced = visit(search, Reduction(), most)
            tally.schedules["dfs"] += plain.schedules
            tally.schedules["dpor"] += reduced.schedules
            if reduced.exhausted:
                missed = plain.outcomes - reduced.outcomes
                assert not missed, f"{model}: dpor misses {missed} and reaches {reduced.outcomes}"
            if not plain.exhausted:
                tally.discarded += 1
                return False
            assert reduced.exhausted, f"{model}: dpor does not end where dfs does, after {plain.schedules} schedules"
            false = reduced.outcomes - plain.outcomes
            assert not false, f"{model}: dpor comes to {false}, which cannot be, beside {plain.outcomes}"
            assert reduced.schedules <= plain.schedules, f"{model}: dpor runs more schedules than dfs"
            samplers: tuple[Strategy, ...] = Random(7), Priorities(7), PartialOrder(7), ReadsFrom(7)
            for strategy in samplers:
                sampled = visit(search, strategy, samples)
                false = sampled.outcomes - plain.outcomes
                assert not false, f"{model}: {strategy.name} comes to {false}, which cannot be, beside {plain.outcomes}"
    tally.compared += 1
    tally.ends.update(end[0] if isinstance(end, tuple) else "finished" for end in plain.outcomes)
    return True
