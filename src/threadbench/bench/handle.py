"""The `run` that a workload is handed where it is timed: it answers, and writes nothing."""

from __future__ import annotations

import random
import threading
from collections.abc import Sequence
from typing import Any, Literal


class TimedRun:
    """See `threadbench.Run`; one for all threads of all runs that a process times.

    Attributes:
        failed: names of checks that did not hold, with how often.
    """

    runtime: Literal["native"] = "native"
    time: Literal["real"] = "real"

    def __init__(self, seed: int, salt: str) -> None:
        self.seed = seed
        self.failed: dict[str, int] = {}
        self._salt = salt
        self._local = threading.local()

    @property
    def rng(self) -> random.Random:
        """The calling thread's generator."""
        try:
            generator: random.Random = self._local.rng
        except AttributeError:
            name = threading.current_thread().name
            generator = self._local.rng = random.Random(f"{self.seed}/{self._salt}/{name}")
        return generator

    def choose(self, n: int, /, names: Sequence[str] = ()) -> int:  # noqa: ARG002 - for explanations of schedules
        """One of `0 … n-1`."""
        return self.rng.randrange(n)

    def act_as(self, name: str | None, /) -> None:
        """Nobody is told."""

    def emit(self, name: str, /, **data: Any) -> None:
        """Nothing is logged."""

    def check(self, name: str, ok: object, /, **data: Any) -> bool:  # noqa: ARG002 - data is for the log
        """Whether it holds; counted where it does not."""
        truth = bool(ok)
        if not truth:
            self.failed[name] = self.failed.get(name, 0) + 1
        return truth

    def name(self, obj: Any, name: str, /) -> Any:  # noqa: ARG002 - for the log
        """The object."""
        return obj
