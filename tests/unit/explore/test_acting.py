"""One thread that acts for several: each has a column in the explanation, and choices among them have names."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

TURNS = '''
from threadbench import hookimpl, workload


class Account:
    balance = 0


def deposit(account):
    balance = account.balance
    yield
    account.balance = balance + 100


@workload("turns")
def turns(run, params):
    """Generators take turns, in any order."""
    account = Account()
    going = {name: deposit(account) for name in ("alice", "bob")}
    while going:
        names = list(going)
        name = names[run.choose(len(names), names)]
        run.act_as(name)
        if next(going[name], "over") == "over":
            del going[name]
        run.act_as(None)
    run.check("books balance", account.balance == 200)
    return {"balance": account.balance, "time": run.time}


@hookimpl
def threadbench_workloads():
    yield turns
'''


@pytest.fixture
def turns(tmp_path: Path) -> Any:
    """Give a command of threadbench the scenario `turns.yaml`; returns its document."""
    (tmp_path / "turns.py").write_text(TURNS)
    (tmp_path / "turns.yaml").write_text("kind: turns\nexplore: {strategy: dpor}\n")

    def turns(verb: str, *arguments: str) -> Any:
        line = [sys.executable, "-m", "threadbench", verb, "turns.yaml", "--plugin", "turns.py", "--json", *arguments]
        done = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.stdout, done.stderr
        return json.loads(done.stdout)

    return turns


def test_every_order_of_turns_is_visited(turns: Any) -> None:
    """Two of two turns each: six orders, of which two lose nothing."""
    (search,) = turns("explore", "--all-outcomes")["searches"]
    assert (search["verdict"], search["exhaustive"], search["schedules"]) == ("violated", True, 6)
    assert {outcome["value"]["balance"]: outcome["count"] for outcome in search["outcomes"]} == {100: 4, 200: 2}


def test_those_it_acts_for_have_columns_and_conflicts(turns: Any) -> None:
    """They stand side by side as threads do, and the accesses that lost the update are marked."""
    (search,) = turns("explore")["searches"]
    head, _, *lines = search["explanation"].splitlines()
    assert head.split() == ["MainThread", "alice", "bob"]
    offsets = {name: head.index(name) for name in ("alice", "bob")}
    marks = {
        mark: line for mark in ("read here", "written meanwhile", "overwrites that") for line in lines if mark in line
    }
    assert len(marks) == 3
    reader, writer = ("alice", "bob") if marks["read here"].startswith(" " * offsets["alice"]) else ("bob", "alice")
    columns = [name for name in ("alice", "bob") for line in lines if line[offsets[name] :].startswith("turns.py")]
    assert {"alice", "bob"} == set(columns) == {reader, writer}
    assert any("chosen: bob" in line for line in lines)
    assert not any("interrupted" in line for line in lines)


@pytest.mark.parametrize(
    ("arguments", "time"),
    [
        (["run"], "real"),
        (["run", "--set", "runtime=virtual"], "ordered"),
        (["explore"], "adversarial"),
        (["explore", "--set", "explore.time=ordered", "--strategy", "dfs"], "ordered"),
    ],
)
def test_a_workload_knows_how_time_passes(turns: Any, arguments: list[str], time: str) -> None:
    """By the clock, in the order of ends, or as it likes."""
    document = turns(*arguments)
    (case,) = document["searches"] if arguments[0] == "explore" else document["cases"][0]["runs"]
    values = [outcome["value"] for outcome in case["outcomes"]] if arguments[0] == "explore" else [case["outcome"]]
    assert {value["time"] for value in values} == {time}
