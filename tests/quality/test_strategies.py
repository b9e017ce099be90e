"""How many schedules a strategy needs: a number fixed by the seed, whatever the machine."""

from __future__ import annotations

from collections import Counter
from math import inf
from statistics import median
from typing import Any

import pytest
from buggy import chain_of_calls, reorder, two_of_three

from threadbench.explore.explorer import explore
from threadbench.explore.limits import Limits
from threadbench.explore.preparation import prepared
from threadbench.explore.program import Threads
from threadbench.explore.search import Search
from threadbench.explore.strategies.pct import Priorities
from threadbench.explore.strategies.pos import PartialOrder
from threadbench.explore.strategies.random import Random
from threadbench.explore.strategies.rff import ReadsFrom

SEEDS = range(7)


def to_first(program: Threads, strategy: Any, most: int = 400, model: Any = "free-threaded") -> list[int]:
    """For each seed, which schedule shows the bug; `most` where none does."""
    firsts = []
    search = Search(program, model=model, ordered=False)
    with prepared(search, program.code):
        for seed in SEEDS:
            search.forget()
            search.visit(strategy(seed), schedules=most, until=inf, stop_on_first=True)
            firsts.append(search.bad.first if search.bad else most)
    return firsts


@pytest.mark.parametrize("threads", [3, 10, 30])
def test_feedback_finds_a_reordering_in_few_schedules_however_many_threads(threads: int) -> None:
    """`rff` needs about as many with 3 threads that write as with 30, where `pct` needs ten times as many and more."""
    found = to_first(reorder(threads), ReadsFrom)
    assert median(found) <= 6
    assert max(found) <= 20


def test_feedback_finds_a_chain_with_the_gil_too() -> None:
    """Where accesses come after a switch, what follows is foretold: a bug that needs turns in the right order is found
    in fewer schedules than drawing takes.
    """
    found = to_first(chain_of_calls(2, 4), ReadsFrom, model="gil")
    assert median(found) <= 100
    assert median(to_first(chain_of_calls(2, 4), Random, model="gil")) >= 200


def test_priorities_of_threads_need_many_schedules_for_a_reordering() -> None:
    """What the test above is held against: the same programs are hard."""
    assert median(to_first(reorder(30), Priorities)) >= 60


def test_independent_steps_take_little_likelihood_from_those_that_matter() -> None:
    """A step that conflicts comes after 60 that do not in some of the schedules of `pos`, and in none of `random`."""
    last = {}
    for strategy in (PartialOrder, Random):
        program = two_of_three()
        search = Search(program, model="free-threaded", ordered=False)
        with prepared(search, program.code):
            search.visit(strategy(1), schedules=300, until=inf, stop_on_first=False)
        came = Counter({end.outcome: end.count for end in search.ends.values()})
        last[strategy] = came["late"]
    assert last[PartialOrder] >= 3
    assert last[Random] == 0


@pytest.mark.parametrize("strategy", ["pos", "rff"])
@pytest.mark.parametrize("model", ["sync", "gil", "free-threaded"])
def test_the_same_seed_gives_the_same_schedules(strategy: str, model: str) -> None:
    """Two searches with one seed agree in every outcome, its count and its first schedule; another seed differs."""

    def table(seed: int) -> list[tuple[Any, ...]]:
        limits = Limits(strategy=strategy, model=model, max_schedules=60, seed=seed, stop_on_first=False)  # type: ignore[arg-type] # a text that is one of the literals
        program = reorder(4)
        found = explore(program, program.code, limits)
        return [(each.value, each.cause, each.count, each.first) for each in found.outcomes] + [(found.points,)]

    assert table(3) == table(3)
    if model == "free-threaded":
        assert table(3) != table(4)
