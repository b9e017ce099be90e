"""What `threadbench bench` adds to what it times: `python benchmarks/bench_overhead.py`.

The same workload is timed by it, and by hand with pyperf (`Runner.bench_func` on a call of the function). In each of
several processes both take turns, value by value; the ratio of each process is one sample.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from math import log
from pathlib import Path

SCENARIO = "kind: pool\nparams: {workers: 2, task: cpu, upto: 5000}\n"


class ByHand:
    """The least that the workload wants of its `run`."""

    runtime = "native"

    def check(self, _name: str, ok: object, **_data: object) -> bool:
        """Whether it holds."""
        return bool(ok)


def one(loops: int, turns: int) -> None:
    """One process: print the logarithm of the median ratio, bench by hand."""
    import pyperf

    from threadbench.bench.order import Order
    from threadbench.bench.worker import Timer
    from threadbench.lookup import Lookup

    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "case.yaml"
        path.write_text(SCENARIO, encoding="utf-8")
        lookup = Lookup()
        case = lookup.case(str(path))
    workload, params, run = case.workload.function, case.params, ByHand()
    runner = pyperf.Runner()
    runner.parse_args(["--worker", "--quiet", f"--loops={loops}", "--warmups=0", "--values=1"])
    timer = Timer(Order(lookup, case.id, "bench"), case, 0)
    ratios = []
    for turn in range(turns + 1):
        taken = {}
        for who in ("bench", "hand") if turn % 2 else ("hand", "bench"):
            if who == "bench":
                taken[who] = timer(loops) / loops
            else:
                done = runner.bench_func(f"hand {turn}", workload, run, params)
                taken[who] = done.get_values()[0]
        if turn:  # the first warms up
            ratios.append(log(taken["bench"] / taken["hand"]))
    print("ratio", statistics.median(ratios))


def main() -> int:
    """Run the processes, and say what the ratio is; 1 where it is not 1 within 5 %."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--processes", type=int, default=20)
    parser.add_argument("--loops", type=int, default=32)
    parser.add_argument("--turns", type=int, default=20)
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        one(arguments.loops, arguments.turns)
        return 0
    from threadbench.bench.statistics import paired

    again = [sys.executable, __file__, "--one", f"--loops={arguments.loops}", f"--turns={arguments.turns}"]
    print(f"{arguments.processes} processes, {arguments.turns} turns each, load before it {os.getloadavg()[0]:.1f}")
    samples = []
    for _ in range(arguments.processes):
        said = subprocess.run(again, capture_output=True, text=True, check=True).stdout
        samples += [float(line.split()[1]) for line in said.splitlines() if line.startswith("ratio ")]
    assert len(samples) == arguments.processes
    found = paired(samples).exp()
    within = found.holds(1.0) and found.low >= 0.95 and found.high <= 1.05
    print(f"bench takes {found.centre:.4f} x the time by hand, 95 %: [{found.low:.4f}, {found.high:.4f}]")
    print("PASS" if within else "short", "(target: the interval holds 1, and lies within 5 % of it)")
    return 0 if within else 1


if __name__ == "__main__":
    sys.exit(main())
