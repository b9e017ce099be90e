"""What a process that measures is told: which case, how to find it again, and whom to ask for its turn."""

from __future__ import annotations

import msgspec

from ..lookup import Lookup  # noqa: TC001 - msgspec reads the annotation


class Order(msgspec.Struct, frozen=True):
    """One process's work.

    Attributes:
        lookup: how its case is found.
        case: the id.
        name: of the benchmark in pyperf's files.
        skipped: how many of the first values warm up, and are not counted.
        ready: file descriptor to write a byte to when a value could begin; None begins by itself.
        go: file descriptor to read a byte from before a value begins.
        yardstick: rounds of a fixed computation to time in turns with the runs of a value; 0 times none.
        turn: how many runs such a turn has.
        metadata: what is written into the result besides.
    """

    lookup: Lookup
    case: str
    name: str
    skipped: int = 0
    ready: int | None = None
    go: int | None = None
    yardstick: int = 0
    turn: int = 1
    metadata: dict[str, str | int | float] = {}


PREFIX = "threadbench_"
"""What keys of ours begin with among pyperf's metadata."""
