"""Ends a schedule that comes to no point, where the search runs in the caller's own process: a statement, not a hang.

An OS thread looks now and then whether the schedule gets on. Where it does not, the thread that explores is interrupted
by what can interrupt it:

- In the main thread by a signal, whose handler ends the schedule. Python's own calls that wait (for a lock, a socket, a
  process) hear it, as a loop does (PEP 475; `Lock.acquire` since 3.2).
- In any other thread by an exception that the interpreter raises there: a loop hears it, a call that waits does when it
  returns.

What hears neither (a lock in C, and a wait in a thread that is not main) goes on to block the caller; then it is told
on standard error, with the place.
"""

from __future__ import annotations

import os
import sys
import threading
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, Final

from ..runtime.virtual import originals
from ..runtime.virtual.thread import Unwind
from .signals import SIGNAL, handle, handler_of, pthread_kill
from .standstill import Uncontrolled, explained, frames_of, told

if TYPE_CHECKING:
    from types import FrameType

    from ..runtime.virtual.scheduler import Scheduler

LOOKS: Final = 8
"""Looks within the time that a thread may take to come to a point."""


def watched(scheduler: Scheduler, timeout: float | None) -> AbstractContextManager[None]:
    """Within it, a schedule of this OS thread that comes to no point for so many seconds ends with `Uncontrolled`.

    Args:
        scheduler: runs the schedules.
        timeout: None watches nobody.
    """
    return nullcontext() if timeout is None else _Watchdog(scheduler, timeout)


class _Watchdog(AbstractContextManager[None]):
    """Watches the OS thread that makes it, within its body."""

    def __init__(self, scheduler: Scheduler, timeout: float) -> None:
        self._scheduler = scheduler
        self._timeout = timeout
        self._ident = originals.get_ident()
        self._schedules = 0
        self._seen: tuple[int, ...] = ()
        self._since = originals.monotonic()
        self._tries = 0
        """Times that the schedule under way was interrupted."""
        self._raised = False
        self._before: Any = None
        self._signals = False

    def __enter__(self) -> None:
        main = threading.main_thread().ident == self._ident
        self._signals = main and handler_of(SIGNAL) is not None  # None is a handler that nobody could put back
        if self._signals:
            self._before = handle(SIGNAL, self._interrupted)
        self._scheduler.at_begin.append(self._begin)
        _looker.watch(self, self._timeout / LOOKS)

    def __exit__(self, *_: object) -> None:
        """Watch no more, and leave nothing behind."""
        _looker.leave()
        self._scheduler.at_begin.remove(self._begin)
        if self._signals:
            handle(SIGNAL, self._before)
        elif self._raised:
            _settle(self._ident)

    def _begin(self) -> None:
        self._schedules += 1
        if not _looker.looks:
            _looker.watch(self, self._timeout / LOOKS)

    # -- in the thread that looks --------------------------------------------------------------------------------------

    def _progress(self) -> tuple[int, ...]:
        scheduler = self._scheduler
        return self._schedules, len(scheduler.choices), scheduler.lone_points, scheduler.alone, scheduler.running

    def look(self) -> None:
        """See whether the schedule gets on; end it where it has not for too long."""
        now, progress = originals.monotonic(), self._progress()
        if progress != self._seen or not self._scheduler.running:
            self._seen, self._since, self._tries = progress, now, 0
        elif now - self._since > self._timeout * (self._tries + 1):
            self._tries += 1
            if self._tries == 2:
                self._give_up()
            if self._signals:
                pthread_kill(self._ident, SIGNAL)
            else:
                self._end(self._frame())
                self._raised = True
                _raise_in(self._ident, Unwind)

    def _give_up(self) -> None:
        frames = frames_of(self._frame())
        text = told(self._scheduler.current.name, frames, originals.monotonic() - self._since)
        sys.stderr.write(f"threadbench: {text}, and cannot be interrupted there\n{explained(frames)}\n")

    def _frame(self) -> FrameType | None:
        return sys._current_frames().get(self._ident)  # noqa: SLF001 - what there is to ask where another thread is

    # -- in the thread that explores -----------------------------------------------------------------------------------

    def _interrupted(self, _: int, frame: FrameType | None) -> None:
        if self._scheduler.running and self._progress() == self._seen:
            self._end(frame)
            self._scheduler.leave()

    def _end(self, frame: FrameType | None) -> None:
        """The schedule is over: whoever runs in it leaves it where they next can."""
        scheduler = self._scheduler
        if scheduler.failure is None:
            frames = frames_of(frame)
            scheduler.failure = Uncontrolled(
                told(scheduler.current.name, frames, originals.monotonic() - self._since), explained(frames)
            )
        if scheduler.cause is None:
            scheduler.end_early("stopped", "a thread comes to no point")


def _raise_in(ident: int, error: type[BaseException]) -> None:
    """Let the interpreter raise an exception in a thread as soon as that runs code of Python."""
    import ctypes  # costs more than the rest of a small search

    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(ident), ctypes.py_object(error))


class _Settled(BaseException):
    """Arrives in the stead of what has not arrived yet."""


def _settle(ident: int) -> None:
    """What has not arrived in this thread is not for who called us.

    To take it back would leave a note that something is to arrive (`ceval.c` of 3.11, `pending->async_exc`), which the
    interpreter tears up only when something does; until then each call that a debugger or coverage traces looks for it
    again, for ever. So something arrives.
    """
    try:
        _raise_in(ident, _Settled)
        while True:
            pass
    except _Settled:
        pass


class _Looker:
    """The OS thread that looks.

    It outlives a search by a look or two: often the next one is there before, and to start a thread takes as long as a
    small search.
    """

    def __init__(self) -> None:
        self._guard = originals.allocate_lock()
        """Held while somebody is looked at, and by who changes what is said here."""
        self._watched: _Watchdog | None = None
        self._pause = 0.0
        """Seconds between two looks."""
        self._over: Any = None
        """Locked as long as the thread is to go on; None where there is none."""
        self._gone: Any = None
        self._task = 0

    @property
    def looks(self) -> bool:
        """Whether there is a thread that does."""
        return self._over is not None

    def watch(self, watchdog: _Watchdog, pause: float) -> None:
        """Look at this one, so many seconds apart at most."""
        if pause < self._pause:
            self.stop()
        with self._guard:
            self._watched = watchdog
            if self._over is None:
                self._pause = pause
                self._over, self._gone = originals.allocate_lock(), originals.allocate_lock()
                self._over.acquire()
                self._gone.acquire()
                originals.start_new_thread(self._look_on, (self._over, self._gone, pause))

    def leave(self) -> None:
        """Look at nobody; a look that is under way has ended."""
        with self._guard:
            self._watched = None

    def stop(self) -> None:
        """End the thread, if there is one; it is gone when this returns."""
        with self._guard:
            over, self._over = self._over, None
        if over is not None:
            over.release()
            self._gone.acquire()
            while os.path.exists(f"/proc/self/task/{self._task}"):  # noqa: PTH110 - pathlib is an import
                originals.sleep(0)

    def _look_on(self, over: Any, gone: Any, pause: float) -> None:
        self._task = threading.get_native_id()
        idle = False
        try:
            while not over.acquire(timeout=pause):
                with self._guard:
                    if self._watched is not None:
                        self._watched.look()
                    elif idle and self._over is over:
                        self._over = None
                        return
                    idle = self._watched is None
        finally:
            gone.release()


_looker = _Looker()

# A child would have no such thread, and Python warns of forks where there is more than one.
os.register_at_fork(before=_looker.stop)
