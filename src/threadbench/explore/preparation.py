"""Makes a process ready for schedules, and puts everything back."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from types import FrameType, ModuleType
from typing import TYPE_CHECKING, Any

from ..runtime.virtual import process_pools
from ..runtime.virtual.chance import generator
from ..runtime.virtual.patches import patched, substitute_for
from ..runtime.virtual.points import callbacks, instrumented
from ..runtime.virtual.points.current import current
from ..runtime.virtual.points.heap import heap
from ..runtime.virtual.points.looked import Look
from ..runtime.virtual.points.opened import LIBRARIES, modules
from ..runtime.virtual.state import kept
from .standstill import Uncontrolled, explained, frames_of
from .watchdog import watched

if TYPE_CHECKING:
    from ..runtime.virtual.points.functions import Subject
    from ..runtime.virtual.scheduler import Scheduler
    from .search import Search


@contextmanager
def prepared(search: Search, code: Sequence[Any], timeout: float | None = None) -> Iterator[Subject]:
    """Within it, the code under test has points, and the standard library is virtual.

    Args:
        search: the search.
        code: what is under test.
        timeout: seconds after which a schedule ends that comes to no point; None: never.
    """
    scheduler = search.scheduler
    collecting = gc.isenabled()
    if gc.get_freeze_count():
        gc.unfreeze()  # functions under test are looked for among all objects
        heap.forget()
    switches = scheduler.model == "gil"
    more = modules(search.opened)
    try:
        with (
            patched(scheduler),
            instrumented(
                [*code, *more],
                scheduler,
                accesses=True,
                switches=switches,
                substitutes=substitute_for,
                unspelled=LIBRARIES in search.opened,
            ) as subject,
            kept(code, _own(subject, more), scheduler) as state,
            process_pools.refused(scheduler, partial(_uncontrolled_pool, scheduler)),
            watched(scheduler, timeout),
        ):
            generator.draw_for(scheduler)
            scheduler.at_begin.append(generator.begin)
            scheduler.at_end.append(current.aliases.clear)
            scheduler.at_end.append(callbacks.forget)
            scheduler.old, scheduler.mark = state.old, state.mark
            current.opened, current.discover, current.looks = search.opened, search.discover, search.looks
            scheduler.foreign_hook = _foreign_hook(subject)
            gc.disable()  # when a finalizer runs must not be chance
            try:
                yield subject
            finally:
                if collecting:
                    gc.enable()
    finally:
        generator.draw_for(None)
        scheduler.close()


def _own(subject: Subject, opened: Sequence[ModuleType]) -> Look:
    """At the namespaces that are put back after each schedule: what the library keeps in its own is everybody's."""
    if not opened:
        return subject.look
    theirs = {id(vars(module)) for module in opened}
    look = Look({number: scope for number, scope in subject.scopes.items() if number not in theirs})
    look.plain = False  # what the functions of the others are is no part of it
    return look


def _foreign_hook(subject: Subject) -> Any:
    """What is told of exceptions in threads, where that is no code under test: what threads raise is a crash even so.

    Under pytest it is a hook of pytest's, which makes a warning of them, and would hide what the search is to find.
    """
    hook: Any = threading.excepthook
    function = hook
    while isinstance(function, partial):
        function = function.func
    scope = getattr(getattr(function, "__func__", function), "__globals__", None)
    return None if id(scope) in subject.scopes else hook


def _uncontrolled_pool(scheduler: Scheduler, frame: FrameType) -> None:
    """End a schedule that makes a pool of processes."""
    frames = frames_of(frame)
    place = f" in {frames[0]}" if frames else ""
    reason = f"{scheduler.current.name} makes a pool of processes{place}: what waits for them cannot be controlled"
    scheduler.abort(Uncontrolled(reason, explained(frames)))
