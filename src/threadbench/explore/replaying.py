"""Runs a schedule again, exactly."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from ..errors import UsageError
from ..runtime.virtual import originals
from ..runtime.virtual.points.functions import named_code
from .fingerprint import digests_of, fingerprint_of, opened_in, told_changes, with_opened
from .found import Found, Outcome
from .limits import Limits
from .preparation import prepared
from .schedule import again
from .search import Judge, Search
from .strategies.guided import Replay

if TYPE_CHECKING:
    from .program import Program
    from .schedule import Schedule


class Programs:
    """What schedules of this process belong to, for as long as they are kept."""

    def __init__(self) -> None:
        self._by_id: dict[int, tuple[weakref.ref[Schedule], tuple[Program, Sequence[Any]]]] = {}

    def __setitem__(self, schedule: Schedule, value: tuple[Program, Sequence[Any]]) -> None:
        number = id(schedule)
        # Not a `finalize`, which takes five times as long, since it is told of the end of the process too.
        self._by_id[number] = weakref.ref(schedule, partial(self._forget, number)), value

    def _forget(self, number: int, gone: weakref.ref[Schedule]) -> None:
        known = self._by_id.get(number)
        if known is not None and known[0] is gone:  # else another schedule has that id by now
            del self._by_id[number]

    def get(self, schedule: Schedule) -> tuple[Program, Sequence[Any]] | None:
        """What a schedule belongs to, if it was found here."""
        reference, value = self._by_id.get(id(schedule), (None, None))
        return value if reference is not None and reference() is schedule else None


programs = Programs()

TIMEOUT = 30.0
"""Seconds that a thread of a schedule that is run again may take to come to a point."""


def replay_here(schedule: Schedule) -> Found:
    """Run a schedule again that was found in this process.

    Raises:
        UsageError: it was not.
    """
    known = programs.get(schedule)
    if known is None:
        raise UsageError(
            "this schedule was read from a file, and does not know its program", hint="use `threadbench replay FILE`"
        )
    return replay(schedule, *known, timeout=TIMEOUT)


def replay(
    schedule: Schedule,
    program: Program,
    code: Sequence[Any],
    judge: Judge | None = None,
    timeout: float | None = None,
    *,
    told: bool = True,
    walk: bool = False,
) -> Found:
    """Run a schedule again; where it is to be `told`, once more for its explanation; and once more for its `walk`.

    Raises:
        UsageError: the code under test is not what it was.
        Diverged: it does something else.
        Uncontrolled: it comes to no point for `timeout` seconds.
    """
    opened = opened_in(schedule.code)
    digests = with_opened(digests_of(named_code(code)), opened)
    if fingerprint_of(digests) != schedule.fingerprint:
        changes = told_changes(schedule.code, digests) if schedule.code else "what it was is not known"
        raise UsageError(f"the code under test has changed since: {changes}", hint=again(schedule))
    started = originals.monotonic()
    limits = Limits(model=schedule.model, time="ordered" if schedule.time == "ordered" else "adversarial")  # type: ignore[arg-type] # a text that is one of the literals
    search = Search.under(limits, program, judge)
    search.causal = schedule.time == "causal"
    search.opened = opened
    with prepared(search, code, timeout):
        search.visit(Replay(schedule.choices), schedules=1, until=float("inf"), stop_on_first=True)
        explanation = None
        if told:
            from .explain import explained

            explanation = explained(search, schedule.choices)
        steps = None
        if walk:
            from .walking import walked

            steps = walked(search, schedule.choices)
    (end,) = search.ends.values()
    assert end.choices is not None
    verdict: Any = end.cause if end.bad else "holds"
    return Found(
        verdict=verdict,
        exhaustive=False,
        schedules=1,
        schedules_to_first=1 if end.bad else None,
        outcomes=(Outcome(end.outcome, end.cause, end.reason, 1, not end.bad, schedule, 1),),
        witness=schedule,
        reason=end.reason or "as it should be",
        strategy="replay",
        model=schedule.model,
        seed=0,
        points=search.points,
        duration=originals.monotonic() - started,
        explanation=explanation,
        walk=steps,
    )
