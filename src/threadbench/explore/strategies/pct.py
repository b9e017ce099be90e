"""Random priorities with few changes: what goes wrong by d ordering constraints is found with a stated probability.

Burckhardt, Kothari, Musuvathi & Nagarakatte, A Randomized Scheduler with Probabilistic Guarantees of Finding Bugs,
ASPLOS 2010: with n threads, k choices and a bug of depth d, one schedule finds it with probability at least
1 / (n * k ** (d - 1)).
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from ...runtime.virtual.execution import Execution
    from ...runtime.virtual.scheduler import Scheduler


class Priorities:
    """Samples; finds what few preemptions at the right places show.

    Args:
        seed: fixes every choice.
        depth: the largest depth of bugs that the guarantee is for; each schedule draws one up to it.
    """

    name: ClassVar[str] = "pct"
    footprint: ClassVar[bool] = False

    def __init__(self, seed: int, depth: int = 3) -> None:
        self._random = random.Random(seed)
        self._depth = depth
        self._length = 16
        """The longest schedule so far, in choices."""

    def begin(self, scheduler: Scheduler) -> bool:
        """See `Strategy`."""
        draw = self._random
        self._scheduler = scheduler
        self._priorities: dict[int, float] = {}
        self._yields: dict[int, int] = {}
        self._made = 0
        self._lowest = 0.0
        changes = draw.randrange(self._depth)
        self._changes = {draw.randrange(self._length) for _ in range(changes)}
        return True

    def choose(self, options: Sequence[Any]) -> Any:
        """See `Strategy`."""
        if isinstance(options, range):
            return self._random.randrange(len(options))
        made = self._made
        self._made = made + 1
        priorities = self._priorities
        me = self._scheduler.current
        # Who gives way, or is at one of the places drawn, goes behind all others; only so does a thread that polls
        # not keep those from running that it waits for.
        if made in self._changes or me.yields != self._yields.get(me.number, 0):
            self._yields[me.number] = me.yields
            self._lowest -= 1.0
            priorities[me.number] = self._lowest
        best, highest = None, 0.0
        for option in options:
            priority = priorities.get(option.number)
            if priority is None:
                priority = priorities[option.number] = self._random.random()
            if best is None or priority > highest:
                best, highest = option, priority
        return best

    def end(self, execution: Execution) -> None:
        """See `Strategy`."""
        self._length = max(self._length, self._made)

    def probability(self, threads: int) -> float:
        """The least probability that one schedule finds a bug of the given depth."""
        return 1.0 / float(max(1, threads) * max(1, self._length) ** (self._depth - 1))
