"""The kinds do what their scenarios say, on real threads and over all orders."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import threadbench
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


@pytest.fixture(autouse=True)
def _own_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # event logs and witnesses go there


def command(*arguments):
    """Run a command of threadbench, and return its exit code and its document."""
    line = [sys.executable, "-m", "threadbench", *arguments, "--json"]
    done = subprocess.run(line, capture_output=True, text=True, env=dict(os.environ), check=False)
    return done.returncode, json.loads(done.stdout)


def test_it_keeps_the_rules_of_plugins():
    """Params, outcomes, events, errors: what threadbench asks of every plugin."""
    assert_conforms("threadbench_deadlock")


def test_scenarios_come_out_as_they_say():
    """Natively each scenario ends as its file expects."""
    results = list(threadbench.run_all([SCENARIOS]))

    assert len(results) == len(EXPLORED)
    assert [(result.case_id, result.verdict, result.reason) for result in results if not result.as_expected] == []


def test_scenarios_come_out_the_same_on_virtual_threads():
    """On the virtual runtime each scenario ends as its file expects."""
    code, _ = command("run", str(SCENARIOS), "--set", "runtime=virtual")

    assert code == 0


def test_scenarios_are_explored():
    """A search finds what each file says, and visits every order where that is told."""
    code, document = command("explore", str(SCENARIOS))

    assert code == 0
    found = {each["case"].rpartition("::")[2]: (each["verdict"], each["exhaustive"]) for each in document["searches"]}
    assert found == EXPLORED
    assert all(each["witness"] for each in document["searches"] if each["verdict"] != "holds")


def test_opposite_order_ends_in_a_deadlock_of_both_holders():
    """Opposite order is a deadlock, reported with both holders and both locks, long before the timeout."""
    result = threadbench.run(SCENARIOS / "deadlock.yaml")

    assert result.verdict == "deadlock"
    waiting = {(event.thread, event.object) for event in result.events if event.event == "lock.waiting"}
    assert waiting >= {("reporter", "disk"), ("archiver", "printer")}


def test_the_deadlock_is_certain_without_a_hold(tmp_path):
    """The deadlock does not depend on the length of the hold: natively both hold one before they go on."""
    path = tmp_path / "no-hold.yaml"
    path.write_text("kind: deadlock\nparams: {hold: 0}\nexpect: {verdict: deadlock}\n", encoding="utf-8")

    assert [threadbench.run(path).verdict for _ in range(5)] == ["deadlock"] * 5


def test_who_backs_off_says_so():
    """With a try-lock somebody backs off, since both are made to hold one, and in the end both are done."""
    result = threadbench.run(SCENARIOS / "try.yaml")

    assert result.outcome == {"done": ["archiver", "reporter"], "gave_up": []}
    assert "deadlock.backs_off" in [event.event for event in result.events]


def test_the_circle_of_philosophers_is_whole(tmp_path):
    """Without a cure all of them wait, each for the fork that a neighbour has."""
    path = tmp_path / "seven.yaml"
    path.write_text("kind: philosophers\nparams: {philosophers: 7}\nexpect: {verdict: deadlock}\n", encoding="utf-8")
    result = threadbench.run(path)

    waiting = {(event.thread, event.object) for event in result.events if event.event == "lock.waiting"}
    assert waiting >= {(f"philosopher-{n}", f"fork-{n % 7 + 1}") for n in range(1, 8)}
