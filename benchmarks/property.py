"""Holds reduction to plain search on thousands of drawn programs: `python benchmarks/property.py 2000 [seed [model]]`.

Prints, for each model, how many programs both visited whole, how many only the reduction did (what plain search and
samples saw of those is among what it came to), how many were too large, and what they came to. A program on which
strategies disagree is shrunk, and ends the run.
"""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "property"))

from comparing import MOST_STATEMENTS, SHARE, Tally, compare, comparison
from drawn import Drawn, programs
from hypothesis import HealthCheck, given, settings
from hypothesis import seed as seeded


def main(count: int, seed: int, models: list[str]) -> None:
    """Draw programs until as many are compared, over the models."""
    print(f"seed {seed}")
    for model in models:
        wanted = round(count * SHARE[model]) if len(models) > 1 else count
        tally = Tally()
        started = time.process_time()
        try:
            with comparison(model) as search:
                _compare(model, wanted, seed, search, tally)
        finally:
            print(
                f"{model}: {tally.compared} programs compared, {tally.large} in part, {tally.discarded} too large, "
                f"{time.process_time() - started:.0f} s of CPU time\n"
                f"    schedules {dict(tally.schedules)}\n    ends {dict(tally.ends)}",
                flush=True,
            )


def _compare(model: str, wanted: int, seed: int, search: object, tally: Tally) -> None:
    @seeded(seed)
    @settings(max_examples=12 * wanted, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(programs(MOST_STATEMENTS[model]))
    def strategies_agree(program: Drawn) -> None:
        if tally.compared < wanted:
            compare(program, search, tally)

    strategies_agree()


if __name__ == "__main__":
    arguments = dict(enumerate(sys.argv))
    chosen = [arguments[3]] if 3 in arguments else list(MOST_STATEMENTS)
    main(int(arguments.get(1, 2_000)), int(arguments.get(2, random.randrange(2**32))), chosen)
