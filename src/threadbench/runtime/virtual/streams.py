"""What virtual threads print becomes `log` events, line by line, of the thread that printed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from sys import _getframe
from typing import TYPE_CHECKING, Any

from ...events.log import encode_json
from ...events.vocabulary import EVENT_IDS
from ..native.tracing.recorder import local, where
from ..native.tracing.streams import LogStream
from ..patches import Patch
from . import threads

if TYPE_CHECKING:
    from .scheduler import Scheduler
    from .thread import VirtualThread

LOG, UNFINISHED = EVENT_IDS["log"], EVENT_IDS["~unfinished"]


class VirtualLogStream(LogStream):
    """Stands for `sys.stdout` or `sys.stderr`; outside of the schedule it is the real one."""

    def __init__(self, name: str, real: Any, scheduler: Scheduler) -> None:
        super().__init__(name, real)
        self._scheduler = scheduler
        self._unfinished: dict[VirtualThread, str] = {}

    def write(self, text: str) -> int:
        """Log each finished line; the rest waits for its end, or for `flush`."""
        scheduler = threads.here()
        if scheduler is not self._scheduler:
            return int(self._real.write(text))
        me = scheduler.current
        *lines, rest = (self._unfinished.pop(me, "") + text).split("\n")
        at = where(_getframe(1)) if lines else 0
        for line in lines:
            self._line(LOG, line, at)
        if rest:
            self._unfinished[me] = rest
            self._line(UNFINISHED, rest, 0)
        return len(text)

    def _line(self, event: int, text: str, at: int) -> None:
        local.emit(event, 0, at, 2, 0, encode_json({"stream": self._name, "text": text}))

    def flush(self) -> None:
        """Log an unfinished line of the running thread as it is."""
        scheduler = threads.here()
        if scheduler is self._scheduler:
            self.finish(scheduler.current)
        else:
            self._real.flush()

    def finish(self, thread: VirtualThread) -> None:
        """Log an unfinished line of a thread, which runs, as it is."""
        rest = self._unfinished.pop(thread, "")
        if rest:
            self._line(LOG, rest, where(_getframe(1)))


def finish(thread: VirtualThread) -> None:
    """Log what a thread, which ends, has printed without an end of line."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, VirtualLogStream):
            stream.finish(thread)


def rows(scheduler: Scheduler) -> Iterator[Patch]:
    """The rows for `sys`."""
    for name in ("stdout", "stderr"):
        yield Patch(sys, name, VirtualLogStream(name, getattr(sys, name), scheduler))
