"""Shrinking keeps what a schedule came to, and its limits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import cash
import pytest

from threadbench.explore.preparation import prepared
from threadbench.explore.program import Threads
from threadbench.explore.search import Search
from threadbench.explore.shrink import START, shrink
from threadbench.explore.strategies.base import Strategy
from threadbench.explore.strategies.random import Random
from threadbench.explore.turns import Turn, Turns, Watched
from threadbench.runtime.virtual.execution import Execution

Run = Callable[[Strategy], Execution]


@contextmanager
def running(threads: Sequence[Callable[..., Any]], setup: Callable[[], Any] = cash.Account) -> Iterator[Run]:
    """Executes schedules of threads."""
    program = Threads(threads, setup, outcome=lambda state: getattr(state, "balance", None))
    search = Search(program, model="free-threaded", ordered=False)

    def run(strategy: Strategy) -> Execution:
        search.use(strategy)
        strategy.begin(search.scheduler)
        execution = search.scheduler.execute(lambda: program.run(search.scheduler))
        strategy.end(execution)
        return execution

    with prepared(search, program.code):
        yield run


def lost(execution: Execution) -> bool:
    return execution.cause == "finished" and execution.value.outcome == 100


def a_loss(run: Run) -> Execution:
    return next(execution for seed in range(100) if lost(execution := run(Random(seed))))


def guess(account: Any) -> None:
    from threadbench.runtime.virtual import threads

    scheduler = threads.here()
    assert scheduler is not None
    account.balance += scheduler.choose_number(5)
    account.balance += scheduler.choose_number(5)


@pytest.mark.parametrize("seed", range(30))
def test_turns_are_the_schedule(seed: int) -> None:
    """To follow the turns of a schedule is to execute it again, waits, choices and ends included."""
    with running([cash.transfer, cash.deposit, guess, cash.transfer]) as run:
        watched = Watched(Random(seed))
        choices = tuple(run(watched).choices)
        again = Watched(Turns(watched.turns, watched.numbers))
        assert tuple(run(again).choices) == choices
        assert again.preemptions == watched.preemptions
        assert again.turns == watched.turns


def test_turns_that_are_impossible_are_passed_over() -> None:
    """Turns of threads that are not there, or have ended, do no harm."""
    with running([cash.deposit] * 2) as run:
        execution = run(Turns([Turn(7, 3), Turn(2, None), Turn(2, 1), Turn(1, 100)]))
        assert execution.value.outcome == 200


def test_smallest_is_found_from_anywhere() -> None:
    """A schedule drawn at random is shrunk to the one preemption that the bug takes."""
    with running([cash.deposit] * 3) as run:
        for seed in range(40):
            execution = run(Random(seed))
            if lost(execution):
                smallest = shrink(execution.choices, lambda strategy: (e := run(strategy), lost(e)))
                assert smallest.preemptions == 1


def test_choices_that_do_not_lead_there_are_refused() -> None:
    """What does not come to what is looked for cannot be shrunk."""
    with running([cash.deposit]) as run, pytest.raises(ValueError, match="does not lead there"):
        shrink((), lambda strategy: (run(strategy), False))


def test_effort_is_kept() -> None:
    """Not many more points are executed than were allowed."""
    with running([cash.deposit_often] * 3) as run:
        first = run(Random(1))
        spent = 0

        def follow(strategy: Strategy) -> tuple[Execution, bool]:
            nonlocal spent
            execution = run(strategy)
            spent += START + execution.points
            return execution, execution.value.outcome == first.value.outcome

        shrink(first.choices, follow, effort=5_000)
        assert spent < 5_000 + 2 * (START + 500)


def test_interrupted_shrinking_gives_what_it_has() -> None:
    """Where no more is to be tried, the smallest so far is the result."""
    with running([cash.deposit] * 2) as run:
        execution = a_loss(run)
        tried = 0

        def follow(strategy: Strategy) -> tuple[Execution, bool] | None:
            nonlocal tried
            tried += 1
            if tried > 1:
                return None
            done = run(strategy)
            return done, lost(done)

        assert shrink(execution.choices, follow).choices == tuple(execution.choices)
        assert tried == 2


def test_answers_become_zero() -> None:
    """What `run.choose` was answered is 0 where it does not matter."""
    with running([guess]) as run:
        watched = next(
            watched
            for seed in range(200)
            if run(watched := Watched(Random(seed))) and watched.numbers[0] == 3 and watched.numbers[1]
        )

        def follow(strategy: Strategy) -> tuple[Execution, bool]:
            again = Watched(strategy)
            execution = run(again)
            return execution, again.numbers[:1] == [3]

        assert shrink(tuple(watched.numbers), follow).choices == (3, 0)
