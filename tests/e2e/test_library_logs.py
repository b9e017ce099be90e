"""The library as a whole: one command runs all of it, and leaves logs that the shipped schema describes."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest

LIBRARY = Path(__file__).parents[2] / "scenarios"


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[subprocess.CompletedProcess[str], list[Path]]:
    """`threadbench run scenarios/`, and the logs that it left."""
    folder = tmp_path_factory.mktemp("library")
    command = [sys.executable, "-m", "threadbench", "run", str(LIBRARY), "--events", str(folder)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=300)
    return done, sorted(folder.glob("*.jsonl"))


def test_the_library_meets_its_expectations(ran: tuple[subprocess.CompletedProcess[str], list[Path]]) -> None:
    """`threadbench run scenarios/` exits 0, and leaves one log for each case."""
    done, logs = ran
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(logs) >= len(list(LIBRARY.glob("*.yaml")))
    assert done.stdout.splitlines()[-1].startswith(f"{len(logs)} cases in ")


def test_every_line_is_one_that_the_schema_describes(
    ran: tuple[subprocess.CompletedProcess[str], list[Path]],
) -> None:
    """Each event of every log is valid; of those that differ in values alone, one is looked at."""
    schema = json.loads(resources.files("threadbench.events").joinpath("schema.json").read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(schema)
    seen: dict[tuple[Any, ...], dict[str, Any]] = {}
    for log in ran[1]:
        events = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
        assert [event["seq"] for event in events] == list(range(len(events)))
        assert (events[0]["event"], events[-1]["event"]) == ("run.started", "run.finished")
        for event in events:
            shape = tuple((key, type(value)) for key, value in event.items())
            seen.setdefault((event["event"], event["seq"] == 0, event["t"] < 0, shape, *event.get("data", {})), event)
    assert len(seen) > 20
    assert [error.message for event in seen.values() for error in validator.iter_errors(event)] == []


@pytest.mark.parametrize(
    "event",
    [
        {"seq": 0, "t": 0, "event": "run.started", "data": {}},
        {"seq": 3, "t": 5, "event": "Lock Acquired"},
        {"seq": 3, "t": -1, "event": "lock.acquired"},
        {"seq": 3, "t": 5, "event": "lock.acquired", "lock": "Lock#1"},
        {"seq": 3, "t": 5, "event": "run.finished", "data": {"verdict": "passed"}},
    ],
    ids=lambda event: event["event"],
)
def test_the_schema_refuses_what_is_no_line(event: dict[str, Any]) -> None:
    """A header without its facts, a word of another form, time before the start, a stranger's field, half an end."""
    schema = json.loads(resources.files("threadbench.events").joinpath("schema.json").read_text(encoding="utf-8"))
    assert not jsonschema.Draft202012Validator(schema).is_valid(event)
