"""What a litmus program is, and what a search of one comes to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from threadbench.explore.explorer import Limits, explore, prepared
from threadbench.explore.found import Found
from threadbench.explore.program import Threads
from threadbench.explore.search import Search
from threadbench.explore.strategies.base import Strategy
from threadbench.explore.strategies.dfs import DepthFirst
from threadbench.explore.strategies.dpor import Reduction
from threadbench.explore.strategies.pct import Priorities
from threadbench.explore.strategies.pos import PartialOrder
from threadbench.explore.strategies.random import Random
from threadbench.explore.strategies.rff import ReadsFrom

MODELS = ("sync", "gil", "free-threaded")
EXHAUSTIVE = ("dpor", "dfs")


class State:
    """What the threads of a litmus program share: a plain object."""

    def __init__(self, **values: Any) -> None:
        for name, value in values.items():
            setattr(self, name, value)


@dataclass(frozen=True, eq=False)
class Litmus:
    """A program of a few steps, with every outcome that its interleavings have, as counted by hand.

    Attributes:
        name: of the test.
        threads: each called with the state.
        setup: makes the state.
        outcome: what a schedule that finished came to, of the state.
        reaches: the outcomes in every model, or of each model its own; a schedule that did not finish is the word for
            how it ended: `deadlock`, `crashed`, `livelock`.
        traces: classes of interleavings, by model, where they have been counted by hand.
        dfs: whether all interleavings are few enough to be visited one by one, by model.
    """

    name: str
    threads: tuple[Callable[..., Any], ...]
    setup: Callable[[], Any]
    outcome: Callable[[Any], Any]
    reaches: Any
    traces: Mapping[str, int] = field(default_factory=dict)
    dfs: frozenset[str] | tuple[str, ...] = MODELS
    models: tuple[str, ...] = MODELS
    max_points: int = 100_000

    def expected(self, model: str) -> set[Any]:
        """The outcomes in a model."""
        return set(self.reaches[model] if isinstance(self.reaches, Mapping) else self.reaches)

    def explored(self, strategy: str, model: str, *, seed: int = 0) -> Found:
        """What `explore` comes to, as its users call it."""
        program = Threads(self.threads, self.setup, None, self.outcome)
        limits = Limits(
            strategy=strategy,
            model=model,  # type: ignore[arg-type] # a text that is one of the literals
            stop_on_first=False,
            max_schedules=100_000,
            seed=seed,
            max_points=self.max_points,
        )
        return explore(program, program.code, limits)


@dataclass(frozen=True)
class Visited:
    """What one strategy came to."""

    outcomes: set[Any]
    schedules: int
    cut: int
    exhausted: bool


SAMPLES = 40


@cache
def visited(program: Litmus, model: str) -> dict[str, Visited]:
    """What each strategy comes to; all of them in one exploration, as getting ready takes longer than most searches."""
    strategies: dict[str, Strategy] = {"dpor": Reduction(), "random": Random(7), "pct": Priorities(7)}
    strategies |= {"pos": PartialOrder(7), "rff": ReadsFrom(7)}
    if model in program.dfs:
        strategies["dfs"] = DepthFirst()
    run = Threads(program.threads, program.setup, None, program.outcome)
    search = Search(run, model=model, ordered=False, max_points=program.max_points)  # type: ignore[arg-type] # a text that is one of the literals
    with prepared(search, run.code):
        return {name: visit(search, strategy, program) for name, strategy in strategies.items()}


def visit(search: Search, strategy: Strategy, program: Litmus) -> Visited:
    """All schedules of a strategy, of one that samples some."""
    search.ends.clear()
    search.bad = None
    schedules, cut = search.schedules, search.cut
    most = 100_000 if strategy.name in ("dpor", "dfs") else SAMPLES
    more = search.visit(strategy, schedules=most, until=float("inf"), stop_on_first=False)
    outcomes = {end.outcome if end.cause == "finished" else end.cause for end in search.ends.values()}
    return Visited(outcomes, search.schedules - schedules, search.cut - cut, not more)


def reached(found: Found) -> set[Any]:
    """The outcomes that a search came to, those of schedules that did not finish by the word for their end."""
    return {o.value if o.cause == "finished" else o.cause for o in found.outcomes}
