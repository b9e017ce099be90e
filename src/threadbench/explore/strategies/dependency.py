"""Which steps depend on each other: what came after what, and which two are in a race.

A step's clock has, for each thread, the last of its steps that this one comes after (a vector clock). It is built while
steps are added, and undone from the last one back, because the search goes depth first.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

from ...runtime.virtual.accesses import (
    ACQUIRE,
    AFTER,
    KEYED_READ,
    KEYED_WRITE,
    READ,
    RELEASE,
    TRY,
    WRITE,
    Access,
    Location,
)

Footprint = Sequence[Access]

CONFLICTS = {
    READ: (WRITE, KEYED_WRITE),
    WRITE: (READ, WRITE, KEYED_READ, KEYED_WRITE, AFTER),
    KEYED_READ: (WRITE,),
    KEYED_WRITE: (READ, WRITE),
    ACQUIRE: (ACQUIRE, RELEASE, TRY),
    RELEASE: (ACQUIRE, RELEASE, TRY),
    TRY: (ACQUIRE, RELEASE),
    AFTER: (WRITE,),
}
"""For each mode, the modes at the same location whose order with it matters."""

_CONFLICTS = [[b in CONFLICTS[a] for b in range(8)] for a in range(8)]


def independent(one: Footprint, other: Footprint, objects: int) -> bool:
    """Whether the order of two steps does not matter.

    Args:
        one: what a step does, seen in another schedule that came to the same choice.
        other: what the other step did.
        objects: how many objects had a number at that choice. One that got its number later may have another in the
            other schedule, so any such two are taken for the same.
    """
    if not one or not other:
        return True
    for (number_a, key_a), mode_a in one:
        row = _CONFLICTS[mode_a]
        for (number_b, key_b), mode_b in other:
            same = number_a == number_b or (number_a > objects and number_b > objects)
            if row[mode_b] and same and key_a == key_b:
                return False
    return True


class Step:
    """What a thread did from one choice to the next."""

    __slots__ = ("clock", "closed_at", "footprint", "index", "mark", "races", "thread", "was")

    clock: dict[int, int]
    """Of each thread the last step that this one comes after, its own included."""
    closed_at: int
    """The choice at which it was complete."""
    index: int
    """Its place in the trace."""
    mark: int
    """How long the log of the trace was before it."""
    races: tuple[Step, ...]
    """The steps of other threads that it is in a race with."""
    was: Step | None
    """The thread's step before it."""

    def __init__(self, thread: int) -> None:
        self.thread = thread
        self.footprint: Footprint | None = None
        """What it did; None while it is in no trace."""


At = tuple[Any, ...]
"""Last at a location: WRITE, READs, KEYED_READs, KEYED_WRITEs (one a thread), RELEASE, TRYs since the lock changed."""


_TAKES = frozenset({WRITE, ACQUIRE})


def _first(step: Step, mode: int) -> At:
    """A location that one step was at, for the first time, in a mode that is neither WRITE, ACQUIRE nor READ."""
    if mode == KEYED_WRITE:
        return (None, (), (), (step,), None, ())
    if mode == KEYED_READ:
        return (None, (), (step,), (), None, ())
    return (None, (), (), (), step, ()) if mode == RELEASE else (None, (), (), (), None, (step,))


