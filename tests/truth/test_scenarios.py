"""What real threads make of a scenario is among what exploration makes of it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from threadbench.runtime.virtual import gil

SCENARIOS = Path(__file__).parents[2] / "scenarios"
RUNS = 20

FAST = {
    "race": ("params.pause=100us",),
    "lock-with": ("params.pause=100us",),
    "lock-acquire": ("params.pause=100us",),
    "thread-join": ("params.pause=1ms",),
    "thread-no-join": ("params.pause=50us",),
    "daemon": ("params.pause=1ms", "params.main_for=20ms"),
    "non-daemon": ("params.pause=1ms", "params.main_for=20ms"),
}
"""Pauses so short that threads overtake each other now and then."""


def told(command: list[str], scenario: str, folder: Path) -> Any:
    """The document that a command writes; whether all is as the scenario expects is not asked here."""
    settings = [part for setting in FAST[scenario] for part in ("--set", setting)]
    path = str(SCENARIOS / f"{scenario}.yaml")
    done = subprocess.run(
        [sys.executable, "-m", "threadbench", *command, path, *settings, "--json", "-q"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode in {0, 1}, done.stderr
    return json.loads(done.stdout)


def seen(outcome: Any) -> str:
    """An outcome that can be a member of a set."""
    return json.dumps(outcome, sort_keys=True)


@pytest.mark.skipif(gil.RUNNING not in gil.TAGS, reason="nobody has read this version")
@pytest.mark.parametrize("scenario", FAST)
def test_what_real_threads_come_to_is_explored(scenario: str, tmp_path: Path) -> None:
    """Every outcome of twenty native runs is in the table of an exhaustive search, with a GIL and without."""
    document = told(["run", "--set", f"repeat={RUNS}"], scenario, tmp_path)
    runs = [run for case in document["cases"] for run in case["runs"]]
    assert len(runs) == RUNS
    assert {run["cause"] for run in runs} == {"returned"}
    native = {seen(run["outcome"]) for run in runs}
    for model in ("gil", "free-threaded"):
        (search,) = told(["explore", "--model", model, "--all-outcomes"], scenario, tmp_path)["searches"]
        assert search["exhaustive"]
        assert native <= {seen(outcome["value"]) for outcome in search["outcomes"]}, model
