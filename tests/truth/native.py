"""Real threads against an idiom: how many updates get lost, in code that is hot, fresh, or watched by a profiler.

Standard library only. The switch interval is as short as it gets, so that a thread is asked for the GIL at nearly every
check: what can be lost is lost soon. It is still an experiment: zero shows nothing, a loss proves that it is possible.
"""

from __future__ import annotations

import gc
import itertools
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import CodeType, FunctionType
from typing import Any

from idioms import Idiom

INTERVAL = 1e-6
TOOL = 4


def lost(idiom: Idiom, setting: str, times: int) -> int:
    """Updates that two threads lost, of `2 * times`."""
    hot, once, read = idiom.build()
    work = (lambda: _fresh(once, times)) if setting == "fresh" else (lambda: hot(times))
    failures: list[BaseException] = []
    start = threading.Barrier(2)

    def run() -> None:
        start.wait()
        try:
            with (SETTINGS | BEYOND)[setting]():
                work()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run) for _ in range(2)]
    before = sys.getswitchinterval()
    sys.setswitchinterval(INTERVAL)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(before)
    if failures:
        raise failures[0]
    return 2 * times - read()


def _fresh(once: Callable[[], None], times: int) -> None:
    """Run the body in a code object of its own each time: too young to be specialised."""
    code: CodeType = once.__code__
    names, cells = once.__globals__, once.__closure__
    for _ in range(times):
        FunctionType(code.replace(co_firstlineno=1), names, None, None, cells)()


@contextmanager
def _nobody() -> Iterator[None]:
    yield


@contextmanager
def _profiled(callback: Callable[..., Any]) -> Iterator[None]:
    sys.setprofile(callback)
    try:
        yield
    finally:
        sys.setprofile(None)


def _python_profiler(frame: object, event: str, arg: object) -> None:
    """What a profiler written in Python runs at every call and return; its entry is a check like any other."""


_watching = threading.Lock()
_watchers = 0


@contextmanager
def _monitored() -> Iterator[None]:
    """Calls, returns, jumps and branches instrumented, with a callback in C; one tool for both threads."""
    global _watchers
    monitoring: Any = sys.monitoring  # type: ignore[attr-defined, unused-ignore] # from 3.12 on
    events = [
        getattr(monitoring.events, name)
        for name in ("CALL", "PY_START", "PY_RESUME", "PY_RETURN", "PY_YIELD", "JUMP", "BRANCH")
    ]
    with _watching:
        _watchers += 1
        if _watchers == 1:
            monitoring.use_tool_id(TOOL, "truth")
            for event in events:
                monitoring.register_callback(TOOL, event, itertools.chain)
            monitoring.set_events(TOOL, sum(events))
    try:
        yield
    finally:
        with _watching:
            _watchers -= 1
            if not _watchers:
                monitoring.set_events(TOOL, 0)
                monitoring.free_tool_id(TOOL)


# `itertools.chain` takes whatever it is given and runs no Python: the instrumented forms, and nothing else.
SETTINGS: dict[str, Callable[[], Any]] = {
    "hot": _nobody,
    "fresh": _nobody,
    "profiled": lambda: _profiled(itertools.chain),
    **({"monitored": _monitored} if sys.version_info >= (3, 12) else {}),
    "called back": lambda: _profiled(_python_profiler),
}
"""A hot loop; fresh code objects; a profiler in C; `sys.monitoring` with a tool in C; a profiler written in Python."""


def _line_tracer(frame: Any, event: str, arg: object) -> Any:
    """What a debugger runs at every line."""
    return _line_tracer


def _instruction_tracer(frame: Any, event: str, arg: object) -> Any:
    """What a debugger runs at every instruction."""
    frame.f_trace_opcodes = True
    return _instruction_tracer


@contextmanager
def _traced(callback: Callable[..., Any]) -> Iterator[None]:
    sys.settrace(callback)
    try:
        yield
    finally:
        sys.settrace(None)


@contextmanager
def _collecting() -> Iterator[None]:
    """The collector runs all the time, and calls Python when it does, as it calls finalizers."""
    thresholds = gc.get_threshold()
    gc.callbacks.append(_collected)
    gc.set_threshold(1)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.callbacks.remove(_collected)


def _collected(phase: str, info: object) -> None:
    """What somebody asked to be told of a collection."""


# CPython 3.12.1 itself crashes when two threads trace instructions.
BEYOND: dict[str, Callable[[], Any]] = {
    "collector": _collecting,
    "line tracer": lambda: _traced(_line_tracer),
    **({"instruction tracer": lambda: _traced(_instruction_tracer)} if sys.version_info[:2] != (3, 12) else {}),
}
"""What the model leaves out: a debugger written in Python, and Python code that the collector runs."""


def allowed(idiom: Idiom, setting: str) -> bool:
    """Whether what the model says of this idiom covers a loss in this setting."""
    return idiom.possible_called_back() if setting == "called back" else idiom.possible()
