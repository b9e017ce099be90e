"""The kinds do what their scenarios say, on real threads and over all orders."""

from pathlib import Path

import pytest

from threadbench.testing import assert_conforms

SCENARIOS = Path(__file__).parent.parent / "scenarios"
EXPLORED = {
    "deadlock": ("deadlock", True),
    "many": ("deadlock", False),
    "ordered": ("holds", True),
    "philosophers": ("deadlock", False),
    "philosophers-cured[cure=ordered,philosophers=3]": ("holds", True),
    "philosophers-cured[cure=waiter,philosophers=3]": ("holds", True),
    "timeout": ("holds", False),
    "try": ("holds", False),
    "try-twice": ("violated", True),
}
"""By case, what a search comes to, and whether it has visited every order."""


def test_it_keeps_the_rules_of_plugins():
    """Params, outcomes, events, errors: what threadbench asks of every plugin."""
    assert_conforms("threadbench_deadlock")


@pytest.mark.parametrize("runtime", ["native", "virtual"])
def test_scenarios_come_out_as_they_say(run_scenarios, runtime):
    """On either runtime each scenario ends as its file expects."""
    assert set(run_scenarios(SCENARIOS, options=["--set", f"runtime={runtime}"])) == set(EXPLORED)


def test_scenarios_are_explored(explore_scenarios):
    """A search finds what each file says, visits every order where that is told, and keeps what went wrong."""
    found = explore_scenarios(SCENARIOS)

    assert {name: (each["verdict"], each["exhaustive"]) for name, each in found.items()} == EXPLORED
    assert all(each["witness"] for each in found.values() if each["verdict"] != "holds")


def test_opposite_order_ends_in_a_deadlock_of_both_holders(run_scenario):
    """Opposite order is a deadlock, reported with both holders and both locks, long before the timeout."""
    result = run_scenario(SCENARIOS / "deadlock.yaml")

    assert result.verdict == "deadlock"
    waiting = {(event.thread, event.object) for event in result.events if event.event == "lock.waiting"}
    assert waiting >= {("reporter", "disk"), ("archiver", "printer")}


def test_the_deadlock_is_certain_without_a_hold(run_scenario):
    """The deadlock does not depend on the length of the hold: natively both hold one before they go on."""
    assert [run_scenario("deadlock", {"hold": 0}).verdict for _ in range(5)] == ["deadlock"] * 5


def test_who_backs_off_says_so(run_scenario):
    """With a try-lock somebody backs off, since both are made to hold one, and in the end both are done."""
    result = run_scenario(SCENARIOS / "try.yaml")

    assert result.outcome == {"done": ["archiver", "reporter"], "gave_up": []}
    assert "deadlock.backs_off" in [event.event for event in result.events]


def test_the_circle_of_philosophers_is_whole(run_scenario):
    """Without a cure all of them wait, each for the fork that a neighbour has."""
    result = run_scenario("philosophers", {"philosophers": 7})

    waiting = {(event.thread, event.object) for event in result.events if event.event == "lock.waiting"}
    assert waiting >= {(f"philosopher-{n}", f"fork-{n % 7 + 1}") for n in range(1, 8)}
