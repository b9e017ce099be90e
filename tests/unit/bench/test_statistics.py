"""Estimates by ranks: exact where tables are, and right as often as they say on samples that were drawn."""

from __future__ import annotations

import itertools
import math
import random

import pytest

from threadbench.bench.statistics import (
    _rank_sum_counts,
    _rank_sum_tail,
    _signed_rank_counts,
    higher,
    paired,
    unpaired,
)


def noise(draw: random.Random) -> float:
    """As on a machine with neighbours: mostly small, now and then a long delay."""
    return draw.gauss(0, 0.02) + (draw.expovariate(4) if draw.random() < 0.15 else 0)


@pytest.mark.parametrize("number", [1, 2, 5, 8])
def test_sums_of_signed_ranks_are_counted_as_by_hand(number: int) -> None:
    """The distribution is that of all ways to give n ranks a sign."""
    counts = [0] * (number * (number + 1) // 2 + 1)
    for signs in itertools.product([0, 1], repeat=number):
        counts[sum(rank * sign for rank, sign in enumerate(signs, 1))] += 1
    assert _signed_rank_counts(number) == tuple(counts)


@pytest.mark.parametrize(("first", "second"), [(1, 1), (2, 3), (4, 3)])
def test_sums_of_ranks_are_counted_as_by_hand(first: int, second: int) -> None:
    """The distribution is that of all ways to choose who is in the first sample."""
    counts = [0] * (first * second + 1)
    for chosen in itertools.combinations(range(first + second), second):
        counts[sum(rank - at for at, rank in enumerate(chosen))] += 1
    assert _rank_sum_counts(first, second) == tuple(counts)


def test_five_pairs_cannot_give_95_percent() -> None:
    """Where no samples could be sure enough, there is no interval; with one pair more there is."""
    assert not paired([1.0, 2.0, 3.0, 4.0, 5.0]).known
    assert paired([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]) == (3.5, 1.0, 6.0)


def test_the_centre_is_the_median_of_averages() -> None:
    """One wild pair moves the centre by little."""
    assert paired([1.0, 2.0, 3.0]).centre == 2.0
    assert paired([1.0, 2.0, 1000.0]).centre < 252


@pytest.mark.parametrize("number", [8, 20, 70])
def test_intervals_of_pairs_hold_the_truth(number: int) -> None:
    """Of 400 intervals of 95 %, over noise that pairs share and noise that has long tails, at least 92 % hold it."""
    draw = random.Random(number)
    held = 0
    for _ in range(400):
        differences = []
        for _ in range(number):
            drift = draw.gauss(0, 0.3)
            differences.append(0.1 + drift + noise(draw) - (drift + noise(draw)))
        held += paired(differences).holds(0.1)
    assert held >= 368


@pytest.mark.parametrize("number", [10, 20, 40])
def test_intervals_of_two_samples_hold_the_truth(number: int) -> None:
    """The same of samples that are no pairs."""
    draw = random.Random(number)
    held = 0
    for _ in range(300):
        first = [noise(draw) for _ in range(number)]
        held += unpaired(first, [0.1 + noise(draw) for _ in range(number)]).holds(0.1)
    assert held >= 276


def test_no_change_is_seldom_called_one() -> None:
    """A test at 1 % calls about one of a hundred, and a shift of ten deviations each time."""
    draw = random.Random(1)
    same = [higher([noise(draw) for _ in range(20)], [noise(draw) for _ in range(20)]) for _ in range(500)]
    assert sum(p < 0.01 for p in same) <= 12
    assert higher([noise(draw) for _ in range(20)], [0.5 + noise(draw) for _ in range(20)]) < 1e-4


def test_few_and_many_samples_agree() -> None:
    """Where counting ends and the normal distribution begins, the answers meet."""
    counted = _rank_sum_tail(30, 30, 560)
    near = _rank_sum_tail(30, 31, 560 * 31 // 30)
    assert counted == pytest.approx(near, abs=0.01)
    assert math.isclose(_rank_sum_tail(3, 3, 9), 1 / 20)


def test_ties_count_half() -> None:
    """Equal samples are no evidence."""
    assert higher([1.0] * 10, [1.0] * 10) > 0.4
