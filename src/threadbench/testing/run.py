"""A `Run` without a bench: a workload is called as the plain function it is, and what it says is kept."""

from __future__ import annotations

import json
import random
import re
import threading
from collections.abc import Iterable, Sequence
from typing import Any, Final, Literal

_EVENT: Final = r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*"


class FakeRun:
    """Stands for the `run` of a workload: `workload(FakeRun(), params)`; safe from any thread.

    It refuses what a real one refuses, and traces nothing: threads, locks and queues of the workload are the system's.

    Args:
        seed: what `rng` is made from, with the thread's name.
        runtime: what the workload is told of where it runs.
        choices: what `choose` answers, in order; afterwards, and by default, random numbers of the seed.

    Attributes:
        emitted: `(thread, name, data)` of every event, in order.
        checks: names to whether the check held each time.
        check_data: names to what the check said last.
        names: names that were given to the objects that have them.
        chosen: `(n, answer)` of every `choose`.
        acted: `(thread, name)` of every `act_as`.
    """

    def __init__(
        self, seed: int = 0, *, runtime: Literal["native", "virtual"] = "native", choices: Iterable[int] = ()
    ) -> None:
        self.seed = seed
        self.runtime = runtime
        self.emitted: list[tuple[str, str, dict[str, Any]]] = []
        self.checks: dict[str, bool] = {}
        self.check_data: dict[str, dict[str, Any]] = {}
        self.names: dict[str, Any] = {}
        self.chosen: list[tuple[int, int]] = []
        self.acted: list[tuple[str, str | None]] = []
        self._choices = iter(choices)
        self._local = threading.local()
        self._lock = threading.Lock()

    @property
    def rng(self) -> random.Random:
        """The calling thread's generator."""
        if not hasattr(self._local, "rng"):
            self._local.rng = random.Random(f"{self.seed}/{threading.current_thread().name}")
        generator: random.Random = self._local.rng
        return generator

    def emit(self, name: str, /, **data: Any) -> None:
        """Keep an event.

        Raises:
            ValueError: the name is not well-formed.
            TypeError: a value is not JSON.
        """
        if not re.fullmatch(_EVENT, name):
            raise ValueError(f"event name {name!r}: lower-case words joined by dots or underscores")
        json.dumps(data)
        self.emitted.append((threading.current_thread().name, name, data))

    def check(self, name: str, ok: object, /, **data: Any) -> bool:
        """Keep a check.

        Raises:
            TypeError: a value is not JSON, or is called `name` or `ok`.
        """
        if not data.keys().isdisjoint(("name", "ok")):
            raise TypeError("run.check: 'name' and 'ok' are its own; call what goes with them by other names")
        json.dumps(data)
        with self._lock:
            self.checks[name] = self.checks.get(name, True) and bool(ok)
            self.check_data[name] = data
        return bool(ok)

    def name(self, obj: Any, name: str, /) -> Any:
        """Keep the name; returns the object."""
        self.names[name] = obj
        return obj

    @property
    def time(self) -> Literal["real", "ordered"]:
        """By the clock, or virtual: as a run of this runtime has it."""
        return "real" if self.runtime == "native" else "ordered"

    def act_as(self, name: str | None, /) -> None:
        """Keep whom the calling thread acts for."""
        self.acted.append((threading.current_thread().name, name))

    def choose(self, n: int, /, names: Sequence[str] = ()) -> int:  # noqa: ARG002 - for explanations of schedules
        """The next of the choices, else a random one.

        Raises:
            ValueError: the choice is not one of `0 … n-1`.
        """
        with self._lock:
            answer = next(self._choices, None)
        if answer is None:
            answer = self.rng.randrange(n)
        if not 0 <= answer < n:
            raise ValueError(f"FakeRun was to choose {answer} of 0 … {n - 1}")
        self.chosen.append((n, answer))
        return answer
