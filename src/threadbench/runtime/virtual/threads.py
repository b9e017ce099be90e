"""What `threading.Thread`, `_thread` and `time` do in a virtual thread; in any other, what they always did."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import thread as pools
from types import GenericAlias
from typing import TYPE_CHECKING, Any

from . import originals
from .accesses import EXIT, NAMES, WRITE
from .locks import Lock, RLock, Waiter
from .points.current import current as points
from .simple_queue import SimpleQueue
from .thread import Unwind, VirtualThread

if TYPE_CHECKING:
    from .scheduler import Scheduler

_active: Any = threading._active  # type: ignore[attr-defined] # private to the library, and not in its stubs
_workers: Any = pools._threads_queues
"""Of each pool's worker the queue of its pool; whether there is any is asked of its dictionary, which is quicker."""

current: Scheduler | None = None
"""Whose schedule this process runs, if any. One at a time."""


def here() -> Scheduler | None:
    """The scheduler, when the caller is one of its threads."""
    scheduler = current
    if scheduler is not None and scheduler.ident == originals.get_ident() and scheduler.running:
        return scheduler
    return None


def get_ident() -> int:
    """As `threading.get_ident`."""
    scheduler = here()
    return scheduler.current.ident if scheduler else originals.get_ident()


def new_lock() -> Any:
    """As `_thread.allocate_lock`."""
    scheduler = here()
    return Lock(scheduler) if scheduler else originals.allocate_lock()


def new_waiter() -> Any:
    """What `threading` calls to make a lock of its own."""
    scheduler = here()
    return Waiter(scheduler) if scheduler else originals.allocate_lock()


def new_rlock() -> Any:
    """As `_thread.RLock`."""
    scheduler = here()
    return RLock(scheduler) if scheduler else originals.new_rlock()


def new_queue() -> Any:
    """As `queue.SimpleQueue`."""
    scheduler = here()
    return SimpleQueue(scheduler) if scheduler else originals.SimpleQueue()


class _Factory(type):
    """Stands for a class written in C: called, it makes what fits the caller; instances of either are its instances."""

    real: Any
    virtual: Any
    make: Callable[[], Any]

    def __call__(cls, *args: Any) -> Any:
        return cls.make(*args)

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, (cls.real, cls.virtual))


class LockFactory(metaclass=_Factory):
    """`threading.Lock`."""

    real, virtual, make = originals.LOCK_TYPE, Lock, new_lock


class RLockFactory(metaclass=_Factory):
    """`threading.RLock`."""

    real, virtual, make = originals.new_rlock, RLock, new_rlock


class SimpleQueueFactory(metaclass=_Factory):
    """`queue.SimpleQueue`."""

    real, virtual, make = originals.SimpleQueue, SimpleQueue, new_queue
    __class_getitem__ = classmethod(GenericAlias)  # type: ignore[var-annotated] # as the real one has it


# -- threading.Thread -------------------------------------------------------------------------------------------------


def start(self: Any) -> None:
    """As `threading.Thread.start`."""
    scheduler = here()
    if scheduler is None:
        originals.start(self)
        return
    if not getattr(self, "_initialized", False):
        raise RuntimeError("thread.__init__() not called")
    scheduler.point()  # others may ask whether it is alive, and it is not yet
    scheduler.note(self, "started", WRITE)
    scheduler.changed = True
    if self._started._flag:
        raise RuntimeError("threads can only be started once")
    from .announcing import announced

    self._target = announced(self._target)
    if isinstance(self, threading.Timer):
        self.function = announced(self.function)
    thread = scheduler.spawn(_run, (self,), self._name, daemon=self._daemonic)
    if scheduler.footprint is not None:
        thread.started = scheduler.number_of(self), "started"
    _adopt(self, thread)


def _run(self: Any) -> None:
    """A thread's life."""
    try:
        self.run()
        _active.pop(self._ident, None)
    except SystemExit:
        pass
    except Unwind:
        raise
    except BaseException:
        scheduler = here()
        foreign = scheduler.foreign_hook if scheduler is not None else None
        if threading.excepthook is threading.__excepthook__ or threading.excepthook is foreign:
            raise
        self._invoke_excepthook(self)


