"""A given schedule: strictly, as a replay must be, or as far as it goes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from .base import Diverged, option_of

if TYPE_CHECKING:
    from ...runtime.virtual.execution import Execution
    from ...runtime.virtual.scheduler import Scheduler


class Replay:
    """One schedule, exactly.

    Raises:
        Diverged: from `choose`, when the schedule asks for a thread that cannot go on, or has ended too early.
    """

    name: ClassVar[str] = "replay"

    def __init__(self, choices: Sequence[int], *, footprint: bool = False) -> None:
        self._choices = choices
        self.footprint = footprint

    def begin(self, scheduler: Scheduler) -> bool:
        """See `Strategy`."""
        self._scheduler = scheduler
        return True

    def choose(self, options: Sequence[Any]) -> Any:
        """See `Strategy`."""
        if len(options) == 1:
            return options[0]
        made = len(self._scheduler.choices)
        if made >= len(self._choices):
            self._scheduler.abort(Diverged(f"the schedule has {made} choices, and here is another one to make"))
        return option_of(options, self._choices[made], self._scheduler)

    def end(self, execution: Execution) -> None:
        """See `Strategy`."""


class Guided:
    """A schedule as far as it can be followed: where it cannot, and after its end, whoever runs goes on.

    `preemptions` counts how often a thread that could go on did not.
    """

    name: ClassVar[str] = "guided"
    footprint: ClassVar[bool] = False

    def __init__(self, choices: Sequence[int]) -> None:
        self._choices = choices

    def begin(self, scheduler: Scheduler) -> bool:
        """See `Strategy`."""
        self._scheduler = scheduler
        self.preemptions = 0
        self._made = 0
        return True

    def choose(self, options: Sequence[Any]) -> Any:
        """See `Strategy`."""
        if len(options) == 1:
            return options[0]
        made = self._made
        self._made = made + 1
        wanted = self._choices[made] if made < len(self._choices) else None
        if isinstance(options, range):
            return wanted if wanted is not None and wanted in options else 0
        me = self._scheduler.current
        stays = me in options
        chosen = me if stays else options[0]
        for option in options:
            if option.number == wanted:
                chosen = option
        if stays and chosen is not me:
            self.preemptions += 1
        return chosen

    def end(self, execution: Execution) -> None:
        """See `Strategy`."""
