"""A schedule that comes to no point ends with a statement also where the search runs in the caller's own process."""

from __future__ import annotations

import _thread
import contextlib
import functools
import itertools
import os
import signal
import socket
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import threadbench
from threadbench.explore.signals import SIGNAL
from threadbench.runtime.virtual import threads

SOON = 0.3
"""Seconds; what these programs do has no end."""


class State:
    """What threads share."""

    def __init__(self) -> None:
        self.value = 0


here, there = socket.socketpair()


@pytest.fixture(scope="module", autouse=True)
def _sockets() -> Iterator[None]:
    yield
    here.close()
    there.close()


def add(state: State) -> None:
    state.value += 1


def spin(state: State) -> None:
    number = 0
    while True:
        number += 1


def receive(state: State) -> None:
    here.recv(1)


def receive_and_clean_up(state: State) -> None:
    try:
        receive(state)
    finally:
        receive(state)


def swallow_and_spin(state: State) -> None:
    with contextlib.suppress(BaseException):
        spin(state)


def hidden() -> Iterator[Any]:
    """Takes, in C, a lock that no search for old state finds, and that nobody releases."""
    lock = _thread.allocate_lock()
    lock.acquire()
    return map(functools.partial(lock.acquire), itertools.repeat(True))


taken = hidden()


def take(state: State) -> None:
    next(taken)


def spin_in_check(state: State) -> bool:
    spin(state)
    return True


def line_of(function: Callable[..., Any], offset: int) -> str:
    return f"test_watchdog.py:{function.__code__.co_firstlineno + offset} in {function.__name__}"


@pytest.mark.parametrize(
    ("function", "places"),
    [
        (spin, [line_of(spin, 2), line_of(spin, 3)]),
        (receive, [line_of(receive, 1)]),
        (take, [line_of(take, 1)]),
        (receive_and_clean_up, [line_of(receive, 1)]),
        (swallow_and_spin, [line_of(spin, 2), line_of(spin, 3)]),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_who_comes_to_no_point_is_named_with_its_line(function: Callable[..., Any], places: list[str]) -> None:
    """A loop, a socket, a real lock, and what cleans up badly: the search ends, inconclusive, and nothing is left."""
    before = signal.getsignal(SIGNAL)
    found = threadbench.explore(State, [add, function], timeout=SOON)
    assert (found.verdict, found.exhaustive) == ("inconclusive", False)
    assert f"{function.__name__} has not come to a point for" in found.reason
    assert any(place in found.reason for place in places), found.reason
    assert "cannot be controlled" in str(found)
    assert (signal.getsignal(SIGNAL), threads.current) == (before, None)
    assert threadbench.explore(State, [add, add], timeout=SOON).verdict == "holds"


def test_a_check_that_does_not_end_is_named() -> None:
    """The main thread of a schedule is watched as well."""
    found = threadbench.explore(State, [add], spin_in_check, timeout=SOON)
    assert "MainThread has not come to a point for" in found.reason


def test_what_was_found_before_stays_found() -> None:
    """A violation is reported with its witness, though a later schedule stood still."""

    def stand_still_in_the_other_order(state: State) -> None:
        if state.value:
            spin(state)

    found = threadbench.explore(
        State,
        [stand_still_in_the_other_order, add],
        lambda state: False,
        stop_on_first=False,
        timeout=SOON,
    )
    assert found.verdict == "violated"
    assert found.witness is not None
    assert not found.exhaustive


def in_another_thread(search: Callable[[], threadbench.Found]) -> tuple[threading.Thread, list[threadbench.Found]]:
    found: list[threadbench.Found] = []
    thread = threading.Thread(target=lambda: found.append(search()))
    thread.start()
    return thread, found


def test_a_loop_in_another_os_thread_is_ended() -> None:
    """Signals are for the main thread alone; the interpreter raises in others."""
    thread, found = in_another_thread(lambda: threadbench.explore(State, [add, spin], timeout=SOON))
    thread.join()
    assert found[0].verdict == "inconclusive"
    assert "spin has not come to a point for" in found[0].reason


TRACED = """
import sys, threading, threadbench

def spin(state):
    number = 0
    while True:
        number += 1

def search():
    assert threadbench.explore(list, [spin], timeout=0.1).verdict == "inconclusive"

thread = threading.Thread(target=search)
thread.start()
thread.join()

def called(number=3):
    def inner():
        return number
    return inner()

sys.settrace(lambda *_: None)
print(called())
"""


def test_who_traces_calls_afterwards_goes_on() -> None:
    """Coverage and debuggers, on CPython 3.11: nothing is left behind that they stumble on."""
    done = subprocess.run([sys.executable, "-c", TRACED], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (0, "3\n"), done.stderr


def test_a_wait_in_another_os_thread_is_told_and_ends_when_it_returns(capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody can interrupt it: its place is on standard error while it lasts."""
    thread, found = in_another_thread(lambda: threadbench.explore(State, [receive], timeout=SOON))
    told = ""
    while "cannot be interrupted there" not in told:
        told += capsys.readouterr().err
    assert line_of(receive, 1) in told
    there.send(b"x")
    thread.join()
    assert found[0].verdict == "inconclusive"


def test_points_are_progress() -> None:
    """A search that lasts longer than a thread may take to come to a point goes on."""

    def busy(state: list[int]) -> None:
        for _ in range(3):
            state[0] += 1

    found = threadbench.explore(lambda: [0], [busy] * 3, strategy="random", max_schedules=3_000, timeout=0.05)
    assert (found.verdict, found.schedules) == ("holds", 3_000)


def test_a_fork_finds_one_thread() -> None:
    """Who forks within a schedule is not warned of threads that nobody started."""

    def fork(state: list[int]) -> None:
        child = os.fork()
        if child == 0:
            os._exit(7)
        state.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = threadbench.explore(list, [fork], lambda state: state == [7])
    assert found.verdict == "holds"


@pytest.mark.parametrize("timeout", [0, -1.0, True, "1s"])
def test_a_timeout_is_seconds(timeout: Any) -> None:
    """What cannot be one is refused."""
    with pytest.raises(threadbench.UsageError, match="timeout must be seconds"):
        threadbench.explore(threads=[int], timeout=timeout)
