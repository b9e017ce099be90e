"""How far a daemon gets that its main thread does not wait for."""

from __future__ import annotations

import threading
from math import inf
from typing import Any

import pytest

from litmus import MODELS
from threadbench.explore.preparation import prepared
from threadbench.explore.program import WorkloadProgram
from threadbench.explore.search import Search
from threadbench.explore.strategies.dfs import DepthFirst
from threadbench.explore.strategies.dpor import Reduction


class Seen:
    """What the daemon saw."""

    x = 0
    saw: int | None = None


def write_beside_a_daemon(run: Any, params: Any) -> Any:
    """The last that the main thread does is a write."""
    seen = params()

    def look() -> None:
        seen.saw = seen.x

    threading.Thread(target=look, daemon=True).start()
    seen.x = 1
    return seen


@pytest.mark.parametrize("model", MODELS)
def test_daemons_go_on_until_the_process_has_ended(model: str) -> None:
    """A daemon may see the last that the main thread did, what was before it, or nothing at all."""
    ends: set[Any] = set()
    program = WorkloadProgram(write_beside_a_daemon, Seen, kind="x", seed=0, salt="", judge=lambda checks: None)
    search = Search(program, model=model, ordered=False)  # type: ignore[arg-type] # a text that is one of the literals
    search.came_to = lambda execution: ("finished", execution.value.outcome.saw, None)  # type: ignore[method-assign] # an outcome that is no JSON value
    with prepared(search, [write_beside_a_daemon]):
        for strategy in (Reduction(), DepthFirst()):
            search.forget()
            more = search.visit(strategy, schedules=1_000, until=inf, stop_on_first=False)
            assert not more
            ends = {end.outcome for end in search.ends.values()}
            before = set() if model == "sync" else {0}  # where there is no point between the start and the write
            assert ends == {None, 1} | before, strategy.name
