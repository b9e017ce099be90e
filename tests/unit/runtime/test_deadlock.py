"""A deadlock is called one, soon, whatever it is made of; and nothing else is."""

from __future__ import annotations

from pathlib import Path

import pytest
import stuck
from running import Execute


@pytest.mark.parametrize("name", stuck.DEADLOCKS)
def test_deadlock_is_found(execute: Execute, name: str) -> None:
    """A run that can never go on ends as a deadlock, long before its timeout."""
    ran = execute(stuck.DEADLOCKS[name], timeout=60)
    assert ran.ending.cause == "deadlock", ran.ending
    assert ran.ending.facts["deadlock"]["waiting"]


@pytest.mark.parametrize("name", stuck.INNOCENT)
def test_what_can_go_on_is_let_go_on(execute: Execute, name: str) -> None:
    """A run in which somebody can still wake the others ends by itself."""
    ran = execute(stuck.INNOCENT[name], timeout=60)
    assert ran.ending.cause == "returned", ran.ending


IN_PROCESS = ["two_locks", "empty_queue", "futures_of_each_other", "reentrant_cycle_beside_a_worker"]


@pytest.mark.parametrize("name", IN_PROCESS)
def test_deadlock_is_found_in_this_process(execute_here: Execute, name: str) -> None:
    """A run in the calling process comes back from a deadlock too."""
    assert execute_here(stuck.DEADLOCKS[name], timeout=60).ending.cause == "deadlock"


def test_deadlock_names_all_four_places(execute: Execute) -> None:
    """Two threads, two locks, and for each thread where it took the one and waits for the other."""
    ran = execute(stuck.two_locks)
    cycle = ran.ending.facts["deadlock"]["cycle"]
    assert {row["thread"] for row in cycle} == {"left", "right"}
    places = {(row["thread"], what["object"]): what["at"] for row in cycle for what in (*row["holds"], row["waits"])}
    lines = Path(stuck.__file__).read_text().splitlines()

    def source(place: str) -> str:
        path, _, line = place.rpartition(":")
        assert path.endswith("stuck.py")
        return lines[int(line) - 1].strip()

    assert {key: source(place) for key, place in places.items()} == {
        ("left", "Lock#1"): "with a:",
        ("left", "Lock#2"): "with b:",
        ("right", "Lock#2"): "with b:",
        ("right", "Lock#1"): "with a:",
    }
    stacks = {stack["thread"]: stack["frames"] for stack in ran.ending.facts["stacks"]}
    assert " in left" in stacks["left"][0]
    assert " in right" in stacks["right"][0]
