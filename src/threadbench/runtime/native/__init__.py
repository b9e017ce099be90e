"""The native runtime: workloads on OS threads, each run in a supervised process of its own.

In comes a `Task`, out come its events (to the log) and an `Ending`. The engine imports `NativeRuntime` and nothing
else.

    supervisor  (this process)       template (one)                     worker (one a run)
      drain, watch, judge  ── order ──>  fork ───────────────────────────>  workload on real threads
             <── started, ended ──                                          events -> mapped segments
             <────────────────────────── segments, capture pipes ───────────
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from .isolated import IsolatedWorker, pickled
from .supervisor import Interrupts, Supervisor
from .template import Template

if TYPE_CHECKING:
    from ...events.log import LogWriter
    from ..base import Ending, Task, Tick

__all__ = ["NativeRuntime"]


class NativeRuntime:
    """Runs tasks on native threads, one at a time; a context manager that owns the template.

    Args:
        isolate: run each task in a process of its own; else in this one, for a workload that no other can import.
        fork_here: fork the template from this process (see `Template`).
        preload: modules that a template of its own interpreter imports first.

    Attributes:
        interrupts: Ctrl-C, counted; pressed once it ends the run, twice at once.
    """

    def __init__(
        self,
        *,
        isolate: bool = True,
        fork_here: bool = False,
        preload: Sequence[str] = (),
    ) -> None:
        self.interrupts = Interrupts()
        self._isolate = isolate
        self._fork_here = fork_here
        self._preload = preload
        self._template: Template | None = None

    def __enter__(self) -> NativeRuntime:
        return self

    def __exit__(self, *_: object) -> None:
        if self._template is not None:
            self._template.close()
            self._template = None

    def check(self, task: Task) -> None:
        """See beforehand whether a task can run here.

        Raises:
            UsageError: a worker process could not import it.
        """
        if self._isolate:
            pickled(task)

    def run(self, task: Task, log: LogWriter, tick: Tick | None = None) -> Ending:
        """See `Runtime.run`.

        Raises:
            LogError: the log cannot be written.
        """
        if self._template is not None and not self._template.alive:
            self.__exit__()
        if self._isolate and self._template is None:
            self._template = Template(fork=self._fork_here, preload=self._preload)
        worker: Any = IsolatedWorker(self._template) if self._template else self._worker_here(task)
        try:
            with self._counting_interrupts():
                return self._supervisor(task)(worker, log, self.interrupts, tick).run(task)
        finally:
            worker.close()

    def _worker_here(self, _task: Task) -> Any:
        """A worker in this process."""
        from .inprocess import InProcessWorker

        return InProcessWorker()

    def _supervisor(self, _task: Task) -> type[Supervisor]:
        """Who watches a task's run."""
        return Supervisor

    @contextmanager
    def _counting_interrupts(self) -> Iterator[None]:
        """Count Ctrl-C instead of raising somewhere between two lines of the log's books."""
        before = signal.getsignal(signal.SIGINT)
        if threading.current_thread() is not threading.main_thread() or before is not signal.default_int_handler:
            yield
            return

        def count(*_: Any) -> None:
            self.interrupts.count += 1

        signal.signal(signal.SIGINT, count)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)
