"""The fit of Amdahl's law, on times that were made by it and disturbed."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threadbench.bench.scaling import curve

WORKERS = (1, 2, 4, 8)


def rounds(serial: float, number: int, seed: int, spread: float = 0.03) -> list[dict[float, float]]:
    """Rounds with a drift of their own, and noise for each number of workers."""
    draw = random.Random(seed)
    made = []
    for _ in range(number):
        drift = math.exp(draw.gauss(0, 0.3))
        made.append(
            {n: drift * (serial + (1 - serial) / n) * math.exp(draw.gauss(0, spread)) for n in map(float, WORKERS)}
        )
    return made


@given(st.floats(0, 1), st.floats(0.001, 1000))
@settings(deadline=None)
def test_an_undisturbed_fraction_is_found(serial: float, scale: float) -> None:
    """Times that follow the law give back the fraction that they were made with, whatever their unit."""
    times = [{n: scale * time for n, time in each.items()} for each in rounds(serial, 6, 0, spread=0)]
    found = curve(times)
    assert found.serial is not None
    assert found.serial.centre == pytest.approx(serial, abs=1e-9)
    assert found.misfit == 0


@pytest.mark.parametrize("serial", [0.0, 0.05, 0.3, 0.7, 1.0])
def test_the_interval_holds_the_fraction_as_often_as_it_says(serial: float) -> None:
    """Of 200 intervals of 95 %, at least 92 % hold the fraction that the times were made with."""
    held = 0
    for seed in range(200):
        found = curve(rounds(serial, 20, seed)).serial
        assert found is not None
        held += found.holds(serial)
    assert held >= 184


def test_drift_between_rounds_cancels() -> None:
    """Rounds that differ by a third, and are 3 % noisy within, give a fraction to within a hundredth or two."""
    found = curve(rounds(0.2, 20, 1)).serial
    assert found is not None
    assert found.margin < 0.03


def test_speed_up_and_efficiency_are_those_of_the_smallest() -> None:
    """The smallest number of workers is the measure, be it one or more."""
    found = curve([{2.0: 1.0, 4.0: 0.5, 8.0: 0.5}] * 6)
    assert [point.speed_up.centre for point in found.points] == pytest.approx([1, 2, 2])
    assert [point.efficiency.centre for point in found.points] == pytest.approx([1, 1, 0.5])


def test_what_does_not_follow_the_law_is_said() -> None:
    """Two CPUs and no more: the law fits where they last, and not beyond."""
    times = [{1.0: 1.0, 2.0: 0.5, 4.0: 0.5, 8.0: 0.5}] * 8
    assert curve(times).misfit > 0.1
    found = curve(times, at_most=2)
    assert found.fitted == (1.0, 2.0)
    assert found.serial is not None
    assert found.serial.centre == pytest.approx(0)
    assert found.misfit == 0


def test_one_number_of_workers_is_no_curve() -> None:
    """There is nothing to fit, and nothing is made up."""
    assert curve([{4.0: 1.0}] * 8).serial is None
