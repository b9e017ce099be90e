"""A schedule that is too long to be remembered: a reduction gives up, and what is said is what was done."""

from __future__ import annotations

import gc
from collections.abc import Callable
from math import inf

import pytest

from threadbench.explore.explorer import explore
from threadbench.explore.limits import Limits
from threadbench.explore.preparation import prepared
from threadbench.explore.program import Threads
from threadbench.explore.search import Search
from threadbench.explore.strategies import dpor
from threadbench.explore.strategies.dpor import Reduction
from threadbench.runtime.virtual import threads


class Box:
    """What threads share, or each has for itself."""

    def __init__(self) -> None:
        self.value = 0
        self.items: dict[int, int] = {}


def updates(count: int) -> Callable[[Box], None]:
    """A thread with a number of conflicting updates."""

    def thread(box: Box) -> None:
        for _ in range(count):
            box.value += 1

    return thread


def program(count: int) -> Threads:
    return Threads([updates(count)] * 2, Box, None, lambda box: box.value)


@pytest.fixture
def little(monkeypatch: pytest.MonkeyPatch) -> int:
    """So much is remembered that a schedule of three threads may have 20 choices."""
    monkeypatch.setattr(dpor, "MOST_RECORDED", 20 * (dpor.RECORDED + 3) - 1)
    monkeypatch.setattr(dpor, "FEW", 0)
    return 20


def test_a_reduction_that_gives_up_has_exhausted_nothing(little: int) -> None:
    """The schedule under way comes to its end; there is no other, and nothing of it is kept."""
    run = program(20)
    search = Search(run, model="free-threaded", ordered=False)
    reduction = Reduction()
    with prepared(search, run.code):
        assert not search.visit(reduction, schedules=10, until=inf, stop_on_first=False)
    assert (search.schedules, reduction.exhausted) == (1, False)
    assert [end.outcome for end in search.ends.values()] == [40]
    assert f"more than {little} choices" in (reduction.gave_up or "")
    assert reduction._stack == []


def test_dpor_alone_is_inconclusive(little: int) -> None:
    """With the reason."""
    run = program(20)
    found = explore(run, run.code, Limits(strategy="dpor"))
    assert (found.verdict, found.exhaustive, found.schedules) == ("inconclusive", False, 1)
    assert "too many for a reduction" in found.reason


@pytest.mark.parametrize("jobs", [1, 2])
def test_auto_goes_on_without_it(little: int, jobs: int) -> None:
    """What was sampled holds as sampled, and the reason says why it is no more."""
    run = program(20)
    found = explore(run, run.code, Limits(max_schedules=300), jobs=jobs)
    assert (found.verdict, found.exhaustive, found.schedules) == ("holds", False, 300)
    assert "sampled; a schedule has more than" in found.reason


def test_what_fits_is_exhausted_as_ever(little: int) -> None:
    """A schedule of as many choices as may be remembered is no reason to give up."""
    run = program(2)
    found = explore(run, run.code, Limits(strategy="dpor", stop_on_first=False))
    assert (found.verdict, found.exhaustive) == ("holds", True)
    assert {outcome.value for outcome in found.outcomes} == {2, 3, 4}


@pytest.mark.parametrize(("strategy", "schedules"), [("random", 2_100), ("auto", 2_100), ("rff", 1_100)])
def test_garbage_is_collected_whoever_chooses(strategy: str, schedules: int) -> None:
    """Between schedules, however few of them a batch or a turn has: none of it runs within one."""
    run = program(6)
    collections = []

    def heard(phase: str, facts: dict[str, int]) -> None:
        if phase == "start" and facts["generation"]:
            collections.append(threads.current is not None and threads.current.running)

    gc.callbacks.append(heard)
    try:
        explore(run, run.code, Limits(strategy=strategy, max_schedules=schedules, stop_on_first=False))
    finally:
        gc.callbacks.remove(heard)
    assert len(collections) >= schedules // 500
    assert not any(collections)
