"""Correct programs stay correct: no model and no strategy finds anything wrong with them."""

from __future__ import annotations

import pytest
import safe

from litmus import MODELS
from threadbench.explore.explorer import prepared
from threadbench.explore.program import Threads
from threadbench.explore.search import Search
from threadbench.explore.strategies.dfs import DepthFirst
from threadbench.explore.strategies.dpor import Reduction
from threadbench.explore.strategies.pct import Priorities
from threadbench.explore.strategies.pos import PartialOrder
from threadbench.explore.strategies.random import Random
from threadbench.explore.strategies.rff import ReadsFrom

MOST = {"dpor": 30, "dfs": 8, "pct": 8, "pos": 8, "rff": 8, "random": 8}
POLLING = {"poll_event": 2, "consume_with_timeout": 2}
"""Schedules of programs that poll, which are long."""
EXCLUSION = 150
"""Schedules, of every strategy, of programs that exclude each other by looking."""


def test_there_are_enough_of_them() -> None:
    """At least 40 programs, over every primitive."""
    assert len(safe.PROGRAMS) >= 40


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("name", safe.PROGRAMS)
def test_nothing_is_wrong(name: str, model: str) -> None:
    """No schedule of any strategy violates the check, deadlocks, livelocks or crashes."""
    threads, ends = safe.PROGRAMS[name]
    run = Threads(threads, safe.Shared, ends, None)
    search = Search(run, model=model, ordered=False)  # type: ignore[arg-type] # a text that is one of the literals
    with prepared(search, run.code):
        for strategy in (Reduction(), DepthFirst(), Priorities(7), PartialOrder(7), ReadsFrom(7), Random(7)):
            most = EXCLUSION if name.startswith("mutual exclusion") else POLLING.get(name, MOST[strategy.name])
            search.visit(strategy, schedules=most, until=float("inf"), stop_on_first=True)
            assert search.bad is None, (strategy.name, search.bad.cause, search.bad.reason)
