"""Scenario files under pytest, as a project that has threadbench installed sees them."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from suites import Suite, counts

LOCKED = """\
kind: lock
tags: [quick, mutual-exclusion]
matrix: {workers: [1, 2]}
params: {pause: 0s}
"""
RACE = """\
# The second worker reads what the first has not yet written back.
kind: race
name: lost
params: {workers: 2, updates: 2, pause: 20ms}
expect:
  outcome:
    lost: 0
  checks: {no update lost: true}
"""
DEADLOCK = """\
scenarios:
  - name: expected
    kind: code
    timeout: 10s
    params: {setup: bank:Two, threads: [{call: bank:Two.there}, {call: bank:Two.back}]}
    expect: {verdict: deadlock}
  - name: unexpected
    kind: code
    timeout: 10s
    params: {setup: bank:Two, threads: [{call: bank:Two.there}, {call: bank:Two.back}]}
"""
BANK = """\
import threading


class Two:
    def __init__(self):
        self.left, self.right = threading.Lock(), threading.Lock()
        self.both = threading.Barrier(2)

    def there(self):
        with self.left:
            self.both.wait()
            with self.right:
                pass

    def back(self):
        with self.right:
            self.both.wait()
            with self.left:
                pass
"""
EXPLORED = """\
kind: race
name: searched
params: {workers: 2, updates: 2, pause: 0s}
expect:
  verdict: [passed, failed]
  explore: holds
