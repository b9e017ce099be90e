"""Who goes on, who waits, and when nobody can."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf
from typing import TYPE_CHECKING, Any, NoReturn

from . import originals
from .footprint import Footprint
from .thread import Resource, Unwind, VirtualThread

if TYPE_CHECKING:
    from .clock import Clock
    from .execution import Cause, Recorder

PATIENCE = 24
"""Points in a row after which a thread is looked at closely."""
STUBBORN = 10_000
"""Times that threads of a schedule may be told that it is over."""
SILENCE = 500
"""Accesses in a row after which one is a point in every model."""
LOOKS_APART = 512
LOOK_AFTER = 0.05
"""Points at most, and about how many seconds, between two looks at the clock within a schedule."""
LATE = "the time was up"
CUT = "the strategy cut the schedule"
DEADLOCK = "every thread waits for another"


class Waiting(Footprint):
    """The part of the scheduler that switches."""

    __slots__ = (
        "_left",
        "_looked",
        "alone",
        "blocked",
        "cause",
        "choices",
        "choose",
        "clock",
        "failure",
        "locals",
        "looks_apart",
        "main",
        "max_points",
        "next_look",
        "next_silent",
        "overrun",
        "parked",
        "patience",
        "probe_from",
        "quiet",
        "reason",
        "recorder",
        "runnable",
        "running",
        "swap_locals",
        "threads",
        "until",
        "unwinding",
    )

    clock: Clock
    main: VirtualThread
    swap_locals: Callable[[Any, VirtualThread, VirtualThread], None]
    choose: Callable[[Sequence[Any]], Any]
    rouse: Callable[[], None]

    def __init__(self, max_points: int) -> None:
        super().__init__()
        self.max_points = max_points
        self.until = inf
        """When a schedule under way ends, by the monotonic clock."""
        self.looks_apart = 16
        """Points between two looks at that clock: fewer where they take long, and more where they do not."""
        self._looked = originals.monotonic()
        self.locals: list[tuple[Any, tuple[Any, ...], dict[str, Any]]] = []
        """Each `threading.local` there is, with what it was made with."""
        self.recorder: Recorder | None = None
        """Hears what threads do besides accesses, for an explanation; None in a search."""
        self.quiet = 0
        """Above 0 nothing is a point: what runs is one step, whatever it does."""
        self.running = False

    def begin_waiting(self) -> None:
        """A schedule begins."""
        self.begin_footprint()
        self.threads: list[VirtualThread] = []
        self.runnable: list[VirtualThread] = []
        self.choices: list[int] = []
        self.alone = 0
        """Points in a row of the running thread."""
        self.next_look = min(self.max_points, self.looks_apart)
        self.next_silent = min(SILENCE, self.looks_apart)
        """The same of accesses in a row that are no points."""
        self.overrun = False
        """Whether the schedule was ended because its time was up."""
        self.patience = PATIENCE
        """How many of them there may be before it is looked at closely; 0 while another stands still."""
        self.probe_from = 0
        """After how many it is seen whether it spins."""
        self.parked: list[VirtualThread] = []
        """Threads that stand still until something changes."""
        self.unwinding = False
        self._left = 0
        self.failure: Exception | None = None
        self.cause: Cause | None = None
        """What ended the schedule early."""
        self.reason: str | None = None
        self.blocked: Sequence[VirtualThread] = ()

    def switch_to(self, me: VirtualThread, chosen: VirtualThread | None, *, free: bool = True) -> None:
        """Let `chosen` go on; returns when somebody has chosen `me`."""
        if chosen is None:
            self.stop("cut", CUT)
        if free:
            choices = self.choices
            choices.append(chosen.number)
            if len(choices) > self.next_look:
                self.look_at_clock(len(choices))
        if self.locals:
            self.swap_locals(self, me, chosen)
        self.current = chosen
        chosen.switch()
        self.alone = self.probe_from = 0
        if self.patience > PATIENCE:
            self.patience = PATIENCE
        if self.cause is not None:
            raise Unwind

    def block(self, me: VirtualThread, resource: Resource) -> None:
        """`me`, the running thread, cannot go on until somebody calls `enable`; it runs until its next `point`."""
        me.waiting = resource
        self.runnable.remove(me)

    def disable(self, thread: VirtualThread, resource: Resource) -> None:
        """A thread that was about to go on no longer can."""
        if thread.waiting is None:
            thread.waiting = resource
            self.runnable.remove(thread)

    def enable(self, thread: VirtualThread) -> None:
        """A thread can go on."""
        if thread.waiting is not None:
            thread.waiting = None
            self.runnable.append(thread)

    def pass_time(self, me: VirtualThread) -> None:
        """Nobody can go on: time passes until somebody can, or this is the end."""
        chosen = self.clock.jump()
        if chosen is None:
            looking = [thread for thread in self.parked if getattr(thread.waiting, "timed", False)]
            if looking and self.clock.leap(looking):
                self.rouse()
                alone = len(self.runnable) == 1 and self.footprint is None
                chosen = self.runnable[0] if alone else self.choose(self.runnable)
                if chosen is not me:
                    self.switch_to(me, chosen, free=len(self.runnable) > 1)
                elif len(self.runnable) > 1:
                    self.choices.append(me.number)
                return
            self.declare_stuck()
            raise_to = self.main
            if me is not raise_to:
                self.current = raise_to
                raise_to.switch()
            raise Unwind
        if chosen is not me:
            self.switch_to(me, chosen, free=False)

    def declare_stuck(self) -> None:
        """Nobody will ever go on."""
        self.blocked = [t for t in self.threads if not t.done]
        if self.recorder is not None:
            self.recorder("stuck", self.blocked)  # now: who is unwound releases what it holds
        if self.parked:
            spinning = "; ".join(f"{t.name} waits for {t.waiting.described()}" for t in self.parked if t.waiting)
            self.end_early("livelock", self.reason or spinning)
        else:
            self.end_early("deadlock", self.reason or DEADLOCK)

    def end_early(self, cause: Cause, reason: str) -> None:
        """From here on nothing is a point, and nobody waits: code under test that cleans up does so at once."""
        self.cause, self.reason = cause, reason
        self.quiet += 1

    def leave_if_over(self) -> None:
        """Where a thread could wait: one that cleans up after the end of its schedule does not go on from there.

        Raises:
            Unwind: the schedule is over.
        """
        if self.running and (self.cause is not None or self.unwinding):
            self._left += 1
            if self._left > STUBBORN:  # it catches everything and tries again: leave it where it is, for ever
                self.main.switch()
            raise Unwind

    def refuse_to_wait(self, resource: Resource) -> NoReturn:
        """Where nobody else can go on, a wait would have no end.

        Raises:
            Unwind: the schedule is over.
            RuntimeError: it is not: `check` or `outcome` waits.
        """
        self.leave_if_over()
        raise RuntimeError(f"waits for {resource.described()}, where no other thread can go on")

    def look_at_clock(self, points: int) -> None:
        """The schedule has had many points since the clock on the wall was looked at; it ends when the time is up."""
        if points > self.max_points:
            self.exhaust()
        now, before = originals.monotonic(), self._looked
        self._looked = now
        if now - before > LOOK_AFTER:
            self.looks_apart = max(1, self.looks_apart // 4)
        elif self.looks_apart < LOOKS_APART:
            self.looks_apart *= 2
        self.next_look = min(self.max_points, max(points, len(self.choices)) + self.looks_apart)
        self.next_silent = min(SILENCE, self.alone + self.looks_apart)
        if now > self.until and not self.quiet:
            self.overrun = True
            self.stop("cut", LATE)

    def exhaust(self) -> None:
        """The schedule has had more points than any may have."""
        self.stop("livelock", f"no end after {self.max_points:,} points")

    def abort(self, error: Exception) -> NoReturn:
        """End the schedule here, and let `execute` raise an error: code under test must not get to catch it.

        Raises:
            Unwind: always.
        """
        if self.unwinding:
            raise error  # the schedule is over already
        self.failure = error
        self.stop("stopped", str(error))

    def stop(self, cause: Cause, reason: str) -> NoReturn:
        """End the schedule here.

        Raises:
            Unwind: always.
        """
        if self.cause is None:
            self.end_early(cause, reason)
        self.leave()

    def leave(self) -> NoReturn:
        """Go on in the main thread, of a schedule that is over.

        Raises:
            Unwind: always.
        """
        if self.current is not self.main and not self.unwinding:
            self.current = self.main
            self.main.switch()
        raise Unwind
