"""Every interleaving, one after the other, depth first: the last choice that has an alternative is changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from .base import option_of

if TYPE_CHECKING:
    from ...runtime.virtual.execution import Execution
    from ...runtime.virtual.scheduler import Scheduler


class DepthFirst:
    """Exhaustive: visits each schedule once, without any reduction.

    Args:
        preemptions: visit only schedules that interrupt a thread which could go on at most so often (Musuvathi &
            Qadeer, Iterative context bounding, PLDI 2007); None bounds nothing.
    """

    name: ClassVar[str] = "dfs"
    footprint: ClassVar[bool] = False
    gave_up: ClassVar[str | None] = None
    """It never does: it keeps a list of numbers for each choice."""

    def __init__(self, preemptions: int | None = None) -> None:
        self._limit = preemptions
        self._stack: list[tuple[list[int], int]] = []
        """At each choice: the options as numbers, first the thread that goes on of itself; and which is taken."""
        self.exhausted = False
        self.bounded = False
        """Whether the bound left something out."""

    def begin(self, scheduler: Scheduler) -> bool:
        """See `Strategy`."""
        self._scheduler = scheduler
        self._depth = 0
        self._preemptions = 0
        return not self.exhausted

    def choose(self, options: Sequence[Any]) -> Any:
        """See `Strategy`."""
        depth = self._depth
        self._depth = depth + 1
        stack = self._stack
        if isinstance(options, range):
            if depth == len(stack):
                stack.append((list(options), 0))
            numbers, taken = stack[depth]
            return numbers[taken]
        me = self._scheduler.current
        stays = me in options
        if depth == len(stack):
            numbers = [t.number for t in options if t is not me]
            if stays:
                numbers.insert(0, me.number)
                if self._limit is not None and self._preemptions >= self._limit and len(numbers) > 1:
                    self.bounded = True
                    numbers = numbers[:1]
            if stack and stack[-1][0] == numbers:
                numbers = stack[-1][0]  # mostly the same, choice after choice
            stack.append((numbers, 0))
        numbers, taken = stack[depth]
        number = numbers[taken]
        if stays and number != me.number:
            self._preemptions += 1
        return option_of(options, number, self._scheduler)

    def end(self, execution: Execution) -> None:
        """See `Strategy`."""
        stack = self._stack
        del stack[self._depth :]
        while stack:
            numbers, taken = stack[-1]
            if taken + 1 < len(numbers):
                stack[-1] = numbers, taken + 1
                return
            stack.pop()
        self.exhausted = True
