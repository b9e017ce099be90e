"""Each litmus program comes to exactly the outcomes that were derived by hand, whatever visits its interleavings."""

from __future__ import annotations

from typing import Any

import litmus_choices
import litmus_conditions
import litmus_ends
import litmus_locks
import litmus_memory
import litmus_threads
import pytest

from litmus import Litmus, reached, visited

PROGRAMS = tuple(
    program
    for module in (litmus_memory, litmus_locks, litmus_conditions, litmus_threads, litmus_choices, litmus_ends)
    for program in module.PROGRAMS
)
PENDING: dict[tuple[str, str], str] = {}
"""Programs that reduction does not visit whole, and why."""


def cases(strategy: str) -> list[Any]:
    """Each program in each of its models; those of which `dfs` would visit too many are left out there."""
    found = []
    for program in PROGRAMS:
        models = {"dfs": program.dfs, "auto": program.models[-1:]}.get(strategy, program.models)
        for model in models:
            pending = PENDING.get((program.name, model)) if strategy in ("dpor", "auto") else None
            marks = [pytest.mark.xfail(strict=strategy == "dpor", reason=pending)] if pending else []
            found.append(pytest.param(program, model, id=f"{program.name}, {model}", marks=marks))
    return found


@pytest.mark.parametrize(("program", "model"), cases("dpor"))
def test_reduction_reaches_exactly_what_can_be(program: Litmus, model: str) -> None:
    """DPOR comes to the outcomes counted by hand, in as many schedules as there are classes."""
    found = visited(program, model)["dpor"]
    assert found.outcomes == program.expected(model)
    assert found.exhausted
    if model in program.traces:
        assert found.schedules == program.traces[model]


@pytest.mark.parametrize(("program", "model"), cases("dfs"))
def test_plain_search_reaches_exactly_what_can_be(program: Litmus, model: str) -> None:
    """DFS comes to the outcomes counted by hand."""
    found = visited(program, model)["dfs"]
    assert found.outcomes == program.expected(model)
    assert found.exhausted


@pytest.mark.parametrize(("program", "model"), cases("samples"))
def test_samples_are_among_what_can_be(program: Litmus, model: str) -> None:
    """What a sampling strategy comes to is among the outcomes counted by hand."""
    found = visited(program, model)
    for strategy in ("random", "pct", "pos", "rff"):
        assert found[strategy].outcomes <= program.expected(model), strategy


@pytest.mark.parametrize(("program", "model"), cases("auto"))
def test_the_portfolio_reaches_exactly_what_can_be(program: Litmus, model: str) -> None:
    """The strategies in turns come to the outcomes counted by hand, and say that these are all."""
    found = program.explored("auto", model)
    assert reached(found) == program.expected(model)
    assert found.exhaustive == ("livelock" not in program.expected(model))
