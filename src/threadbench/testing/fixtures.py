"""Fixtures of pytest for authors of plugins: `-p threadbench.testing.fixtures`, or in the topmost `conftest.py`

    pytest_plugins = ["threadbench.testing.fixtures"]

Each gives what `threadbench.testing` has, in the test's own temporary folder.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from .. import Found, Result
    from . import Bench, FakeClock, FakeRun


@pytest.fixture
def threadbench_plugins() -> Sequence[str]:
    """Plugins under test that are not installed: modules or files; override it in a `conftest.py`."""
    return ()


@pytest.fixture
def threadbench_bench(tmp_path: Path, threadbench_plugins: Sequence[str]) -> Bench:
    """The `Bench` behind the four fixtures below."""
    from . import Bench

    return Bench(tmp_path / "threadbench", threadbench_plugins)


@pytest.fixture
def run_scenario(threadbench_bench: Bench) -> Callable[..., Result]:
    """Run a kind, a YAML text or a file, and look at its `Result`: see `Bench.run`."""
    return threadbench_bench.run


@pytest.fixture
def explore_scenario(threadbench_bench: Bench) -> Callable[..., Found]:
    """Explore a kind, a YAML text or a file, and look at what was `Found`: see `Bench.explore`."""
    return threadbench_bench.explore


@pytest.fixture
def run_scenarios(threadbench_bench: Bench) -> Callable[..., dict[str, Mapping[str, Any]]]:
    """Run a folder of scenarios, each of which must be as its file expects: see `Bench.run_all`."""
    return threadbench_bench.run_all


@pytest.fixture
def explore_scenarios(threadbench_bench: Bench) -> Callable[..., dict[str, Mapping[str, Any]]]:
    """Explore a folder of scenarios, each of which must be as its file expects: see `Bench.explore_all`."""
    return threadbench_bench.explore_all


@pytest.fixture
def fake_run() -> FakeRun:
    """A `FakeRun`, to call a workload as the plain function it is."""
    from . import FakeRun

    return FakeRun()


@pytest.fixture
def fake_clock() -> Iterator[FakeClock]:
    """A `FakeClock`, installed during the test."""
    from . import FakeClock

    with FakeClock().installed() as clock:
        yield clock


@pytest.fixture
def fake_log(tmp_path: Path) -> Callable[..., Path]:
    """Write an event log that no run has written: see `threadbench.testing.fake_log`."""
    from . import fake_log as write

    def written(*events: tuple[str, str, dict[str, Any]], **more: Any) -> Path:
        return write(tmp_path / "fake.jsonl", events, **more)

    return written
