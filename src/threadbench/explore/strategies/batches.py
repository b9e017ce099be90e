"""The batches of a search that samples, each with a seed of its own, so that they can run anywhere in any order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .pct import Priorities
from .random import Random

if TYPE_CHECKING:
    from ..limits import Limits
    from .base import Strategy

BATCH = 250
"""Schedules of one batch."""


def batches(schedules: int) -> Iterator[tuple[int, int]]:
    """Number and size of each batch of a search."""
    for number in range(-(-schedules // BATCH)):
        yield number, min(BATCH, schedules - number * BATCH)


def seed_of(limits: Limits, batch: int) -> int:
    """The seed of a batch."""
    return (limits.seed << 20) + batch


def sampler(name: str, seed: int) -> Strategy:
    """A strategy that samples; `auto` takes turns between them, by the seed."""
    if name == "auto":
        name = "pct" if seed % 2 else "random"
    return Priorities(seed) if name == "pct" else Random(seed)
