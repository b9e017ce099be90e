"""Estimates from few samples, and how sure they are: numbers enter, a centre and an interval around it leave.

All of it goes by ranks. Times on a machine that does other things as well have long tails on one side, and the mean of
such samples, and an interval from their variance, follow the worst neighbour; ranks do not, and their distribution
under the null hypothesis is exact whatever that of the samples is.

Sources: J. L. Hodges and E. L. Lehmann, "Estimates of Location Based on Rank Tests", Annals of Mathematical Statistics
34 (1963), for the estimates; M. Hollander, D. A. Wolfe and E. Chicken, "Nonparametric Statistical Methods", 3rd ed.
(2014), chapters 3 and 4, for intervals and exact distributions.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from statistics import NormalDist, median
from typing import Final, NamedTuple

_EXACT: Final = 60
"""Up to so many samples (together) the distribution of ranks is counted out; beyond it is as good as normal."""


class Estimate(NamedTuple):
    """A centre, and the interval around it that holds the true one with the confidence that was asked for.

    The interval is infinite where the samples are too few for that confidence, whatever they are.
    """

    centre: float
    low: float
    high: float

    @property
    def known(self) -> bool:
        """Whether there is an interval at all."""
        return math.isfinite(self.low) and math.isfinite(self.high)

    @property
    def margin(self) -> float:
        """Half the width of the interval."""
        return (self.high - self.low) / 2

    def holds(self, value: float) -> bool:
        """Whether the interval does not exclude a value."""
        return self.low <= value <= self.high

    def exp(self) -> Estimate:
        """Of logarithms, the estimate of what they are logarithms of."""
        return Estimate(*(math.exp(each) if each < 700 else math.inf for each in self))


def paired(differences: Sequence[float], confidence: float = 0.95) -> Estimate:
    """The centre of differences between pairs: the median of their Walsh averages, and the interval of the signed-rank
    test.

    Args:
        differences: one for each pair, at least one.
        confidence: of the interval, such as 0.95.
    """
    number = len(differences)
    averages = sorted((a + b) / 2 for at, a in enumerate(differences) for b in differences[at:])
    beyond = _signed_rank_quantile(number, (1 - confidence) / 2)
    return _around(averages, beyond)


def unpaired(first: Sequence[float], second: Sequence[float], confidence: float = 0.95) -> Estimate:
    """How far the second samples lie above the first: the median of all differences, and the interval of the rank-sum
    test.

    Args:
        first: at least one.
        second: at least one.
        confidence: of the interval.
    """
    differences = sorted(b - a for a in first for b in second)
    return _around(differences, _rank_sum_quantile(len(first), len(second), (1 - confidence) / 2))


def higher(first: Sequence[float], second: Sequence[float]) -> float:
    """The p-value of the rank-sum test that the second samples are no higher than the first; ties count half."""
    statistic = sum((b > a) + 0.5 * (a == b) for a in first for b in second)
    return _rank_sum_tail(len(first), len(second), math.floor(statistic))


def _around(ordered: Sequence[float], beyond: int) -> Estimate:
    """The median of ordered values, and the interval that leaves out `beyond` of them at each end; -1: none."""
    if beyond < 0:
        return Estimate(median(ordered), -math.inf, math.inf)
    return Estimate(median(ordered), ordered[beyond], ordered[len(ordered) - 1 - beyond])


def _signed_rank_quantile(number: int, tail: float) -> int:
    """How many Walsh averages may be left out at each end: the largest k with P(T <= k) <= tail, -1 for none."""
    if number > _EXACT:
        mean, deviation = number * (number + 1) / 4, math.sqrt(number * (number + 1) * (2 * number + 1) / 24)
        return math.floor(NormalDist(mean, deviation).inv_cdf(tail) - 0.5)
    return _quantile(_signed_rank_counts(number), tail)


def _rank_sum_quantile(first: int, second: int, tail: float) -> int:
    if first + second > _EXACT:
        return math.floor(_normal_rank_sum(first, second).inv_cdf(tail) - 0.5)
    return _quantile(_rank_sum_counts(first, second), tail)


def _rank_sum_tail(first: int, second: int, statistic: int) -> float:
    """P(U >= statistic)."""
    if first + second > _EXACT:
        return 1 - _normal_rank_sum(first, second).cdf(statistic - 0.5)
    counts = _rank_sum_counts(first, second)
    return sum(counts[max(0, statistic) :]) / sum(counts)


def _normal_rank_sum(first: int, second: int) -> NormalDist:
    return NormalDist(first * second / 2, math.sqrt(first * second * (first + second + 1) / 12))


def _quantile(counts: Sequence[int], tail: float) -> int:
    allowed, below = tail * sum(counts), 0
    for statistic, count in enumerate(counts):
        below += count
        if below > allowed:
            return statistic - 1
    return len(counts) - 1


@cache
def _signed_rank_counts(number: int) -> tuple[int, ...]:
    """By each sum, in how many ways a subset of the ranks 1 … n comes to it."""
    counts = [1]
    for rank in range(1, number + 1):
        grown = counts + [0] * rank
        for at, count in enumerate(counts):
            grown[at + rank] += count
        counts = grown
    return tuple(counts)


@cache
def _rank_sum_counts(first: int, second: int) -> tuple[int, ...]:
    """By each U, how many orders of the samples come to it: the coefficients of a Gaussian binomial."""
    if not first or not second:
        return (1,)
    without_largest = _rank_sum_counts(first, second - 1)
    with_largest = _rank_sum_counts(first - 1, second)
    counts = [0] * (first * second + 1)
    for at, count in enumerate(without_largest):
        counts[at] += count
    for at, count in enumerate(with_largest):
        counts[at + second] += count
    return tuple(counts)
