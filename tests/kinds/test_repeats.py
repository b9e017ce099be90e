"""What is promised of every run, run again and again."""

from __future__ import annotations

import os

import pytest

import threadbench

from .conftest import LIBRARY

RUNS = 20

pytestmark = pytest.mark.skipif(
    not os.environ.get("THREADBENCH_REPEATS"), reason="takes half a minute: set THREADBENCH_REPEATS=1"
)


@pytest.mark.parametrize(("stem", "value"), [("race", 2), ("lock-acquire", 3), ("lock-with", 3)])
def test_every_run_comes_to_the_same(stem, value, tmp_path, monkeypatch):
    """The race loses one update, and the locks lose none, in twenty of twenty runs."""
    monkeypatch.chdir(tmp_path)
    results = [threadbench.run(LIBRARY / f"{stem}.yaml") for _ in range(RUNS)]
    assert [result.outcome["value"] for result in results] == [value] * RUNS
    assert [result.outcome["lost"] for result in results] == [3 - value] * RUNS
    assert all(result.as_expected for result in results)
