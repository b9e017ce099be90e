"""What a search came to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from ..verdicts import SearchVerdict  # noqa: TC001 - msgspec reads it
from .schedule import Schedule  # noqa: TC001 - msgspec reads it
from .walk import Walk  # noqa: TC001 - msgspec reads it

if TYPE_CHECKING:
    from .limits import Limits

NONDETERMINISTIC = "what is explored is non-deterministic: {}"


class Outcome(msgspec.Struct, frozen=True):
    """One distinct end of schedules.

    Attributes:
        value: the JSON value of a schedule that finished, else None.
        cause: `finished`, `violated`, `deadlock`, `livelock` or `crashed`.
        reason: what was wrong, for a person; None when nothing was.
        count: how many schedules came to it.
        expected: whether that is as it should be.
        witness: the shortest schedule known for it.
        first: which schedule came to it first, from 1.
    """

    value: Any
    cause: str
    reason: str | None
    count: int
    expected: bool
    witness: Schedule
    first: int


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What a search came to: exactly as strong as what was done.

    Attributes:
        verdict: `holds`, `violated`, `deadlock`, `livelock`, `crashed` or `inconclusive`.
        exhaustive: every class of interleavings of this model was visited, and none was cut.
        schedules: how many were run to their end.
        cut: how many a reduction gave up as having nothing new; they are not in `schedules`.
        schedules_to_first: which schedule first came to what the verdict names; None when it holds.
        outcomes: every distinct one, the expected first, then by count.
        witness: the shortest schedule known for what the verdict names; None when it holds.
        reason: one sentence.
        strategy: what chose.
        model: where points were.
        points: of all schedules together.
        duration: wall time in seconds.
        explanation: the witness, step by step, for a person.
        walk: the same to step through, where that was asked for.
    """

    verdict: SearchVerdict
    exhaustive: bool
    schedules: int
    cut: int = 0
    schedules_to_first: int | None = None
    outcomes: tuple[Outcome, ...] = ()
    witness: Schedule | None = None
    reason: str
    strategy: str
    model: str
    seed: int
    points: int
    duration: float
    explanation: str | None = None
    walk: Walk | None = None

    def __str__(self) -> str:
        strength = "exhaustive" if self.exhaustive else f"{self.schedules:,} schedule{'s' * (self.schedules != 1)}"
        head = f"{self.verdict} ({self.model}, {strength}): {self.reason}"
        return f"{head}\n\n{self.explanation}" if self.explanation else head


def unfinished(
    limits: Limits,
    reason: str,
    *,
    verdict: SearchVerdict = "inconclusive",
    schedules: int = 0,
    points: int = 0,
    duration: float = 0.0,
    explanation: str | None = None,
) -> Found:
    """What there is to say of a search that could not be done."""
    return Found(
        verdict=verdict,
        exhaustive=False,
        schedules=schedules,
        reason=reason,
        strategy=limits.strategy,
        model=limits.model,
        seed=limits.seed,
        points=points,
        duration=duration,
        explanation=explanation,
    )
