"""A scaling curve: times for growing numbers of workers enter, speed-up, efficiency and a serial fraction leave.

Amdahl's law: where a fraction s of the work is serial, N workers take T(N) = T(1) (s + (1 - s) / N). That is a line in
1/N, fitted to each round by itself by least squares of relative errors, since what disturbs a time is in proportion to
it. The rounds are independent, and each has its own drift cancelled: their fractions give estimate and interval.

Source: G. M. Amdahl, "Validity of the single processor approach to achieving large scale computing capabilities", AFIPS
Spring Joint Computer Conference (1967).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log
from statistics import median
from typing import Final, NamedTuple

from .statistics import Estimate, paired

Times = Mapping[float, float]
"""Of one round: by the number of workers, the time of one run (or of one unit of work)."""

MISFIT: Final = 0.05
"""A point that lies further from the law than this, and further than noise explains, is said."""


class Point(NamedTuple):
    """What one number of workers comes to, compared with the smallest; efficiency 1 is a speed-up in proportion."""

    workers: float
    speed_up: Estimate
    efficiency: Estimate


class Curve(NamedTuple):
    """How a case scales.

    Attributes:
        points: in the order of workers.
        serial: the serial fraction, None where fewer than two numbers of workers could be fitted.
        fitted: the numbers of workers that the law was fitted to.
        misfit: by how much (relative) the worst point lies off the law, 0.0 where noise explains it.
    """

    points: tuple[Point, ...]
    serial: Estimate | None
    fitted: tuple[float, ...]
    misfit: float


def curve(rounds: Sequence[Times], *, at_most: float | None = None, confidence: float = 0.95) -> Curve:
    """The curve of rounds that all have the same numbers of workers, each above 0.

    Args:
        rounds: at least one.
        at_most: the law is fitted to no larger number of workers (there are no more CPUs), unless only one is left.
        confidence: of all intervals.
    """
    numbers = sorted(rounds[0])
    smallest = numbers[0]
    points = []
    for workers in numbers:
        speed_up = paired([log(times[smallest] / times[workers]) for times in rounds], confidence).exp()
        share = smallest / workers
        points.append(Point(workers, speed_up, Estimate(*(each * share for each in speed_up))))
    fitted = [workers for workers in numbers if at_most is None or workers <= at_most]
    if len(fitted) < 2:
        fitted = numbers
    if len(fitted) < 2:
        return Curve(tuple(points), None, tuple(fitted), 0.0)
    lines = [_line({workers: times[workers] for workers in fitted}) for times in rounds]
    serial = paired([constant / (constant + slope) for constant, slope in lines], confidence)
    return Curve(tuple(points), serial, tuple(fitted), _misfit(rounds, lines, fitted, confidence))


def _line(times: Times) -> tuple[float, float]:
    """Constant and slope of T = constant + slope / N, by least squares of relative errors."""
    weights = {workers: 1 / time**2 for workers, time in times.items()}
    whole = sum(weights.values())
    mean_x = sum(weight / workers for workers, weight in weights.items()) / whole
    mean_y = sum(weight * times[workers] for workers, weight in weights.items()) / whole
    above = sum(weight * (1 / workers - mean_x) * (times[workers] - mean_y) for workers, weight in weights.items())
    below = sum(weight * (1 / workers - mean_x) ** 2 for workers, weight in weights.items())
    slope = above / below
    return mean_y - slope * mean_x, slope


def _misfit(
    rounds: Sequence[Times], lines: Sequence[tuple[float, float]], fitted: Sequence[float], confidence: float
) -> float:
    worst = 0.0
    for workers in fitted:
        off = [times[workers] / (a + b / workers) - 1 for times, (a, b) in zip(rounds, lines, strict=True)]
        if not paired(off, confidence).holds(0.0) and abs(median(off)) > MISFIT:
            worst = max(worst, abs(median(off)))
    return worst
