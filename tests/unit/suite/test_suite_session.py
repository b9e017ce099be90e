"""Budgets, as they are typed."""

from __future__ import annotations

import pytest

from threadbench.suite.session import budget


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("500", (500, None)),
        ("10s", (None, 10.0)),
        ("500,10s", (500, 10.0)),
        ("2m,1", (1, 120.0)),
    ],
)
def test_a_budget_is_schedules_or_time_or_both(text: str, meant: tuple[int | None, float | None]) -> None:
    """A whole number counts schedules, a duration has a unit."""
    assert budget(text) == meant


@pytest.mark.parametrize("text", ["", "0", "0s", "-3", "1.5", "10 s", "much", "500,", "²"])
def test_what_is_no_budget_is_refused(text: str) -> None:
    """A number without a unit that is not whole, nothing, or less is no budget."""
    with pytest.raises(ValueError, match="is neither a number of schedules nor a duration"):
        budget(text)
