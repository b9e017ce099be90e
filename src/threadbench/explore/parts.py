"""What a batch of schedules came to, as it travels and is kept."""

from __future__ import annotations

from typing import Any

import msgspec

from .strategies.learned import Learned  # noqa: TC001 - what a part is decoded as


class End(msgspec.Struct):
    """A distinct end of schedules.

    Attributes:
        first: which schedule came to it first, from 1.
        count: how many did.
        choices: the shortest that led here; `points` and `threads` are that schedule's.
    """

    cause: str
    outcome: Any
    reason: str | None
    first: int
    count: int = 0
    choices: tuple[int, ...] | None = None
    points: int = 0
    threads: tuple[str, ...] = ()
    causal: bool = False
    """Whether the threads read clocks of their own, as under a reduction: the same choices need the same clocks."""

    @property
    def bad(self) -> bool:
        """Whether it is what a search looks for."""
        return self.cause != "finished"


class Part(msgspec.Struct, frozen=True):
    """What a batch came to."""

    ends: list[End]
    schedules: int
    points: int
    cut: int
    unfair: bool
    discovered: list[str] = []
    """Parts of the library that the code looked into, which ended it: the search is to begin again with these."""
    learned: Learned | None = None
    """What a strategy that learns has added to what it was given."""
    late: bool = False
    """Whether the time was up: it may have run fewer schedules than it was to."""
