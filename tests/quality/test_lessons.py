"""A search by feedback that is split over processes finds what it would find in one, and not later."""

from __future__ import annotations

import pickle
from math import inf
from statistics import median

from buggy import combination

from threadbench.explore.preparation import prepared
from threadbench.explore.search import Search
from threadbench.explore.strategies.batches import BATCH
from threadbench.explore.strategies.learned import AT_A_TIME, Learned, Lessons, begins_from
from threadbench.explore.strategies.rff import ReadsFrom

MOST = 5_000
SEEDS = range(7)


def alone(search: Search, seed: int) -> int:
    """The first schedule that shows the bug, in one process."""
    search.forget()
    search.visit(ReadsFrom(seed), schedules=MOST, until=inf, stop_on_first=True)
    return search.bad.first if search.bad else MOST


def split(search: Search, seed: int, *, learns: bool) -> int:
    """The same in batches, with what is learned from one to another."""
    lessons = Lessons()
    for batch in range(MOST // BATCH):
        given: Learned | None = lessons.for_batch(batch) if learns else None
        strategy = ReadsFrom((seed << 20) + batch, pickle.loads(pickle.dumps(given)))
        search.forget()
        search.visit(strategy, schedules=BATCH, until=inf, stop_on_first=True)
        if search.bad:
            return batch * BATCH + search.bad.first
        lessons.add(strategy.learned())
    return MOST


def test_batches_that_learn_from_others_are_as_good_as_one_process() -> None:
    """A bug that is found one read at a time takes no more schedules; batches that all begin anew take more."""
    program = combination()
    search = Search(program, model="free-threaded", ordered=False)
    with prepared(search, program.code):
        together = median(split(search, seed, learns=True) for seed in SEEDS)
        assert together <= median(alone(search, seed) for seed in SEEDS)
        assert 2 * together <= median(split(search, seed, learns=False) for seed in SEEDS)


def test_a_batch_learns_from_batches_that_need_not_have_ended_just_before() -> None:
    """Half of those before it, and in the long run all but so many as there are at a time."""
    assert [begins_from(batch) for batch in (0, 1, 2, 3, 4, 9)] == [0, 0, 1, 1, 2, 4]
    assert [batch - begins_from(batch) for batch in (2 * AT_A_TIME, 1_000)] == [AT_A_TIME, AT_A_TIME]


def test_a_batch_waits_for_what_it_learns_from() -> None:
    """It is ready once those have come back, and then knows of them and of no other."""
    lessons = Lessons()
    assert (lessons.ready(1), lessons.ready(2)) == (True, False)
    for number in range(3):
        lessons.add(Learned(["", f"write {number}"], [], [(1, 0)], {}, 250, 1))
    assert lessons.for_batch(1) is None
    assert (lessons.ready(5), lessons.ready(7), lessons.ready(8)) == (True, True, False)
    given = lessons.for_batch(5)
    assert given is not None
    assert (given.names, given.schedules) == (["", "write 0", "write 1"], 500)
