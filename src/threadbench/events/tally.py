"""What a run states about itself, read off its events: outcome, checks, crash, printed text without an end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from .metrics import Metrics

if TYPE_CHECKING:
    from .scribe import Observer


class Stated(msgspec.Struct):
    """A check as it stands: it holds while it held each time."""

    ok: bool
    at: str
    data: dict[str, Any]


class Tally:
    """The books of one run.

    Attributes:
        returned: whether the workload came to its end; `outcome` is what it returned.
        crash: the first exception that left a thread's function: thread, type, message, traceback.
        checks: by name, in the order first stated.
    """

    def __init__(self) -> None:
        self.returned = False
        self.outcome: Any = None
        self.crash: dict[str, Any] | None = None
        self.checks: dict[str, Stated] = {}
        self.metrics = Metrics()
        self.threads = 0
        self.unfinished: dict[tuple[str, str], str] = {}

    def _outcome(self, t: int, thread: str, obj: str, at: str, data: Mapping[str, Any]) -> None:
        self.returned = True
        self.outcome = data["outcome"]

    def _check(self, t: int, thread: str, obj: str, at: str, data: Mapping[str, Any]) -> None:
        rest = dict(data)
        name, ok = rest.pop("name"), rest.pop("ok")
        stated = self.checks.get(name)
        if stated is None or stated.ok:
            self.checks[name] = Stated(ok, at, rest)

    def _crashed(self, t: int, thread: str, obj: str, at: str, data: Mapping[str, Any]) -> None:
        if self.crash is None:
            self.crash = {"kind": "exception", "thread": thread, **data, "at": at or _place(data)}

    def _thread(self, t: int, thread: str, obj: str, at: str, data: Mapping[str, Any]) -> None:
        self.threads += 1

    def _unfinished(self, t: int, thread: str, obj: str, at: str, data: Mapping[str, Any]) -> None:
        self.unfinished[thread, data["stream"]] = data["text"]

    def _printed(self, t: int, thread: str, obj: str, at: str, data: Mapping[str, Any]) -> None:
        self.unfinished.pop((thread, data["stream"]), None)

    def observers(self) -> list[Mapping[str, Observer]]:
        """Event name to the function to show it to, its own and its metrics'."""
        return [
            self.metrics.observers(),
            {
                "~outcome": self._outcome,
                "~unfinished": self._unfinished,
                "check": self._check,
                "log": self._printed,
                "thread.started": self._thread,
                "thread.crashed": self._crashed,
            },
        ]


def _place(data: Mapping[str, Any]) -> str | None:
    traceback = data.get("traceback") or [""]
    return str(traceback[-1]).partition(" in ")[0] or None


def merge(*tables: Mapping[str, Observer | Iterable[Observer]]) -> dict[str, tuple[Observer, ...]]:
    """Several tables of observers as one; for one event the tables' order is kept."""
    merged: dict[str, tuple[Observer, ...]] = {}
    for table in tables:
        for name, functions in table.items():
            merged[name] = merged.get(name, ()) + ((functions,) if callable(functions) else tuple(functions))
    return merged
