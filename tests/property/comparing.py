"""One drawn program under every strategy: what reduction reaches is held to what plain search reaches."""

from __future__ import annotations

import gc
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

from drawn import Drawn, code

from threadbench.explore.preparation import prepared
from threadbench.explore.search import Search
from threadbench.explore.strategies.base import Strategy
from threadbench.explore.strategies.dfs import DepthFirst
from threadbench.explore.strategies.dpor import Reduction
from threadbench.explore.strategies.pct import Priorities
from threadbench.explore.strategies.pos import PartialOrder
from threadbench.explore.strategies.random import Random
from threadbench.explore.strategies.rff import ReadsFrom

MOST_STATEMENTS = {"sync": 3, "gil": 2, "free-threaded": 2}
"""By model: of each of two threads, so that plain search comes to an end; a third thread has one less."""
SHARE = {"sync": 0.5, "gil": 0.15, "free-threaded": 0.35}
"""Of the programs. In `gil`, where each call is a point, one of five is small enough."""
LONGEST = 500
MOST_POINTS = 40_000
"""Of a schedule, and of all that a strategy runs for one program."""


@dataclass
class Tally:
    """What a run of many programs came to."""

    compared: int = 0
    """Visited whole by both."""
    large: int = 0
    """Visited whole by reduction, of which plain search saw a part."""
    discarded: int = 0
    """Too large for both."""
    schedules: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)


@dataclass
class Visited:
    """What one strategy came to."""

    outcomes: set[Any]
    schedules: int
    exhausted: bool


class Comparison(Search):
    """A search for one program after another: what is under test is instrumented once."""

    def came_to(self, execution: Any) -> tuple[str, Any, str | None]:
        """Also of schedules that did not finish: what its threads had done, and who waited."""
        program: Any = self.program
        if execution.cause == "finished":
            return "finished", execution.value.outcome, None
        if execution.cause in ("deadlock", "crashed"):
            blocked = sorted(thread.name for thread in execution.blocked)
            return execution.cause, f"{program.state.summary()} {blocked}", None
        return execution.cause, None, None

    def whole(self, strategy: Strategy, schedules: int) -> Visited:
        """All that a strategy comes to in as many schedules at most."""
        self.forget()
        more = self.visit(strategy, schedules=schedules, until=float("inf"), stop_on_first=False, points=MOST_POINTS)
        outcomes = {(end.cause, end.outcome) for end in self.ends.values()}
        return Visited(outcomes, self.schedules + self.cut, not more and not self.unfair)


@contextmanager
def comparison(model: str) -> Iterator[Comparison]:
    """Within it, programs are compared in that model."""
    program: Any = None
    search = Comparison(program, model=model, ordered=False, max_points=LONGEST)  # type: ignore[arg-type] # a text that is one of the literals
    # pytest has a hook of its own, and what that is told is no crash.
    with mock.patch.object(threading, "excepthook", threading.__excepthook__), prepared(search, code()):
        gc.collect()
        gc.freeze()  # what there is now is not looked at when the garbage of a program is collected
        try:
            yield search
        finally:
            gc.unfreeze()


def compare(
    program: Drawn, search: Comparison, tally: Tally, *, plainly: int = 120, most: int = 60, samples: int = 5
) -> None:
    """Hold what reduction comes to in `most` schedules to what plain search does in `plainly`, and to samples.

    Raises:
        AssertionError: strategies disagree on what can happen.
    """
    search.program = program
    search.causal = program.timed  # each thread with a clock of its own, whoever chooses: the same times can be read
    reduced = search.whole(Reduction(), most)
    tally.schedules["dpor"] += reduced.schedules
    if not reduced.exhausted:
        tally.discarded += 1
        return
    plain = search.whole(DepthFirst(), plainly)
    tally.schedules["dfs"] += plain.schedules
    possible = set(plain.outcomes)
    samplers: tuple[Strategy, ...] = Random(7), Priorities(7), PartialOrder(7), ReadsFrom(7)
    for strategy in samplers:
        sampled = search.whole(strategy, samples)
        tally.schedules[strategy.name] += sampled.schedules
        if plain.exhausted:
            false = sampled.outcomes - plain.outcomes
            assert not false, f"{strategy.name} comes to {false}, which cannot be, beside {plain.outcomes}"
        possible |= sampled.outcomes
    missed = possible - reduced.outcomes
    assert not missed, f"dpor misses {missed} and reaches {reduced.outcomes}"
    if plain.exhausted:
        false = reduced.outcomes - plain.outcomes
        assert not false, f"dpor comes to {false}, which cannot be, beside {plain.outcomes}"
        assert reduced.schedules <= plain.schedules, (
            f"dpor runs {reduced.schedules} schedules, and dfs {plain.schedules}"
        )
        tally.compared += 1
        tally.ends.update(cause for cause, _ in plain.outcomes)
    else:
        tally.large += 1
