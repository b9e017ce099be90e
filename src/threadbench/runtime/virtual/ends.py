"""What threads see of each other: who has been started, and who has ended.

Each look is a point, and a step of its own from there on, also where a wait is over before it begins: what a thread did
before does not come after the end that it waits for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import originals
from .accesses import AFTER, READ, THREADS
from .threads import here, object_of, virtual_of

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from .scheduler import Scheduler
    from .thread import VirtualThread


def join(self: Any, timeout: float | None = None) -> None:
    """As `threading.Thread.join`."""
    scheduler = here()
    if scheduler is None:
        originals.join(self, timeout)
        return
    me, thread = scheduler.current, virtual_of(self)
    if thread is me:
        raise RuntimeError("cannot join current thread")
    if timeout is not None:
        _join_for(scheduler, self, max(0, int(timeout * 1e9)))
        return
    if thread is None:
        scheduler.point()
        thread = virtual_of(self)
    if thread is not None:
        if not thread.done:
            if scheduler.quiet:
                scheduler.refuse_to_wait(thread)
            if scheduler.recorder is not None:
                scheduler.recorder("to join", thread)
            joiners = thread.joiners = thread.joiners or []
            joiners.append(me)
            scheduler.block(me, thread)
        scheduler.point()  # also where it has ended: what this thread did before does not come after that end
    _note_started(scheduler, self)
    if thread is None:
        _at_once(scheduler, originals.join, self)
        return
    if scheduler.recorder is not None:
        scheduler.recorder("join", thread)
    _note_end(scheduler, thread, AFTER)


def _join_for(scheduler: Scheduler, joined: Any, duration: int) -> None:
    me, clock, thread = scheduler.current, scheduler.clock, virtual_of(joined)
    since = clock.now()
    if thread is not None and not thread.done and duration and not clock.adversarial:
        joiners = thread.joiners = thread.joiners or []
        joiners.append(me)
        scheduler.block(me, thread)
        clock.alarm(me, since + duration)
        scheduler.point()
        me.alarm = None
    else:
        scheduler.point()
        thread = virtual_of(joined)
    _note_started(scheduler, joined)
    if thread is None:
        _at_once(scheduler, originals.join, joined, duration / 1e9)
        return
    if scheduler.recorder is not None:
        scheduler.recorder("join" if thread.done else "timeout", thread)
    _note_end(scheduler, thread, READ)
    if not thread.done and duration:
        me.yields += 1
        clock.timed_out(since, duration)


def _at_once(scheduler: Scheduler | None, function: Callable[..., Any], *args: Any) -> Any:
    """What the library says of a thread that has not been started: it looks at an event for that, and what was seen
    here already must not change meanwhile.
    """
    if scheduler is None:
        return function(*args)
    scheduler.quiet += 1
    try:
        return function(*args)
    finally:
        scheduler.quiet -= 1


def _started(self: Any) -> VirtualThread | None:
    """The virtual thread behind a `Thread`; that there is none yet may depend on who comes first."""
    scheduler = here()
    if scheduler is not None:
        scheduler.point()
        _note_started(scheduler, self)
    return virtual_of(self)


def _note_started(scheduler: Scheduler, thread: Any) -> None:
    if not scheduler.quiet:
        scheduler.note(thread, "started", READ)


def is_alive(self: Any) -> bool:
    """As `threading.Thread.is_alive`."""
    scheduler = here()
    thread = _started(self)
    if thread is None:
        return bool(_at_once(scheduler, originals.is_alive, self))
    if scheduler is not None:
        _note_end(scheduler, thread, READ)
    return not thread.done


def shown(self: Any) -> str:
    """As `repr` of a `threading.Thread`: says whether it has been started, and has ended."""
    scheduler = here()
    if scheduler is None:
        return str(originals.thread_shown(self))
    thread = _started(self)
    if thread is not None:
        _note_end(scheduler, thread, READ)
    text = str(_at_once(scheduler, originals.thread_shown, self))
    return text.replace(", started", ", stopped", 1) if thread is not None and thread.done else text


def enumerate_threads() -> list[threading.Thread]:
    """As `threading.enumerate`: sees which threads have been started, and which have ended."""
    scheduler = here()
    if scheduler is None:
        return originals.enumerate_threads()
    scheduler.point()
    if scheduler.footprint is not None and not scheduler.quiet:
        scheduler.footprint.append((THREADS, READ))
    return [object_of(scheduler, thread) for thread in scheduler.threads if not thread.done]


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
