"""Names of the strategies that are built in, and the record of one that is not: for whoever reads a name; a leaf."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

STRATEGIES: Final = ("auto", "dpor", "dfs", "rff", "pct", "pos", "random")

Factory = Callable[[int], Any]
"""A seed -> a new `Strategy`."""


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
