"""Runs one schedule: threads as greenlets of one OS thread, and at each point somebody's choice of who goes on.

A thread that reaches a point makes the choice itself and switches to whoever was chosen: there is no hub to come back
to, so a choice costs one switch, and none where the thread goes on. The main thread is the greenlet that called
`execute`; whatever ends a schedule early ends there.

            point          point                      end
    main ───┬──────────────────────────────────────────▲── check ── outcome
            ▼                                          │
    T1      ●───┐      ┌──●──●──┐                      │
                ▼      ▲        ▼                      │
    T2          ●──●───┘        ●──────────────────────┘

A step is what a thread does from one choice to the next. With `footprint` on, everything that a step did which another
thread could notice is noted: that is what partial-order reduction and explanations are made from.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from greenlet import getcurrent

from ..naming import unique
from . import bodies
from .accesses import AWAITED, COUNTED, READ, WRITE, life_of
from .bodies import Body
from .clock import StoppedClock
from .execution import Cause, Chooser, Execution, Model
from .intents import Intents
from .stepping import ignore
from .thread import Unwind, VirtualThread
from .waiting import CUT, PATIENCE

if TYPE_CHECKING:
    from .clock import Clock


class Scheduler(Intents):
    """Executes schedules one after the other, in the OS thread that made it, each under whoever `use` named.

    Args:
        model: where points are.
        max_points: a schedule that reaches as many is cut: a livelock.
    """

    __slots__ = (
        "_awaited",
        "_crashed",
        "_daemons",
        "_error",
        "_idle",
        "_names",
        "at_begin",
        "at_end",
        "at_main_end",
        "exiting",
        "foreign_hook",
        "ident",
        "model",
        "pools",
    )

    def __init__(self, *, model: Model, max_points: int = 1_000_000) -> None:
        super().__init__(max_points)
        self.quiet = 1  # a finalizer may run instrumented code before the first schedule, and between two
        self.ident = threading.get_ident()
        self.model = model
        self.at_begin: list[Callable[[], None]] = []
        """Called before each schedule."""
        self.at_main_end: list[Callable[[], None]] = []
        """Called when the main thread has returned, before the others are waited for."""
        self.at_end: list[Callable[[], None]] = []
        """Called when every thread has ended."""
        self.pools: list[Any] = []
        """Pools that the schedule made: one that went within it would wake its workers, and whether it goes is up to
        whoever looks on and holds it."""
        self.foreign_hook: Any = None
        """What `threading.excepthook` was before, where it is no code under test; pytest has one."""
        self.exiting = False
        """Whether the main thread has returned: pools take no more tasks, and their workers end."""
        self._idle = bodies.take()
        """Greenlets in which no thread lives."""

    def use(self, chooser: Chooser, clock: Clock, *, footprint: bool = False, intents: bool = False) -> None:
        """From the next schedule on, `chooser` chooses and `clock` tells the time; note what steps do if so asked, or
        else what threads are about to do.
        """
        self.choose = chooser.choose
        self.clock = clock
        clock.scheduler = self
        self.footprint = [] if footprint else None
        if intents:
            self.tell_intents()
            points = self.model == "free-threaded"
            self.access = self.intend_access if points else self.pass_access
            self.together = self.intend_together if points else self.pass_together
            return
        self.keep_intents()
        if self.model == "free-threaded":
            self.access = self._point_and_note if footprint else self._point_only
            self.together = self._point_and_note_all if footprint else self._point_once
        else:
            self.access = self._note_only if footprint else self._pass
            self.together = self._note_all if footprint else self._pass_all

    def close(self) -> None:
        """No more schedules: let go of the last, of who was called for each, and of what leads back here.

        Code under test that is held in a circle would wait for the collector; and so would the scheduler itself, among
        the young objects of the process, which the next search looks at.
        """
        self.begin_stepping()
        self.quiet = 1  # a lock may outlive its schedule: that of a module which was imported in it
        for hooks in (self.at_begin, self.at_main_end, self.at_end):
            hooks.clear()
        self.choose = ignore
        self.intents = None
        self.access = self.together = self.point = self.switch = ignore
        self.old, self.mark = (), ignore
        self.clock = _STOPPED
        self.end_greenlets()

    def end_greenlets(self) -> None:
        """No more threads: leave their greenlets to another search, or end them. When their OS thread has ended, they
        would hold all of this for good.
        """
        bodies.give_back(self._idle)

    def execute(self, main: Callable[[], Any]) -> Execution:
        """Run `main` as the main thread to the end of the schedule, and end every thread that is left."""
        self._begin()
        value = None
        try:
            try:
                value = main()
            except Unwind:
                raise
            except BaseException as error:
                self._crash(self.main, error)  # whatever code under test raises is its result
            self.await_all()
        except Unwind:
            value = None
        finally:
            left = [(t, t.waiting) for t in self.threads if not t.done and t is not self.main]
            self._unwind()
            self.running = False
        if self.failure is not None:
            raise self.failure
        cause: Cause = self.cause or "finished"
        if self._error is not None and cause != "cut":
            cause = "crashed"  # one that was cut after a crash has not been seen to its end
        return Execution(
            cause,
            value if cause == "finished" else None,
            self.choices,
            len(self.choices) + self.lone_points,
            self.threads,
            self.reason,
            self._error,
            self._crashed,
            self.blocked,
            left,
        )

    def _begin(self) -> None:
        # Quiet up to the end: what goes with the schedule before may have finalizers, which are no part of this one.
        self.begin_stepping()
        self._names = {"MainThread": 1}
        self.forget_intents()
        main = VirtualThread(0, self.ident, "MainThread", False, 0, (_nothing, ()))
        main.greenlet = getcurrent()
        main.switch = main.greenlet.switch
        self.main = self.current = main
        self.threads.append(main)
        self.runnable.append(main)
        self._awaited = self._daemons = False
        self.pools = []
        self.exiting = False
        self._error: BaseException | None = None
        self._crashed: VirtualThread | None = None
        self.clock.begin()
        self.locals.clear()
        if self.serial or self.counts:
            self.begin_footprint()  # those finalizers made locks, or threads
        for hook in self.at_begin:
            hook()
        self.quiet = 0
        self.running = True

    def await_all(self) -> None:
        """The main function is done: other threads go on until no thread is left that the process would wait for."""
        if self._awaited:
            return
        self._awaited = True
        for hook in self.at_main_end:
            hook()
        if self._daemons and any(t.daemon and not t.done for t in self.threads):
            self.point()  # they go on until the process has ended, and it has not
        while True:
            if self.footprint is not None:
                self.footprint.append((AWAITED, READ))
            left = [t for t in self.threads if not (t.done or t.daemon or t is self.main)]
            if not left:
                return
            self.wait_for(left)

    def _unwind(self) -> None:
        """End what has not ended: `finally` blocks run, but nobody switches any more."""
        self.quiet = 1
        self.unwinding = True
        footprint, self.footprint = self.footprint, None  # what is done now is no part of the schedule
        hub = self.main.greenlet
        for thread in self.threads[1:]:
            if not thread.done and thread.call is not None:
                thread.body.live = None  # it has not begun
                self._idle.append(thread.body)
            elif not thread.done:
                self.current = thread
                thread.greenlet.parent = hub
                thread.greenlet.throw(Unwind)
        self.current = self.main
        self.footprint = footprint
        for hook in self.at_end:
            hook()

    # -- threads ------------------------------------------------------------------------------------------------------

    def spawn(
        self, function: Callable[..., Any], args: tuple[Any, ...], name: str, *, daemon: bool = False
    ) -> VirtualThread:
        """A new thread that will call `function(*args)`; it can go on from now on."""
        number = len(self.threads)
        self.changed = True
        if name in self._names:
            name = unique(name, self._names, first=name)
        else:
            self._names[name] = 1
        thread = VirtualThread(number, (self.ident << 16) + number, name, daemon, self.current.time, (function, args))
        body = thread.body = self._idle.pop() if self._idle else Body(self.main.greenlet)
        thread.greenlet, thread.switch, body.live = body.greenlet, body.switch, self._live
        if body.greenlet.parent is not self.main.greenlet:
            body.greenlet.parent = self.main.greenlet
        if body.greenlet.gr_context is not None:
            body.greenlet.gr_context = None  # each thread begins in an empty context
        self.threads.append(thread)
        self.runnable.append(thread)
        if daemon:
            self._daemons = True
        if self.recorder is not None:
            self.recorder("start", thread)
        if self.footprint is not None:
            life = thread.life = life_of(number)
            self.footprint += life.starts, COUNTED
            if self.current.daemon and not daemon:  # one that is not would have been waited for itself
                self.footprint.append((AWAITED, WRITE))
        return thread

    def _live(self) -> Callable[..., Any]:
        """A thread's life, in its own greenlet; returns what switches to whoever goes on after it."""
        thread = self.current
        self.alone = self.probe_from = 0
        if self.patience > PATIENCE:
            self.patience = PATIENCE
        call, thread.call = thread.call, None
        assert call is not None
        function, args = call
        try:
            if self.cause is None:
                if self.footprint is not None:
                    self.footprint.append(thread.life.begins)
                if self.recorder is not None:
                    self.recorder("begin", thread)
                function(*args)
            if thread.object is not None and self.cause is None:
                self.point()  # somebody may ask whether it is alive, and it still is
        except (Unwind, SystemExit):
            pass
        except BaseException as error:
            self._crash(thread, error)  # the others go on, as they do in a real process
        thread.done = True
        if thread.object is not None:
            thread.release_object()
        chosen = self.main if self.unwinding or self.cause is not None else self._end(thread)
        if self.locals:
            self.swap_locals(self, thread, chosen)
        self.current = chosen
        self._idle.append(thread.body)
        return chosen.switch

    def _end(self, thread: VirtualThread) -> VirtualThread:
        """A thread has ended by itself: who goes on."""
        runnable = self.runnable
        runnable.remove(thread)
        if self.recorder is not None:
            self.recorder("end", thread)
        if self.parked:
            self.rouse()
        if self.footprint is not None:
            self.footprint += thread.life.ends, COUNTED
        if thread.joiners:
            for joiner in thread.joiners:
                self.enable(joiner)
        crowd = thread.awaited_by
        if crowd is not None:
            if crowd.waiter.time < thread.time:
                crowd.waiter.time = thread.time
            crowd.left -= 1
            if not crowd.left:
                self.enable(crowd.waiter)
        chosen: VirtualThread | None
        if not runnable:
            chosen = self.clock.jump()
            if chosen is None:
                self.declare_stuck()
                return self.main
        elif len(runnable) == 1 and self.footprint is None:
            return runnable[0]
        else:
            chosen = self.choose(runnable)
            if chosen is None:
                self.end_early("cut", CUT)
                return self.main
            if len(runnable) > 1:
                self.choices.append(chosen.number)
        return chosen

    def _crash(self, thread: VirtualThread, error: BaseException) -> None:
        if self._error is None and self.cause is None:
            if self.recorder is not None:
                self.recorder("raise", error)
            self._error, self._crashed = error, thread
            said = str(error)
            self.reason = f"{thread.name} raised {type(error).__name__}{said and ': '}{said}"


def _nothing() -> None:
    """What the main thread is spawned with: it runs already."""


_STOPPED = StoppedClock()
