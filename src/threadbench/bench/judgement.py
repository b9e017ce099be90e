"""Whether a case has become slower than its baseline: processes of two times enter, a judgement leaves.

The machine may have been another one in between: slower, or with other neighbours. The yardstick, which was timed
between runs of both, says by how much. Work is disturbed as far as it computes, which is the share of its time that
was CPU time (measured by that of the yardstick, which does nothing else): a sleep takes as long as ever.

Where neighbours take the CPUs away, the time of a computation is theirs, and it comes in bursts that are longer
than a process: no statistic of independent samples survives that. There, CPU time is judged of what computes. Whether
it does is told by the turns in which it was let: even a busy machine leaves it a CPU for some of them.

    turns of what computes, on a busy machine      ▓▓▓▓▓▓ ▓▓░░▓▓░░░░▓▓ ▓░░░░░▓░▓░░▓▓▓     ▓ has a CPU   ░ has none
    turns of what waits, on any machine            ▓░░░░░ ▓░░░░░ ▓░░░░░                   best share: 1 above, 1/6 here
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log
from statistics import mean, median
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import msgspec

from .statistics import Estimate, higher, unpaired

if TYPE_CHECKING:
    from .measuring import Process

Judgement = Literal["slower", "faster", "no change", "unclear"]

QUIET: Final = 0.95
"""A machine on which a computation has a CPU for this part of its time or more is quiet enough to judge times by."""

_PYTHON: Final = ("python_version", "python_implementation")

_STEADY: Final = 0.1
"""Times that lie, by the median, no further from their median than this part of it are steady enough to judge by."""

_COMPUTING: Final = 0.5
"""Who computes for this part of its time or more, as far as it is let, is judged by CPU time on a busy machine."""

_COLD: Final = 0.025
"""What CPU time, by the yardstick, grows by where a case has a CPU for an e-th of the time for which it had one: others
leave it cold caches. Measured were 0.00 to 0.05 (`benchmarks/README.md`), so that as much again is how sure this is."""

_HANDING: Final = 1e4
"""Whose threads wait more often than this in a second of CPU time hand things to each other."""

_HANDED: Final = 0.1
"""How sure the same is of those: they wait less often where they share a CPU, and 0.06 less was measured."""

_TOLD: Final = 2.0
"""No change is called where the interval excludes one of so many times the threshold."""

TOO_FEW: Final = "samples too few"
TOO_WIDE: Final = "which cannot tell: the interval is too wide (give more --processes, or a quieter machine)"
KEPT_OFF: Final = "but even at its best it has a CPU for less of its time than then, and may wait longer"
OTHER_LOAD: Final = "which cannot tell: it has CPUs for another part of its time than then"


class Change(msgspec.Struct, frozen=True):
    """A benchmark compared with its baseline.

    Attributes:
        judgement: `slower` and `faster` are significant and beyond the threshold; `no change` where one that would
            matter is excluded, and `unclear` where none of this can be told.
        by: what was compared: `time`, or `CPU time` where the machine was too busy to judge what computes by its time.
        ratio: now by then, with the interval of 1 - 2 x significance.
        p: of the test that it is no slower; where it seems faster, that it is no faster.
        machine: how many times as long a fixed computation took as then, None where nobody timed it in both, or with
            another interpreter; the ratio has been divided by it as far as the case computes.
        allowed: the factor, 1 or more, by which the ratio may still be off because the case had CPUs for another part
            of its time; what is called is beyond it.
        doubt: why it is unclear, in words; empty where it is not.
    """

    judgement: Judgement
    by: Literal["time", "CPU time"]
    ratio: Estimate
    p: float
    machine: float | None
    allowed: float = 1.0
    doubt: str = ""


def change(baseline: Sequence[Process], now: Sequence[Process], *, threshold: float, significance: float) -> Change:
    """Compare two samples that were taken at different times.

    Args:
        baseline: processes of then.
        now: processes of now.
        threshold: what counts, as a part of the time: 0.05.
        significance: how often no change may be called one: 0.01.
    """
    sides = (baseline, now)
    both = (*baseline, *now)
    same = (baseline[0].metadata.get(key) == now[0].metadata.get(key) for key in _PYTHON)
    comparable = all(same) and all(process.number("yard_time") for process in both)
    by: Literal["time", "CPU time"] = "CPU time" if comparable and _by_cpu_time(sides) else "time"
    allowed = 0.0
    if by == "CPU time":
        let, allowed = _let(baseline, now)
        logs = [[_log_cpu(process) for process in baseline], [_log_cpu(process) + let for process in now]]
    else:
        computing = min(1.0, median(map(_computing, both))) if comparable else 0.0
        logs = [[_log_time(process, computing) for process in side] for side in sides]
    machine = None
    if comparable:
        yard = "yard_cpu" if by == "CPU time" else "yard_time"
        before, after = (median(process.number(yard) for process in side) for side in sides)
        machine = after / before
    found = _judged(logs[0], logs[1], allowed, threshold, significance)
    judgement, doubt = found.judgement, found.doubt
    if by == "CPU time" and judgement == "no change" and _best(now) * (1 + _TOLD * threshold) < _best(baseline):
        judgement, doubt = "unclear", KEPT_OFF
    return Change(judgement, by, found.ratio, found.p, machine, exp(allowed), doubt)


class _Judged(NamedTuple):
    judgement: Judgement
    doubt: str
    ratio: Estimate
    p: float


def _judged(
    then: Sequence[float], now: Sequence[float], allowed: float, threshold: float, significance: float
) -> _Judged:
    """Of logarithms of what is compared; `allowed` is by how much they may be off."""
    between = unpaired(then, now, 1 - 2 * significance)
    slower = higher([each + allowed for each in then], now)
    faster = higher([each + allowed for each in now], then)
    counts, matters = log(1 + threshold), log(1 + _TOLD * threshold)
    furthest = max(between.high, -between.low)
    judgement: Judgement = "unclear"
    doubt = ""
    if not between.known:
        doubt = TOO_FEW
    elif slower < significance and between.centre - allowed >= counts:
        judgement = "slower"
    elif faster < significance and between.centre + allowed <= -counts:
        judgement = "faster"
    elif furthest + allowed <= matters:
        judgement = "no change"
    else:
        doubt = TOO_WIDE if between.margin > allowed else OTHER_LOAD
    return _Judged(judgement, doubt, between.exp(), faster if between.centre < 0 else slower)


def _by_cpu_time(sides: Sequence[Sequence[Process]]) -> bool:
    """Whether times are the neighbours' more than the case's, and CPU times say how slow it is."""
    quiet = median(process.number("yard_share") for side in sides for process in side) >= QUIET
    if not quiet:
        return min(map(_best, sides)) >= _COMPUTING
    # Only where both are: what is steady in the one and not in the other may be the case's own new waiting.
    return all(map(_disturbed, sides))


def _let(baseline: Sequence[Process], now: Sequence[Process]) -> tuple[float, float]:
    """By how much (the logarithm of) CPU time of now has to be corrected for another load, and how sure that is."""
    more = median(map(_log_share, now)) - median(map(_log_share, baseline))
    waits = median(p.number("voluntary_switches") / max(p.number("cpu_time"), 1e-12) for p in (*baseline, *now))
    return (0.0, _HANDED * abs(more)) if waits > _HANDING else (_COLD * more, _COLD * abs(more))


def _best(processes: Sequence[Process]) -> float:
    """For which part of its time it had a CPU in its best turn; not the best process, but the one after it."""
    return sorted(process.number("best_share") for process in processes)[-2:][0]


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
    return exp(_log_share(process)) / max(process.number("yard_share"), 0.05)


def _log_share(process: Process) -> float:
    """Of the part of its time for which it had a CPU; more than 0 where it had several."""
    return log(max(process.number("cpu_time"), 1e-12) / mean(process.values))


def _log_time(process: Process, computing: float) -> float:
    """Of a unit of work; as far as it computes, by the yardstick."""
    plain = median(map(log, process.values)) - log(process.number("units") or 1.0)
    if not computing:
        return plain
    by_yardstick = log(process.number("time_in_yards") / (process.number("units") or 1.0))
    return computing * by_yardstick + (1 - computing) * plain


def _log_cpu(process: Process) -> float:
    return log(process.number("cpu_time_in_yards") / (process.number("units") or 1.0))