def current_thread() -> threading.Thread:
    """As `threading.current_thread`: a thread of the program under test that never had a `Thread` gets one."""
    scheduler = here()
    return originals.current_thread() if scheduler is None else object_of(scheduler, scheduler.current)


def object_of(scheduler: Scheduler, thread: VirtualThread) -> threading.Thread:
    """Its `Thread`, made where it never had one."""
    if thread.ident in _active:
        return _active[thread.ident]  # type: ignore[no-any-return] # a register of the library's
    scheduler.quiet += 1
    made: Any = threading.Thread(name=thread.name, daemon=thread.daemon)
    scheduler.quiet -= 1
    _adopt(made, thread)
    return made  # type: ignore[no-any-return] # made or kept here, with a type that Any hides


def _adopt(self: Any, thread: VirtualThread) -> None:
    thread.object = self
    self._threadbench = thread
    self._ident = self._native_id = thread.ident
    self._started._flag = True
    _active[thread.ident] = self


def virtual_of(self: Any) -> VirtualThread | None:
    """The virtual thread behind a `Thread`, if it has been started as one."""
    found: VirtualThread | None = vars(self).get("_threadbench")
    return found


def start_new_thread(function: Any, args: Any, kwargs: Any = None) -> int:
    """As `_thread.start_new_thread`."""
    scheduler = here()
    if scheduler is None:
        return originals.start_new_thread(function, args, kwargs or {})

    from .announcing import announced

    told = announced(function)

    def call() -> None:
        with contextlib.suppress(SystemExit):
            told(*args, **(kwargs or {}))

    return scheduler.spawn(call, (), f"thread-{len(scheduler.threads)}", daemon=True).ident


def new_name(template: str) -> str:
    """As `threading._newname`: each schedule counts from one."""
    scheduler = here()
    if scheduler is None:
        return originals.new_name(template)  # type: ignore[no-any-return] # private to the library
    if points.names_matter and scheduler.footprint is not None and not scheduler.quiet:
        scheduler.footprint.append((NAMES, WRITE))
    return template % scheduler.count("thread names")


class _PoolCounter:
    """As `ThreadPoolExecutor._counter`."""

    def __call__(self) -> int:
        scheduler = here()
        return scheduler.count("pools") - 1 if scheduler else originals.pool_counter()


pool_counter = _PoolCounter()


def stable_hash(original: Callable[[Any], int]) -> Callable[[Any], int]:
    """A hash that is the same in each replay: the library keeps threads and futures in sets."""

    def __hash__(self: Any) -> int:  # noqa: N807 - replaces the library's method of that name
        known: int | None = vars(self).get("_threadbench_hash")
        if known is None:
            scheduler = here()
            if scheduler is None:
                return original(self)
            known = self._threadbench_hash = scheduler.count("hashes")
        return known

    return __hash__


def stable_id(obj: object) -> int:
    """As `id`, where the library sorts by it: in order of first asking."""
    scheduler = here()
    return scheduler.number_of(obj) if scheduler else id(obj)


def forget() -> None:
    """A schedule has ended: nothing of it stays in the registers of the standard library."""
    scheduler = current
    assert scheduler is not None
    for thread in scheduler.threads[1:]:
        _active.pop(thread.ident, None)
        thread.release_object()  # of those that never began
    scheduler.pools.clear()
    workers = _workers
    if workers.data:
        for worker in [worker for worker in workers if virtual_of(worker)]:
            del workers[worker]


def shut_down_pools() -> None:
    """The main thread has returned: idle workers of pools nobody shut down are told to end, as at interpreter exit."""
    scheduler = here()
    if scheduler is None:
        return
    if scheduler.pools:
        scheduler.point()  # who gives a pool a task now may still come first
    scheduler.exiting = True
    if scheduler.footprint is not None:
        scheduler.footprint.append((EXIT, WRITE))
    if _workers.data:
        for worker, work in list(_workers.items()):
            virtual = virtual_of(worker)
            if virtual is not None and not virtual.done and virtual in scheduler.threads:
                work.put(None)
