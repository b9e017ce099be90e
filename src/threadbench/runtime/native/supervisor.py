"""Supervises one run: drains its events, watches for deadlock, timeout, crash and Ctrl-C, and says how it ended."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, Protocol

import msgspec

from ...durations import format_duration
from ...errors import LogError
from ...events import buffer
from ...events.drain import Drain
from ...events.recovery import discard, hold, live_folder
from ...events.scribe import Scribe
from ...events.tally import Tally, merge
from ..base import Cause, Check, Ending, Task
from .quiescence import Quiescence
from .waits import Thread, Waits
from .watch import DeadlockWatch, describe
from .worker import LOG_FAILED

if TYPE_CHECKING:
    from pathlib import Path

    from ...events.log import LogWriter

SHORTEST_NAP: Final = 0.002
LONGEST_NAP: Final = 0.03
GRACE: Final = 2.0
"""Seconds that a workload has for its own cleaning up after the first Ctrl-C."""
MOST_NAMES: Final = 12
"""Threads that a reason names; the facts have all."""
_INTERRUPTED: Final = "interrupted by Ctrl-C or SIGTERM"


class Worker(Protocol):
    """Where the workload runs: a process of its own, or a thread of this one."""

    def start(self, task: Task, live: Path) -> None:
        """Begin."""

    def nap(self, seconds: float) -> list[tuple[str, bytes]]:
        """Wait for a while, or until something happens; what was written past the log since (stream, bytes)."""

    @property
    def exit_code(self) -> int | None:
        """None while it runs; then 0, or what it left with (negative: a signal)."""

    @property
    def pid(self) -> int:
        """The process whose threads are the run's."""

    @property
    def other_threads(self) -> int | None:
        """How many threads of that process are not the run's; None where that cannot be told."""

    def write_stacks(self) -> None:
        """Have the stacks of all threads written to `stacks` in the live folder."""

    def interrupt(self) -> None:
        """Pass on a Ctrl-C."""

    def kill(self) -> None:
        """End it at once, as far as can be."""


class Interrupts(msgspec.Struct):
    """How often Ctrl-C was pressed; a signal handler counts, the supervisor looks."""

    count: int = 0


