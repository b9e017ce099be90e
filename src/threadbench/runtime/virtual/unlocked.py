"""What `threading.Event` and `Barrier` read and write without their lock: a point and an access each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .accesses import KEYED_READ, KEYED_WRITE, READ, WRITE
from .points import opened
from .points.current import current as points
from .threads import here


def event_is_set(self: Any) -> bool:
    """As `threading.Event.is_set`."""
    scheduler = here()
    if scheduler is not None:
        scheduler.point(READ, self)
        scheduler.note(self, "_flag", KEYED_READ if points.keyed else READ)
    return bool(self._flag)


def event_set(self: Any) -> None:
    """As `threading.Event.set`."""
    with self._cond:
        _write_flag(self, True)
        self._cond.notify_all()


def event_clear(self: Any) -> None:
    """As `threading.Event.clear`."""
    with self._cond:
        _write_flag(self, False)


def _write_flag(event: Any, value: bool) -> None:
    scheduler = here()
    if scheduler is not None:
        scheduler.point(WRITE, event)
        scheduler.note(event, "_flag", KEYED_WRITE if points.keyed else WRITE)
        scheduler.changed = True
    event._flag = value


def barrier_broken(self: Any) -> bool:
    """As `threading.Barrier.broken`, with the lock: what it sees is what it would see right after those who hold it."""
    if here() is None:
        return bool(self._state == BROKEN)
    with self._cond:
        return bool(self._state == BROKEN)


def barrier_n_waiting(self: Any) -> int:
    """As `threading.Barrier.n_waiting`, with the lock."""
    if here() is None:
        return self._count if self._state == 0 else 0
    with self._cond:
        return self._count if self._state == 0 else 0


def shown(original: Callable[[Any], str]) -> Callable[[Any], str]:
    """A primitive's `__repr__`: it looks at fields that others write, whose writes are to be told of then."""

    def __repr__(self: Any) -> str:  # noqa: N807 - replaces the library's method of that name
        scheduler = here()
        if scheduler is not None and not scheduler.quiet:
            opened.dictionary_taken(type(self))
        return original(self)

    return __repr__


BROKEN = -2
"""What `Barrier._state` is then."""
