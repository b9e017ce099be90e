"""Random priorities of events, not of threads: each order of steps that are in a race is about as likely as the other.

Yuan, Yang & Gu, Partial Order Aware Concurrency Sampling, CAV 2018: the next step of each thread has a priority drawn
at random, the highest goes on, and priorities of steps that are in a race with it are drawn again. Orders of
independent steps, which come to the same, take less likelihood away from those that matter than where threads are
drawn: that a step comes after k others which have nothing to do with it is as likely as 1 in k, not 1 in 2^k.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from ...runtime.virtual.intents import races

if TYPE_CHECKING:
    from ...runtime.virtual.execution import Execution
    from ...runtime.virtual.scheduler import Scheduler
    from ...runtime.virtual.thread import VirtualThread


class PartialOrder:
    """Samples; finds what one of many unlikely orders of conflicting steps shows.

    In model `gil` a thread's next step is what it was when a thread was last there; one that has not been seen is taken
    to be in a race with all.

    Args:
        seed: fixes every choice.
    """

    name: ClassVar[str] = "pos"
    footprint: ClassVar[bool] = False
    intents: ClassVar[bool] = True

    def __init__(self, seed: int) -> None:
        self._draw = random.Random(seed).random

    def begin(self, scheduler: Scheduler) -> bool:
        """See `Strategy`."""
        self._scheduler = scheduler
        self._priorities: dict[int, float] = {}
        """Of each thread's next step, by the thread's number."""
        self._yields = 0
        return True

    def choose(self, options: Sequence[Any]) -> Any:
        """See `Strategy`."""
        draw = self._draw
        if isinstance(options, range):
            return int(draw() * len(options))
        scheduler = self._scheduler
        if scheduler.intents:
            scheduler.intents.clear()
        return self.highest(options)

    def highest(self, options: Sequence[VirtualThread]) -> VirtualThread:
        """The thread whose next step has the highest priority; it is taken to be done now."""
        draw, priorities = self._draw, self._priorities
        if self._scheduler.current.yields > self._yields:
            self._yields = self._scheduler.current.yields
            priorities.clear()  # who polls must not keep out what it polls for
        best, highest = options[0], -1.0
        for option in options:
            priority = priorities.get(option.number)
            if priority is None:
                priority = priorities[option.number] = draw()
            if priority > highest:
                best, highest = option, priority
        del priorities[best.number]
        if best.intents is None:
            priorities.clear()
        elif best.intents and priorities:
            self._redraw(best)
        return best

    def _redraw(self, chosen: VirtualThread) -> None:
        """Forget the priorities of steps that are in a race with what the chosen thread does."""
        threads, priorities, done = self._scheduler.threads, self._priorities, chosen.intents or ()
        for number in list(priorities):
            intents = threads[number].intents
            if intents is None or (intents and races(done, intents)):
                del priorities[number]

    def end(self, execution: Execution) -> None:
        """See `Strategy`."""
