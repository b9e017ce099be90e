"""Is the bug found, and is what is shown of it the smallest there is?"""

from __future__ import annotations

from functools import cache
from math import inf
from pathlib import Path

import pytest
from buggy import ALL, Buggy

from threadbench.explore.explain import MOST_LINES
from threadbench.explore.explorer import Limits, explore
from threadbench.explore.found import Found
from threadbench.explore.preparation import prepared
from threadbench.explore.search import Search
from threadbench.explore.strategies.dfs import DepthFirst
from threadbench.exploring import code_of, program_of
from threadbench.plugins import Registry
from threadbench.scenario import load_cases

SCENARIOS = Path(__file__).parents[2] / "scenarios"

by_name = pytest.mark.parametrize("buggy", ALL, ids=lambda buggy: buggy.name)


@cache
def searched(buggy: Buggy, **limits: object) -> Found:
    """What a search comes to; the same one serves each test that asks about it."""
    return explore(buggy.program, buggy.program.code, Limits(max_schedules=3_000, **limits))  # type: ignore[arg-type] # a text that is one of the literals


@by_name
@pytest.mark.parametrize("seed", [0, 1])
def test_bug_is_found_with_fewest_preemptions(buggy: Buggy, seed: int) -> None:
    """Whatever the seed, the witness interrupts threads no more often than it must."""
    found = searched(buggy, seed=seed)
    assert found.verdict == buggy.verdict
    assert found.witness is not None
    assert found.witness.preemptions == buggy.preemptions


@pytest.mark.parametrize("buggy", [buggy for buggy in ALL if buggy.preemptions], ids=lambda buggy: buggy.name)
def test_no_schedule_has_fewer_preemptions(buggy: Buggy) -> None:
    """Counted by hand, and confirmed: every schedule with one preemption less is as it should be."""
    search = Search(buggy.program, model="free-threaded", ordered=False)
    with prepared(search, buggy.program.code):
        strategy = DepthFirst(buggy.preemptions - 1)
        search.visit(strategy, schedules=60_000, until=inf, stop_on_first=True)
    assert search.bad is None
    assert strategy.exhausted


@by_name
def test_witness_has_fewest_points(buggy: Buggy) -> None:
    """Among all schedules with as few preemptions none that comes to the same has fewer points."""
    witness = searched(buggy).witness
    assert witness is not None
    search = Search(buggy.program, model="free-threaded", ordered=False)
    fewest = inf
    with prepared(search, buggy.program.code):
        strategy = DepthFirst(buggy.preemptions)
        search.use(strategy)
        while strategy.begin(search.scheduler):
            execution = search.scheduler.execute(lambda: buggy.program.run(search.scheduler))
            strategy.end(execution)
            cause, _, reason = search.came_to(execution)
            if (cause, reason) == (witness.cause, witness.reason):
                fewest = min(fewest, execution.points)
    assert witness.points == fewest


@by_name
@pytest.mark.parametrize("strategy", ["random", "dpor"])
def test_witness_is_minimal_whatever_found_it(buggy: Buggy, strategy: str) -> None:
    """A schedule found at random is shrunk to as few preemptions as one found by reduction."""
    found = searched(buggy, strategy=strategy)
    if found.witness is not None:  # a sample may not have it
        assert found.witness.preemptions == buggy.preemptions


@by_name
def test_witness_replays(buggy: Buggy) -> None:
    """The witness comes to what it was found for, each time, and its explanation is of that schedule."""
    found = searched(buggy)
    assert found.witness is not None
    for _ in range(3):
        again = found.witness.replay()
        assert (again.verdict, again.reason) == (found.verdict, found.reason)
        assert again.explanation == found.explanation
        assert again.explanation


@by_name
def test_explanation_names_what_matters(buggy: Buggy) -> None:
    """What was violated or crashed has its accesses marked, and every interruption of the witness is shown."""
    found = searched(buggy)
    assert found.explanation is not None
    assert found.witness is not None
    assert found.explanation.count("(interrupted)") == found.witness.preemptions
    if buggy.verdict != "deadlock":
        assert "<--" in found.explanation
    assert len(found.explanation.splitlines()) <= MOST_LINES + 2


def test_witness_of_shipped_deadlock_is_the_shortest() -> None:
    """`prodcons-event-only`: no schedule that interrupts as seldom comes to its deadlock in fewer points."""
    registry = Registry.from_switches((), False, ())
    (case,) = load_cases([str(SCENARIOS / "prodcons-event-only.yaml")], registry, overrides=(), seed=1, timeout=None)
    program, code = program_of(case, 1), code_of(case)
    found = explore(program, code, Limits(max_schedules=1_000))
    assert found.verdict == "deadlock"
    assert found.witness is not None
    search = Search(program, model="free-threaded", ordered=False, max_points=10 * found.witness.points)
    deadlocks = []
    with prepared(search, code):
        strategy = DepthFirst(found.witness.preemptions)
        search.use(strategy)
        while strategy.begin(search.scheduler):
            execution = search.scheduler.execute(lambda: program.run(search.scheduler))
            strategy.end(execution)
            if execution.cause == "deadlock":
                deadlocks.append(execution.points)
    assert found.witness.points == min(deadlocks)
