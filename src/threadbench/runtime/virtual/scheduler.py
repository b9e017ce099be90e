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
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NoReturn, Protocol

from greenlet import getcurrent, greenlet

from .clock import Clock
from .spinning import Probe, Spin
from .thread import Crowd, Resource, Unwind, VirtualThread

Model = Literal["sync", "gil", "free-threaded"]
Cause = Literal["finished", "deadlock", "livelock", "crashed", "cut", "stopped"]

READ, WRITE, KEYED_READ, KEYED_WRITE, ACQUIRE, RELEASE, TRY, AFTER = range(8)
"""What a footprint says was done at a location. `READ` and `WRITE` of a whole container and `KEYED_…` of one item of it
note the container; `ACQUIRE`, `RELEASE` and `TRY` are a lock's (`TRY`: found it taken, or asked whether it is); `AFTER`
comes after the last `WRITE` there, and could not have come before it.
"""

Recorder = Callable[[str, Any], None]
"""What the running thread does, and the lock, queue or thread it does it to; right after it was done, but for what begins
with `to `: a wait that may follow."""
Location = tuple[int, Any]
"""Number of an object, and the attribute or key in it (None: all of it)."""
Access = tuple[Location, int]


NOTHING = -1
"""The mode of a point that no access follows."""
CHANGES = frozenset({WRITE, KEYED_WRITE})
STUBBORN = 10_000
"""Times that threads of a schedule may be told that it is over."""
PATIENCE = 24
FAIRNESS = 1_000
"""Points in a row after which a thread lets another go on, so that who polls does not keep out what it polls for."""
PLAIN_KEYS = frozenset({str, int, bytes, bool, type(None)})
TOLD = ("read", "wrote", "read in", "wrote in", "acquired", "released", "looked whether it could acquire", "came after")
"""What each mode means, for a person."""
CUT = "the strategy cut the schedule"
DEADLOCK = "every thread waits for another"


class Chooser(Protocol):
    """What the scheduler asks; see `explore.strategies`."""

    def choose(self, options: Sequence[Any]) -> Any:
        """One of the options (threads that can go on, or the numbers of a `run.choose`), or None to cut the schedule."""


@dataclass(frozen=True, slots=True)
class Execution:
    """What one schedule came to.

    Attributes:
        cause: `finished`, or what ended it early; `stopped`: somebody called `stop`.
        value: what the main function returned, None unless it finished.
        choices: who went on at each choice, as the threads' numbers, or the number that `run.choose` was answered.
        points: choices made, and points that left none.
        threads: all of them, the main thread first.
        reason: for a person, None when finished.
        error: what the crashed thread raised.
    """

    cause: Cause
    value: Any
    choices: Sequence[int]
    points: int
    threads: Sequence[VirtualThread]
    reason: str | None = None
    error: BaseException | None = None
    crashed: VirtualThread | None = None
    blocked: Sequence[VirtualThread] = field(default=())
    left: Sequence[tuple[VirtualThread, Resource | None]] = field(default=())
    """Threads that had not ended, and what they waited for; daemons are cut off."""