"""


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    """A project with nothing in it."""
    return Suite(tmp_path)


def test_each_case_is_an_item(suite: Suite) -> None:
    """Files are collected by their name; ids are those of cases; what `-k`, `-m` and `::` name is selected."""
    suite.write("tests/locked.threadbench.yaml", LOCKED)
    suite.write("tests/lost.threadbench.yml", RACE)
    suite.write("tests/foreign.yaml", "kind: Deployment\n")
    ids = [
        "tests/locked.threadbench.yaml::locked[workers=1]",
        "tests/locked.threadbench.yaml::locked[workers=2]",
        "tests/lost.threadbench.yml::lost",
    ]
    for arguments, wanted in (
        ([], ids),
        (["-k", "race"], ids[2:]),
        (["-k", "not lost"], ids[:2]),
        (["-m", "mutual-exclusion"], ids[:2]),
        ([ids[1]], ids[1:2]),
        ([ids[0].partition("[")[0]], ids[:2]),
    ):
        code, output = suite.pytest("--collect-only", "-q", *arguments)
        assert [line for line in output.splitlines() if "::" in line] == wanted
        assert code == 0


def test_a_failure_is_the_text_of_the_contract(suite: Suite) -> None:
    """Expectation with its place, expected and got, replay command and log; no traceback, and the rest passes."""
    suite.write("tests/locked.threadbench.yaml", LOCKED)
    suite.write("tests/lost.threadbench.yaml", RACE)
    code, output = suite.pytest("--junitxml", "report.xml")
    assert code == 1
    assert counts(output) == {"passed": 2, "failed": 1}
    assert "  tests/lost.threadbench.yaml:7:11: outcome.lost: expected == 0, got 1\n" in output
    assert re.search(r"  replay: threadbench run tests/lost\.threadbench\.yaml::lost --seed \d+\n", output)
    assert "\ntests/lost.threadbench.yaml:8\n" in output  # the first expectation that was not met, as editors read it
    assert "FAILED tests/lost.threadbench.yaml::lost - checks.no update lost: expected true, got false" in output
    assert "Traceback" not in output
    assert ".py:" not in output.replace("threadbench/kinds/race.py:", "")
    (log,) = re.findall(r"  log: (\S+)\n", output)
    assert (suite.folder / log).read_text(encoding="utf-8").count("run.finished") == 1

    cases = ET.parse(suite.folder / "report.xml").getroot().findall(".//testcase")
    assert [case.get("name") for case in cases] == [
        "locked[workers=1]",
        "locked[workers=2]",
        "lost",
    ]
    (failure,) = cases[2].findall("failure")
    assert failure.get("message") == "checks.no update lost: expected true, got false"
    assert "outcome.lost: expected == 0, got 1" in (failure.text or "")
    assert [one.get("value") for one in cases[2].iter("property") if one.get("name") == "threadbench.log"] == [log]

    code, output = suite.pytest("--lf", "-q", "--collect-only")
    assert [line for line in output.splitlines() if "::" in line] == ["tests/lost.threadbench.yaml::lost"]


def test_what_is_printed_replays(suite: Suite) -> None:
    """The command that a failure prints runs the same case, with the same end."""
    suite.write("tests/lost.threadbench.yaml", RACE)
    _, output = suite.pytest()
    (command,) = re.findall(r"  replay: threadbench (.+)\n", output)
    code, output = suite.run("threadbench", *command.split())
    assert (code, "outcome.lost: expected == 0, got 1" in output) == (1, True)


def test_a_deadlock_is_told_with_its_cycle(suite: Suite) -> None:
    """One that was expected passes; one that was not fails with who holds what and waits for what."""
    suite.write("tests/bank.py", BANK)
    suite.write("tests/two.threadbench.yaml", DEADLOCK)
    code, output = suite.pytest()
    assert (code, counts(output)) == (1, {"passed": 1, "failed": 1})
    assert re.search(r"Two.there holds Lock#\d \(tests/bank.py:10\) waits for Lock#\d \(tests/bank.py:12\)\n", output)
    assert "DEADLOCK tests/two.threadbench.yaml::unexpected\n" in output
    assert "\ntests/two.threadbench.yaml:7\n" in output  # where the scenario begins


def test_workers_of_xdist_agree(suite: Suite) -> None:
    """With `-n 2` the ids are the same in all workers, and a failure comes through whole; `-x` stops."""
    suite.write("tests/locked.threadbench.yaml", LOCKED)
    suite.write("tests/lost.threadbench.yaml", RACE)
    suite.write("tests/searched.threadbench.yaml", EXPLORED)
    code, output = suite.pytest("-n", "2")
    assert (code, counts(output)) == (1, {"passed": 3, "failed": 2})
    assert "  tests/lost.threadbench.yaml:7:11: outcome.lost: expected == 0, got 1\n" in output
    assert "\ntests/lost.threadbench.yaml:8\n" in output
    assert "FAILED tests/lost.threadbench.yaml::lost - checks.no update lost: expected true, got false" in output
    code, output = suite.pytest("-x", "tests/lost.threadbench.yaml", "tests/locked.threadbench.yaml")
    assert (code, counts(output)) == (1, {"failed": 1})


def test_markers_of_pytest_may_be_tags(suite: Suite) -> None:
    """`skip` and `xfail` do as they do for tests; a tag that begins with a line below is for threadbench alone."""
    suite.write("tests/not_now.threadbench.yaml", "kind: lock\ntags: [skip, _own]\n")
    suite.write("tests/lost.threadbench.yaml", RACE.replace("name: lost", "name: lost\ntags: [xfail]"))
    code, output = suite.pytest()
    assert (code, counts(output)) == (0, {"skipped": 1, "xfailed": 1})


def test_a_file_is_kept_to_one_worker(suite: Suite) -> None:
    """With `--dist loadfile`, all cases of a file run in the same process, searches too."""
    suite.write("tests/one.threadbench.yaml", f"{LOCKED}explore: {{max_schedules: 5, strategy: random}}\n")
    suite.write("tests/two.threadbench.yaml", LOCKED)
    code, output = suite.pytest("-v", "-n", "2", "--dist", "loadfile")
    assert (code, counts(output)) == (0, {"passed": 6})
    for name, cases in (("one", 4), ("two", 2)):
        workers = re.findall(rf"\[(gw\d)\] .* PASSED tests/{name}", output)
        assert (len(workers), len(set(workers))) == (cases, 1)


def test_what_a_search_must_come_to_is_an_item_more(suite: Suite) -> None:
    """A case whose scenario speaks of searches is run, and explored below `explore`; its witness can be replayed."""
    suite.write("tests/searched.threadbench.yaml", EXPLORED)
    code, output = suite.pytest("-v")
    assert "tests/searched.threadbench.yaml::searched PASSED" in output
    assert "tests/searched.threadbench.yaml::explore::searched FAILED" in output
    assert (code, counts(output)) == (1, {"passed": 1, "failed": 1})
    assert "VIOLATED tests/searched.threadbench.yaml::searched  free-threaded\n" in output
    assert "\ntests/searched.threadbench.yaml:6\n" in output
    (witness,) = re.findall(r"  replay: threadbench replay (\S+)\n", output)
    code, output = suite.run("threadbench", "replay", witness)
    assert (code, "VIOLATED" in output) == (1, True)

    code, output = suite.pytest("--threadbench-mode", "run", "--collect-only", "-q")
    assert [line for line in output.splitlines() if "::" in line] == ["tests/searched.threadbench.yaml::searched"]
    _, output = suite.pytest("--threadbench-mode", "explore", "--threadbench-model", "sync", "-rP")
    assert counts(output) == {"passed": 1}  # nobody takes a lock, so that nobody can be interrupted
    assert "threadbench: mode explore, model sync\n" in output
    assert "Captured threadbench call" in output
    assert "not judged when exploring: verdict\n" in output


def test_the_budget_bounds_a_search(suite: Suite) -> None:
    """A search that its budget has cut is inconclusive, and no success; what cannot be read is refused."""
    text = EXPLORED.replace("kind: race", "kind: lock").replace("updates: 2", "updates: 5")
    suite.write("tests/searched.threadbench.yaml", f"{text}explore: {{strategy: dpor}}\n")
    code, output = suite.pytest("--threadbench-mode", "explore", "--threadbench-budget", "3", "--threadbench-seed", "7")
    assert (code, counts(output)) == (1, {"failed": 1})
    assert "INCONCLUSIVE" in output
    assert "3 schedules did not exhaust the interleavings" in output
    assert "threadbench: mode explore, budget 3, seed 7\n" in output
    code, output = suite.pytest("--threadbench-budget", "much")
    assert (code, "'much' is neither a number of schedules nor a duration" in output) == (4, True)


def test_invalid_files_are_errors_of_collection(suite: Suite) -> None:
    """All that is wrong is told with its place, a missing plugin too, without a traceback; others still run."""
    suite.write("tests/a.threadbench.yaml", "kind: rce\nparms: {}\n")
    suite.write("tests/b.threadbench.yaml", "kind: race\nparams: {workers: many}\n")
    suite.write("tests/locked.threadbench.yaml", LOCKED)
    code, output = suite.pytest("--continue-on-collection-errors")
    assert (code, counts(output)) == (1, {"passed": 2, "errors": 2})
    assert "tests/a.threadbench.yaml:1:7: error: unknown kind 'rce'" in output
    assert "tests/a.threadbench.yaml:2:1: error: unknown key 'parms'" in output
    assert "hint: did you mean 'params'?" in output
    assert 'tests/b.threadbench.yaml:2:19: error: expected an integer, got text "many"' in output
    assert "Traceback" not in output
    suite.write("pytest.ini", "[pytest]\nthreadbench_plugins = nowhere\n")
    code, output = suite.pytest("tests/locked.threadbench.yaml")
    assert (code, counts(output)) == (2, {"error": 1})
    assert "plugin module nowhere was asked for, but is broken" in output


def test_the_configuration_names_more_files_and_plugins(suite: Suite) -> None:
    """`threadbench_files` opts in by name or path, `threadbench_plugins` loads; repeats are judged as `run` does."""
    suite.write(
        "pytest.ini",
        "[pytest]\nthreadbench_files = scenarios/*.yaml scenario_*.yml\nthreadbench_plugins = kinds/chance.py\n",
    )
    suite.write(
        "kinds/chance.py",
        "import itertools, threadbench\n"
        "@threadbench.workload('chance')\n"
        "def chance(run, params):\n"
        "    '''Is true in about half of all runs.'''\n"
        "    print('drawing', flush=True)\n"
        "    run.check('drawn', run.rng.random() < 0.5)\n"
        "@threadbench.hookimpl\n"
        "def threadbench_workloads():\n"
        "    yield chance\n",
    )
    suite.write("scenarios/rare.yaml", "kind: chance\nseed: 1\nrepeat: 20\nexpect: {pass_rate: {ge: 0.1}}\n")
    suite.write("other/scenario_never.yml", "kind: chance\nseed: 1\nrepeat: 20\nexpect: {pass_rate: {ge: 1.0}}\n")
    suite.write("other/else.yml", "kind: Deployment\n")
    code, output = suite.pytest("-rP")
    assert (code, counts(output)) == (1, {"passed": 1, "failed": 1})
    assert "other/scenario_never.yml:4:26: pass_rate: expected >= 1" in output
    assert "of 20 repeats; this is repeat" in output
    assert output.count("Captured stdout call") == 2
    assert "drawing\n" in output


SLOW = "kind: daemon\nparams: {main_for: 60s}\ntimeout: 2m\n"


def started(suite: Suite) -> tuple[subprocess.Popen[str], Path]:
    """pytest in the middle of a slow run, and the log of that."""
    suite.write("tests/slow.threadbench.yaml", SLOW)
    process = subprocess.Popen(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider"],
        cwd=suite.folder,
        env=suite.environ(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    deadline = time.monotonic() + 60
    logs: list[Path] = []
    while not any("thread.started" in log.read_text() for log in logs):
        assert time.monotonic() < deadline
        time.sleep(0.05)
        logs = list(suite.folder.glob(".threadbench/runs/*/*/*.jsonl"))
    return process, logs[0]


def below(pid: int) -> set[int]:
    """All processes that descend from one."""
    children: set[int] = set()
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        children |= {int(child) for child in path.read_text().split()}
    return children.union(*map(below, children))


def test_interrupted_runs_leave_whole_logs(suite: Suite) -> None:
    """Ctrl-C ends the run under way, its log, and the session."""
    process, log = started(suite)
    os.kill(process.pid, signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "KeyboardInterrupt" in output
    assert '"verdict":"interrupted"' in log.read_text().splitlines()[-1]


@pytest.mark.skipif(sys.platform != "linux", reason="processes are found in /proc")
@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGKILL])
def test_nobody_is_left_behind(suite: Suite, signum: int) -> None:
    """However pytest ends, what it had started ends too."""
    process, _ = started(suite)
    others = below(process.pid)
    assert len(others) >= 3  # the desk, the template, the run's worker
    os.kill(process.pid, signum)
    process.communicate(timeout=60)
    deadline = time.monotonic() + 60
    while any(Path(f"/proc/{pid}").exists() for pid in others):
        assert time.monotonic() < deadline
        time.sleep(0.05)
