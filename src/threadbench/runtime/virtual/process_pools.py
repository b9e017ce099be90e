"""Pools of processes, which no schedule controls: which of their threads first waits for the processes is decided in
the operating system, and where it waits no other can be switched to.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from sys import _getframe
from typing import TYPE_CHECKING, Any

from .threads import here

if TYPE_CHECKING:
    from types import FrameType

    from .scheduler import Scheduler


def refused(scheduler: Scheduler, refuse: Callable[[FrameType], None]) -> AbstractContextManager[None]:
    """Within it, who makes one in a schedule is refused: with the frame that makes it, `refuse` is called, and raises.

    Modules that have not been imported make none.
    """
    pool: Any = getattr(sys.modules.get("concurrent.futures.process"), "ProcessPoolExecutor", None)
    return _NOTHING if pool is None else _refused(pool, scheduler, refuse)


_NOTHING = nullcontext()


@contextmanager
def _refused(pool: Any, scheduler: Scheduler, refuse: Callable[[FrameType], None]) -> Iterator[None]:
    before = pool.__init__

    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        if here() is scheduler:
            refuse(_getframe(1))
        before(self, *args, **kwargs)

    pool.__init__ = init
    try:
        yield
    finally:
        pool.__init__ = before
