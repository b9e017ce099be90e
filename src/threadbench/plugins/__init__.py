"""Plugins: who provides which kind; and all that an author of one needs.

Enter: modules found built in, in entry points, as files. Leave: `Workload`s, and a `PluginStatus` for each plugin.
Imported by engine, cli and, through the public API, by every plugin.
"""

from __future__ import annotations

from .extensions import provided
from .hookspecs import hookimpl
from .registry import Recipe, Registry
from .status import Plugin, PluginInfo, PluginStatus
from .workload import Duration, Params, Run, Workload, workload

__all__ = [
    "Duration",
    "Params",
    "Plugin",
    "PluginInfo",
    "PluginStatus",
    "Recipe",
    "Registry",
    "Run",
    "Workload",
    "hookimpl",
    "provided",
    "workload",
]
