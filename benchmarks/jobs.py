"""What a second process is worth to a search that samples, beside two searches that know nothing of each other.

    python benchmarks/jobs.py [--rounds N] [--schedules N] [--json FILE]

Within each round, one after the other, in random order: one process that runs so many schedules; two processes, each
for itself, that run as many each; and one search with two jobs that runs as many as both. Each is a whole search in a
process forked for it, timed on the wall from before it starts until its result is there. A gain is schedules a second
by those of the one process; where the machine has neighbours, all three have them, and ratios are taken round by round.
What neighbours cannot hide is the CPU time of a schedule, all processes together: what of it jobs add is their price.
"""

from __future__ import annotations

import argparse
import multiprocessing
import queue
import random
import resource
import statistics
import sys
import threading
import time

from figures import Target, figure, headline, table, targets_table, write_json

from threadbench.explore.explorer import explore
from threadbench.explore.limits import Limits
from threadbench.explore.program import Threads

REQUIRED = 0.85
"""Of what two independent processes gain, two jobs are to gain so much."""


class Box:
    """What threads share."""

    def __init__(self) -> None:
        self.value = 0
        self.lock = threading.Lock()
        self.queue: queue.Queue[int] = queue.Queue(1)


def add(box: Box) -> None:
    """Two unprotected accesses."""
    box.value += 1


def add_many(box: Box) -> None:
    """A hundred of them."""
    for _ in range(50):
        box.value += 1


def put(box: Box) -> None:
    """Two items, for which there is one place."""
    for item in range(2):
        box.queue.put(item)


def get(box: Box) -> None:
    """Both of them."""
    for _ in range(2):
        box.queue.get()


PROGRAMS = {
    "lost update": (Threads([add, add], Box, None, lambda box: box.value), 20),
    "2 x 50 updates": (Threads([add_many, add_many], Box, None, lambda box: box.value), 1),
    "queue of 1, 2 and 2": (Threads([put, put, get, get], Box), 1),
}
"""Each with how many times as many schedules are run: about as long for all."""


def search(name: str, strategy: str, schedules: int, jobs: int) -> None:
    """One search."""
    program, _ = PROGRAMS[name]
    limits = Limits(strategy=strategy, max_schedules=schedules, time_limit=3600.0, stop_on_first=False)
    found = explore(program, program.code, limits, jobs=jobs)
    assert found.schedules == schedules


def spent() -> float:
    """CPU seconds of all processes that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def timed(name: str, strategy: str, schedules: int, jobs: int, processes: int) -> tuple[float, float]:
    """Schedules a second of so many processes together, one search each; and CPU seconds of a schedule."""
    before = spent()
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=search, args=(name, strategy, schedules, jobs)) for _ in range(processes)]
    began = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    seconds = time.perf_counter() - began
    assert all(worker.exitcode == 0 for worker in workers)
    return processes * schedules / seconds, (spent() - before) / (processes * schedules)


def main() -> int:
    """Measure, print, compare with what is required."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7, help="how often each is measured (default 7)")
    parser.add_argument(
        "--schedules", type=int, default=8_000, help="of the longer programs, by one process (default 8,000)"
    )
    parser.add_argument("--strategy", default="random", help="what chooses (default random)")
    parser.add_argument("--json", metavar="FILE", help="write samples and targets")
    options = parser.parse_args()
    print(headline())
    rows, targets, samples = [], [], {}
    for name, (_, times) in PROGRAMS.items():
        count = options.schedules * times
        ways = {"one": (count, 1, 1), "two apart": (count, 1, 2), "two jobs": (2 * count, 2, 1)}
        rates: dict[str, list[float]] = {way: [] for way in ways}
        costs: dict[str, list[float]] = {way: [] for way in ways}
        for _ in range(options.rounds):
            for way in random.sample(list(ways), len(ways)):
                rate, cost = timed(name, options.strategy, *ways[way])
                rates[way].append(rate)
                costs[way].append(cost)
        apart = [two / one for two, one in zip(rates["two apart"], rates["one"], strict=True)]
        jobs = [two / one for two, one in zip(rates["two jobs"], rates["one"], strict=True)]
        ratios = [two / other for two, other in zip(rates["two jobs"], rates["two apart"], strict=True)]
        prices = [two / other for two, other in zip(costs["two jobs"], costs["two apart"], strict=True)]
        samples[name] = {"rates": rates, "costs": costs}
        ratio = figure(ratios)
        cells = [f"{statistics.median(rates['one']):,.0f}", f"{statistics.median(apart):.2f}"]
        cells += [f"{statistics.median(jobs):.2f}", f"{ratio.median:.2f}", f"{ratio.spread:.2f}"]
        cells.append(f"{statistics.median(prices):.2f}")
        rows.append([name, *cells])
        targets.append(Target(f"{name}: two jobs / two apart", ratio.median, REQUIRED, at_most=False))
    title = f"(f) gain over one process, {options.strategy}, median of {options.rounds} rounds"
    table(
        title, ["", "schedules/s of one", "two apart", "two jobs", "jobs / apart", "spread", "CPU, jobs / apart"], rows
    )
    targets_table(targets)
    write_json(options.json, {"samples": samples}, targets)
    return 0


if __name__ == "__main__":
    sys.exit(main())
