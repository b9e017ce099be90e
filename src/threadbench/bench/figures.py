"""From processes to figures: what a variant takes, and how it compares with another."""

from __future__ import annotations

from collections.abc import Sequence
from math import log
from statistics import mean, median, stdev
from typing import TYPE_CHECKING, Final

import msgspec

from .statistics import Estimate, paired

if TYPE_CHECKING:
    from .measuring import Process
    from .sampling import Sampled

CONFIDENCE: Final = 0.95

_SAME_WORK: Final = 0.01
"""Work that differs by no more than this counts as the same: times of runs are then compared, not of units."""


class Figures(msgspec.Struct, frozen=True):
    """What one run of a variant takes, from its values; memory in bytes, times in seconds.

    Attributes:
        time: the median of all values.
        spread: their standard deviation by their mean.
        values: how many there are, of `processes` processes.
        processes: how many took part.
        loops: how many runs a value is.
        units: units of work in a run, None where the kind counts none, `unit` what they are.
        unit: their name.
        cpu: CPU time, of threads and ended child processes together.
        waits: context switches because a thread waited.
        preemptions: context switches because somebody else was let on.
        memory: resident at most, of the process that ran it again and again.
        child_memory: resident at most, of the largest of its child processes.
        failed_checks: how often a check did not hold while it was timed.
        left_behind: daemon threads that went on when their main had ended.
    """

    time: float
    spread: float
    values: int
    processes: int
    loops: int
    units: float | None
    unit: str | None
    cpu: float
    waits: float
    preemptions: float
    memory: float
    child_memory: float
    failed_checks: int
    left_behind: int

    @property
    def throughput(self) -> float | None:
        """Units of work a second."""
        return self.units / self.time if self.units else None


def figures_of(processes: Sequence[Process]) -> Figures:
    """The figures of processes that measured one thing, at least one."""
    values = [value for process in processes for value in process.values]
    units = [process.number("units") for process in processes]
    return Figures(
        time=median(values),
        spread=stdev(values) / mean(values) if len(values) > 1 else 0.0,
        values=len(values),
        processes=len(processes),
        loops=processes[0].loops,
        units=median(units) if all(units) else None,
        unit=str(processes[0].fact("unit_name")) if all(units) else None,
        cpu=median(process.number("cpu_time") for process in processes),
        waits=median(process.number("voluntary_switches") for process in processes),
        preemptions=median(process.number("involuntary_switches") for process in processes),
        memory=median(process.number("peak_memory") for process in processes),
        child_memory=median(process.number("child_peak_memory") for process in processes),
        failed_checks=sum(int(process.number("failed_checks")) for process in processes),
        left_behind=max(int(process.number("left_behind")) for process in processes),
    )


def per_unit(sampled: Sequence[Sampled]) -> bool:
    """Whether variants did different amounts of work, so that times of a unit of it are to be compared."""
    work = [figures_of(each.rounds).units for each in sampled]
    known = [units for units in work if units]
    return len(known) == len(work) and max(known) > (1 + _SAME_WORK) * min(known)


def times_of(sampled: Sampled, *, by_unit: bool) -> list[float]:
    """By round, the median time of a run, or of a unit of its work."""
    return [median(p.values) / (p.number("units") if by_unit else 1) for p in sampled.rounds]


def times_as_fast(reference: Sampled, other: Sampled, *, by_unit: bool) -> Estimate:
    """How many times as fast the other is as the reference, from values of the same turns."""
    differences = []
    for first, second in zip(reference.rounds, other.rounds, strict=True):
        work = log(second.number("units") / first.number("units")) if by_unit else 0.0
        turns = zip(first.values, second.values, strict=False)
        differences.append(work + median(log(a / b) for a, b in turns))
    return paired(differences, CONFIDENCE).exp()
