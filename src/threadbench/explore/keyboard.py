"""Ctrl-C in a process that explores: a search ends with the schedule under way, and the interrupt is raised then."""

from __future__ import annotations

import math
import threading
from contextlib import AbstractContextManager, nullcontext
from types import FrameType
from typing import TYPE_CHECKING

from ..runtime.virtual.originals import get_ident
from .signals import SIGINT, default_int_handler, handle, handler_of

if TYPE_CHECKING:
    from .search import Search


def heard(search: Search) -> AbstractContextManager[None]:
    """Within the body the interpreter's own handler of Ctrl-C gives way to one that asks the search to end: raised in
    whatever virtual thread is running, the interrupt would be an exception of the program. A second one is raised where
    it comes, which ends what waits outside of all schedules.

    Where somebody else handles Ctrl-C, or in another thread than the main one, nothing is done.

    Raises:
        KeyboardInterrupt: at the end of the body, after the first.
    """
    main = get_ident() == threading.main_thread().ident
    return _Ear(search) if main and handler_of(SIGINT) is default_int_handler else nullcontext()


class _Ear(AbstractContextManager[None]):
    def __init__(self, search: Search) -> None:
        self._search = search
        self._pressed = False

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        if self._pressed:
            default_int_handler(number, frame)
        self._pressed = True
        self._search.interrupt()
        self._search.scheduler.until = -math.inf  # a long schedule ends at its next look at the clock

    def __enter__(self) -> None:
        handle(SIGINT, self._interrupt)

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        handle(SIGINT, default_int_handler)
        if self._pressed and kind is None:
            raise KeyboardInterrupt
