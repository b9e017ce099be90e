"""A search in a process of its own, from outside: it is started, watched, and where it must be, ended.

In comes a job, out comes what it found: however the process ends, and if it does not. Between schedules a worker says
how it gets on; one that says nothing for as long as a schedule may take is asked where it is, and killed.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

import msgspec

from ..durations import format_duration
from ..errors import ExecutorError, InternalError, PluginError, UsageError
from ..runtime.native import kernel
from . import signals, standstill, worker
from .found import NONDETERMINISTIC, Found, unfinished
from .places import is_own
from .worker import Done, Failed, Job, Message, Progress, Where

if TYPE_CHECKING:
    from .limits import Limits

GRACE: Final = 3.0
"""Seconds by which a search may be late: after its time limit, and after Ctrl-C."""
SHORTENING: Final = 30.0
"""Seconds that may be spent on making what was found short."""
NAP: Final = 0.1

_FRAME: Final = re.compile(r'\s+File "(.*)", line \d+ in ')

UNENDING: Final = "give it more --timeout, or the scenario an end that does not depend on time"

Tick = Callable[[Progress, float], None]
"""Called with the last news and the seconds since the start, several times a second."""


class Interrupts:
    """Ctrl-C, counted: once ends the search under way with what it has, twice at once."""

    def __init__(self) -> None:
        self.count = 0

    @contextlib.contextmanager
    def counted(self) -> Iterator[None]:
        """Within it, Ctrl-C is counted instead of raised."""
        before = signal.getsignal(signal.SIGINT)
        if threading.current_thread() is not threading.main_thread() or before is not signal.default_int_handler:
            yield
            return

        def count(*_: object) -> None:
            self.count += 1

        signal.signal(signal.SIGINT, count)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)


def search_apart(job: Job, limits: Limits, timeout: float, interrupts: Interrupts, tick: Tick) -> Found:
    """Do a search in a forked process.

    Args:
        job: the search.
        limits: those that it is done with.
        timeout: seconds that one schedule may take.
        interrupts: Ctrl-C so far.
        tick: called while it runs.

    Raises:
        UsageError: it cannot be done like this.
        PluginError: a strategy that is none of ours failed.
        InternalError: a bug of ours, as it was in the worker.
    """
    kernel.load()
    with interrupts.counted():
        process = _Process(job)
        try:
            return _Supervision(process, limits, timeout, interrupts, tick).run()
        finally:
            process.close()


class _Process:
    """The worker, as its parent has it."""

    def __init__(self, job: Job) -> None:
        self.stacks = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
        self._pipe, theirs = os.pipe()
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
        parent = os.getpid()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                os.close(self._pipe)
                worker.main(job, theirs, self.stacks.fileno(), parent)
            finally:
                os._exit(70)
        os.close(theirs)
        self.status: int | None = None
        """Exit code (negative: the signal that ended it), once it has ended."""
        self._buffer = b""
        self._decoder = msgspec.json.Decoder(Message)

    def messages(self, seconds: float) -> list[Message]:
        """What it has said; waits for it up to so long."""
        if not kernel.readable([self._pipe], seconds):
            return []
        data = os.read(self._pipe, 1 << 20)
        if not data:
            self.status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
            return []
        self._buffer += data
        found = []
        while len(self._buffer) >= 4 and len(self._buffer) >= (end := 4 + int.from_bytes(self._buffer[:4], "little")):
            found.append(self._decoder.decode(self._buffer[4:end]))
            self._buffer = self._buffer[end:]
        return found

    def signal(self, signum: int) -> None:
        if self.status is None:
            os.kill(self.pid, signum)

    def close(self) -> None:
        if self.status is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)
            self.signal(signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self._pipe)
        self.stacks.close()


class _Supervision:
    """One search, watched until it has ended."""

    def __init__(self, process: _Process, limits: Limits, timeout: float, interrupts: Interrupts, tick: Tick) -> None:
        self._process = process
        self._limits = limits
        self._timeout = timeout
        self._interrupts = interrupts
        self._tick = tick
        self._started = self._heard = time.monotonic()
        self._progress = Progress()

    def run(self) -> Found:
        end = None
        stopped_at: float | None = None
        while end is None:
            end = self._news()
            now = time.monotonic()
            self._tick(self._progress, now - self._started)
            if self._process.status is not None:
                return self._left() if end is None else end
            if end is not None:
                break
            late = now - self._started - self._limits.time_limit
            if stopped_at is None and (self._interrupts.count or late > SHORTENING):
                stopped_at = now
                self._process.signal(signal.SIGINT)
            if self._interrupts.count > 1 or (stopped_at is not None and now - stopped_at > GRACE):
                return self._stuck() if not self._interrupts.count else self._inconclusive("interrupted", None)
            # Once something is found, a long schedule is run again to make it short, and to explain it.
            patience = self._timeout if late < GRACE or self._progress.bad else min(self._timeout, GRACE)
            if now - self._heard > patience:
                return self._stuck()
        return end

    def _news(self) -> Found | None:
        for message in self._process.messages(NAP):
            self._heard = time.monotonic()
            match message:
                case Progress():
                    self._progress = message
                case Done(found):
                    return found
                case Failed():
                    return self._failed(message)
                case Where():
                    pass  # an answer that nobody waits for any more
        return None

    def _failed(self, failed: Failed) -> Found:
        if failed.error == "Diverged":
            return self._inconclusive(NONDETERMINISTIC.format(failed.message), None)
        if failed.traceback:
            raise InternalError(f"the search failed: {failed.error}: {failed.message}\n{failed.traceback}")
        if failed.error == "PluginError":
            raise PluginError(failed.message, hint=failed.hint)
        if failed.error == "ExecutorError":
            raise ExecutorError(failed.message, hint=failed.hint)
        raise UsageError(failed.message, hint=failed.hint)

    def _left(self) -> Found:
        """The process has ended before its search."""
        status = self._process.status or 0
        stack = "\n".join(line for line in self._dumped() if not _is_ours(line))
        if status < 0:
            reason = f"the process was killed by {signal.Signals(-status).name}"
        else:
            reason = f"the process was left with status {status}"
        return self._inconclusive(reason, stack or None, crashed=True)

    def _stuck(self) -> Found:
        """The worker says nothing: ask where it is, and whether it gets on."""
        silent = time.monotonic() - self._heard
        before, where = self._asked(), self._asked()
        frames = list(where.frames) if where else self._dumped()
        if before and where and where.points > before.points:
            lasted = format_duration(round(silent, 1))
            reason = f"a schedule has not ended for {lasted}, and has come to {where.points:,} points"
            return self._inconclusive(reason, "\n".join([*(f"  {frame}" for frame in frames), UNENDING]))
        reason = standstill.told(where.thread if where else "a thread", frames, silent)
        return self._inconclusive(reason, standstill.explained(frames))

    def _asked(self) -> Where | None:
        self._process.signal(signals.SIGNAL)
        until = time.monotonic() + 1.0
        while time.monotonic() < until and self._process.status is None:
            for message in self._process.messages(NAP):
                if isinstance(message, Where):
                    return message
        return None

    def _dumped(self) -> list[str]:
        """What faulthandler wrote, in lines; asks for it where the process is alive."""
        if self._process.status is None:
            self._process.signal(kernel.STACKS_SIGNAL)
            time.sleep(0.2)
        file = self._process.stacks
        file.seek(0)
        return [line for line in file.read().decode(errors="backslashreplace").splitlines() if line][
            : standstill.MOST_FRAMES
        ]

    def _inconclusive(self, reason: str, explanation: str | None, *, crashed: bool = False) -> Found:
        schedules = self._progress.schedules
        count = f"after {schedules:,} schedule{'s' * (schedules != 1)}"
        if crashed:  # the last that was heard of it may be a tenth of a second old
            count = f"{count} or more" if schedules else "in one of its first schedules"
        return unfinished(
            self._limits,
            f"{reason}, {count}",
            verdict="crashed" if crashed else "inconclusive",
            schedules=schedules,
            points=self._progress.points,
            duration=time.monotonic() - self._started,
            explanation=explanation,
        )


def _is_ours(line: str) -> bool:
    """Whether a line of what faulthandler wrote is one of our own frames, or a list of modules in C."""
    frame = _FRAME.match(line)
    return line.startswith("Extension modules: ") or (frame is not None and is_own(frame[1]))
