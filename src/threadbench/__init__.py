"""threadbench: threading behaviours as YAML, run on real threads and judged; this module is the public API.

Names are imported on first use, so that `import threadbench` costs a command that needs few of them little.
"""

from __future__ import annotations

import sys

from ._version import API_VERSION, __version__

TYPE_CHECKING = False  # not from typing: `threadbench --version` passes here, and that import costs as much as it
if TYPE_CHECKING:
    from typing import Any

    from .api import explore, run, run_all
    from .errors import PluginError, ScenarioError, ThreadbenchError, UsageError
    from .events import Event, read_log
    from .explore.found import Found, Outcome
    from .explore.schedule import Schedule
    from .extensions import Observer
    from .plugins import Duration, Params, Run, Workload, hookimpl, workload
    from .results import Result
    from .scenario import Scenario
    from .strategies import Strategy

_HOMES = {
    "Duration": "plugins",
    "Event": "events",
    "Found": "explore.found",
    "Observer": "extensions",
    "Outcome": "explore.found",
    "Params": "plugins",
    "PluginError": "errors",
    "Result": "results",
    "Run": "plugins",
    "Scenario": "scenario",
    "ScenarioError": "errors",
    "Schedule": "explore.schedule",
    "Strategy": "strategies",
    "ThreadbenchError": "errors",
    "UsageError": "errors",
    "Workload": "plugins",
    "explore": "api",
    "hookimpl": "plugins",
    "read_log": "events",
    "run": "api",
    "run_all": "api",
    "workload": "plugins",
}

__all__ = [
    "API_VERSION",
    "Duration",
    "Event",
    "Found",
    "Observer",
    "Outcome",
    "Params",
    "PluginError",
    "Result",
    "Run",
    "Scenario",
    "ScenarioError",
    "Schedule",
    "Strategy",
    "ThreadbenchError",
    "UsageError",
    "Workload",
    "__version__",
    "explore",
    "hookimpl",
    "read_log",
    "run",
    "run_all",
    "workload",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'threadbench' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__


class _Public(type(sys)):  # type: ignore[misc] # ModuleType, without importing types
    """This module: its name `explore` is the function, though there is a package of that name too."""

    def __setattr__(self, name: str, value: object) -> None:
        # The import system binds each package to its name here, and would put it in the function's place.
        if not (name == "explore" and isinstance(value, type(sys))):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Public
