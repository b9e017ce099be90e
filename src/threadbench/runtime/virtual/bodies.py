"""Greenlets that virtual threads live in: one whose thread has ended is kept for the next, of whichever schedule.

To make a greenlet and to end it takes as long as twenty switches: it gets pages of memory for its stack from the
system, and gives them back.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Final

from greenlet import getcurrent, greenlet

from .originals import get_ident

MOST_KEPT: Final = 16
"""Greenlets kept from one search to the next, some twenty kilobytes each."""

_kept: list[Body] = []
_keeper: list[int] = [0]
"""The ident of the OS thread whose they are: no other can switch to them."""


class Body:
    """A greenlet in which threads live, one after the other.

    Args:
        parent: where it goes should it end.
    """

    __slots__ = ("greenlet", "live", "switch")

    def __init__(self, parent: greenlet) -> None:
        self.greenlet = greenlet(self._serve, parent)
        self.switch: Callable[..., Any] = self.greenlet.switch
        self.live: Callable[[], Callable[..., Any]] | None = None
        """What the next switch to it begins: the life of a thread, which comes to the switch to whoever goes on."""

    def _serve(self, *_: object) -> None:
        while True:
            live, self.live = self.live, None
            assert live is not None
            go_on = live()
            del live  # what it holds is not to wait for another thread to begin
            go_on()

    def end(self) -> None:
        """End the greenlet, where no thread lives in it."""
        self.greenlet.parent = getcurrent()
        self.greenlet.throw()


def take() -> list[Body]:
    """Those that there are, for a search of the calling OS thread."""
    if not _is_root() or _keeper[0] != get_ident():
        return []
    taken = _kept[:]
    _kept.clear()
    return taken


def give_back(bodies: list[Body]) -> None:
    """A search is over: keep some for the next, and end the others."""
    if _is_root():
        if _keeper[0] != get_ident():  # this is a child that another thread has forked
            _kept.clear()
            _keeper[0] = get_ident()
        room = MOST_KEPT - len(_kept)
        _kept.extend(bodies[:room])
        del bodies[:room]
    while bodies:
        bodies.pop().end()


def _is_root() -> bool:
    """Whether the caller is the main greenlet of the main thread, and so outlives them all."""
    main: Any = threading.main_thread()
    return main._ident == get_ident() and getcurrent().parent is None  # `ident` is a point within a schedule
