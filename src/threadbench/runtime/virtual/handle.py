"""The `run` that a workload is handed on virtual threads."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal

from ...events.log import encode_json
from ..native.handle import NAME

if TYPE_CHECKING:
    from .scheduler import Scheduler
    from .thread import VirtualThread

Emit = Callable[[str, Any, dict[str, Any]], None]
"""Logs an event: its name, the object or None, its data."""
Rename = Callable[[Any, str], None]


class VirtualRun:
    """See `threadbench.Run`; one for all threads of a schedule.

    Args:
        scheduler: whose schedule it is.
        kind: prefix of the emitted events.
        seed: what the random numbers are made from, with `salt` and the thread's name.
        emit: where events go; None in a search, which logs nothing.
        rename: called with an object and the name that it is given; None where nothing is logged.
    """

    runtime = "virtual"

    def __init__(
        self,
        scheduler: Scheduler,
        *,
        kind: str,
        seed: int,
        salt: str,
        emit: Emit | None = None,
        rename: Rename | None = None,
    ) -> None:
        self.seed = seed
        self.checks: dict[str, bool] = {}
        """Name to whether it held each time it was stated."""
        self.messages: dict[str, str] = {}
        """What those that did not hold said of it."""
        self._scheduler = scheduler
        self._kind = kind
        self._salt = salt
        self._emit = emit
        self._rename = rename
        self._generators: dict[VirtualThread, random.Random] = {}

    @property
    def rng(self) -> random.Random:
        """The calling thread's generator."""
        thread = self._scheduler.current
        generator = self._generators.get(thread)
        if generator is None:
            generator = self._generators[thread] = random.Random(f"{self.seed}/{self._salt}/{thread.name}")
        return generator

    @property
    def time(self) -> Literal["ordered", "adversarial"]:
        """How time passes."""
        return "adversarial" if self._scheduler.clock.adversarial else "ordered"

    def choose(self, n: int, /, names: Sequence[str] = ()) -> int:
        """One of `0 … n-1`: a choice of the schedule."""
        return self._scheduler.choose_number(n, names)

    def act_as(self, name: str | None, /) -> None:
        """The calling thread acts for `name`: of interest to who writes down what happens."""
        if self._scheduler.recorder is not None:
            self._scheduler.recorder("act", name)

    def emit(self, name: str, /, **data: Any) -> None:
        """Log `<kind>.<name>`."""
        if not NAME.fullmatch(name):
            raise ValueError(
                f"event name {name!r}: lower-case words joined by dots or underscores, such as 'item.taken'"
            )
        if self._emit is None:
            encode_json(data)  # what cannot be logged is an error here too
        else:
            self._emit(f"{self._kind}.{name}", None, data)

    def check(self, name: str, ok: object, /, **data: Any) -> bool:
        """State a named yes/no."""
        if not data.keys().isdisjoint(("name", "ok")):
            raise TypeError("run.check: 'name' and 'ok' are its own; call what goes with them by other names")
        truth = bool(ok)
        self.checks[name] = self.checks.get(name, True) and truth
        if not truth and data.get("message"):
            self.messages.setdefault(name, str(data["message"]))
        if self._emit is None:
            encode_json(data)
        else:
            self._emit("check", None, {"name": str(name), "ok": truth, **data})
        return truth

    def name(self, obj: Any, name: str, /) -> Any:
        """Give a lock, queue, event, … the name that it is called by."""
        self._scheduler.names[id(obj)] = name
        self._scheduler.named.append(obj)
        if self._rename is not None:
            self._rename(obj, str(name))
        return obj