class Scheduler:
    """Executes schedules one after the other, in the OS thread that made it, each under whoever `use` named.

    Args:
        model: where points are.
        max_points: a schedule that reaches as many is cut: a livelock.
    """

    chooser: Chooser
    clock: Clock
    access: Callable[[object, object, int, Any], None]
    """What instrumented code calls right before an access: object, attribute or key, mode, place."""
    together: Callable[[Sequence[tuple[object, object, int]], Any], None]
    """The same for accesses that are made in one."""

    def __init__(self, *, model: Model, max_points: int = 1_000_000) -> None:
        self.ident = threading.get_ident()
        self.model = model
        self.max_points = max_points
        self.footprint: list[Access] | None = None
        """What the step under way has done so far; None where nobody wants to know."""
        self.recorder: Recorder | None = None
        """Hears what threads do besides accesses, for an explanation; None in a search."""
        self.quiet = 0
        """Above 0 nothing is a point: what runs is one step, whatever it does."""
        self.timed = False
        """Whether anybody has looked at a causal clock: from then on, who reads is later than who wrote."""
        self.running = False
        self.at_begin: list[Callable[[], None]] = []
        """Called before each schedule."""
        self.at_main_end: list[Callable[[], None]] = []
        """Called when the main thread has returned, before the others are waited for."""
        self.at_end: list[Callable[[], None]] = []
        """Called when every thread has ended."""
        self.locals: list[tuple[Any, tuple[Any, ...], dict[str, Any]]] = []
        """Each `threading.local` there is, with what it was made with."""
        self.swap_locals: Callable[[Scheduler, VirtualThread, VirtualThread], None]
        self.access, self.together = self._pass, self._pass_all

    def use(self, chooser: Chooser, clock: Clock, *, footprint: bool = False) -> None:
        """From the next schedule on, `chooser` chooses and `clock` tells the time; note what steps do if so asked."""
        self.chooser = chooser
        self.clock = clock
        clock.scheduler = self
        self.footprint = [] if footprint else None
        if self.model == "free-threaded":
            self.access = self._point_and_note if footprint else self._point_only
            self.together = self._point_and_note_all if footprint else self._point_once
        else:
            self.access = self._note_only if footprint else self._pass
            self.together = self._note_all if footprint else self._pass_all

    # -- one schedule -------------------------------------------------------------------------------------------------

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
        if self._failure is not None:
            raise self._failure
        cause: Cause = "crashed" if self._error is not None else self._cause or "finished"
        return Execution(
            cause,
            value if cause == "finished" else None,
            self.choices,
            len(self.choices) + self.lone_points,
            self.threads,
            self._reason,
            self._error,
            self._crashed,
            self._blocked,
            left,
        )

    def _begin(self) -> None:
        main = VirtualThread(0, self.ident, "MainThread", False, 0, (_nothing, ()))
        main.greenlet = getcurrent()
        main.switch = main.greenlet.switch
        self.main = self.current = main
        self.threads = [main]
        self.runnable = [main]
        self.choices: list[int] = []
        self._awaited = False
        self.lone_points = 0
        self.alone = 0
        """Points in a row of the running thread."""
        self.patience = PATIENCE
        """How many there may be before it is looked at closely; 0 while another thread stands still."""
        self.parked: list[VirtualThread] = []
        """Threads that stand still until something changes."""
        self.changed = False
        """Whether something has, since it was last looked at."""
        self.unfair = False
        """Whether a thread was made to let others go on: schedules in which it does not were left out."""
        self._probe: Probe | None = None
        self._probed = 0
        self.quiet = 0
        self.serial = 0
        self.numbers: dict[int, int] = {}
        self.kept: list[Any] = []
        self.counts: dict[str, int] = {}
        self._times: dict[Location, int] = {}
        self.names: dict[int, str] = {}
        """Given by `run.name`, by the object's id."""
        self.named: list[Any] = []
        """Those objects: their ids must not be given to others."""
        self._unwinding = False
        self._left = 0
        self._failure: Exception | None = None
        self._cause: Cause | None = None
        self._reason: str | None = None
        self._error: BaseException | None = None
        self._crashed: VirtualThread | None = None
        self._blocked: Sequence[VirtualThread] = ()
        self.choose = self.chooser.choose
        if self.footprint is not None:
            self.footprint.clear()
        self.clock.begin()
        self.locals.clear()
        for hook in self.at_begin:
            hook()
        self.running = True

    def await_all(self) -> None:
        """The main function is done: other threads go on until no thread is left that the process would wait for."""
        if self._awaited:
            return
        self._awaited = True
        for hook in self.at_main_end:
            hook()
        while left := [t for t in self.threads if not (t.done or t.daemon or t is self.main)]:
            self.wait_for(left)

    def _unwind(self) -> None:
        """End what has not ended: `finally` blocks run, but nobody switches any more."""
        self.quiet = 1
        self._unwinding = True
        footprint, self.footprint = self.footprint, None  # what is done now is no part of the schedule
        hub = self.main.greenlet
        for thread in self.threads[1:]:
            if not thread.done:
                self.current = thread
                thread.greenlet.parent = hub
                thread.greenlet.throw(Unwind)
        self.current = self.main
        self.footprint = footprint
        for hook in self.at_end:
            hook()

    # -- points -------------------------------------------------------------------------------------------------------

    def _point_only(self, obj: object, key: object, mode: int, site: Any) -> None:
        """A point right before an access; who comes back here does the access. The hottest function there is."""
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
            self._switch(me, chosen)

    def point(self, mode: int = NOTHING) -> None:
        """The running thread may be interrupted here; where it waits, it is."""
        if self.quiet:
            return
        if self.parked and self.changed:
            self._rouse()
        runnable = self.runnable
        me = self.current
        if not runnable:
            self._pass_time(me)
        elif me.waiting is None:
            self._point_only(None, None, mode, None)
        elif len(runnable) == 1:
            self._switch(me, runnable[0] if self.footprint is None else self.choose(runnable), free=False)
        else:
            self._switch(me, self.choose(runnable))

    # -- threads that do not get on -----------------------------------------------------------------------------------

    def _look_closer(self, mode: int) -> None:
        """A point of a thread that has had many in a row, or while another stands still: as `_point_only`."""
        me = self.current
        if self.parked and self.changed:
            self._rouse()
        options = self.runnable
        if self.alone > PATIENCE:
            if self.alone + self.lone_points > self.max_points or len(self.choices) > self.max_points:
                self._exhaust()
            if self._spins():
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
                self._switch(me, chosen, free=len(self.runnable) > 1)
        if mode in CHANGES:
            self.changed = True

    def _spins(self) -> bool:
        """Whether the running thread has come back to where it was, and nothing has changed."""
        probe = self._probe
        if probe is None or self.changed:
            self.changed = False
            self._probe = Probe()
            self._probed = self.alone
            return False
        if self.alone - self._probed > PATIENCE:
            self._probe = None  # no loop that comes back here: look at another place, later
            self.patience = self.alone * 2
            return False
        return probe.is_back()

    def _park(self, me: VirtualThread) -> None:
        """The running thread stands still until something changes."""
        assert self._probe is not None
        self.block(me, Spin(self._probe.place))
        self.parked.append(me)
        self.patience = 0
        self.point()

    def _rouse(self) -> None:
        """Something has changed: who stood still looks again."""
        for thread in self.parked:
            self.enable(thread)
        self.parked.clear()
        self.changed = False
        self.patience = PATIENCE
        self.alone = 0

    def _point_and_note(self, obj: object, key: object, mode: int, site: Any) -> None:
        if not self.quiet:
            self.number_of(obj)  # before the choice: it has the same number whoever goes first
            self._point_only(obj, key, mode, None)
            self.note(obj, key, mode)

    def _note_only(self, obj: object, key: object, mode: int, site: Any) -> None:
        if not self.quiet:
            self.note(obj, key, mode)

    def _pass(self, obj: object, key: object, mode: int, site: Any) -> None:
        pass

    def _point_once(self, accesses: Sequence[tuple[object, object, int]], site: Any) -> None:
        self._point_only(None, None, max(mode for _, _, mode in accesses), None)

    def _point_and_note_all(self, accesses: Sequence[tuple[object, object, int]], site: Any) -> None:
        if not self.quiet:
            for obj, _, _ in accesses:
                self.number_of(obj)
            self._point_only(None, None, max(mode for _, _, mode in accesses), None)
            self._note_all(accesses, site)

    def _note_all(self, accesses: Sequence[tuple[object, object, int]], site: Any) -> None:
        if not self.quiet:
            for obj, key, mode in accesses:
                self.note(obj, key, mode)

    def _pass_all(self, accesses: Sequence[tuple[object, object, int]], site: Any) -> None:
        pass

    def switch(self, site: Any) -> None:
        """Model `gil`: the interpreter may let another thread in here."""
        self.point()

    def choose_number(self, n: int) -> int:
        """One of `0 … n-1`, as the schedule has it."""
        if n <= 1 or self.quiet:
            return 0
        chosen = self.choose(range(n))
        if chosen is None:
            self.stop("cut", CUT)
        self.choices.append(chosen)
        if self.recorder is not None:
            self.recorder("choose", chosen)
        return int(chosen)

    def _switch(self, me: VirtualThread, chosen: VirtualThread | None, *, free: bool = True) -> None:
        """Let `chosen` go on; returns when somebody has chosen `me`."""
        if chosen is None:
            self.stop("cut", CUT)
        if free:
            choices = self.choices
            choices.append(chosen.number)
            if len(choices) > self.max_points:
                self._exhaust()
        if self.locals:
            self.swap_locals(self, me, chosen)
        self.current = chosen
        self._probe = None
        chosen.switch()
        self.alone = 0
        if self._cause is not None:
            raise Unwind

    # -- waiting ------------------------------------------------------------------------------------------------------

    def block(self, me: VirtualThread, resource: Resource) -> None:
        """`me`, the running thread, cannot go on until somebody calls `enable`; it still runs until its next `point`."""
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
            self.footprint.extend(((-thread.number, "end"), AFTER) for thread in threads)

    def _pass_time(self, me: VirtualThread) -> None:
        """Nobody can go on: time passes until somebody can, or this is the end."""
        chosen = self.clock.jump()
        if chosen is None:
            self._declare_stuck()
            raise_to = self.main
            if me is not raise_to:
                self.current = raise_to
                raise_to.switch()
            raise Unwind
        if chosen is not me:
            self._switch(me, chosen, free=False)

    def _declare_stuck(self) -> None:
        """Nobody will ever go on."""
        self._blocked = [t for t in self.threads if not t.done]
        if self.recorder is not None:
            self.recorder("stuck", self._blocked)  # now: who is unwound releases what it holds
        if self.parked:
            spinning = "; ".join(f"{t.name} waits for {t.waiting.described()}" for t in self.parked if t.waiting)
            self._end_early("livelock", self._reason or spinning)
        else:
            self._end_early("deadlock", self._reason or DEADLOCK)

    def _end_early(self, cause: Cause, reason: str) -> None:
        """From here on nothing is a point, and nobody waits: code under test that cleans up does so at once."""
        self._cause, self._reason = cause, reason
        self.quiet += 1

    def leave_if_over(self) -> None:
        """Where a thread could wait: one that cleans up after the end of its schedule does not go on from there.

        Raises:
            Unwind: the schedule is over.
        """
        if self._cause is not None or self._unwinding:
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

    def _exhaust(self) -> None:
        self.stop("livelock", f"no end after {self.max_points:,} points")

    # -- threads ------------------------------------------------------------------------------------------------------

    def spawn(
        self, function: Callable[..., Any], args: tuple[Any, ...], name: str, *, daemon: bool = False
    ) -> VirtualThread:
        """A new thread that will call `function(*args)`; it can go on from now on."""
        number = len(self.threads)
        self.changed = True
        thread = VirtualThread(number, (self.ident << 16) + number, name, daemon, self.current.time, (function, args))
        thread.greenlet = greenlet(self._live, self.main.greenlet)
        thread.switch = thread.greenlet.switch
        self.threads.append(thread)
        self.runnable.append(thread)
        if self.recorder is not None:
            self.recorder("start", thread)
        if self.footprint is not None:
            self.footprint.append(((-number, "start"), WRITE))
        return thread

    def _live(self, *_: object) -> None:
        """A thread's life, in its own greenlet; returns into the greenlet of whoever goes on after it.

        A greenlet that ends falls into its parent, started or not: one switch less than to switch there.
        """
        thread = self.current
        self.alone = 0
        function, args = thread.call
        try:
            if self._cause is None:
                if self.footprint is not None:
                    self.footprint.append(((-thread.number, "start"), AFTER))
                if self.recorder is not None:
                    self.recorder("begin", thread)
                function(*args)
            if thread.object is not None and self._cause is None:
                self.point()  # somebody may ask whether it is alive, and it still is
        except Unwind:
            pass
        except BaseException as error:
            self._crash(thread, error)  # the others go on, as they do in a real process
        thread.done = True
        thread.object = None
        chosen = self.main if self._unwinding or self._cause is not None else self._end(thread)
        if self.locals:
            self.swap_locals(self, thread, chosen)
        self.current = chosen
        thread.greenlet.parent = chosen.greenlet

    def _end(self, thread: VirtualThread) -> VirtualThread:
        """A thread has ended by itself: who goes on."""
        runnable = self.runnable
        runnable.remove(thread)
        if self.recorder is not None:
            self.recorder("end", thread)
        if self.parked:
            self._rouse()
        if self.footprint is not None:
            self.footprint.append(((-thread.number, "end"), WRITE))
        if thread.joiners:
            for joiner in thread.joiners:
                self.enable(joiner)
        crowd = thread.awaited_by
        if crowd is not None:
            crowd.waiter.time = max(crowd.waiter.time, thread.time)
            crowd.left -= 1
            if not crowd.left:
                self.enable(crowd.waiter)
        chosen: VirtualThread | None
        if not runnable:
            chosen = self.clock.jump()
            if chosen is None:
                self._declare_stuck()
                return self.main
        elif len(runnable) == 1 and self.footprint is None:
            return runnable[0]
        else:
            chosen = self.choose(runnable)
            if chosen is None:
                self._end_early("cut", CUT)
                return self.main
            if len(runnable) > 1:
                self.choices.append(chosen.number)
        return chosen

    def _crash(self, thread: VirtualThread, error: BaseException) -> None:
        if self._error is None and self._cause is None:
            if self.recorder is not None:
                self.recorder("raise", error)
            self._error, self._crashed = error, thread
            self._reason = f"{thread.name} raised {type(error).__name__}: {error}"

    def abort(self, error: Exception) -> NoReturn:
        """End the schedule here, and let `execute` raise an error: code under test must not get to catch it.

        Raises:
            Unwind: always.
        """
        self._failure = error
        self.stop("stopped", str(error))

    def stop(self, cause: Cause, reason: str) -> NoReturn:
        """End the schedule here.

        Raises:
            Unwind: always.
        """
        if self._cause is None:
            self._end_early(cause, reason)
        if self.current is not self.main:
            self.current = self.main
            self.main.switch()
        raise Unwind

    # -- footprints ---------------------------------------------------------------------------------------------------

    def note(self, obj: object, key: Any, mode: int) -> None:
        """The step does this to `obj`."""
        footprint = self.footprint
        if footprint is None:
            return
        number = self.numbers.get(id(obj))
        if number is None:
            number = self.number_of(obj)
        if mode >= KEYED_READ:
            if type(key) in PLAIN_KEYS:
                footprint.append(((number, (key,)), mode - KEYED_READ))
                footprint.append(((number, None), mode))
            else:  # equal keys need not be one object: the whole container stands for it
                footprint.append(((number, None), mode - KEYED_READ))
        else:
            footprint.append(((number, key), mode))
        if self.timed:
            location, mode = footprint[-1]
            me = self.current
            if mode in CHANGES:
                self._times[location] = me.time
            elif me.time < (time := self._times.get(location, 0)):
                me.time = time

    def number_of(self, obj: object) -> int:
        """The number of an object in this schedule: the same prefix of choices gives the same numbers."""
        number = self.numbers.get(id(obj))
        if number is None:
            self.serial += 1
            number = self.numbers[id(obj)] = self.serial
            self.kept.append(obj)  # its id must not be given to another
        return number

    def told(self, access: Access | None) -> str:
        """An access of this schedule, for a person."""
        if access is None:
            return "did nothing more"
        (number, key), mode = access
        if number < 0 or (number == 0 and key == "end"):
            return f"met the {key} of thread {-number}"
        obj = self.kept[number - 1] if 0 < number <= len(self.kept) else None
        name = type(obj).__name__ if obj is not None else "an object"
        what = key[0] if type(key) is tuple else key
        return f"{TOLD[mode]} {name}" + (f" {what!r}" if what is not None else "")

    def count(self, what: str) -> int:
        """1, 2, 3, … in each schedule anew."""
        number = self.counts[what] = self.counts.get(what, 0) + 1
        return number


def _nothing() -> None:
    """What the main thread is spawned with: it runs already."""
