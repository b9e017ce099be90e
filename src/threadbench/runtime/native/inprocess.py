"""A run in the calling process, for a workload that another process cannot import: a closure, a notebook cell.

The workload's main is a daemon thread, so that the caller can come back from a deadlock or timeout; what cannot be
ended is left behind. Threads that are not of the run are not traced.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from ...events.buffer import Segments
from ...events.log import encode_outcome
from ...events.vocabulary import EVENT_IDS
from .handle import NativeRun
from .tracing import recorder, streams, tracing
from .tracing.threads import crash_facts

if TYPE_CHECKING:
    from ..base import Task

_one_at_a_time = threading.Lock()


class InProcessWorker:
    """A `Worker` on a thread of this process."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.exit_code: int | None = None
        self.other_threads: int | None = None
        self._started: list[threading.Thread] = []
        self._tracing = contextlib.ExitStack()
        self._live = Path()

    def start(self, task: Task, live: Path) -> None:
        """Begin on a thread of its own.

        Raises:
            RuntimeError: another run is under way in this process.
        """
        self._claim(live)
        segments = Segments(live, self._failed)
        self._tracing.enter_context(tracing(segments, everyone=False))
        self._main = threading.Thread(target=self._perform, args=(task,), name="threadbench-main", daemon=True)
        self._main.start()  # the tracing passes it by: the calling thread is not of the run

    def _claim(self, live: Path) -> None:
        """Be the one run of this process.

        Raises:
            RuntimeError: there is one.
        """
        if not _one_at_a_time.acquire(blocking=False):
            raise RuntimeError("a run with isolate=False is under way in this process, and there can be one at a time")
        self._live = live
        self._tracing.callback(_one_at_a_time.release)
        self._before = set(threading.enumerate())

    def _failed(self, error: OSError) -> None:
        self.exit_code = 75
        raise error

    def _perform(self, task: Task) -> None:
        # Started as a daemon, so that it can be left behind; what it starts is to inherit what a main thread's would.
        self._main._daemonic = False  # type: ignore[attr-defined] # private to the library, and not in its stubs
        recorder.adopt("MainThread", {"daemon": False})
        run = NativeRun(task.kind, task.seed, task.salt)
        try:
            outcome = encode_outcome(task.function(run, task.params))
            recorder.write_payload(recorder.local.emit, EVENT_IDS["~outcome"], 0, 0, outcome)
        except BaseException as error:
            recorder.emit(EVENT_IDS["thread.crashed"], 0, 0, crash_facts(type(error), error, error.__traceback__))
        streams.finish()
        recorder.emit(EVENT_IDS["thread.finished"], 0, 0)
        recorder.retire()

    def nap(self, seconds: float) -> list[tuple[str, bytes]]:
        """Wait; ended is when the main and every non-daemon thread of the run are."""
        time.sleep(seconds)
        if self.exit_code is None and not any(
            thread.is_alive() and (thread is self._main or (not thread.daemon and hasattr(thread, "_threadbench_name")))
            for thread in threading.enumerate()
            if thread not in self._before
        ):
            self.exit_code = 0
            self._tracing.close()
        return []

    def write_stacks(self) -> None:
        """All threads of this process; those of the run are picked from them."""
        with (self._live / "stacks").open("w") as file:
            faulthandler.dump_traceback(file, all_threads=True)

    def interrupt(self) -> None:
        """There is no main thread to interrupt: the run is left to its grace."""

    def kill(self) -> None:
        """Stop recording; stuck threads stay behind, and the interpreter is not to wait for them at exit."""
        self._tracing.close()
        workers = sys.modules.get("concurrent.futures.thread")
        for thread in threading.enumerate():
            if workers and thread not in self._before:
                workers._threads_queues.pop(thread, None)
        self.exit_code = self.exit_code or 0

    def close(self) -> None:
        """Undo the tracing, if the run never ended."""
        self._tracing.close()
