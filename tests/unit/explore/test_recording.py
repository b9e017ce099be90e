"""Recording writes down what happened, and changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import cash
import pytest

from threadbench.explore.preparation import prepared
from threadbench.explore.program import Threads
from threadbench.explore.recording import record
from threadbench.explore.search import Search
from threadbench.explore.steps import Recording
from threadbench.explore.strategies.random import Random


def recorded(
    threads: Sequence[Callable[..., Any]],
    setup: Callable[[], Any] = cash.Account,
    model: Any = "free-threaded",
    seed: int = 0,
) -> tuple[tuple[int, ...], Recording]:
    """The choices of one schedule drawn at random, and its recording."""
    program = Threads(threads, setup)
    search = Search(program, model=model, ordered=False)
    with prepared(search, program.code):
        strategy = Random(seed)
        search.use(strategy)
        strategy.begin(search.scheduler)
        execution = search.scheduler.execute(lambda: program.run(search.scheduler))
        return tuple(execution.choices), record(search, execution.choices)


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("model", ["sync", "gil", "free-threaded"])
def test_schedule_is_the_same(seed: int, model: str) -> None:
    """The replayed schedule makes the choices that were made without a recorder."""
    choices, recording = recorded([cash.transfer, cash.audit, cash.deposit], model=model, seed=seed)
    assert recording.choices == choices


def test_steps_have_values_and_places() -> None:
    """A read tells what was there, a write what there is now, and both where and in which function."""
    _, recording = recorded([cash.deposit])
    steps = [step for step in recording.steps if step.thread == 1 and step.what in ("read", "write")]
    assert [(step.what, step.location, step.value) for step in steps] == [
        ("read", "account.balance", "0"),
        ("write", "account.balance", "100"),
    ]
    places = [step.place for step in steps if step.place is not None]
    assert [(place.line, place.function, place.source) for place in places] == [
        (15, "deposit", "value = account.balance"),
        (16, "deposit", "account.balance = value + 100"),
    ]


def test_locks_are_heard() -> None:
    """Taking and releasing a lock are steps of the code that does it."""
    _, recording = recorded([cash.transfer])
    steps = [(s.what, s.object, str(s.place)) for s in recording.steps if s.what in ("acquire", "release")]
    assert steps == [
        ("acquire", "account.lock", "cash.py:25"),
        ("acquire", "account.log_lock", "cash.py:26"),
        ("release", "account.log_lock", "cash.py:26"),
        ("release", "account.lock", "cash.py:25"),
    ]


def test_whoever_explores_is_no_step() -> None:
    """What the main thread does for threadbench has no place in the code of whoever called it."""
    _, recording = recorded([cash.transfer])
    assert {step.place.function for step in recording.steps if step.place is not None} == {
        "Account.__init__",
        "transfer",
    }


def test_nobodys_code_runs() -> None:
    """A value is shown without its `__repr__`, compared without its `__eq__`, looked up without its `__hash__`."""
    cash.Loud.looks = 0
    _, recording = recorded([cash.put_loud, cash.put_loud])
    assert cash.Loud.looks == 0
    values = {step.value for step in recording.steps if step.what == "write" and step.thread}
    assert values == {"Loud", "Loud#2", "{'a': Loud}"}  # the second thread's is another
