"""The scheduler of a run: one schedule, chosen at random, in time that passes for all.

A search asks what may happen; a run shows something that does. So sleeps and timeouts end in the order of their ends,
also while other threads have work to do, and each choice is a throw of dice that the case's seed has fixed.
"""

from __future__ import annotations

import random
import sys
import threading
from collections.abc import Callable, Sequence
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn

from greenlet import getcurrent

from ..native.stacks import MOST_FRAMES
from ..native.tracing.recorder import is_own, shown_path, where
from .clock import MOMENT, OrderedClock
from .locks import RLock
from .scheduler import Scheduler
from .thread import Unwind, VirtualThread

if TYPE_CHECKING:
    from .execution import Cause, Model
    from .logging import EventLog

MOST_POINTS = 5_000_000
"""A run that reaches as many is a livelock: five seconds of virtual time in which somebody always had work to do."""


CIRCLE_STILL = 500_000_000
"""Nanoseconds that a circle of some threads must stand, while others go on, to be called a deadlock."""


class RunClock(OrderedClock):
    """Wakes who has slept long enough even while others go on."""

    def begin(self) -> None:
        """A schedule begins."""
        super().begin()
        self.circle: list[VirtualThread] = []
        """Threads that wait for each other, though others go on."""
        self._circled_since = 0

    def jump(self) -> VirtualThread | None:
        """See `Clock`; it is also the end when a circle that nobody else can open has stood for a while."""
        circle = circle_of(self.scheduler.threads)
        now = self.skipped + MOMENT * (len(self.scheduler.choices) + self.scheduler.lone_points)
        if not circle or circle != self.circle:
            self.circle, self._circled_since = circle, now
        elif now - self._circled_since >= CIRCLE_STILL:
            return None
        return super().jump()


TURN, STEADY = 4096, 3400
"""Of so many choices, those from here on let the running thread go on."""


class Dice:
    """Uniformly random choices, but that now and then a thread goes on for a while: one that only looks for what does
    not change is then seen to, and stands still, instead of filling the log for ever in turns with another such.

    Args:
        scheduler: whose choices they are.
        clock: what passes meanwhile.
    """

    def __init__(self, scheduler: RunScheduler, clock: RunClock) -> None:
        self._scheduler = scheduler
        self._clock = clock
        self.seed("")

    def seed(self, seed: str) -> None:
        """Fix every choice from now on."""
        self._random = random.Random(seed).random

    def choose(self, options: Sequence[Any]) -> Any:
        """See `Chooser`."""
        clock = self._clock
        if clock.alarms:
            clock.wake()
        scheduler = self._scheduler
        if len(scheduler.choices) % TURN >= STEADY and scheduler.current in options:
            return scheduler.current
        return options[int(self._random() * len(options))]


def circle_of(threads: Sequence[VirtualThread]) -> list[VirtualThread]:
    """Threads that wait in a circle, each without a timeout for what only the next can give: a reentrant lock it holds,
    or its end.
    """
    done: set[VirtualThread] = set()
    for start in threads:
        path: list[VirtualThread] = []
        thread: VirtualThread | None = start
        while thread is not None and thread not in done and thread not in path:
            path.append(thread)
            thread = _giver(thread)
        if thread in path:
            return path[path.index(thread) :]
        done.update(path)
    return []


def _giver(thread: VirtualThread) -> VirtualThread | None:
    """Whom alone a thread waits for."""
    wanted = thread.waiting
    if wanted is None or thread.alarm is not None:
        return None
    if isinstance(wanted, RLock):
        return wanted.holder()
    return wanted if isinstance(wanted, VirtualThread) else None


def stack_of(frame: FrameType | None) -> list[str]:
    """Frames as `file:line in function`, innermost first, without our own and the beginning of a thread."""
    lines: list[str] = []
    while frame is not None and len(lines) < MOST_FRAMES:
        code = frame.f_code
        if code.co_name == "perform" and is_own(code.co_filename):
            break  # further out is who started the run
        if not is_own(code.co_filename) and not (code.co_name == "run" and code.co_filename == threading.__file__):
            lines.append(f"{shown_path(code.co_filename)}:{frame.f_lineno} in {code.co_name}")
        frame = frame.f_back
    return lines


class RunScheduler(Scheduler):
    """Runs one schedule and lets an event log know what its threads do.

    Args:
        model: where points are.
    """

    __slots__ = (
        "forked",
        "interrupted",
        "log",
        "run_clock",
        "seed",
        "stuck",
    )

    log: EventLog

    def __init__(self, model: Model) -> None:
        super().__init__(model=model, max_points=MOST_POINTS)
        self.run_clock = RunClock()
        self.interrupted = False
        self.forked = False
        """Whether this is a child of the process whose schedule it is: it writes no log."""
        self.stuck: list[dict[str, Any]] = []
        """The threads as they stood when the schedule was ended."""
        dice = Dice(self, self.run_clock)
        self.seed = dice.seed
        self.use(dice, self.run_clock)

    @property
    def is_over(self) -> bool:
        """Whether the schedule has ended: what its threads do while they are ended is no part of it."""
        return self.cause is not None or self.unwinding or not self.running or self.forked

    def _look_closer(self, mode: int) -> None:
        self.run_clock.wake()
        if self.interrupted:
            self.stop("stopped", "interrupted")
        super()._look_closer(mode)

    def switch_to(self, me: VirtualThread, chosen: VirtualThread | None, *, free: bool = True) -> None:
        """See `Scheduler`; ends the run where somebody asked for that."""
        if self.interrupted:
            self.stop("stopped", "interrupted")
        if len(self.choices) > self.max_points:
            self.exhaust()
        super().switch_to(me, chosen, free=free)

    def stop(self, cause: Cause, reason: str) -> NoReturn:
        """See `Scheduler`; says first where everybody stands."""
        if self.cause is None:
            self.stuck = self._standing()
        super().stop(cause, reason)

    def declare_stuck(self) -> None:
        """See `Scheduler`; says first where everybody stands."""
        self.stuck = self._standing()
        super().declare_stuck()

    def _standing(self) -> list[dict[str, Any]]:
        """The threads that have not ended: what they wait for and where, innermost frame first."""
        here = getcurrent()
        return [
            {
                "thread": thread.name,
                "waits": thread.waiting.described() if thread.waiting else None,
                "frames": stack_of(sys._getframe() if thread.greenlet is here else thread.greenlet.gr_frame),
            }
            for thread in self.threads
            if not thread.done
        ]

    def spawn(
        self, function: Callable[..., Any], args: tuple[Any, ...], name: str, *, daemon: bool = False
    ) -> VirtualThread:
        """See `Scheduler`; the thread's life is logged."""
        log = self.log
        facts, at = log.heritage(args), where(sys._getframe(1))
        thread: VirtualThread

        def live() -> None:
            log.begin(thread, facts, at)
            try:
                function(*args)
            except Unwind:
                raise
            except BaseException as error:
                log.crashed(error)
                raise
            finally:
                log.finish(thread)

        thread = super().spawn(live, (), name, daemon=daemon)
        return thread
