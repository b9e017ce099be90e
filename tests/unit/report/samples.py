"""Accounts and events as the engine makes them: what the tests of the reports are fed with."""

from __future__ import annotations

from typing import Any

from threadbench.events.record import Event
from threadbench.report.account import Account, CaseAccount, Closing, typed


def closing(verdict: str = "passed", **data: Any) -> Closing:
    """The typed last line of a log."""
    expected = data.pop("as_expected", verdict == "passed")
    return typed({"verdict": verdict, "as_expected": expected, "duration": 0.3, **data}, Closing, "sample")


def run(verdict: str = "passed", *, case: str = "scenarios/race.yaml::race", repeat: int = 1, **data: Any) -> Account:
    """One run."""
    replay = f"threadbench run {case} --seed 42"
    return Account(case, "race", repeat, 42, "runs/race.1.jsonl", closing(verdict, replay=replay, **data))


def case(*runs: Account, **data: Any) -> CaseAccount:
    """A case of these runs."""
    good = sum(each.as_expected for each in runs)
    return CaseAccount(runs[0].case, runs, data.pop("as_expected", good == len(runs)), good / len(runs), **data)


LOST: dict[str, Any] = {
    "path": "outcome.lost",
    "expected": "== 0",
    "got": "17",
    "at": "scenarios/race.yaml:12:11",
    "source": "    lost: 0",
    "width": 1,
}

DEADLOCK: dict[str, Any] = {
    "reason": "T1 and T2 wait for each other",
    "failures": [{"path": "verdict", "expected": "passed", "got": "deadlock"}],
    "deadlock": {
        "cycle": [
            {
                "thread": "T1",
                "holds": [{"object": "printer", "at": "office.py:14"}],
                "waits": {"op": "lock.acquire", "object": "disk", "at": "office.py:15"},
            },
            {
                "thread": "T2",
                "holds": [{"object": "disk", "at": "office.py:20"}],
                "waits": {"op": "lock.acquire", "object": "printer", "at": "office.py:21"},
            },
        ],
        "waiting": [
            {"thread": "T1", "holds": [], "waits": {"op": "lock.acquire", "object": "disk", "at": "office.py:15"}},
            {"thread": "T2", "holds": [], "waits": {"op": "lock.acquire", "object": "printer", "at": "office.py:21"}},
            {"thread": "main", "holds": [], "waits": {"op": "thread.join", "object": "T1", "at": "office.py:30"}},
        ],
    },
    "stacks": [
        {"thread": "T1", "frames": ["office.py:15 in first", "threading.py:1012 in run"]},
        {"thread": "T2", "frames": ["office.py:21 in second", "threading.py:1012 in run"]},
    ],
}

TIMEOUT: dict[str, Any] = {
    "reason": "still running after 10s",
    "running": [
        {
            "thread": "worker",
            "state": "sleeping",
            "at": "race.py:30",
            "seconds": 9.8,
            "last": {"event": "lock.acquired", "object": "Lock#1", "at": "race.py:29", "seq": 7},
        }
    ],
}

CRASH: dict[str, Any] = {
    "reason": "an exception left the workload",
    "crash": {
        "kind": "exception",
        "thread": "worker",
        "type": "ZeroDivisionError",
        "message": "division by zero",
        "traceback": ["Traceback (most recent call last):\n", '  File "race.py", line 30, in update\n    1 / 0\n'],
        "at": "race.py:30",
    },
}


def event(seq: int, t: float, name: str, thread: str | None, /, **rest: Any) -> Event:
    """An event at `t` milliseconds."""
    return Event(seq, round(t * 1e6), name, thread, rest.pop("object", None), rest.pop("at", None), rest)


def contended_log() -> list[Event]:
    """T1 holds Lock#1 for 10 ms, T2 waits 6 ms of them, holds it for 2 ms; T2 never ends."""
    return [
        event(0, 0, "run.started", None, case="a.yaml::a", kind="race", seed=7),
        event(1, 1, "thread.started", "T1"),
        event(2, 2, "lock.acquired", "T1", object="Lock#1", at="race.py:3"),
        event(3, 3, "thread.started", "T2"),
        event(4, 6, "lock.waiting", "T2", object="Lock#1", at="race.py:3"),
        event(5, 12, "lock.released", "T1", object="Lock#1", at="race.py:5"),
        event(6, 12, "lock.acquired", "T2", object="Lock#1", at="race.py:3"),
        event(7, 13, "log", "T1", stream="stdout", text="hello\n"),
        event(8, 14, "lock.released", "T2", object="Lock#1", at="race.py:5"),
        event(9, 15, "check", "T1", name="all counted", ok=False, lost=1, at="race.py:9"),
        event(10, 16, "thread.finished", "T1"),
        event(11, 17, "run.finished", None, verdict="failed"),
    ]
