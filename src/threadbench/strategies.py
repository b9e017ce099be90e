"""What a strategy of somebody else's is, and the names of those that are built in: for whoever reads one; a leaf."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, Protocol

import msgspec

if TYPE_CHECKING:
    from .extensions import Extension

STRATEGIES: Final = ("auto", "dpor", "dfs", "rff", "pct", "pos", "random")

NO_ORDER: Final = (
    "strategy 'dpor' has nothing to reduce in ordered time, where each step moves the clock of all threads"
)
NO_ORDER_HINT: Final = "strategy 'dfs' or 'auto', or time 'adversarial'"
"""Why they do not go together, in files and in calls, and what would."""


class Strategy(Protocol):
    """What picks the next choice, schedule after schedule; all methods are called in one OS thread.

    With a true attribute `intents`, each thread's `intents` tell what it is about to do, where that is known.
    """

    def begin(self, scheduler: Any, /) -> bool:
        """Another schedule is about to run.

        Args:
            scheduler: its `current` is the thread that has come to a point, its `choices` the numbers of those that
                went on so far, its `threads` all there are; to be read only.

        Returns:
            False when no schedule is left to visit.
        """
        ...

    def choose(self, options: Sequence[Any], /) -> Any:
        """Pick who goes on.

        Args:
            options: two or more threads that can, each with `number` (0 is main, then in the order of their start) and
                `name`; or a range, the numbers that a `run.choose` may be answered. The thread that has come to a
                point is among them unless it waits.

        Returns:
            One of the options; or None to give the schedule up, where nothing new can come of it.
        """
        ...

    def end(self, execution: Any, /) -> None:
        """The schedule has ended.

        Args:
            execution: its `cause` (`finished`, `deadlock`, `livelock`, `crashed` or `cut`), `choices`, `points`, and
                `reason` for a person; a check is not judged yet.
        """
        ...


Factory = Callable[[int], Strategy]
"""A seed -> a new strategy."""


class Provided(msgspec.Struct, frozen=True):
    """A strategy of somebody else's.

    Attributes:
        name: what it is asked for by.
        owner: whose it is, as a sentence has it: `strategy 'mine' of plugin 'a' of acme 1.1`.
        factory: makes one from a seed.
        single: there is only the one that a caller has made, which cannot be in two processes.
    """

    name: str
    owner: str
    factory: Factory
    single: bool = False

    @classmethod
    def by(cls, extension: Extension | None) -> Provided | None:
        """The strategy that a plugin provides; None for none."""
        return cls(extension.name, extension.owner, extension.given) if extension else None
