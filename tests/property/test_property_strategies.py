"""Programs drawn by Hypothesis come to the same outcomes under reduction as under plain search of all interleavings.

The programs are the same in each run: as many as `THREADBENCH_PROPERTY` says, and few in the test command. Others,
drawn at random, are for `benchmarks/property.py`.
"""

from __future__ import annotations

import os

import pytest
from comparing import MOST_STATEMENTS, SHARE, Tally, compare, comparison
from drawn import Drawn, programs
from hypothesis import HealthCheck, given, settings

PROGRAMS = int(os.environ.get("THREADBENCH_PROPERTY", "60"))
"""Programs that both visit whole, over all models."""


@pytest.mark.parametrize("model", MOST_STATEMENTS)
def test_reduction_misses_nothing_and_invents_nothing(model: str) -> None:
    """DPOR and DFS agree on every end of a drawn program, deadlocks included; samples are among them."""
    wanted = round(PROGRAMS * SHARE[model])
    tally = Tally()
    with comparison(model) as search:

        @settings(
            max_examples=12 * wanted,
            deadline=None,
            database=None,
            derandomize=True,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        )
        @given(programs(MOST_STATEMENTS[model]))
        def strategies_agree(program: Drawn) -> None:
            if tally.compared < wanted:
                compare(program, search, tally)

        strategies_agree()
    print(model, tally)
    assert tally.compared == wanted, tally
