"""Programs at random: whatever threads do with primitives, the run ends by itself or is called a deadlock, never a
timeout.

All waits in these programs are untimed and traced, so a run that does not end cannot ever: to miss one would show as a
timeout, and to call one too early as a deadlock of a program whose threads can all end.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from programs import Step, program
from running import HEADER

from threadbench.events.log import LogWriter
from threadbench.runtime.base import Task
from threadbench.runtime.native import NativeRuntime

NESTED = st.sampled_from(["lock", "rlock", "semaphore"])
SIMPLE = st.sampled_from(["put", "get", "wait", "set", "clear", "notify", "release"])
STEPS = st.lists(st.tuples(st.one_of(NESTED, SIMPLE), st.integers(0, 1)), max_size=5)
HARMLESS = st.lists(st.tuples(st.sampled_from(["lock", "put", "set", "notify", "release"]), st.just(0)), max_size=8)


@pytest.fixture(scope="module")
def runtime() -> Any:
    with NativeRuntime() as native:
        yield native


def ending_of(runtime: NativeRuntime, folder: Any, params: list[list[Step]]) -> Any:
    log = LogWriter.create(folder / "log.jsonl", HEADER)
    try:
        return runtime.run(Task("t", program, params, 1, "", 20), log)
    finally:
        log.close()


relaxed = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


@relaxed
@given(st.lists(STEPS, min_size=1, max_size=3))
def test_a_run_ends_or_is_a_deadlock(
    runtime: NativeRuntime, tmp_path_factory: pytest.TempPathFactory, threads: list[list[Step]]
) -> None:
    """No program hangs to its timeout."""
    ending = ending_of(runtime, tmp_path_factory.mktemp("program"), threads)
    assert ending.cause in {"returned", "deadlock"}, ending


@relaxed
@given(st.lists(HARMLESS.filter(lambda steps: sum(step == ("lock", 0) for step in steps) < 2), min_size=1, max_size=4))
def test_a_program_that_must_end_does(
    runtime: NativeRuntime, tmp_path_factory: pytest.TempPathFactory, threads: list[list[Step]]
) -> None:
    """One lock, taken once by each, and steps that never block: nobody can be stuck, whatever it looks like."""
    ending = ending_of(runtime, tmp_path_factory.mktemp("program"), threads)
    assert ending.cause == "returned", ending