class Trace:
    """The steps of a schedule so far."""

    def __init__(self) -> None:
        self._steps: list[Step] = []
        self._last: dict[int, Step] = {}
        self._at: dict[Location, list[At | None]] = {}
        """What is known of a location, in a place of its own; None where nobody has been since steps were undone."""
        self._log: list[Any] = []
        """What was known of locations before steps came to them: the place, and what was there, one after the other."""

    def after(self, step: Step) -> Sequence[Step]:
        """The steps after one."""
        return self._steps[step.index + 1 :]

    def as_if(self, thread: int, footprint: Footprint) -> Step:
        """A step that a waiting thread never got to do, as if it came last."""
        step = Step(thread)
        self.add(step, footprint, None, True)
        return step

    def add(self, step: Step, footprint: Footprint, closed_at: int | None, last: bool) -> None:
        """Find what a step comes after and what it is in a race with, as the next one.

        Written out, with what is most frequent first: of a search of few schedules this is the longest part.

        Args:
            step: one that has been done.
            footprint: what it did.
            closed_at: the choice at which it was complete; None: it is not to be remembered.
            last: whether no other will meet it.
        """
        at = self._at
        log = self._log
        thread = step.thread
        was = step.was = self._last.get(thread)
        clock = step.clock = {} if was is None else was.clock.copy()
        clock[thread] = step.index = len(self._steps)
        step.footprint = footprint
        step.races = ()
        if closed_at is not None:
            step.closed_at = closed_at
            step.mark = len(log)
            self._steps.append(step)
            self._last[thread] = step
        rivals: list[Step] = []  # dependent, and could have come in the other order
        # What could not is a cause. A thread that runs alone does many things in a step, and what causes a later one of
        # them does not order an earlier one: rivals are settled before a cause is joined.
        for location, mode in footprint:
            place = at.get(location)
            if place is None:
                place = at[location] = [None]
            state = place[0]
            if state is None:  # nothing to come after
                if last or mode == AFTER:
                    continue
                log += place, None
                if mode == READ:
                    place[0] = (None, (step,), (), (), None, ())
                elif mode in _TAKES:
                    place[0] = (step, (), (), (), None, ())
                else:
                    place[0] = _first(step, mode)
                continue
            write, reads, keyed_reads, keyed_writes, release, tries = state
            if mode == READ:
                if keyed_writes:
                    rivals += keyed_writes
                if write is not None:
                    rivals.append(write)
                new = (write, _with(reads, step) if reads else (step,), keyed_reads, keyed_writes, release, tries)
            elif mode == WRITE:
                rivals += reads + keyed_reads + keyed_writes
                if write is not None:
                    rivals.append(write)
                new = (step, (), (), (), release, tries)
            elif mode == AFTER:
                if write is not None:
                    if rivals:
                        _settle(rivals, step)
                    _join(clock, write.clock)
                continue
            elif mode == KEYED_WRITE:
                rivals += reads
                if write is not None:
                    rivals.append(write)
                new = (write, reads, keyed_reads, _with(keyed_writes, step), release, tries)
            elif mode == ACQUIRE:
                if step not in tries:  # one that would have waited: a release before it made it possible
                    if rivals:
                        _settle(rivals, step)
                    if write is not None and write.thread != thread and write.index > clock.get(write.thread, -1):
                        step.races += (write,)
                    if release is not None:
                        _join(clock, release.clock)
                rivals += tries
                new = (step, reads, keyed_reads, keyed_writes, None, ())
            elif mode == RELEASE:
                rivals += tries
                if write is not None:
                    rivals.append(write)
                new = (write, reads, keyed_reads, keyed_writes, step, ())
            elif mode == KEYED_READ:
                if write is not None:
                    rivals.append(write)
                new = (write, reads, _with(keyed_reads, step), keyed_writes, release, tries)
            else:  # TRY
                if release is not None:
                    rivals.append(release)
                elif write is not None:
                    rivals.append(write)
                new = (write, reads, keyed_reads, keyed_writes, release, _with(tries, step))
            if not last:
                log += place, state
                place[0] = new
        if rivals:
            _settle(rivals, step)

    def undo(self, depth: int) -> None:
        """Forget the steps that were complete at choice `depth` or later."""
        steps, last = self._steps, self._last
        step = None
        while steps and steps[-1].closed_at >= depth:
            step = steps.pop()
            step.footprint = None
            if step.was is None:
                del last[step.thread]
            else:
                last[step.thread] = step.was
        if step is not None:
            log, mark = self._log, step.mark
            while len(log) > mark:
                state = log.pop()
                log.pop()[0] = state


def _settle(rivals: list[Step], step: Step) -> None:
    """Which of them the step is in a race with: those that no step between orders."""
    if len(rivals) > 1:
        rivals.sort(key=_index, reverse=True)
    clock = step.clock  # has its own thread at its own index, so that none of its own thread's steps is later
    for rival in rivals:
        if rival.index > clock.get(rival.thread, -1):
            step.races += (rival,)
            _join(clock, rival.clock)
    rivals.clear()


_index = attrgetter("index")


def _with(steps: tuple[Step, ...], step: Step) -> tuple[Step, ...]:
    """One step a thread: a later one comes after the earlier."""
    thread = step.thread
    if not steps:
        return (step,)
    if len(steps) == 1:
        return (step,) if steps[0].thread == thread else (steps[0], step)
    return (*[other for other in steps if other.thread != thread], step)


def _join(clock: dict[int, int], other: dict[int, int]) -> None:
    for thread, index in other.items():
        if clock.get(thread, -1) < index:
            clock[thread] = index
