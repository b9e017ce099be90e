"""Traced threads: their beginnings, ends, joins and crashes.

Every thread of the run is traced, also those that the library starts: its lane belongs to the picture.
"""

from __future__ import annotations

import _thread as _thread_module
import concurrent.futures.thread
import sys
import threading
import traceback
import weakref
from collections.abc import Callable, Iterator
from sys import _getframe
from typing import Any

from ....events.vocabulary import EVENT_IDS
from ...patches import Patch
from . import recorder, streams
from .locks import waking
from .recorder import adopt, emit, is_library, is_member, local, number_of, object_name, retire, where
from .sync import write

_numbers: dict[str, int] = {}


def crash_facts(kind: type[BaseException], error: BaseException | None, trace: Any) -> dict[str, Any]:
    """An exception as data: type, message, and the traceback without threadbench's own frames above the workload, and
    without those of an import, as Python shows it.
    """
    frames = [frame for frame in traceback.extract_tb(trace) if not frame.filename.startswith("<frozen importlib")]
    own = [i for i, frame in enumerate(frames) if not is_library(frame.filename)]
    shown = frames[own[0] :] if own else frames
    return {
        "type": kind.__qualname__,
        "message": str(error),
        "traceback": [f"{recorder.shown_path(f.filename)}:{f.lineno} in {f.name}" for f in shown],
    }


def _thread_object(thread: threading.Thread) -> int:
    """The number by which a thread is the `object` of another thread's wait."""
    name = getattr(thread, "_threadbench_name", None) or thread.name
    if name not in _numbers:
        _numbers[name] = number_of("object", name)
    return _numbers[name]


def _pool_of(thread: Any) -> int:
    """The number of the executor whose worker a thread is, 0 for any other thread."""
    if getattr(thread, "_target", None) is concurrent.futures.thread._worker:
        for argument in thread._args:
            executor = argument() if isinstance(argument, weakref.ref) else None
            if executor is not None:
                return int(getattr(executor, "_threadbench", 0))
    return 0


def _start_expendable(thread: Any, start: Callable[[Any], None]) -> None:
    """Start a thread of a run in the caller's process: should it get stuck, the interpreter must not wait for it at
    exit.

    To itself and to the log it is what its author made it: the interpreter looks at the flag before `start` returns.
    """
    daemon = thread._daemonic
    thread._daemonic = True
    thread._threadbench_daemon = daemon
    try:
        start(thread)
    finally:
        thread._daemonic = daemon


def _thread(cls: Any) -> Iterator[Patch]:
    start, bootstrap, join = cls.start, cls._bootstrap_inner, cls.join

    def traced_start(self: Any) -> None:
        if is_member():
            self._threadbench_at = where(_getframe(1))
            self._threadbench_starter = getattr(local, "name", None)
            if not recorder.owns_process():
                _start_expendable(self, start)
                return
        start(self)

    def traced_bootstrap(self: Any) -> None:
        at = getattr(self, "_threadbench_at", None)
        if at is None:
            bootstrap(self)
            return
        pool = _pool_of(self)
        facts: dict[str, Any] = {"daemon": getattr(self, "_threadbench_daemon", self.daemon)}
        if pool:
            facts["pool"] = object_name(pool)
        if self._threadbench_starter:
            facts["by"] = self._threadbench_starter
        adopt(self.name, facts, at)
        self._threadbench_name = local.name
        invoke = self._invoke_excepthook

        def crashed(thread: threading.Thread) -> None:
            # Noted here and not in threading.excepthook, which the workload may replace: a crash stays a crash.
            kind, error, trace = sys.exc_info()
            if kind is not None and kind is not SystemExit:
                emit(EVENT_IDS["thread.crashed"], 0, 0, crash_facts(kind, error, trace))
            invoke(thread)

        self._invoke_excepthook = crashed
        try:
            bootstrap(self)
        finally:
            streams.finish()
            emit(EVENT_IDS["thread.finished"], 0, 0)
            retire()

    def traced_join(self: Any, timeout: float | None = None) -> None:
        # A join inside the library (an executor's shutdown) is told by the library's own event.
        if is_library(_getframe(1).f_code.co_filename) or not self.is_alive() or not recorder.is_recording():
            join(self, timeout)
            return
        number = _thread_object(self)
        write("thread.joining", number, timeout)
        with waking:
            join(self, timeout)
        write("thread.timed_out" if self.is_alive() else "thread.joined", number)

    yield Patch(cls, "start", traced_start)
    yield Patch(cls, "_bootstrap_inner", traced_bootstrap)
    yield Patch(cls, "join", traced_join)


def _start_new_thread(start: Callable[..., int]) -> Callable[..., int]:
    def start_new_thread(function: Callable[..., object], args: Any, kwargs: Any = None) -> int:
        # A traced method may be the whole thread (`start_new_thread(lock.release, ())`), and looks at its caller.
        def begin() -> None:
            function(*args, **(kwargs or {}))

        return start(begin, ()) if callable(function) and isinstance(args, tuple) else start(function, args)

    return start_new_thread


def rows() -> Iterator[Patch]:
    """The rows for `threading.Thread`, and for threads that are started below it."""
    yield from _thread(threading.Thread)
    yield Patch(_thread_module, "start_new_thread", _start_new_thread(_thread_module.start_new_thread))
    shown = threading.excepthook

    def excepthook(args: Any) -> None:
        # The crash is an event already; printing it too would log it twice.
        if not recorder.is_recording():
            shown(args)

    yield Patch(threading, "excepthook", excepthook)