class Supervisor:
    """One run's supervisor; use once.

    Args:
        worker: where the workload runs.
        log: its event log, whose header is written.
        interrupts: Ctrl-C, counted.
        tick: called with the seconds since the start, many times a second.
    """

    def __init__(
        self, worker: Worker, log: LogWriter, interrupts: Interrupts, tick: Callable[[float], None] | None = None
    ) -> None:
        self._worker = worker
        self._log = log
        self._interrupts = interrupts
        self._tick = tick
        self._live = live_folder(log.path)
        self._tally = Tally()
        self._waits = Waits()
        self._unwritten: dict[str, bytes] = {}

    def run(self, task: Task) -> Ending:
        """Run to the end, whatever that is.

        Raises:
            LogError: the log cannot be written; what was emitted stays in the live folder for recovery.
        """
        try:
            discard(self._live)
            self._live.mkdir(parents=True)
            control = buffer.create_control(self._live)
            life = hold(self._live / "control")
        except OSError as error:
            raise LogError(f"cannot write beside the event log {self._log.path}: {error.strerror}") from error
        try:
            self._drain = Drain(self._live, control)
            self._drain.begin(self._log.start, self._log.flush())
            observers = merge(*self._observers())
            self._scribe = Scribe(self._drain.names, self._log, observers)
            self._worker.start(task, self._live)
            try:
                cause, reason, facts = self._supervise(task)
            except BaseException:
                self._worker.kill()
                raise
            self._finish()
            ending = self._ending(cause, reason, facts)
            self._drain.close()
        finally:
            os.close(life)
        discard(self._live)
        return ending

    def _observers(self) -> list[Mapping[str, Any]]:
        """Who is shown which events, in order."""
        return [*self._tally.observers(), self._waits.observers()]

    def _supervise(self, task: Task) -> tuple[Cause, str | None, dict[str, Any]]:
        worker = self._worker
        watch = DeadlockWatch(self._waits, Quiescence(worker.pid), others=worker.other_threads)
        nap = SHORTEST_NAP
        interrupted_at: float | None = None
        while True:
            busy = self._pump(nap)
            nap = SHORTEST_NAP if busy else min(nap * 1.5, LONGEST_NAP)
            elapsed = (time.monotonic_ns() - self._log.start) / 1e9
            if self._tick:
                self._tick(elapsed)
            if worker.exit_code is not None:
                self._drain_rest()
                if interrupted_at is not None:
                    return "interrupted", _INTERRUPTED, {}
                return self._ended(worker.exit_code)
            if self._interrupts.count and interrupted_at is None:
                interrupted_at = elapsed
                worker.interrupt()
            if interrupted_at is not None:
                if self._interrupts.count > 1 or elapsed - interrupted_at > GRACE:
                    facts = {"running": self._running()} | self._stacks()
                    return "interrupted", _INTERRUPTED, facts
                continue
            stuck = self._stuck(watch)
            if stuck:
                deadlock = watch.facts(stuck)
                return "deadlock", describe(deadlock), {"deadlock": deadlock} | self._stacks()
            if elapsed >= task.timeout:
                running = self._running()
                stacks = self._stacks()
                running = running or self._running()  # a short timeout is over before the first event is read
                unknown = "no thread that the log knows" if self._tally.threads else "its process had only begun"
                names = ", ".join(row["thread"] for row in running[:MOST_NAMES]) or unknown
                if len(running) > MOST_NAMES:
                    names += f", … {len(running) - MOST_NAMES} more"
                reason = f"still running after {format_duration(task.timeout)}: {names}"
                return "timeout", reason, {"running": running} | stacks

    def _stuck(self, watch: DeadlockWatch) -> list[Thread]:
        """The threads of a deadlock, or none yet."""
        return watch.look()

    def _pump(self, nap: float) -> bool:
        """Wait a little, then move what has come into the log; whether anything had."""
        printed = self._worker.nap(nap)
        records = self._drain.read()
        self._scribe.write(records)
        for stream, data in printed:
            self._print(stream, data)
        if records or printed:
            self._drain.note(self._log.flush())
        return bool(records or printed)

    def _print(self, stream: str, data: bytes, *, final: bool = False) -> None:
        """Log text that was written to a descriptor, line by line; nobody knows by which thread."""
        *lines, rest = (self._unwritten.pop(stream, b"") + data).split(b"\n")
        if rest and (final or len(rest) > 65536):
            lines.append(rest)
        elif rest:
            self._unwritten[stream] = rest
        for line in lines:
            self._log.state("log", {"stream": stream, "text": line.decode("utf-8", "backslashreplace")})

    def _drain_rest(self) -> None:
        """After the last word of the worker: read until nothing more comes."""
        while self._pump(0):
            pass

    def _finish(self) -> None:
        """End what still runs and bring in all that it left."""
        if self._worker.exit_code is None:
            self._worker.kill()
        self._drain_rest()
        self._scribe.write(self._drain.read(final=True))
        for stream in list(self._unwritten):
            self._print(stream, b"", final=True)
        for (thread, stream), text in self._tally.unfinished.items():
            self._log.state("log", {"stream": stream, "text": text}, thread=thread)
        self._drain.note(self._log.flush())

    def _ended(self, code: int) -> tuple[Cause, str | None, dict[str, Any]]:
        """How a run that ended by itself did so."""
        tally = self._tally
        if code == LOG_FAILED and self._drain.failure:
            error = os.strerror(self._drain.failure)
            return "error", f"its events could not be written beside {self._log.path}: {error}", {}
        if code < 0:
            name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
            crash: dict[str, Any] = {"kind": "signal", "signal": name}
            return "crashed", f"the process was ended by {name}", {"crash": crash} | self._read_stacks(self._idents())
        if tally.crash is not None:
            crash = tally.crash
            where = f" ({crash['at']})" if crash["at"] else ""
            reason = f"{crash['type']} in {crash['thread']}{where}: {crash['message']}"
            return "crashed", reason.rstrip(": "), {"crash": crash}
        if code or not tally.returned:
            when = "after its workload had returned" if tally.returned else "before its workload returned"
            crash = {"kind": "exit", "status": code}
            return "crashed", f"the process left with status {code} {when}", {"crash": crash}
        return "returned", None, {}

    def _now(self) -> int:
        """Nanoseconds since the run's start, as its events tell the time."""
        return time.monotonic_ns() - self._log.start

    def _running(self) -> list[dict[str, Any]]:
        """The live threads: what each does as far as the log knows, and its last event."""
        now = self._now()
        names = self._drain.names
        last = {names.get("thread", number): event for number, event in self._scribe.last.items()}
        rows = []
        for thread in self._waits.threads.values():
            event = last.get(thread.name)
            row: dict[str, Any] = {
                "thread": thread.name,
                "daemon": thread.daemon,
                "state": f"waiting: {thread.wait.op}" if thread.wait else "running",
                "at": (thread.wait.at or None) if thread.wait else None,
                "seconds": round((now - (thread.wait.since if thread.wait else event.t if event else 0)) / 1e9, 6),
            }
            if event:
                row["last"] = {
                    "seq": event.seq,
                    "event": self._scribe.event_name(event.event),
                    "object": names.get("object", event.object) or None,
                    "at": names.get("at", event.at) or None,
                }
            rows.append(row)
        return rows

    def _stacks(self) -> dict[str, Any]:
        """Have the stacks written and wait until they are."""
        path = self._live / "stacks"
        names = self._idents()  # now: the signal may wake a thread, and it may end
        self._worker.write_stacks()
        size, deadline = -1, time.monotonic() + 1.0
        while time.monotonic() < deadline:
            now = path.stat().st_size if path.exists() else 0
            if now and now == size:
                break
            size = now
            self._pump(0.02)
        return self._read_stacks(names)

    def _idents(self) -> dict[int, str]:
        return {thread.ident: thread.name for thread in self._waits.threads.values()}

    def _read_stacks(self, names: dict[int, str]) -> dict[str, Any]:
        from .stacks import read_stacks  # only when a run went wrong

        stacks = read_stacks(self._live / "stacks", names)
        return {"stacks": stacks} if stacks else {}

    def _ending(self, cause: Cause, reason: str | None, facts: Mapping[str, Any]) -> Ending:
        tally, drain = self._tally, self._drain
        by_event = {
            name: count
            for number, count in sorted(self._scribe.counts.items())
            if not (name := self._scribe.event_name(number)).startswith("~")
        }
        counts = {
            "events": self._log.seq + 1,  # with the closing line
            "threads": tally.threads,
            "back_pressure": drain.back_pressure,
            "late": drain.late,
            "by_event": by_event,
        }
        duration = (time.monotonic_ns() - self._log.start) / 1e9
        return Ending(
            cause=cause,
            reason=reason,
            outcome=tally.outcome if cause == "returned" else None,
            checks=tuple(Check(name, check.ok, check.at or None, check.data) for name, check in tally.checks.items()),
            metrics={**tally.metrics.flat(), "duration": duration},
            duration=duration,
            facts={**facts, "counts": counts},
        )
