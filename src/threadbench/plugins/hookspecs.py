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


HOOKS: Final = ("threadbench_workloads", "threadbench_strategies")
"""Names of all hooks; a plugin that implements another `threadbench_…` is told which one it meant."""
