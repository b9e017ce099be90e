"""A `Run` without a bench: kinds are called as plain functions on real threads, and what they say is kept."""

from __future__ import annotations

import importlib
import json
import random
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from threadbench import Workload

LIBRARY = Path(__file__).parents[2] / "scenarios"


class FakeRun:
    """Keeps `(thread, name, data)` of everything emitted, and the checks by name."""

    runtime = "native"

    def __init__(self, seed: int = 7) -> None:
        self.seed = seed
        self.emitted: list[tuple[str, str, dict[str, Any]]] = []
        self.checks: dict[str, bool] = {}
        self.check_data: dict[str, dict[str, Any]] = {}
        self.names: dict[str, Any] = {}
        self._local = threading.local()

    @property
    def rng(self) -> random.Random:
        if not hasattr(self._local, "rng"):
            self._local.rng = random.Random(f"{self.seed}:{threading.current_thread().name}")
        return self._local.rng

    def emit(self, name: str, /, **data: Any) -> None:
        json.dumps(data)
        self.emitted.append((threading.current_thread().name, name, data))

    def check(self, name: str, ok: object, /, **data: Any) -> bool:
        json.dumps(data)
        self.checks[name] = self.checks.get(name, True) and bool(ok)
        self.check_data[name] = data
        return bool(ok)

    def name(self, obj: Any, name: str, /) -> Any:
        self.names[name] = obj
        return obj

    def choose(self, n: int, /) -> int:
        return self.rng.randrange(n)


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
