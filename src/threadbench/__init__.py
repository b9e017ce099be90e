"""threadbench: threading behaviours as YAML, run on real threads and judged; this module is the public API.

Names are imported on first use, so that `import threadbench` costs a command that needs few of them little.
"""

from __future__ import annotations

from ._version import API_VERSION, __version__

TYPE_CHECKING = False  # not from typing: `threadbench --version` passes here, and that import costs as much as it
if TYPE_CHECKING:
    from typing import Any

    from .api import run, run_all
    from .errors import PluginError, ScenarioError, ThreadbenchError, UsageError
    from .events import Event, read_log
    from .plugins import Duration, Params, Run, Workload, hookimpl, workload
    from .results import Result
    from .scenario import Scenario

_HOMES = {
    "Duration": "plugins",
    "Event": "events",
    "Params": "plugins",
    "PluginError": "errors",
    "Result": "results",
    "Run": "plugins",
    "Scenario": "scenario",
    "ScenarioError": "errors",
    "ThreadbenchError": "errors",
    "UsageError": "errors",
    "Workload": "plugins",
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
    "Params",
    "PluginError",
    "Result",
    "Run",
    "Scenario",
    "ScenarioError",
    "ThreadbenchError",
    "UsageError",
    "Workload",
    "__version__",
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
