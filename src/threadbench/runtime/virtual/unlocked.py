"""What `threading.Event` and `Barrier` read and write without their lock: a point and an access each."""

from __future__ import annotations

from typing import Any

from .accesses import READ, WRITE
from .threads import here


def event_is_set(self: Any) -> bool:
    """As `threading.Event.is_set`."""
    scheduler = here()
    if scheduler is not None:
        scheduler.point(READ, self)
        scheduler.note(self, "_flag", READ)
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
        scheduler.note(event, "_flag", WRITE)
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


BROKEN = -2
"""What `Barrier._state` is then."""
