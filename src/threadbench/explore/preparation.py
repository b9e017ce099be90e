"""Makes a process ready for schedules, and puts everything back."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from ..runtime.virtual.patches import SUBSTITUTES, patched
from ..runtime.virtual.points import instrumented
from ..runtime.virtual.state import kept

if TYPE_CHECKING:
    from .search import Search


@contextmanager
def prepared(search: Search, code: Sequence[Any]) -> Iterator[None]:
    """Within it, the code under test has points, and the standard library is virtual."""
    scheduler = search.scheduler
    collecting = gc.isenabled()
    with ExitStack() as stack:
        stack.enter_context(patched(scheduler))
        stack.enter_context(
            instrumented(
                code,
                scheduler,
                accesses=True,
                switches=scheduler.model == "gil",
                substitutes=SUBSTITUTES,
            )
        )
        search.track(stack.enter_context(kept(code, scheduler)))
        gc.disable()  # when a finalizer runs must not be chance
        try:
            yield
        finally:
            if collecting:
                gc.enable()
