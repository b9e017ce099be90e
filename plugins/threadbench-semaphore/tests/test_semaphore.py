"""The kind does what its scenarios say, on real threads and over all orders."""

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
    "keys[bounded=false]": ("holds", True),
    "keys[bounded=true]": ("holds", True),
    "mutex": ("holds", True),
    "over-release": ("violated", True),
    "bounded": ("holds", True),
    "bounded-blame": ("violated", True),
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
    assert_conforms("threadbench_semaphore")


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


def test_an_extra_key_lets_in_one_too_many():
    """With a key too many somebody has a key and no resource, and the log says who."""
    result = threadbench.run(SCENARIOS / "over-release.yaml")

    (event,) = [event for event in result.events if event.event == "semaphore.empty_handed"]
    assert event.data["user"] in ("user-2", "user-3")
    assert result.checks["a key means a resource"] is False


def test_no_more_are_inside_than_there_are_keys(tmp_path):
    """However many come, no resource is used by two at a time."""
    path = tmp_path / "many.yaml"
    path.write_text("kind: semaphore\nparams: {resources: 3, users: 20, hold: 1ms}\n", encoding="utf-8")
    result = threadbench.run(path)

    assert result.outcome == {"served": 20, "empty_handed": 0, "refused": []}
    assert {event.data["resource"] for event in result.events if event.event == "semaphore.uses"} <= {
        "resource-1",
        "resource-2",
        "resource-3",
    }
