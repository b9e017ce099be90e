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
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from ..runtime.virtual import originals
from ..runtime.virtual.thread import Unwind
from .standstill import SIGNAL, explained, frames_of, told

if TYPE_CHECKING:
    from types import FrameType

    from ..runtime.virtual.scheduler import Scheduler

LOOKS: Final = 8
"""Looks within the time that a thread may take to come to a point."""


class Silent(Exception):  # noqa: N818 - what happened to a schedule, no error of a caller
    """A thread has come to no point for too long; the text says which, for how long and where.

    Attributes:
        explanation: its stack, and what can be controlled.
    """

    def __init__(self, message: str, explanation: str) -> None:
        super().__init__(message)
        self.explanation = explanation


@contextmanager
def watched(scheduler: Scheduler, timeout: float | None) -> Iterator[None]:
    """Within it, a schedule of this OS thread that comes to no point for so many seconds ends with `Silent`.

    Args:
        scheduler: runs the schedules.
        timeout: None watches nobody.
    """
    if timeout is None:
        yield
        return
    watchdog = _Watchdog(scheduler, timeout)
    try:
        yield
    finally:
        watchdog.close()


class _Watchdog:
    """Watches the OS thread that makes it."""

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
        self._over: Any = None
        self._gone: Any = None
        self._before: Any = None
        main = threading.main_thread().ident == self._ident
        self._signals = main and signal.getsignal(SIGNAL) is not None  # None is a handler that nobody could put back
        if self._signals:
            self._before = signal.signal(SIGNAL, self._interrupted)
        scheduler.at_begin.append(self._begin)
        _watching.append(self)
        self._start()

    def close(self) -> None:
        """Watch no more, and leave nothing behind."""
        self.pause()
        _watching.remove(self)
        self._scheduler.at_begin.remove(self._begin)
        if self._signals:
            signal.signal(SIGNAL, self._before)
        elif self._raised:
            _raise_in(self._ident, None)  # one that has not arrived is not for who called us

    def _start(self) -> None:
        self._over, self._gone = originals.allocate_lock(), originals.allocate_lock()
        self._over.acquire()
        self._gone.acquire()
        originals.start_new_thread(self._watch, ())

    def pause(self) -> None:
        """End the thread that looks, until the next schedule begins."""
        if self._over is not None:
            self._over.release()
            self._gone.acquire()
            self._over = None

    def _begin(self) -> None:
        self._schedules += 1
        if self._over is None:
            self._start()

    # -- in a thread of its own ----------------------------------------------------------------------------------------

    def _watch(self) -> None:
        try:
            while not self._over.acquire(timeout=self._timeout / LOOKS):
                self._look()
        finally:
            self._gone.release()

    def _progress(self) -> tuple[int, ...]:
        scheduler = self._scheduler
        return self._schedules, len(scheduler.choices), scheduler.lone_points, scheduler.alone, scheduler.running

    def _look(self) -> None:
        now, progress = originals.monotonic(), self._progress()
        if progress != self._seen or not self._scheduler.running:
            self._seen, self._since, self._tries = progress, now, 0
        elif now - self._since > self._timeout * (self._tries + 1):
            self._tries += 1
            if self._tries == 2:
                self._give_up()
            if self._signals:
                signal.pthread_kill(self._ident, SIGNAL)
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
            scheduler.failure = Silent(
                told(scheduler.current.name, frames, originals.monotonic() - self._since), explained(frames)
            )
        if scheduler.cause is None:
            scheduler.end_early("stopped", "a thread comes to no point")


def _raise_in(ident: int, error: type[BaseException] | None) -> None:
    """Let the interpreter raise an exception in a thread as soon as that runs code of Python; None takes it back."""
    import ctypes  # costs more than the rest of a small search

    raising = ctypes.pythonapi.PyThreadState_SetAsyncExc
    raising(ctypes.c_ulong(ident), None if error is None else ctypes.py_object(error))


_watching: list[_Watchdog] = []


def _before_fork() -> None:
    for watchdog in _watching:
        watchdog.pause()  # a child would have no such thread, and Python warns of forks where there is more than one


os.register_at_fork(before=_before_fork)
