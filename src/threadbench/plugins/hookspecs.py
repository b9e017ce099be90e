"""Table of contents of what a plugin can extend: one function a hook, its docstring is the hook's documentation.

Enters: nothing. Leaves: the markers and the specifications that the registry validates plugins against.
A hook is asked once per process, when its plugin is loaded: a pluggy call costs microseconds, so nothing that happens
during a run goes through here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pluggy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ..extensions import ExecutorFactory, Exporter, Observer
    from ..strategies import Factory
    from .workload import Workload

PROJECT: Final = "threadbench"
PREFIX: Final = f"{PROJECT}_"

hookspec: Final = pluggy.HookspecMarker(PROJECT)
hookimpl: Final = pluggy.HookimplMarker(PROJECT)
"""Marks a plugin's function as the implementation of the hook of that name."""


@hookspec
def threadbench_workloads() -> Iterable[Workload]:  # type: ignore[empty-body]  # a specification has no body
    """Give the plugin's kinds: return or yield what `@workload` made of its functions."""


@hookspec
def threadbench_strategies() -> Mapping[str, Factory] | Iterable[tuple[str, Factory]]:  # type: ignore[empty-body]  # nor has this
    """Give the plugin's strategies of exploration: return a mapping of names to factories, or yield pairs of both.

    A factory is called with a seed, an int that fixes whatever is random, and makes a `threadbench.Strategy`.
    """


@hookspec
def threadbench_exporters() -> Mapping[str, Exporter] | Iterable[tuple[str, Exporter]]:  # type: ignore[empty-body]  # nor has this
    """Give the plugin's exporters: return a mapping of names to functions, or yield pairs of both.

    An exporter is called with the path of an event log and the path of the file to write, both `pathlib.Path`.
    """


@hookspec
def threadbench_executors() -> Mapping[str, ExecutorFactory] | Iterable[tuple[str, ExecutorFactory]]:  # type: ignore[empty-body]  # nor has this
    """Give the plugin's executors: return a mapping of names to factories, or yield pairs of both.

    A factory is called with what stands behind the name in `--executor NAME:…`, a text that may be empty, and makes a
    `concurrent.futures.Executor`.
    """


@hookspec
def threadbench_observers() -> Iterable[Observer]:  # type: ignore[empty-body]  # nor has this
    """Give the plugin's observers: return or yield objects with methods of `threadbench.Observer`.

    They are asked for only where somebody names the plugin: with `-p NAME`, `--plugin FILE.py` or in the environment
    variable THREADBENCH_PLUGINS. To be installed is not enough to see what others run.
    """


HOOKS: Final = (
    "threadbench_workloads",
    "threadbench_strategies",
    "threadbench_exporters",
    "threadbench_executors",
    "threadbench_observers",
)
"""Names of all hooks; a plugin that implements another `threadbench_…` is told which one it meant."""
