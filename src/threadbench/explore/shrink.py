"""Makes a schedule short: the fewest preemptions, then the fewest points, that still come to the same.

A schedule is read as turns: a thread goes on until it cannot, or until it is interrupted. Turns are dropped, joined and
moved; what is tried need not be possible: it is followed as far as it can be, and what really happened is what counts.
Where that finds no better one, all schedules with fewer preemptions are visited, or as many as the effort allows; few
are needed for most bugs (Musuvathi & Qadeer, Iterative context bounding for systematic testing of multithreaded
programs, PLDI 2007).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from ..runtime.virtual.execution import Execution
from .strategies.base import Strategy
from .strategies.dfs import DepthFirst
from .strategies.guided import Guided
from .turns import Few, Turn, Turns, Watched


class Attempt(NamedTuple):
    """What became of a schedule that was followed as far as possible: the smaller, the better."""

    preemptions: int
    points: int
    turns: int
    choices: tuple[int, ...]


Follow = Callable[[Strategy], tuple[Execution, bool] | None]
"""Executes one schedule: what came of it, and whether that is what is looked for; None where no more is to be tried."""

PATIENCE = 150
"""Schedules with as few preemptions that are visited in a row without finding one with fewer points."""
MOST_MORE = 6
"""Points by which a turn is made longer."""
START = 100
"""Points that the begin and the end of an execution cost as much as."""


def shrink(choices: Sequence[int], follow: Follow, effort: int = 400_000) -> Attempt:
    """The smallest schedule found.

    Args:
        choices: one that leads to what is looked for.
        follow: executes a schedule.
        effort: how many points may be executed.

    Raises:
        ValueError: the choices do not lead there.
    """
    return _Shrinking(follow, effort).smallest(choices)


class _SpentError(Exception):
    """The effort is spent."""


class _Shrinking:
    def __init__(self, follow: Follow, effort: int) -> None:
        self._follow = follow
        self._left = effort
        self._best: Attempt | None = None
        self._turns: list[Turn] = []
        self._numbers: list[int] = []
        self._tried: set[tuple[Any, ...]] = set()
        self._visits: dict[int, DepthFirst] = {}
        """What has been visited, by the most preemptions."""

    def smallest(self, choices: Sequence[int]) -> Attempt:
        if not self._try(Guided(choices)) or self._best is None:
            raise ValueError("the schedule does not lead there")
        try:
            self._improve()
            fewer = 0
            while fewer < self._preemptions():
                # Each bound gets a part of what is left, so that the next one has its turn.
                if self._visit(fewer) or self._sample(fewer):
                    self._improve()
                fewer += 1
            while self._visit(self._preemptions()):
                self._improve()
        except _SpentError:
            pass
        return self._best

    def _preemptions(self) -> int:
        assert self._best is not None
        return self._best.preemptions

    def _try(self, strategy: Strategy) -> bool:
        """Whether one more schedule is the smallest so far."""
        watched = Watched(strategy)
        done = None if self._left <= 0 and self._best is not None else self._follow(watched)
        if done is None:
            raise _SpentError
        execution, same = done
        self._left -= START + execution.points
        if not same:
            return False
        attempt = Attempt(watched.preemptions, execution.points, len(watched.turns), tuple(execution.choices))
        if self._best is not None and attempt >= self._best:
            return False
        self._best, self._turns, self._numbers = attempt, watched.turns, watched.numbers
        return True

    # -- edits of turns ------------------------------------------------------------------------------------------------

    def _improve(self) -> None:
        """Take the first edit that helps, until none does."""
        progress = True
        while progress:
            progress = False
            for turns, numbers in _edits(self._turns, self._numbers):
                key = (*turns, None, *numbers)
                if key in self._tried:
                    continue
                self._tried.add(key)
                if self._try(Turns(turns, numbers)):
                    progress = True
                    break

    # -- other schedules -----------------------------------------------------------------------------------------------

    def _visit(self, preemptions: int) -> bool:
        """Whether one of the schedules with at most so many preemptions is smaller."""
        strategy = self._visits.get(preemptions)
        if strategy is None:
            strategy = self._visits[preemptions] = DepthFirst(preemptions)
        end = self._left - self._left // 3
        patience = PATIENCE if preemptions == self._preemptions() else None
        while not strategy.exhausted and self._left > end and patience != 0:
            if self._try(strategy):
                return True
            if patience is not None:
                patience -= 1
        return False

    def _sample(self, preemptions: int) -> bool:
        """The same for schedules drawn at random, where not all were visited."""
        assert self._best is not None
        end = self._left - self._left // 3
        draw = random.Random(preemptions)
        while not self._visits[preemptions].exhausted and self._left > end:
            if self._try(Few(draw, preemptions, len(self._best.choices))):
                return True
        return False


def _edits(turns: Sequence[Turn], numbers: Sequence[int]) -> Iterator[tuple[list[Turn], list[int]]]:
    """Changed schedules, those that change most first."""
    for edit in _fewer(turns):
        yield edit, list(numbers)
    if sum(turn.points is not None for turn in turns) > 1:  # schedules without any preemption are soon visited
        for edit in _longer(turns):
            yield edit, list(numbers)
    for edit in _other_orders(turns):
        yield edit, list(numbers)
    for i, number in enumerate(numbers):
        if number:
            yield list(turns), [*numbers[:i], 0, *numbers[i + 1 :]]


def _fewer(turns: Sequence[Turn]) -> Iterator[list[Turn]]:
    """Without one of the interruptions, or without turns."""
    for length in range(len(turns)):
        yield list(turns[:length])
    for i, turn in enumerate(turns):
        if turn.points is None:
            continue
        whole = Turn(turn.thread, None)
        later = next((j for j in range(i + 1, len(turns)) if turns[j].thread == turn.thread), None)
        if later is None:
            yield [*turns[:i], whole, *turns[i + 1 :]]
            continue
        between, rest = list(turns[i + 1 : later]), list(turns[later + 1 :])
        yield [*turns[:i], whole, *between, *rest]
        yield [*turns[:i], *between, whole, *rest]
        yield [*turns[:i], *between, turns[later], *rest]
        for j in range(i + 1, later):  # some of them before it, some after
            yield [*turns[:i], *turns[i + 1 : j + 1], whole, *turns[j + 1 : later], *rest]
    for i in range(len(turns)):
        yield [*turns[:i], *turns[i + 1 :]]


def _longer(turns: Sequence[Turn]) -> Iterator[list[Turn]]:
    """Without a turn, and what its thread did in it done later; or the next interruption later: where nobody else could
    go on some things are no points, and now they are.
    """
    for i, turn in enumerate(turns):
        later = next((j for j in range(i + 1, len(turns)) if turns[j].thread == turn.thread), None)
        if later is not None and turns[later].points is not None:
            whole = turn.passed + (turns[later].points or 0)
            for more in range(MOST_MORE + 1):
                yield [*turns[:i], *turns[i + 1 : later], Turn(turn.thread, whole + more), *turns[later + 1 :]]
        for j in range(i + 1, len(turns)):
            points = turns[j].points
            if points is not None and turns[j].thread != turn.thread:
                for more in range(1, MOST_MORE + 1):
                    yield [*turns[:i], *turns[i + 1 : j], Turn(turns[j].thread, points + more), *turns[j + 1 :]]
                break


def _other_orders(turns: Sequence[Turn]) -> Iterator[list[Turn]]:
    """With turns moved, and with interruptions earlier."""
    for i, turn in enumerate(turns):
        for j in range(len(turns)):
            if i != j:
                without = [*turns[:i], *turns[i + 1 :]]
                yield [*without[:j], turn, *without[j:]]
    for i, turn in enumerate(turns):
        if turn.points:
            for fewer in {0, turn.points // 2, turn.points - 1}:
                yield [*turns[:i], Turn(turn.thread, fewer), *turns[i + 1 :]]
