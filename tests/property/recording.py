"""Where threads of drawn programs leave what they observed: not instrumented, so that leaving it is no point."""

from __future__ import annotations

from typing import Any


def record(state: Any, thread: Any, observed: tuple[Any, ...]) -> None:
    """A thread has ended with this."""
    state.observed[str(thread)] = observed


def recorded(state: Any) -> list[Any]:
    """All of it, by thread."""
    return sorted(state.observed.items())
