"""Whether threads stand still, as the operating system sees it: the second witness of a deadlock.

A thread that computes has state R; one that waits for the GIL wakes every switch interval and counts a context switch
each time. So threads that are asleep, and have not been switched to between two looks a while apart, wait for
something that has not come.
"""

from __future__ import annotations

import signal
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from .kernel import STACKS_SIGNAL

PROC: Final = Path("/proc")
EVERY_WORKER_CATCHES: Final = frozenset(
    {signal.SIGINT, signal.SIGSEGV, signal.SIGFPE, signal.SIGABRT, signal.SIGBUS, signal.SIGILL, STACKS_SIGNAL}
    | {32, 33}  # the C library's own, for threads
)
"""Python's Ctrl-C, faulthandler's, and the supervisor's question for stacks."""
FROM_PEOPLE: Final = frozenset(
    {signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGTSTP, signal.SIGCONT, signal.SIGWINCH}
)
"""Signals that somebody outside sends, to end or to stop a process: nothing that a run waits for."""


class Quiescence:
    """Looks at the threads of one process.

    Where there is no `/proc` (macOS) every look shows the same, and the caller's patience alone decides.
    """

    def __init__(self, pid: int) -> None:
        self._tasks = PROC / str(pid) / "task"
        self._visible = self._tasks.is_dir()

    def thread_count(self) -> int | None:
        """How many threads the process has, None where that cannot be seen."""
        try:
            return len(list(self._tasks.iterdir())) if self._visible else None
        except OSError:
            return None

    def answers_signals(self) -> bool:
        """Whether the process has a handler of its own for a signal that may come by itself, as an alarm does."""
        try:
            status = (self._tasks.parent / "status").read_text() if self._visible else ""
        except OSError:
            return False
        caught = next((int(line.split()[1], 16) for line in status.splitlines() if line.startswith("SigCgt")), 0)
        return bool(caught & ~sum(1 << (number - 1) for number in EVERY_WORKER_CATCHES | FROM_PEOPLE))

    def look(self, native_ids: Iterable[int]) -> tuple[str, ...] | None:
        """A picture of the threads that only changes when one of them runs; None when one runs now, or is gone."""
        if not self._visible:
            return ()
        try:
            return tuple(self._look_at(native_id) for native_id in sorted(native_ids))
        except (OSError, _RunsError):
            return None

    def _look_at(self, native_id: int) -> str:
        status = (self._tasks / str(native_id) / "status").read_text()
        facts = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
        if facts["State"][0] != "S":
            raise _RunsError
        return facts["voluntary_ctxt_switches"] + "/" + facts["nonvoluntary_ctxt_switches"]


class _RunsError(Exception):
    """A thread is on a processor, or waits for one."""
