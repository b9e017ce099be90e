"""Uniformly random choices: each thread that can go on is as likely as any other."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from ...runtime.virtual.execution import Execution
    from ...runtime.virtual.scheduler import Scheduler


class Random:
    """Samples; finds what many interleavings show.

    Args:
        seed: fixes every choice.
    """

    name: ClassVar[str] = "random"
    footprint: ClassVar[bool] = False

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed).random

    def begin(self, scheduler: Scheduler) -> bool:
        """See `Strategy`."""
        return True

    def choose(self, options: Sequence[Any]) -> Any:
        """See `Strategy`."""
        return options[int(self._random() * len(options))]

    def end(self, execution: Execution) -> None:
        """See `Strategy`."""
