"""Programs drawn by Hypothesis come to the same outcomes under reduction as under plain search of all interleavings."""

from __future__ import annotations

import time

from comparing import Tally, compare
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from drawn import Drawn, programs

TALLY = Tally()
BUDGET = 8.0
"""Seconds of CPU time: programs drawn after that are not looked at. `benchmarks/property.py` looks at more."""
_spent = [0.0]


@settings(max_examples=200, deadline=None, database=None, print_blob=True, suppress_health_check=list(HealthCheck))
@given(programs(), st.sampled_from(("sync", "gil", "free-threaded")))
def _strategies_agree(program: Drawn, model: str) -> None:
    if _spent[0] > BUDGET:
        return
    started = time.process_time()
    try:
        compare(program, model, TALLY, most=250, samples=5)
    finally:
        _spent[0] += time.process_time() - started


def test_reduction_misses_nothing_and_invents_nothing() -> None:
    """DPOR and DFS agree on every outcome of a drawn program, deadlocks included; samples are among them."""
    _strategies_agree()
    assert TALLY.compared >= 20, TALLY
