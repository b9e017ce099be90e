"""A `Run` without a bench: kinds are called as plain functions on real threads, and what they say is kept."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from threadbench.testing import FakeRun

if TYPE_CHECKING:
    from collections.abc import Callable

    from threadbench import Workload

LIBRARY = Path(__file__).parents[2] / "scenarios"


def workload_of(kind: str) -> Workload:
    """The workload of a built-in kind, asked for through its hook."""
    (workload,) = importlib.import_module(f"threadbench.kinds.{kind}").threadbench_workloads()
    assert workload.kind == kind
    return workload


@pytest.fixture
def run() -> FakeRun:
    """A fresh fake run."""
    return FakeRun()


@pytest.fixture
def play(run: FakeRun) -> Callable[..., Any]:
    """Call a kind with params as YAML would give them; returns its outcome, which is JSON."""

    def play(kind: str, **params: Any) -> Any:
        workload = workload_of(kind)
        outcome = workload(run, workload.params.model_validate(params))
        return json.loads(json.dumps(outcome))

    return play
