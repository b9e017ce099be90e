"""The kind does what its scenarios say, on real threads and over all orders."""

from pathlib import Path

import pytest

from threadbench.testing import assert_conforms

SCENARIOS = Path(__file__).parent.parent / "scenarios"
EXPLORED = {
    "fair": ("holds", True),
    "no-lock": ("violated", False),
    "readers-starve": ("violated", False),
    "writer-starves": ("violated", False),
}
"""By case, what a search comes to, and whether it has visited every order."""


def test_it_keeps_the_rules_of_plugins():
    """Params, outcomes, events, errors: what threadbench asks of every plugin."""
    assert_conforms("threadbench_rwlock")


@pytest.mark.parametrize("runtime", ["native", "virtual"])
def test_scenarios_come_out_as_they_say(run_scenarios, runtime):
    """On either runtime each scenario ends as its file expects."""
    assert set(run_scenarios(SCENARIOS, options=["--set", f"runtime={runtime}"])) == set(EXPLORED)


def test_scenarios_are_explored(explore_scenarios):
    """A search finds what each file says, visits every order where that is told, and keeps what went wrong."""
    found = explore_scenarios(SCENARIOS)

    assert {name: (each["verdict"], each["exhaustive"]) for name, each in found.items()} == EXPLORED
    assert all(each["witness"] for each in found.values() if each["verdict"] != "holds")


@pytest.mark.parametrize("preference", ["readers", "writers", "fair"])
def test_a_writer_is_alone(run_scenario, preference):
    """Under every lock no read is torn and no write is lost, with many of both sides."""
    params = {"preference": preference, "readers": 8, "writers": 4, "reads": 10, "writes": 5, "hold": 0}
    result = run_scenario("rwlock", params)

    assert (result.outcome["reads"], result.outcome["writes"], result.outcome["torn"]) == (80, 20, 0)
    assert result.checks["no read is torn"] is result.checks["no write is lost"] is True


def test_readers_read_together(run_scenario):
    """Two readers are inside at once: each waits in there for the other."""
    result = run_scenario(
        "rwlock", {"preference": "fair", "readers": 5, "writers": 0, "hold": "100ms"}, runtime="virtual"
    )

    reads = [event.t for event in result.events if event.event == "rwlock.read"]
    assert len(reads) == 5
    assert max(reads) - min(reads) < 100_000_000  # of virtual time: the last came before the first had gone
