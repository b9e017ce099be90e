"""Programs drawn by Hypothesis come to the same outcomes under reduction as under plain search of all interleavings."""

from __future__ import annotations

from comparing import Tally, compare
from drawn import Drawn, programs
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

TALLY = Tally()
ENOUGH = 40
"""Programs compared, after which no more are looked at. `benchmarks/property.py` looks at more, and at others."""


@settings(
    max_examples=200,
    deadline=None,
    database=None,
    derandomize=True,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)
@given(programs(), st.sampled_from(("sync", "gil", "free-threaded")))
def _strategies_agree(program: Drawn, model: str) -> None:
    if TALLY.compared < ENOUGH:
        compare(program, model, TALLY, most=250, samples=5)


def test_reduction_misses_nothing_and_invents_nothing() -> None:
    """DPOR and DFS agree on every outcome of a drawn program, deadlocks included; samples are among them."""
    _strategies_agree()
    assert TALLY.compared >= 20, TALLY
