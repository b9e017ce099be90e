"""Exploration against an idiom: how many updates two threads can lose under a model, over all interleavings."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from idioms import Idiom

from threadbench.explore.explorer import explore
from threadbench.explore.found import Found
from threadbench.explore.limits import Limits
from threadbench.explore.program import Threads


@contextmanager
def module_of(source: str) -> Iterator[Any]:
    """A module of this source that can be imported, as code under test can."""
    module = ModuleType("idiom")
    sys.modules[module.__name__] = module
    try:
        exec(compile(source, "<idiom>", "exec"), module.__dict__)
        yield module
    finally:
        del sys.modules[module.__name__]


def explored(idiom: Idiom, model: Any, *, strategy: str, times: int = 1, schedules: int = 3_000) -> Found:
    """Search what two threads lose that do this so many times each: the outcomes are numbers of lost updates."""
    with module_of(idiom.source()) as module:
        work: Callable[[], None] = module.once if times == 1 else lambda: module.hot(times)

        def update(_before: int) -> None:
            work()

        def lost(before: int) -> int:
            return 2 * times - int(module.read() - before)

        program = Threads([update, update], setup=module.read, outcome=lost)
        limits = Limits(model=model, strategy=strategy, max_schedules=schedules, stop_on_first=False)
        return explore(program, [module], limits)


def losses(found: Found) -> set[int]:
    """How many updates are lost in a schedule or another; anything but a finished schedule is a mistake."""
    assert {outcome.cause for outcome in found.outcomes} == {"finished"}, found.outcomes
    return {outcome.value for outcome in found.outcomes}
