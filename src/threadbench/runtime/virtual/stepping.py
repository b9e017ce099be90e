"""Points: where the running thread asks who goes on, and whether it gets on at all."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from typing import Any

from .accesses import CHANGES, KEYED_READ, NOTHING, READ, WRITE
from .spinning import Probe, Spin
from .thread import Crowd, VirtualThread
from .waiting import CUT, PATIENCE, SILENCE, Waiting

FAIRNESS = 1_000
"""Points in a row after which a thread lets another go on, so that who polls does not keep out what it polls for."""


def ignore(*_: object) -> None:
    """What is told where nobody wants to know."""


def strongest(accesses: Sequence[tuple[object, object, int]]) -> int:
    """A mode that says whether any of these accesses writes."""
    return WRITE if any(mode & 1 for _, _, mode in accesses) else READ


class Stepping(Waiting):
    """The part of the scheduler that code under test calls."""

    __slots__ = (
        "_looks",
        "_probe",
        "_probed",
        "access",
        "changed",
        "lone_points",
        "mark",
        "old",
        "point",
        "switch",
        "together",
        "unfair",
    )

    access: Callable[[object, object, int, Any], None]
    """What instrumented code calls right before an access: object, attribute or key, mode, place."""
    together: Callable[[Sequence[tuple[object, object, int]], Any], None]
    """The same for accesses that are made in one."""
    point: Callable[..., None]
    """`(mode=NOTHING, obj=None)`: the running thread may be interrupted here; `_point`, or what stands in its place."""
    switch: Callable[[Any], None]
    """Model `gil`: the interpreter may let another thread in at this place; as `point`."""

    def __init__(self, max_points: int) -> None:
        super().__init__(max_points)
        self.old: Container[int] = ()
        """Ids of objects that are older than the schedules, and that somebody puts back who is told of writes."""
        self.mark: Callable[[int], None] = ignore
        """Is told of one that is about to be written to, by its id."""
        self.access = self.together = self.point = self.switch = ignore
        self.begin_stepping()

    def begin_stepping(self) -> None:
        """A schedule begins."""
        self.begin_waiting()
        self.lone_points = 0
        """Points at which nobody else could have gone on."""
        self.changed = False
        """Whether something has, since it was last looked at."""
        self.unfair = False
        """Whether a thread was made to let others go on: schedules in which it does not were left out."""
        self._probe: Probe | None = None
        self._probed: tuple[VirtualThread | None, int] = None, 0
        """Whose probe it is, and how many points in a row the thread had had then."""

    def _point_only(self, obj: object, key: object, mode: int, site: Any) -> None:
        """A point right before an access; who comes back here does the access. The hottest function there is."""
        if mode & 1 and id(obj) in self.old:
            self.mark(id(obj))
        if self.quiet:
            return
        self.alone += 1
        if self.alone > self.patience:
            self._look_closer(mode)
            return
        runnable = self.runnable
        if len(runnable) == 1:
            self.lone_points += 1
            return
        me = self.current
        chosen = self.choose(runnable)
        if chosen is me:
            self.choices.append(me.number)
        else:
            self.switch_to(me, chosen)
            if self.parked and mode in CHANGES:  # who has come to stand still meanwhile has not seen what follows
                self.changed = True

    def _point(self, mode: int = NOTHING, obj: object = None) -> None:
        """The running thread may be interrupted here; where it waits, it is. What follows is of this mode, on `obj`.

        Where it does not wait this is `_point_only`, written out: each use of a lock comes here.
        """
        if self.quiet:
            return
        if self.parked and self.changed:
            self.rouse()
        runnable = self.runnable
        me = self.current
        if not runnable:
            self.pass_time(me)
        elif me.waiting is None:
            self.alone += 1
            if self.alone > self.patience:
                self._look_closer(mode)
            elif len(runnable) == 1:
                self.lone_points += 1
            elif (chosen := self.choose(runnable)) is me:
                self.choices.append(me.number)
            else:
                self.switch_to(me, chosen)
                if self.parked and mode in CHANGES:
                    self.changed = True
        elif len(runnable) == 1:
            self.switch_to(me, runnable[0] if self.footprint is None else self.choose(runnable), free=False)
        else:
            self.switch_to(me, self.choose(runnable))

    def _look_closer(self, mode: int) -> None:
        """A point of a thread that has had many in a row, or while another stands still: as `_point_only`."""
        me = self.current
        if self.parked and self.changed:
            self.rouse()
        options = self.runnable
        if self.alone > PATIENCE:
            points = max(self.alone + self.lone_points, len(self.choices))
            if points > self.next_look:
                self.look_at_clock(points)
            if self.alone > self.probe_from and self._spins():
                self._park(me)
                return
            if self.alone > FAIRNESS and len(options) > 1:
                self.unfair = True
                options = [thread for thread in options if thread is not me]
        if len(options) == 1 and options[0] is me:
            self.lone_points += 1
        else:
            chosen = self.choose(options) if len(options) > 1 or self.footprint is not None else options[0]
            if chosen is me:
                self.choices.append(me.number)
            else:
                self.switch_to(me, chosen, free=len(self.runnable) > 1)
        if mode in CHANGES:
            self.changed = True

    def _spins(self) -> bool:
        """Whether the running thread has come back to where it was, and nothing has changed."""
        probe = self._probe
        me = self.current
        if probe is None or self._probed[0] is not me or self.alone < self._probed[1]:
            self.changed = False
            self._probe = Probe()
            self._probed = me, self.alone
            self._looks = self.clock.looks
            return False
        if self.changed:  # as who gets on does at every turn: look again later
            self.changed = False
            self._look_again(PATIENCE)
            return False
        if self.alone - self._probed[1] > PATIENCE:
            self._look_again(self.alone)  # no loop that comes back here: look at another place
            return False
        return probe.is_back()

    def _look_again(self, points: int) -> None:
        """So many points later. But at each it is asked whether others are let go on: they may be able to at few."""
        self._probe = None
        self.probe_from = self.alone + points
        if not self.parked:
            self.patience = min(self.probe_from, FAIRNESS)

    def _park(self, me: VirtualThread) -> None:
        """The running thread stands still until something changes."""
        assert self._probe is not None
        timed = self.clock.looks > self._looks
        if timed:
            self.unfair = True  # how much time passes is not tried
        self.block(me, Spin(self._probe.place, timed))
        self.parked.append(me)
        self.patience = 0
        self.point()

    def rouse(self) -> None:
        """Something has changed: who stood still looks again."""
        for thread in self.parked:
            self.enable(thread)
        self.parked.clear()
        self.changed = False
        self.patience = PATIENCE
        self.alone = self.probe_from = 0

    def _point_and_note(self, obj: object, key: object, mode: int, site: Any) -> None:
        """As `_point_only` and `note`, written out: a reduction comes here for each access."""
        known = id(obj)
        if mode & 1 and known in self.old:
            self.mark(known)
        if self.quiet:
            return
        number = self.numbers.get(known)
        if number is None:
            number = self.number_of(obj)  # before the choice: it has the same number whoever goes first
        self.alone += 1
        if self.alone > self.patience:
            self._look_closer(mode)
        else:
            runnable = self.runnable
            if len(runnable) == 1:
                self.lone_points += 1
            else:
                me = self.current
                chosen = self.choose(runnable)
                if chosen is me:
                    self.choices.append(me.number)
                else:
                    self.switch_to(me, chosen)
                    if self.parked and mode in CHANGES:  # as in `_point_only`
                        self.changed = True
        if mode >= KEYED_READ or self.timed:
            self.note(obj, key, mode)
        elif (footprint := self.footprint) is not None:  # none, once a reduction has given up
            footprint.append(((number, key), mode))

    def _note_only(self, obj: object, key: object, mode: int, site: Any) -> None:
        if mode & 1 and id(obj) in self.old:
            self.mark(id(obj))
        if not self.quiet:
            self._count(mode)
            self.note(obj, key, mode)

    def _pass(self, obj: object, key: object, mode: int, site: Any) -> None:
        if mode & 1 and id(obj) in self.old:
            self.mark(id(obj))
        if not self.quiet:
            self._count(mode)

    def _count(self, mode: int) -> None:
        """An access that is no point in this model; but who has made so many may be waiting for another to write."""
        if mode & 1:  # who stands still is to look again, and who writes does not spin
            self.changed = True
        self.alone += 1
        if self.alone > self.next_silent:
            if self.alone <= SILENCE:
                self.look_at_clock(0)
            elif self.alone > self.patience:
                self._look_closer(mode)

    def mark_all(self, accesses: Sequence[tuple[object, object, int]]) -> None:
        """Tell of those that write to something old."""
        for obj, _, mode in accesses:
            if mode & 1 and id(obj) in self.old:
                self.mark(id(obj))

    def _point_once(self, accesses: Sequence[tuple[object, object, int]], site: Any) -> None:
        self.mark_all(accesses)
        self._point_only(None, None, strongest(accesses), None)

    def _point_and_note_all(self, accesses: Sequence[tuple[object, object, int]], site: Any) -> None:
        self.mark_all(accesses)
        if not self.quiet:
            for obj, _, _ in accesses:
                self.number_of(obj)
            self._point_only(None, None, strongest(accesses), None)
            self._note(accesses)

    def _note_all(self, accesses: Sequence[tuple[object, object, int]], site: Any) -> None:
        self.mark_all(accesses)
        if not self.quiet:
            self._count(strongest(accesses))
            self._note(accesses)

    def _note(self, accesses: Sequence[tuple[object, object, int]]) -> None:
        for obj, key, mode in accesses:
            self.note(obj, key, mode)

    def _pass_all(self, accesses: Sequence[tuple[object, object, int]], site: Any) -> None:
        self.mark_all(accesses)
        if not self.quiet:
            self._count(strongest(accesses))

    def _switch(self, site: Any) -> None:
        self.point()

    def choose_number(self, n: int, names: Sequence[str] = ()) -> int:
        """One of `0 … n-1`, as the schedule has it; `names` says what each stands for."""
        if n <= 1 or self.quiet:
            return 0
        chosen = self.choose(range(n))
        if chosen is None:
            self.stop("cut", CUT)
        self.choices.append(chosen)
        if self.recorder is not None:
            self.recorder("choose", names[chosen] if names else chosen)
        return int(chosen)

    def give_way(self) -> None:
        """A point of a thread that has nothing to do at the moment."""
        self.current.yields += 1
        self.point(NOTHING)

    def wait_for(self, threads: Sequence[VirtualThread]) -> None:
        """The running thread waits until all of them have ended."""
        me = self.current
        crowd = Crowd(me, len(threads))
        for thread in threads:
            thread.awaited_by = crowd
        self.block(me, crowd)
        self.point()
        if self.footprint is not None:
            self.footprint += [thread.life.awaited for thread in threads]
