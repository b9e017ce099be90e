"""What is called slower, on processes whose machine is made up: quiet, busy, another one; and how they are compared."""

from __future__ import annotations

import math
import random

import pytest

from threadbench.bench.figures import Change, change, figures_of
from threadbench.bench.measuring import Process
from threadbench.bench.order import PREFIX


def processes(
    seed: int,
    *,
    time: float = 0.1,
    slowness: float = 1.0,
    available: float = 1.0,
    computing: float = 1.0,
    units: float = 4.0,
    number: int = 20,
    version: str = "3.13.0",
) -> list[Process]:
    """Processes that run work of which a part computes, on a machine that is so slow and whose CPU is so far there.

    Where it is not, what computes has to wait in bursts that are longer than a process.
    """
    draw = random.Random(seed)
    made = []
    burst = 0.0
    for _ in range(number):
        own = math.exp(draw.gauss(0, 0.01))
        burst = 0.9 * burst + draw.gauss(0, 0.3 * (1 - available))
        share = min(1.0, available * math.exp(burst)) if available < 1 else 1.0
        clock = slowness * math.exp(draw.gauss(0, 0.05))
        cpu = time * computing * own * clock
        values = tuple(
            cpu / share * math.exp(draw.gauss(0, 0.02)) + time * (1 - computing) * math.exp(draw.gauss(0, 0.01))
            for _ in range(3)
        )
        facts = {
            "cpu_time": cpu,
            "units": units,
            "unit_name": "tasks",
            "yard_time": 1e-7 * clock / share,
            "yard_cpu": 1e-7 * clock,
            "yard_share": share,
            "time_in_yards": sorted(values)[1] / (1e-7 * clock / share),
            "cpu_time_in_yards": cpu / (1e-7 * clock),
        }
        metadata = {PREFIX + name: value for name, value in facts.items()}
        made.append(Process(values, (), {**metadata, "loops": 8, "python_version": version}))
    return made


def called(first: list[Process], second: list[Process]) -> Change:
    return change(first, second, threshold=0.05, significance=0.01)


@pytest.mark.parametrize("available", [1.0, 0.4])
def test_a_tenth_more_is_called_and_no_change_is_not(available: float) -> None:
    """On a quiet machine and on one that is busy in bursts: 19 of 20 at least, and 1 of 20 at most."""
    found = false = 0
    for seed in range(20):
        before = processes(seed, available=available)
        found += called(before, processes(seed + 100, time=0.11, available=available)).judgement == "slower"
        false += called(before, processes(seed + 200, available=available)).judgement != "no change"
    assert (found >= 19, false <= 1) == (True, True)


def test_a_slower_machine_is_no_slower_case() -> None:
    """What computes by half as much again is the machine's, where the yardstick takes that too; and a gain is seen."""
    assert called(processes(1), processes(2, slowness=1.5)).judgement == "no change"
    assert called(processes(1), processes(2, slowness=1.5)).machine == pytest.approx(1.5, rel=0.1)
    assert called(processes(1), processes(2, slowness=1.5, time=0.12)).judgement == "slower"
    assert called(processes(1), processes(2, slowness=1.5, time=0.08)).judgement == "faster"


def test_a_sleep_is_not_allowed_a_slower_machine() -> None:
    """What waits takes as long on any machine: a longer wait is called on a slower one, and none on a busy one."""
    waiting = {"computing": 0.02}
    assert called(processes(1, **waiting), processes(2, slowness=1.5, **waiting)).judgement == "no change"
    assert called(processes(1, **waiting), processes(2, slowness=1.5, time=0.12, **waiting)).judgement == "slower"
    busy = called(processes(1, **waiting), processes(2, available=0.4, **waiting))
    assert (busy.judgement, busy.by) == ("no change", "time")


def test_a_busy_machine_is_judged_by_cpu_time() -> None:
    """What computes there is compared by what it used, and that is said."""
    assert called(processes(1), processes(2)).by == "time"
    assert called(processes(1, available=0.4), processes(2, available=0.4)).by == "CPU time"


def test_another_interpreter_is_no_measure_of_the_machine() -> None:
    """The yardstick is Python too: between versions nothing is allowed for, and times are compared as they are."""
    found = called(processes(1), processes(2, slowness=1.5, version="3.12.0"))
    assert (found.judgement, found.machine) == ("slower", None)


def test_little_and_few_are_not_called() -> None:
    """A difference below the threshold is none, however sure; three processes cannot be sure of anything."""
    assert called(processes(1), processes(2, time=0.103)).judgement == "no change"
    assert called(processes(1, number=3), processes(2, time=0.2, number=3)).judgement == "unclear"


def test_figures_are_medians_of_what_processes_tell() -> None:
    """Throughput is work by time, and work that nobody counts has none."""
    told = figures_of(processes(1))
    assert told.time == pytest.approx(0.1, rel=0.05)
    assert told.throughput == pytest.approx(4 / told.time)
    assert (told.unit, told.values, told.processes, told.loops) == ("tasks", 60, 20, 8)
    assert figures_of(processes(1, units=0.0)).throughput is None


def test_times_that_scatter_much_more_than_cpu_times_are_not_judged_by() -> None:
    """Where others take the CPU in bursts that miss the yardstick, in both samples; in one it is the case's waiting."""

    def with_bursts(seed: int, **rest: float) -> list[Process]:
        draw = random.Random(seed)
        made = []
        for process in processes(seed, **rest):
            longer = math.exp(abs(draw.gauss(0, 1)))
            facts = {**process.metadata, PREFIX + "time_in_yards": process.number("time_in_yards") * longer}
            made.append(Process(tuple(value * longer for value in process.values), (), facts))
        return made

    assert called(with_bursts(1), with_bursts(2)).by == "CPU time"
    assert called(with_bursts(1), with_bursts(2)).judgement == "no change"
    assert called(with_bursts(1), with_bursts(2, time=0.11)).judgement == "slower"
    assert called(processes(1), with_bursts(2)).by == "time"
    assert called(processes(1), with_bursts(2)).judgement == "slower"
