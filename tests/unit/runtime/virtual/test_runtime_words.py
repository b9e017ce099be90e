"""What native runs log of each primitive, deadlock and ending, runs on virtual threads log in the same words.

The tests are those of native runs, with another runtime behind their fixtures.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import endings
import primitives
import pytest
import stuck
import test_deadlock
import test_endings
import test_tracing
from running import HEADER, Execute, Ran

from threadbench.events import read_log
from threadbench.events.log import LogWriter
from threadbench.runtime.base import Task
from threadbench.runtime.virtual.runtime import VirtualRuntime

NATIVE_ONLY = {
    # They ask the kernel whether a thread sleeps.
    "test_contended_lock_is_waited_for_then_acquired",
    "test_condition_tells_its_waits_and_its_lock",
    "test_queue_order_and_sizes_are_exact",
    # Sleeps are over at once, whatever ends them.
    "test_timeout_says_who_was_still_running",
    "test_daemon_is_cut_off",
    "test_interrupt_lets_the_workload_clean_up",
    # Pools of processes have threads of their own, which read pipes.
    "test_children_end_with_the_run",
    "test_process_pool_is_traced_from_its_parent",
    # Accesses, which are left out here, have numbers too: see below.
    "test_every_thread_begins_and_ends_and_seq_is_gapless",
    # Below with those that make sense.
    "test_deadlock_is_found",
    "test_what_can_go_on_is_let_go_on",
}
OUTER = {"waiting_for_input", "alarm_wakes", "exception_ends_the_wait"}
"""Woken by what is no thread: a pipe, a signal."""

for module in (test_tracing, test_deadlock, test_endings):
    globals().update(
        (name, f) for name, f in vars(module).items() if name.startswith("test_") and name not in NATIVE_ONLY
    )


def virtually(runtime: VirtualRuntime, folder: Path, model: Any = "free-threaded") -> Execute:
    """As `running.execute_with`; accesses are left out of the events."""

    def execute(function: Any, params: Any = None, *, timeout: float = 30, seed: int = 1) -> Ran:
        log = LogWriter.create(folder / "log.jsonl", HEADER)
        ending = runtime.run(Task("t", function, params, seed, "salt", timeout, None, model), log)
        log.finish({"verdict": "passed", "as_expected": True, "counts": {}})
        events = list(read_log(log.path))
        assert [event.seq for event in events] == list(range(len(events)))
        return Ran(ending, [event for event in events if not event.event.startswith("data.")], log.path)

    return execute


@pytest.fixture(scope="session")
def virtual_template() -> Iterator[VirtualRuntime]:
    """One template for the session."""
    with VirtualRuntime() as runtime:
        yield runtime


@pytest.fixture
def execute(virtual_template: VirtualRuntime, tmp_path: Path) -> Execute:
    """Run a module-level function `(run, params)` in a worker process."""
    return virtually(virtual_template, tmp_path)


@pytest.fixture
def execute_here(tmp_path: Path) -> Execute:
    """Run any function in this process."""
    return virtually(VirtualRuntime(isolate=False), tmp_path)


@pytest.mark.parametrize("name", stuck.DEADLOCKS)
def test_deadlock_is_found_at_once(execute: Execute, name: str) -> None:
    """A schedule that can never go on ends as a deadlock, which says who waits for what, and where each thread is."""
    ran = execute(stuck.DEADLOCKS[name], timeout=20)
    assert ran.ending.cause == "deadlock", ran.ending
    rows = ran.ending.facts["deadlock"]["waiting"]
    assert all(row["waits"]["op"] for row in rows)
    stacks = {stack["thread"]: stack["frames"] for stack in ran.ending.facts["stacks"]}
    assert {row["thread"] for row in rows} <= set(stacks)


@pytest.mark.parametrize("name", sorted(set(stuck.INNOCENT) - OUTER))
def test_what_a_thread_can_wake_is_let_go_on(execute: Execute, name: str) -> None:
    """A schedule in which somebody can still wake the others ends by itself."""
    assert execute(stuck.INNOCENT[name], timeout=20).ending.cause == "returned"


def test_a_thread_begins_and_ends(execute: Execute) -> None:
    """A thread's first event is its start, its last its end; times grow over the whole log."""
    ran = execute(primitives.pool)
    for thread in {event.thread for event in ran.events if event.thread}:
        mine = [event for event in ran.events if event.thread == thread]
        assert (mine[0].event, mine[-1].event) == ("thread.started", "thread.finished")
    assert [event.t for event in ran.events] == sorted(event.t for event in ran.events)


def test_computing_without_a_point_meets_the_timeout(execute: Execute) -> None:
    """What never comes to a point is ended by the wall clock, and the stack says where it was."""
    ran = execute(endings.ignores_everything, timeout=0.5)
    assert ran.ending.cause == "timeout"
    assert any("in ignores_everything" in frame for frame in ran.ending.facts["stacks"][0]["frames"])
