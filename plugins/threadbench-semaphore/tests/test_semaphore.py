"""The kind does what its scenarios say, on real threads and over all orders."""

from pathlib import Path

import pytest

from threadbench.testing import assert_conforms

SCENARIOS = Path(__file__).parent.parent / "scenarios"
EXPLORED = {
    "keys[bounded=false]": ("holds", True),
    "keys[bounded=true]": ("holds", True),
    "mutex": ("holds", True),
    "over-release": ("violated", True),
    "bounded": ("holds", True),
    "bounded-blame": ("violated", True),
}
"""By case, what a search comes to, and whether it has visited every order."""


def test_it_keeps_the_rules_of_plugins():
    """Params, outcomes, events, errors: what threadbench asks of every plugin."""
    assert_conforms("threadbench_semaphore")


@pytest.mark.parametrize("runtime", ["native", "virtual"])
def test_scenarios_come_out_as_they_say(run_scenarios, runtime):
    """On either runtime each scenario ends as its file expects."""
    assert set(run_scenarios(SCENARIOS, options=["--set", f"runtime={runtime}"])) == set(EXPLORED)


def test_scenarios_are_explored(explore_scenarios):
    """A search finds what each file says, visits every order where that is told, and keeps what went wrong."""
    found = explore_scenarios(SCENARIOS)

    assert {name: (each["verdict"], each["exhaustive"]) for name, each in found.items()} == EXPLORED
    assert all(each["witness"] for each in found.values() if each["verdict"] != "holds")


def test_an_extra_key_lets_in_one_too_many(run_scenario):
    """With a key too many somebody has a key and no resource, and the log says who."""
    result = run_scenario(SCENARIOS / "over-release.yaml")

    (event,) = [event for event in result.events if event.event == "semaphore.empty_handed"]
    assert event.data["user"] in ("user-2", "user-3")
    assert result.checks["a key means a resource"] is False


def test_no_more_are_inside_than_there_are_keys(run_scenario):
    """However many come, no resource is used by two at a time."""
    result = run_scenario("semaphore", {"resources": 3, "users": 20, "hold": "1ms"})

    assert result.outcome == {"served": 20, "empty_handed": 0, "refused": []}
    assert {event.data["resource"] for event in result.events if event.event == "semaphore.uses"} <= {
        "resource-1",
        "resource-2",
        "resource-3",
    }
