"""Lines for a person: what gives way where one is too long."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadbench.errors import columns
from threadbench.report.line import fitted, line, plain


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (60, "[1/1] scenarios/prodcons.yaml::prodcons  3 schedules"),
        (40, "[1/1] …dcons.yaml::prodcons  3 schedules"),
        (20, "[1/1] …l::prodcons  3 schedules"),
    ],
)
def test_the_beginning_of_a_name_gives_way(width: int, shown: str) -> None:
    """Down to twelve columns of it; what stands before and behind it stays."""
    whole = line("[1/1] ", "scenarios/prodcons.yaml::prodcons", "  3 schedules")
    assert plain(fitted(whole, width, gives=1)) == shown


@given(st.text(max_size=60), st.integers(20, 90))
def test_a_line_is_never_made_longer(name: str, width: int) -> None:
    """However wide its characters are, it fits where twelve columns of the name fit."""
    whole = line("[1/1] ", name, " 1s")
    told = fitted(whole, width, gives=1)
    wide = sum(columns(span.text) for span in told)
    assert wide <= max(width, 6 + 12 + 3)
    assert wide <= sum(columns(span.text) for span in whole)
