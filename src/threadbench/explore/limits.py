"""How a search is done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    from ..runtime.virtual.execution import Model

MODELS: tuple[Model, ...] = ("sync", "gil", "free-threaded")


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How a search is done.

    Attributes:
        strategy: one of `STRATEGIES`, or the name of one that is handed over besides.
        model: one of `MODELS`.
        time: `adversarial`: sleeps and timeouts end whenever; `ordered`: in the order of their ends.
        max_schedules: how many are run at most.
        time_limit: seconds of wall time, shrinking excluded.
        stop_on_first: end at the first schedule that is not as it should be.
        seed: fixes everything.
        preemptions: bound of `dfs`.
        max_points: a schedule of as many is cut: a livelock.
    """

    strategy: str = "auto"
    model: Literal["sync", "gil", "free-threaded"] = "free-threaded"
    time: Literal["adversarial", "ordered"] = "adversarial"
    max_schedules: int = 10_000
    time_limit: float = 60.0
    stop_on_first: bool = True
    seed: int = 0
    preemptions: int | None = None
    max_points: int = 1_000_000
