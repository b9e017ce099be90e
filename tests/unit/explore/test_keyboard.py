"""Ctrl-C in the process that explores. What happened is counted in files: all else is put back after each schedule."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import threadbench

PRESSED_IN = 5
"""The schedule in which it is pressed."""


def mark(path: Path) -> int:
    """How often this was called, with this call."""
    with path.open("ab") as file:
        file.write(b".")
    return path.stat().st_size


def pressing(folder: Path, times: int = 1) -> Callable[[Any], None]:
    """A check that presses Ctrl-C so many times in the fifth schedule."""

    def check(_: Any) -> None:
        if mark(folder / "begun") == PRESSED_IN:
            for _ in range(times):
                signal.raise_signal(signal.SIGINT)
        mark(folder / "ended")

    return check


def counted(folder: Path) -> tuple[int, int]:
    """Checks that were begun, and that ended."""
    return (folder / "begun").stat().st_size, (folder / "ended").stat().st_size


class Box:
    def __init__(self) -> None:
        self.value = 0

    def add(self) -> None:
        for _ in range(20):
            self.value += 1


@pytest.fixture(autouse=True)
def _own_handler() -> Iterator[None]:
    """The interpreter's own handler of Ctrl-C, whoever started pytest."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("strategy", ["auto", "dpor", "dfs", "rff", "pct", "pos", "random"])
def test_an_interrupt_is_raised_after_the_schedule_under_way(strategy: str, tmp_path: Path) -> None:
    """It is no exception of the thread in which it comes, and the search does not go on."""
    with pytest.raises(KeyboardInterrupt):
        threadbench.explore(Box, [Box.add, Box.add], pressing(tmp_path), strategy=strategy, max_schedules=50)
    assert counted(tmp_path) == (PRESSED_IN, PRESSED_IN)


def test_a_second_interrupt_is_raised_where_it_comes(tmp_path: Path) -> None:
    """Who waits for something outside of all schedules gets on."""
    with pytest.raises(KeyboardInterrupt):
        threadbench.explore(Box, [Box.add, Box.add], pressing(tmp_path, times=2), strategy="random", max_schedules=50)
    begun, ended = counted(tmp_path)
    assert begun - ended == 1


def test_somebody_elses_handler_is_left_alone(tmp_path: Path) -> None:
    """Who handles Ctrl-C hears of it; the search goes on."""
    signal.signal(signal.SIGINT, lambda *_: os.close(os.open(tmp_path / "heard", os.O_CREAT)))
    try:
        found = threadbench.explore(
            Box, [Box.add, Box.add], pressing(tmp_path), strategy="random", max_schedules=8, instrument=["json"]
        )
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    assert (found.schedules, (tmp_path / "heard").exists()) == (8, True)
