"""Holds reduction to plain search on thousands of drawn programs: `python benchmarks/property.py 2000 [seed [model]]`.

Prints how many programs were compared, how many had too many interleavings to be, and what they came to; the first
program on which strategies disagree is shrunk, and ends the run.
"""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "property"))

from comparing import Tally, compare
from drawn import Drawn, programs
from hypothesis import HealthCheck, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st


def main(count: int, seed: int, model: str | None) -> None:
    """Draw as many programs, and compare."""
    tally = Tally()
    models = (model,) if model else ("sync", "gil", "free-threaded")

    @seeded(seed)
    @settings(max_examples=count, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(programs(), st.sampled_from(models))
    def strategies_agree(program: Drawn, model: str) -> None:
        compare(program, model, tally, most=1_500)

    started = time.perf_counter()
    print(f"seed {seed}")
    try:
        strategies_agree()
    finally:
        print(f"{tally.compared} programs compared, {tally.discarded} too large, {time.perf_counter() - started:.0f} s")
        print("schedules:", dict(tally.schedules))
        print("ends:", dict(tally.ends))


if __name__ == "__main__":
    arguments = dict(enumerate(sys.argv))
    main(int(arguments.get(1, 2_000)), int(arguments.get(2, random.randrange(2**32))), arguments.get(3))
