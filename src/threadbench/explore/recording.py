"""A schedule, run again with everything written down."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ..runtime.virtual.points.current import current
from .recorder import Recorder
from .strategies.guided import Replay

if TYPE_CHECKING:
    from ..runtime.virtual.scheduler import Scheduler
    from .search import Search
    from .steps import Recording


@contextmanager
def listening(scheduler: Scheduler) -> Iterator[Recorder]:
    """Within it, a recorder hears everything."""
    recorder = Recorder(scheduler)
    hooks = current.access, current.together, current.switch
    current.access, current.together, current.switch = recorder.access, recorder.together, recorder.switch
    scheduler.recorder = recorder.hear
    try:
        yield recorder
    finally:
        scheduler.recorder = None
        current.access, current.together, current.switch = hooks


def record(search: Search, choices: Sequence[int]) -> Recording:
    """Run a schedule again, and write everything down; where code under test is instrumented for the search.

    Raises:
        Diverged: the program does something else now.
    """
    strategy = Replay(choices)
    search.use(strategy)
    strategy.begin(search.scheduler)
    with listening(search.scheduler) as recorder:
        execution = search.scheduler.execute(lambda: search.program.run(search.scheduler))
    (cause, _, reason), _ = search.ended(execution)
    return recorder.recording(cause, reason, execution)
