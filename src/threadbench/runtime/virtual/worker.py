"""A run on virtual threads, in the process (or the thread) that native runs have: the task goes in, its events come
out in the segments, and how it ended as the last of them.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import signal
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from ...events.buffer import PAYLOAD, Segments
from ...events.log import encode_outcome
from ...events.vocabulary import EVENT_IDS
from ..native.inprocess import InProcessWorker
from ..native.tracing.recorder import shown_path
from ..patches import Patches
from . import library, process_pools
from .handle import VirtualRun
from .logging import EventLog, LiveSegments
from .patches import SUBSTITUTES, patched
from .points import instrumented
from .running import RunScheduler
from .thread import Unwind

if TYPE_CHECKING:
    from pathlib import Path
    from types import FrameType

    from ..base import Task
    from .execution import Model


def perform(load: Callable[[], Task], model: Model, segments: Segments) -> bool:
    """Run a task's one schedule in the calling OS thread, and log it and how it ended; whether it returned an outcome.

    Args:
        load: gives the task; called within the schedule, where the locks that modules make when imported are virtual.
        model: where points are.
        segments: where events go.
    """
    scheduler = RunScheduler(model)
    os.register_at_fork(after_in_child=partial(_note_fork, weakref.ref(scheduler)))  # which nothing takes back
    assert isinstance(segments, LiveSegments)
    log = scheduler.log = EventLog(scheduler, scheduler.run_clock, segments)
    collecting = gc.isenabled()
    with ExitStack() as stack:
        stack.callback(scheduler.end_greenlets)
        stack.enter_context(patched(scheduler))
        stack.enter_context(log.recording())
        stack.enter_context(_interruptible(scheduler))
        stack.enter_context(Patches()).apply(library.rows(log))
        gc.disable()  # when a finalizer runs must not be chance
        gc.unfreeze()  # what the template froze is code to instrument, too
        try:
            execution = scheduler.execute(lambda: _main(load, scheduler, stack))
        finally:
            if collecting:
                gc.enable()
        log.close(execution)
    return execution.value is True


def _note_fork(scheduler: weakref.ref[RunScheduler]) -> None:
    here = scheduler()
    if here is not None:
        here.forked = True


def _main(load: Callable[[], Task], scheduler: RunScheduler, stack: ExitStack) -> bool:
    """The life of the main thread."""
    log = scheduler.log
    log.begin(scheduler.main, {})
    try:
        task = load()
        scheduler.seed(f"{task.seed}/{task.salt}/schedule")
        hooks = instrumented(
            _under_test(task), scheduler, accesses=True, switches=scheduler.model == "gil", substitutes=SUBSTITUTES
        )
        stack.enter_context(hooks)
        stack.enter_context(log.accesses())
        stack.enter_context(process_pools.refused(scheduler, _refuse_pool))
        run = VirtualRun(
            scheduler, kind=task.kind, seed=task.seed, salt=task.salt, emit=log.emitted, rename=log.renamed
        )
        outcome = encode_outcome(task.function(run, task.params), task.place)
        log.emit(EVENT_IDS["~outcome"], 0, 0, PAYLOAD, 0, outcome)
    except Unwind:
        raise
    except BaseException as error:
        log.crashed(error)
        return False
    finally:
        log.finish(scheduler.main)
    return True


def _refuse_pool(frame: FrameType) -> None:
    place = f"{shown_path(frame.f_code.co_filename)}:{frame.f_lineno}"
    raise RuntimeError(f"a pool of processes, made in {place}, is not controlled: it needs `runtime: native`")


def _under_test(task: Task) -> list[Any]:
    """The code whose accesses are points: the modules that the workload names, else its own."""
    if task.folder is not None and task.folder not in sys.path[:1]:
        sys.path.insert(0, task.folder)
    function: Any = task.function
    names = getattr(function, "code", None)
    if names is None:
        return [getattr(function, "function", function)]
    found = []
    for name in names(task.params):
        with contextlib.suppress(Exception):  # the workload, which needs it, says so better
            found.append(importlib.import_module(name))
    return found


@contextmanager
def _interruptible(scheduler: RunScheduler) -> Iterator[None]:
    """Within it, Ctrl-C ends the schedule at its next point."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(*_: Any) -> None:
        scheduler.interrupted = True

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


class VirtualInProcessWorker(InProcessWorker):
    """A run on virtual threads that are a thread of the calling process."""

    def start(self, task: Task, live: Path) -> None:
        """Begin on a thread of its own.

        Raises:
            RuntimeError: another run is under way in this process.
        """
        self._claim(live)
        segments = LiveSegments(live, self._failed)
        self._main = threading.Thread(target=self._play, args=(task, segments), name="threadbench-main", daemon=True)
        self._main.start()

    def _play(self, task: Task, segments: LiveSegments) -> None:
        assert task.model is not None
        try:
            perform(lambda: task, task.model, segments)
        finally:
            segments.close()  # every thread of the schedule has ended
