"""The scheduler of a run: one schedule, chosen at random, in time that passes for all.

A search asks what may happen; a run shows something that does. So sleeps and timeouts end in the order of their ends,
also while other threads have work to do, and each choice is a throw of dice that the case's seed has fixed.
"""

from __future__ import annotations

import heapq
import random
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from .clock import MOMENT, OrderedClock
from .scheduler import Model, Scheduler
from .thread import Unwind, VirtualThread

if TYPE_CHECKING:
    from .logging import EventLog

MOST_POINTS = 5_000_000
"""A run that reaches as many is a livelock: five seconds of virtual time in which somebody always had work to do."""


class RunClock(OrderedClock):
    """Wakes who has slept long enough even while others go on."""

    def wake(self) -> None:
        """Enable the threads whose sleep or timeout has ended by now."""
        scheduler = self.scheduler
        while self.alarms:
            at, serial, thread = self.alarms[0]
            if thread.waiting is not None and thread.alarm == (at, serial):
                if at > self.skipped + MOMENT * (len(scheduler.choices) + scheduler.lone_points):
                    return
                thread.timed_out = True
                scheduler.enable(thread)
            heapq.heappop(self.alarms)


class Dice:
    """Uniformly random choices.

    Args:
        seed: fixes every one.
        clock: what passes meanwhile.
    """

    def __init__(self, seed: str, clock: RunClock) -> None:
        self._random = random.Random(seed).random
        self._clock = clock

    def choose(self, options: Sequence[Any]) -> Any:
        """See `Chooser`."""
        clock = self._clock
        if clock.alarms:
            clock.wake()
        return options[int(self._random() * len(options))]


class RunScheduler(Scheduler):
    """Runs one schedule and lets an event log know what its threads do.

    Args:
        model: where points are.
        seed: of the choices.
    """

    log: EventLog

    def __init__(self, model: Model, seed: str) -> None:
        super().__init__(model=model, max_points=MOST_POINTS)
        self.run_clock = RunClock()
        self.interrupted = False
        self.stuck: list[dict[str, Any]] = []
        """Where each thread stood when nobody could go on."""
        self.use(Dice(seed, self.run_clock), self.run_clock)

    @property
    def is_over(self) -> bool:
        """Whether the schedule has ended: what its threads do while they are ended is no part of it."""
        return self._cause is not None or not self.running

    def _look_closer(self, mode: int) -> None:
        self.run_clock.wake()
        if self.interrupted:
            self.stop("stopped", "interrupted")
        super()._look_closer(mode)

    def _switch(self, me: VirtualThread, chosen: VirtualThread | None, *, free: bool = True) -> None:
        if self.interrupted:
            self.stop("stopped", "interrupted")
        if len(self.choices) > self.max_points:
            self._exhaust()
        super()._switch(me, chosen, free=free)

    def stop(self, cause: Cause, reason: str) -> NoReturn:
        """See `Scheduler`; says first where everybody stands."""
        if self._cause is None:
            self.stuck = self._standing()
        super().stop(cause, reason)

    def _declare_stuck(self) -> None:
        self.stuck = self._standing()
        super()._declare_stuck()

    def _standing(self) -> list[Standing]:
        """The threads that have not ended: where they are, and what they wait for."""
        here = getcurrent()
        return [
            Standing(thread, sys._getframe() if thread.greenlet is here else thread.greenlet.gr_frame)
            for thread in self.threads
            if not thread.done
        ]

    def spawn(
        self, function: Callable[..., Any], args: tuple[Any, ...], name: str, *, daemon: bool = False
    ) -> VirtualThread:
        """See `Scheduler`; the thread's life is logged."""
        facts = self.log.heritage(sys._getframe(1))
        thread: VirtualThread

        def live() -> None:
            with self.log.life(thread, *facts):
                function(*args)

        thread = super().spawn(live, (), name, daemon=daemon)
        return thread
