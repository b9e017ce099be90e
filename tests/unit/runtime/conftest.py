"""A native runtime for these tests: one template for all of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from running import Execute, execute_with

from threadbench.runtime.native import NativeRuntime


@pytest.fixture(scope="session")
def template() -> Iterator[NativeRuntime]:
    """One template for the session."""
    with NativeRuntime() as runtime:
        yield runtime


@pytest.fixture
def execute(template: NativeRuntime, tmp_path: Path) -> Execute:
    """Run a module-level function `(run, params)` in a worker process."""
    return execute_with(template, tmp_path)


@pytest.fixture
def execute_here(tmp_path: Path) -> Execute:
    """Run any function in this process."""
    return execute_with(NativeRuntime(isolate=False), tmp_path)
