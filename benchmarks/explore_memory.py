"""What exploration holds in memory: a schedule of a million points, and a workload of a hundred threads.

    python benchmarks/explore_memory.py [--quick] [--json FILE]

Each strategy explores each program in a process of its own, whose most resident memory is read from the kernel
(`ru_maxrss`), less that of a process which explores two threads of one update each: interpreter, modules and hooks.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
from collections.abc import Callable

from figures import Target, headline, table, targets_table, write_json

from threadbench.explore.explorer import explore
from threadbench.explore.limits import Limits
from threadbench.explore.program import Threads

MODES = ("random", "pct", "pos", "rff", "dpor", "dfs", "auto")
MOST_MB = 300
"""What any of them may hold, above the least."""


class Box:
    """What threads share."""

    def __init__(self) -> None:
        self.value = 0


def updates(count: int) -> Callable[[Box], None]:
    """A thread that updates so many times: two points each."""

    def thread(box: Box) -> None:
        for _ in range(count):
            box.value += 1

    return thread


def program(name: str, size: int) -> Threads:
    """The program of that name."""
    if name == "long":
        return Threads([updates(size // 4)] * 2, Box)
    return Threads([updates(size // 200)] * 100, Box)


def measure(name: str, strategy: str, size: int) -> None:
    """Explore one program, and print what it took."""
    run = program(name, size)
    schedules = 1 if size > 1_000 else 20
    limits = Limits(
        strategy=strategy, max_schedules=schedules, time_limit=3600.0, stop_on_first=False, max_points=2_000_000
    )
    began = time.process_time()
    found = explore(run, run.code, limits)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{most:.1f}\t{time.process_time() - began:.2f}\t{found.schedules}\t{found.points}\t{found.verdict}")


def measured(name: str, strategy: str, size: int) -> tuple[float, float, int, int, str]:
    """The same, in a process of its own."""
    command = [sys.executable, __file__, "--measure", name, strategy, str(size)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    most, seconds, schedules, points, verdict = done.stdout.split("\t")
    return float(most), float(seconds), int(schedules), int(points), verdict.strip()


def main() -> int:
    """Measure all, print them and the targets."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="100,000 points instead of a million")
    parser.add_argument("--json", metavar="FILE", help="write figures and targets")
    parser.add_argument("--measure", nargs=3, metavar=("PROGRAM", "STRATEGY", "POINTS"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        name, strategy, size = options.measure
        measure(name, strategy, int(size))
        return 0
    print(headline())
    least = measured("long", "random", 8)[0]
    size = 100_000 if options.quick else 1_000_000
    rows, targets, figures = [], [], {}
    for name, points in (("long", size), ("threads", 20_000)):
        for strategy in MODES:
            most, seconds, schedules, made, verdict = measured(name, strategy, points)
            figures[f"{name} {strategy}"] = most - least
            what = f"{made:,} points, 2 threads" if name == "long" else f"{made:,} points, 100 threads"
            rows.append([what, strategy, f"{most - least:.0f}", f"{seconds:.1f}", str(schedules), verdict])
            targets.append(Target(f"{name}, {strategy}: MB", most - least, MOST_MB))
    title = f"(e) most memory in MB, above the {least:.0f} of a process that explores two updates"
    table(title, ["", "strategy", "MB", "CPU s", "schedules", "verdict"], rows)
    targets_table(targets)
    write_json(options.json, {"least": least, "above": figures}, targets)
    return 0


if __name__ == "__main__":
    sys.exit(main())
