"""The process in which a search runs: forked for one search, it tells how it gets on and what it came to, and ends.

Whatever code under test does to its process (it blocks in C, crashes, leaves state behind) does not reach who asked.
"""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
import traceback
from collections.abc import Callable
from types import FrameType
from typing import Any, NoReturn

import msgspec

from ..errors import ThreadbenchError
from ..runtime.native import kernel
from ..runtime.virtual import threads
from .found import Found
from .search import Search, Tick
from .signals import SIGNAL
from .standstill import frames_of
from .strategies.base import Diverged

Job = Callable[[Tick], Found]
"""The search itself; it hands the tick on to the explorer."""


class Progress(msgspec.Struct, frozen=True, tag="progress"):
    """How a search gets on.

    Attributes:
        outcomes: how many distinct ends there have been, and `bad` how many of them are what a search looks for.
        trouble: why it does not, where that is known.
    """

    schedules: int = 0
    points: int = 0
    outcomes: int = 0
    bad: int = 0
    trouble: str | None = None


class Where(msgspec.Struct, frozen=True, tag="where"):
    """What a worker was doing: a thread, `file:line in function`, innermost first, and the points of its schedule."""

    thread: str
    frames: tuple[str, ...]
    points: int


class Done(msgspec.Struct, frozen=True, tag="done"):
    """The end of a search."""

    found: Found


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """A search that could not be done: the error's type, its text, its cure, and where it comes from."""

    error: str
    message: str
    hint: str | None = None
    traceback: str = ""


Message = Progress | Where | Done | Failed


def main(job: Job, pipe: int, stacks: int, parent: int) -> NoReturn:
    """Do a job in this freshly forked process, tell of it through the pipe, and leave the process."""
    status = 70
    try:
        os.setsid()  # a terminal's Ctrl-C is the parent's to answer
        kernel.die_with_parent(parent)
        _mute()
        faulthandler.enable(stacks)
        faulthandler.register(kernel.STACKS_SIGNAL, stacks, all_threads=True)
        asked = _Asked()
        signal.signal(signal.SIGINT, asked.handle)
        signal.signal(SIGNAL, lambda _, frame: _send(pipe, _where(frame)))

        def tick(search: Search) -> None:
            if asked.to_end:
                search.interrupt()
            bad = sum(end.bad for end in search.ends.values())
            _send(pipe, Progress(search.schedules, search.points, len(search.ends), bad, search.trouble))

        _send(pipe, _outcome_of(job, tick))
        status = 0
    finally:
        os._exit(status)


class _Asked:
    def __init__(self) -> None:
        self.to_end = False

    def handle(self, *_: object) -> None:
        self.to_end = True


def _outcome_of(job: Job, tick: Tick) -> Message:
    try:
        return Done(job(tick))
    except ThreadbenchError as error:
        return Failed(type(error).__name__, str(error), error.hint)
    except Diverged as error:
        return Failed("Diverged", str(error))
    except BaseException as error:
        return Failed(type(error).__name__, str(error), traceback="".join(traceback.format_exception(error)))


def _mute() -> None:
    """What schedules print, thousands of times, is nobody's output; and there is nobody to ask for input."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    stream = os.fdopen(nowhere, "w", encoding="utf-8", errors="backslashreplace", closefd=False)
    sys.stdout = sys.stderr = stream


def _where(frame: FrameType | None) -> Where:
    scheduler = threads.current
    name, points = "MainThread", 0
    if scheduler is not None and scheduler.running:
        name, points = scheduler.current.name, len(scheduler.choices) + scheduler.lone_points
    return Where(name, frames_of(frame), points)


def _send(pipe: int, message: Message) -> None:
    body: Any = msgspec.json.encode(message)
    data = memoryview(len(body).to_bytes(4, "little") + body)
    while data:
        data = data[os.write(pipe, data) :]
