"""Each litmus program comes to exactly the outcomes that were derived by hand, whatever visits its interleavings."""

from __future__ import annotations

from typing import Any

import litmus_memory
import pytest
from litmus import Litmus, reached

PROGRAMS = (*litmus_memory.PROGRAMS,)


def cases(strategy: str) -> list[Any]:
    """Each program in each of its models; those of which `dfs` would visit too many are left out there."""
    found = []
    for program in PROGRAMS:
        for model in program.models:
            if strategy != "dfs" or model in program.dfs:
                found.append(pytest.param(program, model, id=f"{program.name}, {model}"))
    return found


@pytest.mark.parametrize(("program", "model"), cases("dpor"))
def test_reduction_reaches_exactly_what_can_be(program: Litmus, model: str) -> None:
    """DPOR comes to the outcomes counted by hand, in as many schedules as there are classes."""
    found = program.search("dpor", model)
    assert reached(found) == program.expected(model)
    assert found.exhaustive
    if model in program.traces:
        assert found.schedules == program.traces[model]


@pytest.mark.parametrize(("program", "model"), cases("dfs"))
def test_plain_search_reaches_exactly_what_can_be(program: Litmus, model: str) -> None:
    """DFS comes to the outcomes counted by hand."""
    found = program.search("dfs", model)
    assert reached(found) == program.expected(model)
    assert found.exhaustive


@pytest.mark.parametrize(("program", "model"), cases("auto"))
def test_the_portfolio_reaches_exactly_what_can_be(program: Litmus, model: str) -> None:
    """The strategies in turns come to the outcomes counted by hand."""
    found = program.search("auto", model)
    assert reached(found) == program.expected(model)
    assert found.exhaustive


@pytest.mark.parametrize("strategy", ["random", "pct"])
@pytest.mark.parametrize(("program", "model"), cases("random"))
def test_samples_are_among_what_can_be(program: Litmus, model: str, strategy: str) -> None:
    """What a sampling strategy comes to is among the outcomes counted by hand."""
    found = program.search(strategy, model, schedules=50)
    assert reached(found) <= program.expected(model)
    assert not found.exhaustive
