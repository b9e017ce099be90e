"""One virtual thread: a greenlet, and what the scheduler has to know of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from greenlet import GreenletExit, greenlet

from .accesses import READ, Life
from .originals import ENDED

if TYPE_CHECKING:
    import threading

    from .bodies import Body
    from .intents import Intent


class Unwind(GreenletExit):
    """Ends a virtual thread that is not to go on: its schedule is over. A `BaseException`, so that code under test that
    catches `Exception` does not swallow it.
    """


class Resource(Protocol):
    """What a thread may wait for: a lock, a queue, the end of a thread, a moment."""

    def described(self) -> str:
        """For a person: `Lock#1`, `the end of worker`."""

    def wanted(self) -> list[tuple[tuple[int, Any], int]]:
        """The footprint of the step that the thread waits to do, as far as it could have come earlier."""


class VirtualThread:
    """A thread of the code under test.

    Invariants: it is in `Scheduler.runnable` exactly when it is neither done nor waiting; `waiting` is None while it
    runs.
    """

    __slots__ = (
        "alarm",
        "awaited_by",
        "body",
        "call",
        "daemon",
        "done",
        "error",
        "greenlet",
        "ident",
        "intents",
        "joiners",
        "life",
        "locals",
        "name",
        "number",
        "object",
        "started",
        "switch",
        "time",
        "timed_out",
        "waiting",
        "yields",
    )

    def __init__(
        self,
        number: int,
        ident: int,
        name: str,
        daemon: bool,
        time: int,
        call: tuple[Callable[..., Any], tuple[Any, ...]],
    ) -> None:
        self.call: tuple[Callable[..., Any], tuple[Any, ...]] | None = call
        """Function and arguments; None once it has begun."""
        self.number = number
        """Order of creation, 0 for the main thread: what a schedule calls it."""
        self.ident = ident
        self.name = name
        """Unique in its schedule: what everybody is told it is called."""
        self.daemon = daemon
        self.time = time
        """Its own virtual clock, nanoseconds."""
        self.done = False
        self.alarm: tuple[int, int] | None = None
        """When its wait times out, where the clock is ordered; None when it does not wait any more."""
        self.timed_out = False
        """Why its last wait ended."""
        self.waiting: Resource | None = None
        self.error: BaseException | None = None
        self.object: threading.Thread | None = None
        """Its `threading.Thread`, when it has one."""
        self.started: tuple[int, Any] | None = None
        """Where its start was written, if anybody notes it."""
        self.joiners: list[VirtualThread] | None = None
        self.awaited_by: Crowd | None = None
        self.intents: tuple[Intent, ...] | None = ()
        """What it does when it goes on, where somebody asks: empty for nothing that another could notice first; None
        where it has not been seen.
        """
        self.locals: dict[int, dict[str, Any]] | None = None
        """Its view of each `threading.local`, while it does not run."""
        self.yields = 0
        """Times it gave way since another thread took a step."""
        self.life: Life
        """Where somebody wants to know what steps do."""
        self.body: Body
        """The greenlet that it lives in, unless it is the main thread."""
        self.greenlet: greenlet
        self.switch: Callable[..., Any]

    def __repr__(self) -> str:
        return f"<{self.name} (virtual thread {self.number})>"

    def release_object(self) -> None:
        """It is over, and its `threading.Thread` is to say so by itself from now on: it may outlive the schedule."""
        thread: Any = self.object
        if thread is None:
            return
        self.object = None
        if ENDED is not None:
            thread._handle = ENDED
        else:
            thread._is_stopped = True

    def described(self) -> str:
        """See `Resource`."""
        return f"the end of {self.name}"

    def wanted(self) -> list[tuple[tuple[int, Any], int]]:
        """See `Resource`."""
        # Who waits for an end for ever has seen that there was a start.
        return [] if self.started is None else [(self.started, READ)]


class Crowd:
    """Threads that one thread waits for, all of them, in one wait."""

    __slots__ = ("left", "waiter")

    def __init__(self, waiter: VirtualThread, left: int) -> None:
        self.waiter = waiter
        self.left = left

    def described(self) -> str:
        """See `Resource`."""
        return "the end of the other threads"

    def wanted(self) -> list[tuple[tuple[int, Any], int]]:
        """See `Resource`."""
        return []
