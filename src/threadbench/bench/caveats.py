"""What a reader of figures has to know about how they came about: samples and machine enter, sentences leave.

The rules for outliers and unsteady values are those of pyperf's `check` (https://pyperf.readthedocs.io).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import mean, stdev
from typing import TYPE_CHECKING, Final

from .figures import figures_of

if TYPE_CHECKING:
    from .plan import Group
    from .sampling import Sampled
    from .scaling import Curve

FEW: Final = 6
"""Of fewer rounds no interval of 95 % can be told: see `statistics.paired`."""

_UNSTEADY: Final = 0.10
_OUTLIER: Final = 0.50
_SHORT: Final = 1e-3
_BUSY: Final = 0.5
"""Of the CPUs: what others keep busy before anything is measured."""


def of_machine(cpus: int, load: float) -> Iterator[str]:
    """About the machine, before anything has been measured on it; `load` is the average of the last minute."""
    if load > _BUSY * cpus:
        yield (
            f"the machine is busy with other work (load {load:.1f} on {_count(cpus, 'CPU')}): absolute times are those"
            " of a busy machine; comparisons take turns, so that it cancels, and are less sharp"
        )


def of_sample(sampled: Sampled) -> Iterator[str]:
    """About the values of one variant."""
    values = [value for process in sampled.rounds for value in process.values]
    figures = figures_of(sampled.rounds)
    if len(sampled.rounds) < FEW:
        yield f"{_count(len(sampled.rounds), 'process', 'es')}: too few for an interval of 95 % (from {FEW} on)"
    if len(values) > 1:
        centre = mean(values)
        if stdev(values) >= _UNSTEADY * centre:
            yield f"noisy: the standard deviation is {stdev(values) / centre:.0%} of the mean"
        far = [value for value in values if abs(value - centre) >= _OUTLIER * centre]
        if far:
            yield f"{_count(len(far), 'outlier')} among {len(values)} values: more than {_OUTLIER:.0%} off the mean"
    if min(values) * figures.loops < _SHORT:
        yield f"a value is shorter than {_SHORT * 1e3:.0f} ms: raise --min-time"
    if figures.failed_checks:
        named = next((process.fact("failed_check") for process in sampled.rounds if process.fact("failed_check")), "")
        yield f"checks did not hold in {_count(figures.failed_checks, 'timed run')}, such as '{named}'"
    if figures.left_behind:
        yield "daemon threads go on when main has ended, so that each process times a single, cold run"


def of_curve(group: Group, curve: Curve, cpus: int) -> Iterator[str]:
    """About a scaling curve."""
    beyond = [point.workers for point in curve.points if point.workers > cpus]
    if beyond:
        yield (
            f"oversubscribed: {group.numeric} goes up to {max(beyond):g}, and there are {_count(cpus, 'CPU')};"
            " what computes cannot gain beyond that"
        )
    if curve.misfit:
        yield f"the law does not fit: a point lies {curve.misfit:.0%} off it, so that the fraction explains little"
    if len(curve.fitted) == 2:
        yield "two points fix the law, and nothing tests it: give more numbers"


def of_group(sampled: Sequence[Sampled], cpus: int) -> Iterator[str]:
    """About comparing these variants at all."""
    if cpus < 2 and len(sampled) > 1:
        yield "there is one CPU: nothing can run at the same time here"


def _count(number: int, what: str, plural: str = "s") -> str:
    return f"{number} {what}{'' if number == 1 else plural}"
