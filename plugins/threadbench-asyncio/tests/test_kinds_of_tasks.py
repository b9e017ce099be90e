"""The kinds do what their scenarios say, on both runtimes and over all orders."""

from pathlib import Path

import pytest

import threadbench
from threadbench.testing import assert_conforms

SCENARIOS = Path(__file__).parent.parent / "scenarios"
EXPLORED = {
    "async-code": ("violated", True),
    "async-code-locked[order=any]": ("holds", True),
    "async-code-locked[order=fifo]": ("holds", True),
    "async-lock[order=any]": ("holds", True),
    "async-lock[order=fifo]": ("holds", True),
    "async-lock-thread": ("deadlock", True),
    "async-no-await": ("holds", True),
    "async-pool[by=semaphore]": ("holds", True),
    "async-pool[by=workers]": ("holds", True),
    "async-prodcons[stop=join]": ("holds", True),
    "async-prodcons[stop=sentinel]": ("holds", True),
    "async-prodcons-event": ("deadlock", True),
    "async-race[order=any]": ("violated", True),
    "async-race[order=fifo]": ("violated", True),
}
"""By case, what a search comes to, and whether it has visited every order."""
MARKS = ["read here", "written meanwhile", "overwrites that"]


def test_it_keeps_the_rules_of_plugins():
    """Params, outcomes, events, errors: what threadbench asks of every plugin."""
    assert_conforms("threadbench_asyncio")


@pytest.mark.parametrize("runtime", ["native", "virtual"])
def test_scenarios_come_out_as_they_say(run_scenarios, runtime):
    """On either runtime each scenario ends as its file expects."""
    assert set(run_scenarios(SCENARIOS, options=["--set", f"runtime={runtime}"])) == set(EXPLORED)


def test_scenarios_are_explored(explore_scenarios):
    """A search finds what each file says, visits every order where that is told, and keeps what went wrong."""
    found = explore_scenarios(SCENARIOS)

    assert {name: (each["verdict"], each["exhaustive"]) for name, each in found.items()} == EXPLORED
    assert all(each["witness"] for each in found.values() if each["verdict"] != "holds")


def test_a_lost_update_is_told_with_the_two_tasks_side_by_side(explore_scenarios, threadbench_bench):
    """The witness has a column for each task, and marks the read, the write between, and the one that undid it."""
    (search,) = explore_scenarios(SCENARIOS / "async-race.yaml", options=["-k", "fifo"]).values()
    told = search["explanation"].splitlines()
    head = next(line for line in told if line.startswith("MainThread"))

    assert head.split() == ["MainThread", "worker-1", "worker-2"]
    assert [mark for line in told for mark in MARKS if mark in line] == MARKS
    assert any("the timer of worker-1 is due" in line for line in told)
    assert threadbench_bench.command("replay", search["witness"]).exit_code == 0


@pytest.mark.parametrize("runtime", ["native", "virtual"])
def test_tasks_tell_what_they_do(run_scenario, runtime):
    """The same events on both runtimes: a task starts, waits for something somewhere, goes on, and ends."""
    result = run_scenario("async-lock", {"workers": 1, "updates": 1, "pause": "1ms"}, runtime=runtime)

    told = [
        (event.event.removeprefix("async-lock."), event.data.get("on"), event.data.get("how"))
        for event in result.events
        if event.event.startswith("async-lock.") and event.data.get("task", "worker-1") == "worker-1"
    ]
    assert told == [
        ("task.started", None, None),
        ("read", None, None),
        ("task.waiting", "asyncio.sleep", None),
        ("task.resumed", None, None),
        ("written", None, None),
        ("task.finished", None, "returned"),
    ]
    (waiting,) = [event.data for event in result.events if event.data and event.data.get("on") == "asyncio.sleep"]
    assert waiting["at"].startswith("lock.py:")


CODE = """
kind: async-code
params:
  setup: mine:make
  tasks:
    - {call: "mine:Thing.work", args: [2], kwargs: {more: 3}, count: 2}
    - {call: "mine:fails"}
  check: mine:sound
  outcome: mine:told
"""
MINE = """
class Thing:
    total = 0

    async def work(self, number, more=0):
        self.total += number + more

async def make():
    return Thing()

async def fails(thing):
    {fails}

async def sound(thing):
    assert thing.total == 10, f"the total is {{thing.total}}"

def told(thing):
    return thing.total
"""


def own(folder, fails="pass", scenario=CODE):
    """Write a scenario and its module, and return the path of the first."""
    (folder / "mine.py").write_text(MINE.format(fails=fails), encoding="utf-8")
    (folder / "mine.yaml").write_text(scenario, encoding="utf-8")
    return folder / "mine.yaml"


@pytest.mark.parametrize("runtime", ["native", "virtual"])
def test_your_own_coroutines_and_functions_are_called(run_scenario, tmp_path, runtime):
    """With the state, args and kwargs; setup, check and outcome may be coroutine functions or none."""
    result = run_scenario(own(tmp_path, scenario=f"runtime: {runtime}{CODE}"))

    assert (result.verdict, result.outcome) == ("passed", 10)
    assert result.checks["mine:sound"]
    started = [event.data["task"] for event in result.events if event.event == "async-code.task.started"]
    assert sorted(started) == ["Thing.work", "Thing.work#2", "fails", "main"]


def test_a_check_that_asserts_tells_what_it_said(run_scenario, tmp_path):
    """The check is broken, and the run has not crashed."""
    result = run_scenario(own(tmp_path, fails="thing.total = 0"))

    assert result.verdict == "failed"
    (check,) = [event for event in result.events if event.event == "check" and event.data["name"] == "mine:sound"]
    assert check.data["message"] == "the total is 0"


def test_an_exception_in_a_task_is_a_crash(run_scenario, tmp_path):
    """And is told with its type and text."""
    result = run_scenario(own(tmp_path, fails="raise LookupError('lost')"))

    assert result.verdict == "crashed"
    assert "LookupError" in result.reason
    assert "lost" in result.reason


def test_nobody_to_run_is_an_error_of_the_file(run_scenario, tmp_path):
    """As a coroutine that is no reference is."""
    for params in ("{order: any}", "{tasks: [{call: tickets.buy}]}"):
        with pytest.raises(threadbench.ScenarioError):
            run_scenario(own(tmp_path, scenario=f"kind: async-code\nparams: {params}\n"))


@pytest.mark.parametrize("runtime", ["native", "virtual"])
def test_tasks_that_all_wait_are_a_deadlock_that_names_them(run_scenario, runtime):
    """The failure says of each task what it awaits, and where."""
    result = run_scenario("async-prodcons", {"stop": "event"}, runtime=runtime)

    assert result.verdict == "deadlock"
    assert "consumer-1 at pipeline.get (prodcons.py:" in result.reason
    assert "main at asyncio.gather (prodcons.py:" in result.reason
