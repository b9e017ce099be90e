"""A thread whose state changes only in libraries, in C, or by the time gets on, and is not taken for one that spins."""

from __future__ import annotations

import io
import itertools
import random
import time
from typing import Any

import pytest

import threadbench

MODELS = ["free-threaded", "gil", "sync"]


class State:
    """What the loops look at besides."""

    def __init__(self) -> None:
        self.flag = False
        self.seen: list[str] = []

    def outcome(self) -> list[str]:
        return self.seen


def read_file(state: State) -> None:
    file = io.BytesIO(b"x" * 2_000)
    while file.read(1):
        assert not state.flag


def count(state: State) -> None:
    numbers = itertools.count()
    while next(numbers) < 2_000:
        assert not state.flag


def draw(state: State) -> None:
    numbers = random.Random(1)
    while numbers.random() < 0.999:
        assert not state.flag


def look(state: State) -> None:
    assert not state.flag


def wait_until(state: State) -> None:
    end = time.monotonic() + 5
    while time.monotonic() < end:
        if state.flag:
            state.seen.append("set")
            return
    state.seen.append("late")


def set_flag(state: State) -> None:
    state.flag = True


def look_for_ever(state: State) -> None:
    while not state.flag:
        time.monotonic()


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("strategy", ["dpor", "random"])
@pytest.mark.parametrize("loop", [read_file, count, draw], ids=lambda loop: loop.__name__)
def test_what_moves_unseen_is_no_livelock(loop: Any, strategy: str, model: Any) -> None:
    """The loop comes to its end in every model."""
    found = threadbench.explore(State, [loop, look], strategy=strategy, model=model, max_schedules=3)
    assert found.schedules > 0
    assert [outcome.cause for outcome in found.outcomes] == ["finished"]


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("clock", ["adversarial", "ordered"])
def test_a_loop_that_looks_at_the_time_ends(clock: Any, model: Any) -> None:
    """Where nobody else can go on, the end that is waited for comes."""
    found = threadbench.explore(
        State, [wait_until, look], outcome=State.outcome, model=model, time=clock, max_schedules=5, stop_on_first=False
    )
    assert [outcome.value for outcome in found.outcomes] == [["late"]]


@pytest.mark.parametrize("model", MODELS)
def test_how_much_time_passes_is_not_all_tried(model: Any) -> None:
    """A search does not say that it knows all of a program that polls until a time: it might have been late."""
    found = threadbench.explore(
        State, [wait_until, set_flag], outcome=State.outcome, model=model, strategy="dpor", stop_on_first=False
    )
    assert (found.verdict, found.exhaustive) == ("inconclusive", False)


@pytest.mark.parametrize("model", MODELS)
def test_a_loop_that_no_time_ends_is_a_livelock(model: Any) -> None:
    """Time passes, and nothing comes of it."""
    found = threadbench.explore(State, [look_for_ever, look], strategy="dpor", model=model)
    assert found.verdict == "livelock"
