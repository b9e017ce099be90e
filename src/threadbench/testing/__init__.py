"""The test kit for authors of plugins: whether a plugin keeps the rules, runs to look at, a fake for every seam.

Enter: a plugin, a kind, a YAML text. Leave: a `ConformanceError` with all that is wrong, `Result`s, `Found`s. It is
public API, imported by the tests of plugins; `threadbench.testing.fixtures` is its plugin of pytest.
"""

from __future__ import annotations

TYPE_CHECKING = False  # as in the package above: tests that need one name import little
if TYPE_CHECKING:
    from typing import Any

    from .bench import Bench
    from .conforming import assert_conforms, conformance
    from .fakes import FakeClock, FakeExecutor, FakeRuntime, FakeStrategy
    from .logs import fake_log
    from .rules import RULES, ConformanceError, Finding
    from .run import FakeRun

_HOMES = {
    "RULES": "rules",
    "Bench": "bench",
    "ConformanceError": "rules",
    "FakeClock": "fakes",
    "FakeExecutor": "fakes",
    "FakeRun": "run",
    "FakeRuntime": "fakes",
    "FakeStrategy": "fakes",
    "Finding": "rules",
    "assert_conforms": "conforming",
    "conformance": "conforming",
    "fake_log": "logs",
}

__all__ = [
    "RULES",
    "Bench",
    "ConformanceError",
    "FakeClock",
    "FakeExecutor",
    "FakeRun",
    "FakeRuntime",
    "FakeStrategy",
    "Finding",
    "assert_conforms",
    "conformance",
    "fake_log",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'threadbench.testing' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
