"""The batches of a search that samples, each with a seed of its own, so that they can run anywhere in any order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from .foreign import Foreign
from .pct import Priorities
from .pos import PartialOrder
from .random import Random
from .rff import ReadsFrom

if TYPE_CHECKING:
    from ...strategies import Provided
    from ..limits import Limits
    from .base import Strategy
    from .learned import Learned

BATCH = 250
"""Schedules of one batch."""

SAMPLERS: dict[str, Any] = {"rff": ReadsFrom, "pct": Priorities, "pos": PartialOrder, "random": Random}
"""What samples, by name; made from a seed."""
TURNS = ("rff", "pct", "pos")
"""Who takes turns in `auto`."""


def batches(schedules: int) -> Iterator[tuple[int, int]]:
    """Number and size of each batch of a search."""
    for number in range(-(-schedules // BATCH)):
        yield number, min(BATCH, schedules - number * BATCH)


def seed_of(limits: Limits, batch: int) -> int:
    """The seed of a batch."""
    return (limits.seed << 20) + batch


def name_of_sampler(name: str, seed: int) -> str:
    """Who samples with that seed: `auto` takes turns."""
    return TURNS[seed % len(TURNS)] if name == "auto" else name


def sampler(name: str, seed: int, provided: Provided | None = None, learned: Learned | None = None) -> Strategy:
    """A strategy that samples; one that learns begins from what others have learned.

    Raises:
        PluginError: it is somebody else's, and cannot be made.
    """
    if provided is not None:
        return Foreign(provided, seed)
    kind = SAMPLERS[name_of_sampler(name, seed)]
    made: Strategy = kind(seed, learned) if kind is ReadsFrom else kind(seed)
    return made


def lessons(strategy: Strategy) -> Learned | None:
    """What a strategy has learned; None where it does not."""
    return strategy.learned() if isinstance(strategy, ReadsFrom) else None


def learns(name: str, provided: Provided | None) -> bool:
    """Whether what a strategy chooses depends on schedules before: it is not begun anew where it need not be."""
    return provided is not None or name == "rff"
