"""How fast this interpreter is here at the moment: a fixed computation is timed in turns with what is measured.

What neighbours do to a CPU, its caches and its clock comes in bursts of some hundredths of a second, and meets
different work differently. So turns are short, and the computation is of three kinds: looking up, reckoning with
numbers that are made and dropped, and the latter in two threads that have to share an interpreter.
"""

from __future__ import annotations

import threading
import time
from math import exp, log
from statistics import mean, median
from typing import Final, NamedTuple

SECOND: Final = 5_000_000
"""About how many rounds a second has; how long it really takes is what is measured."""


class Reading(NamedTuple):
    """Seconds of a round, and CPU seconds; `alone` is time and CPU time of all that runs in one thread."""

    time: float
    cpu: float
    alone: tuple[float, float]


class Turn(NamedTuple):
    """Runs between two readings: seconds of one of them, and CPU seconds; and the yardstick's, before and after."""

    time: float
    cpu: float
    before: Reading
    after: Reading


def read(rounds: int) -> Reading:
    """Time so many rounds of each kind, some thousands at least."""
    alone = []
    for work in (_look_up, _reckon):
        started, used = time.perf_counter(), time.thread_time()
        work(rounds)
        alone.append((time.perf_counter() - started, time.thread_time() - used))
    threads = [threading.Thread(target=_reckon, args=(rounds // 2,), daemon=True) for _ in range(2)]
    started, used = time.perf_counter(), time.process_time()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    shared = (time.perf_counter() - started, time.process_time() - used)
    times, cpus = zip(*alone, shared, strict=True)
    (took, computed), (took_too, computed_too) = alone
    return Reading(_middle(times) / rounds, _middle(cpus) / rounds, (took + took_too, computed + computed_too))


def facts(turns: list[Turn]) -> dict[str, float]:
    """What turns come to; the middle ones, of turns of the whole process.

    `yard_share` is for which part of its time a computation in one thread had a CPU, and `best_share` for which part
    the case had one (or several) in that of its turns in which it had most. `time_in_yards` and
    `cpu_time_in_yards` are how many rounds of the yardstick would take as long as one run.
    """
    readings = [reading for turn in turns for reading in (turn.before, turn.after)]
    # Of the sums: a neighbour who has the CPU for long meets few readings, and is most of their time.
    took, computed = (sum(each) for each in zip(*(reading.alone for reading in readings), strict=True))
    return {
        "yard_time": median(reading.time for reading in readings),
        "yard_cpu": median(reading.cpu for reading in readings),
        "yard_share": min(1.0, computed / took),
        "best_share": max(turn.cpu / turn.time for turn in turns),
        "time_in_yards": median(turn.time / _middle((turn.before.time, turn.after.time)) for turn in turns),
        "cpu_time_in_yards": median(turn.cpu / _middle((turn.before.cpu, turn.after.cpu)) for turn in turns),
    }


def _look_up(rounds: int) -> None:
    table = {number: number for number in range(64)}
    total = 0
    for number in range(rounds):
        total += table[number & 63] ^ number


def _reckon(rounds: int) -> None:
    total = 0
    for number in range(rounds):
        total += number * number


def _middle(values: tuple[float, ...]) -> float:
    """The geometric mean; of a time that the clock does not show, the least that it could."""
    return exp(mean(log(max(value, 1e-12)) for value in values))
