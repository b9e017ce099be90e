"""From processes to figures: what a variant takes, how it compares with another, and with what was saved."""

from __future__ import annotations

from collections.abc import Sequence
from math import log
from statistics import mean, median, stdev
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from .statistics import Estimate, higher, paired, unpaired

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


Judgement = Literal["slower", "faster", "no change", "unclear"]

QUIET: Final = 0.95
"""A machine on which a computation has a CPU for this part of its time or more is quiet enough to judge times by."""

_PYTHON: Final = ("python_version", "python_implementation")

_STEADY: Final = 0.1
"""Times that lie, by the median, no further from their median than this part of it are steady enough to judge by."""

_COMPUTING: Final = 0.5
"""Who computes for this part of its time or more, as far as it is let, is judged by CPU time on a busy machine."""


class Change(msgspec.Struct, frozen=True):
    """A benchmark compared with its baseline.

    Attributes:
        judgement: `slower` and `faster` are significant and beyond the threshold; `no change` is anything less, and
            `unclear` where the samples are too few to tell.
        by: what was compared: `time`, or `CPU time` where the machine was too busy to judge what computes by its time.
        ratio: now by then, with the interval of 1 - 2 x significance.
        p: of the test that it is no slower; where it seems faster, that it is no faster.
        machine: how many times as long a fixed computation took as then, None where nobody timed it in both, or with
            another interpreter; the ratio has been divided by it as far as the case computes.
    """

    judgement: Judgement
    by: Literal["time", "CPU time"]
    ratio: Estimate
    p: float
    machine: float | None


def change(baseline: Sequence[Process], now: Sequence[Process], *, threshold: float, significance: float) -> Change:
    """Compare two samples that were taken at different times.

    The machine may have been another one in between: slower, or with other neighbours. The yardstick, which was timed
    between runs of both, says by how much. Work is disturbed as far as it computes, which is the share of its
    time that was CPU time (measured by that of the yardstick, which does nothing else): a sleep takes as long as ever.

    Where neighbours take the CPUs away, the time of a computation is theirs, and it comes in bursts that are longer
    than a process: no statistic of independent samples survives that. There, CPU time is judged of what computes.

    Args:
        baseline: processes of then.
        now: processes of now.
        threshold: what counts, as a part of the time: 0.05.
        significance: how often no change may be called one: 0.01.
    """
    both = (*baseline, *now)
    same = (baseline[0].metadata.get(key) == now[0].metadata.get(key) for key in _PYTHON)
    comparable = all(same) and all(process.number("yard_time") for process in both)
    computing = min(1.0, median(map(_computing, both))) if comparable else 0.0
    quiet = comparable and median(process.number("yard_share") for process in both) >= QUIET
    # Only where both are: what is steady in the one and not in the other may be the case's own new waiting.
    disturbed = comparable and _disturbed(baseline) and _disturbed(now)
    if comparable and ((not quiet and computing >= _COMPUTING) or disturbed):
        by: Literal["time", "CPU time"] = "CPU time"
        then_logs, now_logs = ([_log_cpu(process) for process in each] for each in (baseline, now))
        yard = "yard_cpu"
    else:
        by, yard = "time", "yard_time"
        then_logs, now_logs = ([_log_time(process, computing) for process in each] for each in (baseline, now))
    ratio = unpaired(then_logs, now_logs, 1 - 2 * significance).exp()
    slower, faster = higher(then_logs, now_logs), higher(now_logs, then_logs)
    machine = None
    if comparable:
        before, after = (median(process.number(yard) for process in each) for each in (baseline, now))
        machine = after / before
    judgement = _judged(ratio, slower, faster, threshold, significance)
    return Change(judgement, by, ratio, faster if ratio.centre < 1 else slower, machine)


def _judged(ratio: Estimate, slower: float, faster: float, threshold: float, significance: float) -> Judgement:
    if not ratio.known:
        return "unclear"
    if slower < significance and ratio.centre >= 1 + threshold:
        return "slower"
    if faster < significance and ratio.centre <= 1 / (1 + threshold):
        return "faster"
    return "no change"


def _disturbed(processes: Sequence[Process]) -> bool:
    """Whether times scatter so much more than CPU times do that others must be behind it."""
    times, cpus = (
        [log(process.number(name) / (process.number("units") or 1.0)) for process in processes]
        for name in ("time_in_yards", "cpu_time_in_yards")
    )
    return _scatter(times) > max(_STEADY, 2 * _scatter(cpus))


def _scatter(logs: Sequence[float]) -> float:
    """The median distance from the median."""
    centre = median(logs)
    return median(abs(each - centre) for each in logs)


def _computing(process: Process) -> float:
    """Which share of its time was CPU time, as far as the machine let it: 1 where it only computes."""
    own = process.number("cpu_time") / mean(process.values)
    return own / max(process.number("yard_share"), 0.05)


def _log_time(process: Process, computing: float) -> float:
    """Of a unit of work; as far as it computes, by the yardstick."""
    plain = median(map(log, process.values)) - log(process.number("units") or 1.0)
    if not computing:
        return plain
    by_yardstick = log(process.number("time_in_yards") / (process.number("units") or 1.0))
    return computing * by_yardstick + (1 - computing) * plain


def _log_cpu(process: Process) -> float:
    return log(process.number("cpu_time_in_yards") / (process.number("units") or 1.0))
