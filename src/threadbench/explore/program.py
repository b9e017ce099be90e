"""What is explored: something that runs once for each schedule, and says what came of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ..runtime.virtual.scheduler import Scheduler


@dataclass(frozen=True, slots=True)
class Program:
    """State, threads that share it, and what must hold of it when they have ended.

    Attributes:
        threads: each called with the state, in a thread of its own.
        setup: makes the state; None makes None.
        check: state -> bool, or raises AssertionError; None checks nothing.
        outcome: state -> JSON value: what the schedule came to.
    """

    threads: Sequence[Callable[[Any], Any]]
    setup: Callable[[], Any] | None = None
    check: Callable[[Any], Any] | None = None
    outcome: Callable[[Any], Any] | None = None

    def run(self, scheduler: Scheduler) -> tuple[Any, str | None]:
        """One schedule: outcome, and what was violated."""
        state = self.setup() if self.setup else None
        args = (state,)
        names = _names(self.threads)
        scheduler.wait_for([scheduler.spawn(f, args, name) for f, name in zip(self.threads, names, strict=True)])
        scheduler.quiet += 1  # what follows reads the end of it all
        violation = None
        if self.check is not None:
            try:
                if self.check(state) is False:
                    violation = f"{name_of(self.check)} returned False"
            except AssertionError as error:
                violation = f"{name_of(self.check)}: {error}" if str(error) else f"{name_of(self.check)} failed"
        value = self.outcome(state) if self.outcome is not None else None
        scheduler.quiet -= 1
        return value, violation


def name_of(function: Callable[..., Any]) -> str:
    """What a person calls it."""
    return getattr(function, "__qualname__", None) or repr(function)


def _names(functions: Sequence[Callable[..., Any]]) -> list[str]:
    """Of each thread: its function's, numbered from the second on."""
    counts: dict[str, int] = {}
    names = []
    for function in functions:
        name = getattr(function, "__name__", "thread").strip("<>")
        count = counts[name] = counts.get(name, 0) + 1
        names.append(name if count == 1 else f"{name}#{count}")
    return names
