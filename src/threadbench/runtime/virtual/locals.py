"""`threading.local` on virtual threads: all of them are one OS thread, so what each has stored is swapped with it."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from ..patches import Patch
from . import originals, threads

if TYPE_CHECKING:
    from .scheduler import Scheduler
    from .thread import VirtualThread


class Local(originals.LOCAL_TYPE):
    """`threading.local`, as schedules make it."""

    def __new__(cls, /, *args: Any, **kwargs: Any) -> Any:
        """A local whose contents are swapped."""
        self = super().__new__(cls, *args, **kwargs)
        scheduler = threads.here()
        if scheduler is not None:
            scheduler.locals.append((self, args, kwargs))
        return self


def rows() -> Iterator[Patch]:
    """Classes that were made before `Local` stood in for theirs: what they make is swapped too."""
    for kind in originals.LOCAL_TYPE.__subclasses__():
        if kind is not Local:
            yield Patch(kind, "__new__", _making(vars(kind).get("__new__", originals.LOCAL_TYPE.__new__)))


def _making(new: Any) -> Any:
    make = new.__func__ if isinstance(new, staticmethod) else new

    def swapped(cls: Any, /, *args: Any, **kwargs: Any) -> Any:
        self = make(cls, *args, **kwargs)
        scheduler = threads.here()
        if scheduler is not None and isinstance(self, originals.LOCAL_TYPE):
            scheduler.locals.append((self, args, kwargs))
        return self

    return staticmethod(swapped)


def swap(scheduler: Scheduler, me: VirtualThread, chosen: VirtualThread) -> None:
    """`chosen` goes on after `me`."""
    mine: dict[int, dict[str, Any]] = {}
    theirs = chosen.locals or {}
    for local, args, kwargs in scheduler.locals:
        contents = local.__dict__
        mine[id(local)] = dict(contents)
        contents.clear()
        stored = theirs.get(id(local))
        if stored is not None:
            contents.update(stored)
        elif type(local).__init__ is not object.__init__:
            scheduler.quiet += 1
            local.__init__(*args, **kwargs)
            scheduler.quiet -= 1
    me.locals = mine


def register(scheduler: Scheduler, found: Iterable[Any]) -> None:
    """From now on, locals that are older than the schedules are swapped too, and their contents put back after each."""
    old = [(local, *_arguments(local)) for local in found]
    before = [(local, dict(local.__dict__)) for local, _, _ in old]

    def begin() -> None:
        scheduler.locals[:] = old

    def put_back() -> None:
        for local, contents in before:
            local.__dict__.clear()
            local.__dict__.update(contents)

    scheduler.at_begin.append(begin)
    scheduler.at_end.append(put_back)


def _arguments(local: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """What a local was made with: each thread's first use of it calls `__init__` with the same."""
    held = gc.get_referents(local)
    args = next((value for value in held if type(value) is tuple), ())
    return args, {}
