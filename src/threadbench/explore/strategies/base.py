"""The seam: what a strategy is asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from ...runtime.virtual.execution import Execution
    from ...runtime.virtual.scheduler import Scheduler


class Diverged(Exception):  # noqa: N818 - what happened to a schedule, no error of a caller
    """The same choices did not lead to the same options: the workload is non-deterministic, or its code has changed."""


class Strategy(Protocol):
    """Chooses, schedule after schedule."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def footprint(self) -> bool:
        """Whether it must know what steps do. Instead, one that has a true attribute `intents` is told what threads are
        about to do; see `runtime.virtual.intents`.
        """

    def begin(self, scheduler: Scheduler) -> bool:
        """Another schedule is about to run; False when there is none left to visit."""

    def choose(self, options: Sequence[Any]) -> Any:
        """One of the options: threads that can go on (the scheduler's `current` has just reached a point, and is among
        them unless it waits), or the numbers of a `run.choose`. None cuts the schedule: nothing new can come of it.
        """

    def end(self, execution: Execution) -> None:
        """The schedule has ended."""


def option_of(options: Sequence[Any], number: int, scheduler: Scheduler) -> Any:
    """The thread of that number, or the number itself, among the options; where it is not, the schedule is aborted with
    `Diverged`.
    """
    if isinstance(options, range):
        found = number if number in options else None
    else:
        found = next((option for option in options if option.number == number), None)
    if found is None:
        scheduler.abort(Diverged(f"choice {number} was possible here before, and is not now"))
    return found
