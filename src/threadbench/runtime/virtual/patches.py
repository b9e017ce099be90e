"""What is replaced while schedules run, as rows of one table; undone in reverse on exit.

Each replacement looks at who calls: in other OS threads of the process everything goes on as before.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import _base, thread
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any

from ...errors import UsageError
from ..patches import Patch, Patches, Table
from . import announcing, chance, ends, futures, originals, threads, times, unlocked
from . import locals as thread_locals
from .thread import Unwind

if TYPE_CHECKING:
    from .scheduler import Scheduler


SUBSTITUTES: dict[Any, Any] = {
    originals.allocate_lock: threads.LockFactory,
    originals.LOCK_TYPE: threads.LockFactory,
    originals.new_rlock: threads.RLockFactory,
    threading.RLock: threads.RLockFactory,
    originals.SimpleQueue: threads.SimpleQueueFactory,
    originals.LOCAL_TYPE: thread_locals.Local,
    originals.start_new_thread: threads.start_new_thread,
    originals.get_ident: threads.get_ident,
    originals.current_thread: threads.current_thread,
    originals.enumerate_threads: ends.enumerate_threads,
    originals.active_count: ends.active_count,
    originals.sleep: times.sleep,
    originals.monotonic: times.monotonic,
    originals.monotonic_ns: times.monotonic_ns,
    originals.perf_counter: times.perf_counter,
    originals.perf_counter_ns: times.perf_counter_ns,
    originals.wall: times.wall,
    originals.wall_ns: times.wall_ns,
    **chance.STAND_INS,
}
"""What code may hold by name: whoever does is given the other, for as long as schedules run."""

_UNTOUCHED = ("threadbench", "greenlet", "importlib", "_frozen_importlib", "_thread", "faulthandler")


def _rows() -> Iterator[Patch]:
    yield Patch(threading, "_allocate_lock", threads.new_waiter)
    yield Patch(threading, "_CRLock", threads.new_rlock)
    yield Patch(threading, "_newname", threads.new_name)
    yield Patch(threading.Thread, "start", threads.start)
    yield Patch(threading.Thread, "join", ends.join)
    yield Patch(threading.Thread, "is_alive", ends.is_alive)
    yield Patch(threading.Thread, "ident", property(ends.ident))
    yield Patch(threading.Thread, "native_id", property(ends.ident))
    yield Patch(threading.Thread, "__hash__", threads.stable_hash(originals.thread_hash))
    yield Patch(threading.Event, "is_set", unlocked.event_is_set)
    yield Patch(threading.Event, "set", unlocked.event_set)
    yield Patch(threading.Event, "clear", unlocked.event_clear)
    yield Patch(threading.Barrier, "broken", property(unlocked.barrier_broken))
    yield Patch(threading.Barrier, "n_waiting", property(unlocked.barrier_n_waiting))
    for primitive, shown in originals.shown.items():
        yield Patch(primitive, "__repr__", unlocked.shown(shown))
    yield Patch(threading.Thread, "__repr__", ends.shown)
    yield Patch(_base.Future, "__hash__", threads.stable_hash(originals.future_hash))
    yield Patch(_base.Future, "result", futures.result)
    yield Patch(_base.Future, "exception", futures.exception)
    yield Patch(_base.Future, "_invoke_callbacks", futures.invoke_callbacks)
    yield Patch(thread.ThreadPoolExecutor, "__init__", futures.pool_init)
    yield Patch(thread.ThreadPoolExecutor, "submit", announcing.submit)
    yield Patch(_base, "id", threads.stable_id)
    yield Patch(_base, "LOGGER", _Logger(_base.LOGGER))
    yield Patch(thread, "_global_shutdown_lock", _Free(thread._global_shutdown_lock))
    yield Patch(thread, "_shutdown", futures.Exiting())
    yield Patch(thread.ThreadPoolExecutor, "_shutdown", futures.ShutDown())
    yield Patch(thread.ThreadPoolExecutor, "_counter", threads.pool_counter)
    # `_thread` itself stays as it is: the import system makes its locks there, and keeps them.


class _Logger:
    """The logger of `concurrent.futures`: a worker that ends because its schedule is over is none of its business."""

    def __init__(self, real: Any) -> None:
        self._real = real

    def critical(self, *args: Any, **kwargs: Any) -> None:
        if not isinstance(sys.exception(), Unwind):
            self._real.critical(*args, **kwargs)

    def exception(self, *args: Any, **kwargs: Any) -> None:
        if not isinstance(sys.exception(), Unwind):
            self._real.exception(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


class _Free:
    """The lock that pools share with the interpreter's exit: it guards nothing between virtual threads, which are no
    threads to it, and would hang the first of them that waits.
    """

    def __init__(self, real: Any) -> None:
        self._real = real

    def acquire(self, *args: Any) -> bool:
        return True if threads.here() else self._real.acquire(*args)

    def release(self) -> None:
        if not threads.here():
            self._real.release()

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()


class _Modules:
    """The modules of the process and their globals that are originals, as they were when last looked at.

    While there are the same modules, and those outside the standard library have as many globals as before, none is
    looked at again: a search of four schedules takes less time than a look at every global of the process.
    """

    def __init__(self) -> None:
        self._modules: list[Any] = []
        self._globals: list[dict[str, Any]] = []
        self._counts: list[int] = []
        self._held: list[Patch] = []

    def held(self) -> Sequence[Patch]:
        """Module globals that are one of the originals, by whatever name: one object while nothing has changed."""
        modules = list(sys.modules.values())
        if modules != self._modules or list(map(len, self._globals)) != self._counts:
            self._modules = modules
            ours = [
                (name.partition(".")[0], module)
                for name, module in list(sys.modules.items())
                if isinstance(module, ModuleType) and name.partition(".")[0] not in _UNTOUCHED
            ]
            self._held = [patch for _, module in ours if _may_hold(module) for patch in _held_by(module)]
            self._globals = [module.__dict__ for name, module in ours if name not in sys.stdlib_module_names]
            self._counts = list(map(len, self._globals))
        return self._held


class _Rows:
    """All rows, and what they were made from."""

    def __init__(self) -> None:
        self._modules = _Modules()
        self._table = Table(())
        self._of: Sequence[Any] = (None, None, None)

    def now(self) -> Table:
        """What holds an original, and what has its own replacement."""
        held, logger, lock = of = self._modules.held(), _base.LOGGER, thread._global_shutdown_lock
        before = self._of
        if before[0] is not held or before[1] is not logger or before[2] is not lock:
            self._table, self._of = Table([*held, *_rows()]), of
        return self._table


_all_rows = _Rows()


def _may_hold(module: ModuleType) -> bool:
    """Whether it is worth looking at each of its globals: few modules have an original among them."""
    return not _BY_ID.keys().isdisjoint(map(id, list(vars(module).values())))


def _held_by(module: ModuleType) -> Iterator[Patch]:
    for attribute, value in list(vars(module).items()):
        substitute = _BY_ID.get(id(value))
        if substitute is not None:
            yield Patch(module, attribute, substitute)


_BY_ID = {id(original): substitute for original, substitute in SUBSTITUTES.items()}


def substitute_for(function: Any) -> Any:
    """What code under test is to call in the stead of an original; None where it may call what it means to."""
    return _BY_ID.get(id(function))


@contextmanager
def patched(scheduler: Scheduler) -> Iterator[None]:
    """Within it, whoever runs in the scheduler's OS thread is one of its threads.

    Raises:
        UsageError: schedules run in this process already.
    """
    if threads.current is not None:
        raise UsageError("an exploration is under way in this process already", hint="wait for it: one at a time")
    threads.current = scheduler
    scheduler.swap_locals = thread_locals.swap
    scheduler.at_main_end.append(threads.shut_down_pools)
    scheduler.at_end.append(threads.forget)
    try:
        with Patches() as patches:
            patches.apply_all(_all_rows.now())
            patches.apply(thread_locals.rows())
            yield
    finally:
        threads.current = None
