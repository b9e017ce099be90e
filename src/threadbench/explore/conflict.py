"""Which accesses of a schedule explain what came of it: the patterns of broken atomicity and of broken order.

The patterns are those of Lu, Park, Seo & Zhou, Learning from Mistakes, ASPLOS 2008, and Lu, Tucek, Qin & Zhou, AVIO,
ASPLOS 2006: of the ways in which another thread's access may come between two of one thread, four are like no order of
whole threads.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from .steps import Recording, Step

MOST = 300
"""Accesses of one object that are looked at: the last ones."""


class Conflict(NamedTuple):
    """The accesses that matter, by their index among the steps, each with what to say of it."""

    rank: int
    """The smaller, the likelier to be what matters."""
    last: int
    marks: dict[int, str]


def conflict(recording: Recording) -> dict[int, str]:
    """The marks of the accesses that explain best what came of the schedule; none where nothing does."""
    steps = recording.steps
    found = list(_conflicts(recording))
    if recording.cause == "deadlock":
        stuck = {waiter.thread for waiter in recording.stuck}
        waits = {step.thread: index for index, step in enumerate(steps) if step.what == "wait"}
        found = [
            c._replace(marks={**c.marks, waits[steps[min(c.marks)].thread]: "is never woken"})
            for c in found
            if c.rank == STALE and steps[min(c.marks)].thread in stuck and steps[min(c.marks)].thread in waits
        ]
        if any(waiter.holder is not None for waiter in recording.stuck):
            return {}  # who holds what says it all
    elif recording.raised is not None:
        mine = [i for i, s in enumerate(steps) if s.thread == recording.raised.thread and s.what in ("read", "write")]
        last = set(mine[-3:])
        found = [c for c in found if last & set(c.marks)] or found
        found = [c for c in found if c.rank != LATE or c.last in last]
    elif recording.cause != "violated":
        return {}
    else:
        found = [c for c in found if c.rank != LATE]
    return min(found, key=lambda c: (c.rank, -c.last)).marks if found else {}


LOST, UNREPEATABLE, SAME, DIRTY, STALE, EARLY, LATE = range(7)


def _conflicts(recording: Recording) -> Iterator[Conflict]:
    things: dict[int, list[int]] = defaultdict(list)
    for index, step in enumerate(recording.steps):
        if step.what in ("read", "write") and step.thing is not None and step.place is not None:
            things[step.thing].append(index)
    for accesses in things.values():
        if len({recording.steps[index].thread for index in accesses}) > 1:
            yield from _of_one(recording.steps, accesses[-MOST:])


def _of_one(steps: Sequence[Step], accesses: list[int]) -> Iterator[Conflict]:
    """The conflicts in one object."""
    for at, k in enumerate(accesses):
        last = steps[k]
        between: int | None = None  # another thread's last write since the thread's own last access
        seen: int | None = None
        again = False
        for i in reversed(accesses[:at]):
            step = steps[i]
            if not _meet(step, last):
                continue
            if step.thread != last.thread:
                if step.what == "write" and between is None:
                    between = i
                if step.what == "read" and seen is None:
                    seen = i
                continue
            if step.what == "read" and between is not None:
                if again:
                    marks = {i: "read here", between: "written meanwhile", k: "overwrites that"}
                    yield Conflict(SAME, k, marks)
                elif last.what == "write":
                    marks = {i: "read here", between: "written meanwhile", k: "overwrites that"}
                    yield Conflict(LOST, k, marks)
                elif step.value != last.value:
                    marks = {i: "read here", between: "written meanwhile", k: "no longer the same"}
                    yield Conflict(UNREPEATABLE, k, marks)
            elif step.what == "write" and last.what == "write" and seen is not None:
                yield Conflict(DIRTY, k, {i: "written here", seen: "read in between", k: "written again"})
            elif step.what == "read" and last.what == "write" and i > accesses[0] and not again:
                again = True  # it looked once more, and may have found the same though that had been away
                continue
            break
        if last.what == "read":
            if between is not None:
                yield Conflict(LATE, k, {between: "written here", k: "read here"})
            # the thread goes by what it read, though another has written since
            later = next((j for j in accesses[at + 1 :] if _meet(steps[j], last)), None)
            if later is not None and steps[later].thread != last.thread and steps[later].what == "write":
                goes_on = any(s.thread == last.thread and s.place is not None for s in steps[later + 1 :])
                if goes_on:
                    yield Conflict(STALE, k, {k: "read here", later: "written afterwards"})
                yield Conflict(EARLY, k, {k: "read too early", later: "written only here"})


def _meet(one: Step, other: Step) -> bool:
    return one.key is None or other.key is None or one.key == other.key
