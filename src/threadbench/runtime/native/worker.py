"""The process in which a workload runs: forked from the template for one run, ends with it.

Nothing that the workload does can reach its supervisor but through the event log, the capture pipe and the exit status.
"""

from __future__ import annotations

import _pickle as pickle
import atexit
import contextlib
import faulthandler
import os
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import msgspec

from ...events.buffer import Segments
from ...events.log import encode_outcome
from ...events.recovery import hold
from ...events.vocabulary import EVENT_IDS
from .handle import NativeRun
from .kernel import STACKS_SIGNAL
from .tracing import recorder, streams, tracing
from .tracing.threads import crash_facts

if TYPE_CHECKING:
    from ..base import Task

LOG_FAILED = 75
"""Exit status of a worker whose events could not be written any more."""


class Order(msgspec.Struct, frozen=True):
    """What a worker is told: the pickled task, and where to write.

    `path` is `sys.path` as it is to be, or None where the template has it right (forked from the command line); `model`
    says where virtual threads have points, None for native ones.
    """

    task: bytes
    live: str
    path: list[str] | None
    model: Any = None


def main(order: Order, capture_out: int, capture_err: int) -> NoReturn:
    """Run a task in this freshly forked process and leave it."""
    live = Path(order.live)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(capture_out, 1)
    os.dup2(capture_err, 2)
    os.set_inheritable(1, True)
    os.set_inheritable(2, True)
    stdout = sys.stdout = os.fdopen(1, "w", encoding="utf-8", errors="backslashreplace", closefd=False)
    stderr = sys.stderr = os.fdopen(2, "w", encoding="utf-8", errors="backslashreplace", closefd=False, buffering=1)
    sys.__stdout__, sys.__stderr__ = stdout, stderr  # type: ignore[misc] # what faulthandler and fork children fall back to
    if sys.stdin is not None:
        with contextlib.suppress(Exception):
            sys.stdin = open(0, closefd=False)  # noqa: SIM115 - for the life of the process
    stacks = os.open(live / "stacks", os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    faulthandler.enable(stacks)
    faulthandler.register(STACKS_SIGNAL, stacks, all_threads=True)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)

    segments: Segments

    def failed(error: OSError) -> NoReturn:
        segments.fail(error)
        os._exit(LOG_FAILED)

    if order.model is not None:
        from ..virtual.logging import LiveSegments

        segments = LiveSegments(live, failed)
    else:
        segments = Segments(live, failed)
    life = hold(live / "strings")

    def in_child() -> None:
        recorder.mute_child()
        os.close(life)  # this process's own copy: its being alive says nothing of the worker
        faulthandler.disable()

    os.register_at_fork(after_in_child=in_child)
    if order.path is not None:
        sys.path[:] = order.path
    # Handlers that the template inherited are not this process's; those that matter are called below, or registered
    # anew.
    atexit._clear()
    status = 1
    if order.model is not None:
        from ..virtual.worker import perform as perform_virtually

        status = 0 if perform_virtually(lambda: pickle.loads(order.task), order.model, segments) else 1
        atexit._run_exitfuncs()
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)
    with tracing(segments, everyone=True):
        try:
            if perform(order.task):
                status = 0
            threading._shutdown()  # type: ignore[attr-defined] # waits for non-daemon threads, ends executors
            if "multiprocessing.util" in sys.modules:
                sys.modules["multiprocessing.util"]._exit_function()
            atexit._run_exitfuncs()
        except KeyboardInterrupt:
            status = 128 + signal.SIGINT
        finally:
            with contextlib.suppress(Exception):
                sys.stdout.flush()
                sys.stderr.flush()
    with contextlib.suppress(Exception):
        stdout.flush()
    os._exit(status)


def perform(pickled: bytes) -> bool:
    """Run the workload of a task on this thread, as main; whether it returned an outcome.

    The task is loaded here, under the tracing: its module may make locks when it is imported, and its import may fail.
    """
    recorder.adopt("MainThread", {"daemon": False})
    try:
        task: Task = pickle.loads(pickled)
        if task.folder is not None and task.folder not in sys.path[:1]:
            sys.path.insert(0, task.folder)
        run = NativeRun(task.kind, task.seed, task.salt)
        outcome = encode_outcome(task.function(run, task.params), task.place)
        recorder.write_payload(recorder.local.emit, EVENT_IDS["~outcome"], 0, 0, outcome)
        return True
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        _crashed(error)
        return False
    finally:
        streams.finish()
        recorder.emit(EVENT_IDS["thread.finished"], 0, 0)


def _crashed(error: BaseException) -> None:
    facts: dict[str, Any] = crash_facts(type(error), error, error.__traceback__)
    recorder.emit(EVENT_IDS["thread.crashed"], 0, 0, facts)
