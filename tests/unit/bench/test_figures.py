"""What a variant takes, from what its processes tell."""

from __future__ import annotations

import pytest
from machines import processes

from threadbench.bench.figures import figures_of


def test_figures_are_medians_of_what_processes_tell() -> None:
    """Throughput is work by time, and work that nobody counts has none."""
    told = figures_of(processes(1))
    assert told.time == pytest.approx(0.1, rel=0.05)
    assert told.throughput == pytest.approx(4 / told.time)
    assert (told.unit, told.values, told.processes, told.loops) == ("tasks", 60, 20, 8)
    assert figures_of(processes(1, units=0.0)).throughput is None
