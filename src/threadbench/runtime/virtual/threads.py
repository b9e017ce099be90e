"""What `threading.Thread`, `_thread` and `time` do in a virtual thread; in any other, what they always did."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import thread as pools
from types import GenericAlias
from typing import TYPE_CHECKING, Any

from . import originals
from .accesses import AFTER, READ, THREADS, WRITE
from .locks import Lock, RLock, Waiter
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
    _adopt(self, scheduler.spawn(_run, (self,), self._name, daemon=self._daemonic))


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
        if threading.excepthook is threading.__excepthook__:
            raise
        self._invoke_excepthook(self)


def current_thread() -> threading.Thread:
    """As `threading.current_thread`: a thread of the program under test that never had a `Thread` gets one."""
    scheduler = here()
    return originals.current_thread() if scheduler is None else _object_of(scheduler, scheduler.current)


def _object_of(scheduler: Scheduler, thread: VirtualThread) -> threading.Thread:
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


def join(self: Any, timeout: float | None = None) -> None:
    """As `threading.Thread.join`."""
    scheduler, thread = here(), _started(self)
    if scheduler is None or thread is None:
        originals.join(self, timeout)
        return
    me = scheduler.current
    if thread is me:
        raise RuntimeError("cannot join current thread")
    if timeout is not None:
        _join_for(scheduler, thread, max(0, int(timeout * 1e9)))
        return
    if not thread.done:
        if scheduler.quiet:
            scheduler.refuse_to_wait(thread)
        if scheduler.recorder is not None:
            scheduler.recorder("to join", thread)
        joiners = thread.joiners = thread.joiners or []
        joiners.append(me)
        scheduler.block(me, thread)
        scheduler.point()
    if scheduler.recorder is not None:
        scheduler.recorder("join", thread)
    _note_end(scheduler, thread, AFTER)


def _join_for(scheduler: Scheduler, thread: VirtualThread, duration: int) -> None:
    me, clock = scheduler.current, scheduler.clock
    since = clock.now()
    if not thread.done and duration and not clock.adversarial:
        joiners = thread.joiners = thread.joiners or []
        joiners.append(me)
        scheduler.block(me, thread)
        clock.alarm(me, since + duration)
        scheduler.point()
        me.alarm = None
    else:
        scheduler.point()
    if scheduler.recorder is not None:
        scheduler.recorder("join" if thread.done else "timeout", thread)
    _note_end(scheduler, thread, READ)
    if not thread.done and duration:
        me.yields += 1
        clock.timed_out(since, duration)


def _started(self: Any) -> VirtualThread | None:
    """The virtual thread behind a `Thread`; that there is none yet may depend on who comes first."""
    scheduler, thread = here(), virtual_of(self)
    if scheduler is not None:
        if thread is None:
            scheduler.point()
            thread = virtual_of(self)
        if not scheduler.quiet:
            scheduler.note(self, "started", READ)
    return thread


def is_alive(self: Any) -> bool:
    """As `threading.Thread.is_alive`."""
    scheduler, thread = here(), _started(self)
    if thread is None:
        return originals.is_alive(self)
    if scheduler is not None:
        scheduler.point()
        _note_end(scheduler, thread, READ)
    return not thread.done


def enumerate_threads() -> list[threading.Thread]:
    """As `threading.enumerate`: sees which threads have been started, and which have ended."""
    scheduler = here()
    if scheduler is None:
        return originals.enumerate_threads()
    scheduler.point()
    if scheduler.footprint is not None and not scheduler.quiet:
        scheduler.footprint.append((THREADS, READ))
    return [_object_of(scheduler, thread) for thread in scheduler.threads if not thread.done]


def active_count() -> int:
    """As `threading.active_count`."""
    return originals.active_count() if here() is None else len(enumerate_threads())


def ident(self: Any) -> int | None:
    """As `threading.Thread.ident`, and `native_id`: None before the start."""
    thread = _started(self)
    return thread.ident if thread is not None else self._ident


def _note_end(scheduler: Scheduler, thread: VirtualThread, mode: int) -> None:
    me = scheduler.current
    if thread.done and me.time < thread.time:
        me.time = thread.time
    if scheduler.footprint is not None and not scheduler.quiet:
        scheduler.footprint.append(((-thread.number, "end"), mode))


def start_new_thread(function: Any, args: Any, kwargs: Any = None) -> int:
    """As `_thread.start_new_thread`."""
    scheduler = here()
    if scheduler is None:
        return originals.start_new_thread(function, args, kwargs or {})

    def call() -> None:
        with contextlib.suppress(SystemExit):
            function(*args, **(kwargs or {}))

    return scheduler.spawn(call, (), f"thread-{len(scheduler.threads)}", daemon=True).ident


def new_name(template: str) -> str:
    """As `threading._newname`: each schedule counts from one."""
    scheduler = here()
    return template % scheduler.count("thread names") if scheduler else originals.new_name(template)


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
    workers = _workers
    if workers.data:
        for worker in [worker for worker in workers if virtual_of(worker)]:
            del workers[worker]


def shut_down_pools() -> None:
    """The main thread has returned: idle workers of pools nobody shut down are told to end, as at interpreter exit."""
    scheduler = here()
    if scheduler is not None and _workers.data:
        for worker, work in list(_workers.items()):
            virtual = virtual_of(worker)
            if virtual is not None and not virtual.done and virtual in scheduler.threads:
                work.put(None)
