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
    "fair": ("holds", True),
    "no-lock": ("violated", False),
    "readers-starve": ("violated", False),
    "writer-starves": ("violated", False),
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
    assert_conforms("threadbench_rwlock")


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


@pytest.mark.parametrize("preference", ["readers", "writers", "fair"])
def test_a_writer_is_alone(tmp_path, preference):
    """Under every lock no read is torn and no write is lost, with many of both sides."""
    path = tmp_path / "many.yaml"
    params = f"{{preference: {preference}, readers: 8, writers: 4, reads: 10, writes: 5, hold: 0}}"
    path.write_text(f"kind: rwlock\nparams: {params}\n", encoding="utf-8")
    result = threadbench.run(path)

    assert (result.outcome["reads"], result.outcome["writes"], result.outcome["torn"]) == (80, 20, 0)
    assert result.checks["no read is torn"] is result.checks["no write is lost"] is True


def test_readers_read_together(tmp_path):
    """Two readers are inside at once: each waits in there for the other."""
    path = tmp_path / "together.yaml"
    path.write_text(
        "kind: rwlock\nruntime: virtual\nparams: {preference: fair, readers: 5, writers: 0, hold: 100ms}\n",
        encoding="utf-8",
    )
    result = threadbench.run(path)

    reads = [event.t for event in result.events if event.event == "rwlock.read"]
    assert len(reads) == 5
    assert max(reads) - min(reads) < 100_000_000  # of virtual time: the last came before the first had gone
