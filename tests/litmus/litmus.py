"""What a litmus program is, and what a search of one comes to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from threadbench.explore.explorer import Limits, explore
from threadbench.explore.found import Found
from threadbench.explore.program import Threads

MODELS = ("sync", "gil", "free-threaded")
EXHAUSTIVE = ("dpor", "dfs")


class State:
    """What the threads of a litmus program share: a plain object."""

    def __init__(self, **values: Any) -> None:
        for name, value in values.items():
            setattr(self, name, value)


@dataclass(frozen=True)
class Litmus:
    """A program of a few steps, with every outcome that its interleavings have, as counted by hand.

    Attributes:
        name: of the test.
        threads: each called with the state.
        setup: makes the state.
        outcome: what a schedule that finished came to, of the state.
        reaches: the outcomes in every model, or of each model its own; a schedule that did not finish is the word for
            how it ended: `deadlock`, `crashed`, `livelock`.
        traces: classes of interleavings, by model, where they have been counted by hand.
        dfs: whether all interleavings are few enough to be visited one by one, by model.
    """

    name: str
    threads: tuple[Callable[..., Any], ...]
    setup: Callable[[], Any]
    outcome: Callable[[Any], Any]
    reaches: Any
    traces: Mapping[str, int] = field(default_factory=dict)
    dfs: frozenset[str] | tuple[str, ...] = MODELS
    models: tuple[str, ...] = MODELS
    max_points: int = 100_000

    def expected(self, model: str) -> set[Any]:
        """The outcomes in a model."""
        return set(self.reaches[model] if isinstance(self.reaches, Mapping) else self.reaches)

    def search(self, strategy: str, model: str, *, seed: int = 0, schedules: int = 100_000) -> Found:
        """Visit its interleavings to the end."""
        return search(
            self.threads, self.setup, self.outcome, strategy, model,
            seed=seed, schedules=schedules, max_points=self.max_points,
        )  # fmt: skip


def search(
    threads: Any,
    setup: Any,
    outcome: Any,
    strategy: str,
    model: str,
    *,
    seed: int = 0,
    schedules: int = 100_000,
    max_points: int = 100_000,
    check: Any = None,
) -> Found:
    """Visit the interleavings of a program to the end."""
    program = Threads(threads, setup, check, outcome)
    limits = Limits(
        strategy=strategy,
        model=model,
        stop_on_first=False,
        max_schedules=schedules,
        seed=seed,
        time_limit=30.0,
        max_points=max_points,
    )
    return explore(program, program.code, limits)


def reached(found: Found) -> set[Any]:
    """The outcomes that a search came to, those of schedules that did not finish by the word for their end."""
    return {o.value if o.cause == "finished" else o.cause for o in found.outcomes}
