"""A schedule as turns: a thread goes on until it cannot, or until it has passed so many points.

Points are counted, and not choices: where other turns are dropped there is more to choose, but a thread has as far
to go.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

if TYPE_CHECKING:
    import random

    from ..runtime.virtual.execution import Execution
    from ..runtime.virtual.scheduler import Scheduler
    from .strategies.base import Strategy


class Turn(NamedTuple):
    """What one thread does in a row."""

    thread: int
    points: int | None
    """How many it passes before it is interrupted; None: it goes on until it waits or ends."""
    passed: int = 0
    """How many it passed, also where it was not interrupted."""


def points_of(scheduler: Scheduler) -> int:
    """How many there have been in the schedule."""
    return len(scheduler.choices) + scheduler.lone_points


class Watched:
    """A strategy, and what became of its schedule.

    Attributes:
        preemptions: how often a thread that could go on did not.
        turns: what happened.
        numbers: what `run.choose` was answered.
    """

    name: ClassVar[str] = "watched"

    def __init__(self, strategy: Strategy) -> None:
        self._strategy = strategy

    @property
    def footprint(self) -> bool:
        """See `Strategy`."""
        return self._strategy.footprint

    def begin(self, scheduler: Scheduler) -> bool:
        """See `Strategy`."""
        self._scheduler = scheduler
        self.preemptions = 0
        self.turns: list[Turn] = []
        self.numbers: list[int] = []
        self._thread = scheduler.current.number if scheduler.running else 0
        self._began = 0
        return self._strategy.begin(scheduler)

    def choose(self, options: Sequence[Any]) -> Any:
        """See `Strategy`."""
        chosen = self._strategy.choose(options)
        if isinstance(options, range):
            self.numbers.append(chosen)
            return chosen
        me = self._scheduler.current
        now = points_of(self._scheduler)
        if me.number != self._thread:  # there was no choice who goes on after that one
            self._turn(None, now, now)
            self._thread = me.number
        if chosen is not None and chosen is not me:
            stays = me in options
            self.preemptions += stays
            self._turn(now - self._began if stays else None, now, now + 1)
            self._thread = chosen.number
        return chosen

    def end(self, execution: Execution) -> None:
        """See `Strategy`."""
        self._turn(None, self._began, 0)
        self._strategy.end(execution)

    def _turn(self, points: int | None, now: int, begin: int) -> None:
        if self._thread:  # what the main thread does before the others is no choice
            self.turns.append(Turn(self._thread, points, now - self._began))
        self._began = begin


class Turns:
    """Follows turns as far as it can: who cannot go on is passed over, and at the end whoever runs goes on."""

    name: ClassVar[str] = "turns"
    footprint: ClassVar[bool] = False

    def __init__(self, turns: Sequence[Turn], numbers: Sequence[int] = ()) -> None:
        self._turns = turns
        self._numbers = numbers

    def begin(self, scheduler: Scheduler) -> bool:
        """See `Strategy`."""
        self._scheduler = scheduler
        self._next = 0
        self._answered = 0
        self._thread: int | None = None
        self._until: int | None = None
        return True

    def choose(self, options: Sequence[Any]) -> Any:
        """See `Strategy`."""
        if isinstance(options, range):
            number = self._numbers[self._answered] if self._answered < len(self._numbers) else 0
            self._answered += 1
            return number if number in options else 0
        me = self._scheduler.current
        now = points_of(self._scheduler)
        if self._thread != me.number:  # whoever ran before could not go on, and there was no choice
            self._thread, self._until = me.number, None
            if self._next < len(self._turns) and self._turns[self._next].thread == me.number:
                self._take(self._turns[self._next], now)
        stays = me in options
        if stays and (self._until is None or now < self._until):
            return me
        while self._next < len(self._turns):
            turn = self._turns[self._next]
            for option in options:
                if option.number == turn.thread:
                    self._take(turn, now + 1)
                    return option
            self._next += 1
        self._until = None
        chosen = me if stays else options[0]
        self._thread = chosen.number
        return chosen

    def _take(self, turn: Turn, now: int) -> None:
        self._next += 1
        self._thread = turn.thread
        self._until = None if turn.points is None else now + turn.points

    def end(self, execution: Execution) -> None:
        """See `Strategy`."""


class Few:
    """Draws a schedule with at most so many preemptions.

    Args:
        draw: what is drawn from.
        preemptions: how many.
        length: choices that a schedule has, about.
    """

    name: ClassVar[str] = "few"
    footprint: ClassVar[bool] = False

    def __init__(self, draw: random.Random, preemptions: int, length: int) -> None:
        self._draw = draw
        self._at = {draw.randrange(length) for _ in range(preemptions)} if length else set()

    def begin(self, scheduler: Scheduler) -> bool:
        """See `Strategy`."""
        self._scheduler = scheduler
        self._made = 0
        return True

    def choose(self, options: Sequence[Any]) -> Any:
        """See `Strategy`."""
        draw = self._draw
        made = self._made
        self._made = made + 1
        if isinstance(options, range):
            return draw.randrange(len(options))
        me = self._scheduler.current
        if me in options and (made not in self._at or len(options) == 1):
            return me
        others = [option for option in options if option is not me]
        return others[draw.randrange(len(others))]

    def end(self, execution: Execution) -> None:
        """See `Strategy`."""
