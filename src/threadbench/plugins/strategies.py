"""Strategies of plugins: what a hook gives enters, names and factories leave; and who is meant by a name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..errors import UsageError, did_you_mean
from ..strategies import STRATEGIES, Factory, Provided
from .failures import UnusableError, shown
from .workload import KIND

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pluggy import PluginManager

    from .registry import Registry

HOOK = "threadbench_strategies"


def strategies_of(provider: Any, manager: PluginManager) -> tuple[tuple[str, Factory], ...]:
    """What a registered plugin's `threadbench_strategies` gives, by name; asked alone, as for workloads.

    Raises:
        UnusableError: something that is no name with a factory, or a name twice.
        BaseException: whatever the hook raises.
    """
    others = [other for other in manager.get_plugins() if other is not provider]
    ask: Callable[[], list[Any]] = manager.subset_hook_caller(HOOK, others)
    answers = ask()
    if not answers and any(caller.name == HOOK for caller in manager.get_hookcallers(provider) or []):
        raise UnusableError(f"{HOOK} gives nothing: it has to return a mapping, or yield pairs of a name and a factory")
    found: dict[str, Factory] = {}
    for given in answers:
        for name, factory in _pairs(given):
            if name in found:
                raise UnusableError(f"{HOOK} gives strategy '{name}' twice")
            found[name] = factory
    return tuple(found.items())


def _pairs(given: Any) -> Iterator[tuple[str, Factory]]:
    if isinstance(given, str) or not hasattr(given, "__iter__"):
        raise UnusableError(f"{HOOK} gives {shown(given)}: it has to return a mapping, or yield pairs")
    for pair in given.items() if isinstance(given, Mapping) else given:
        if not (isinstance(pair, tuple) and len(pair) == 2):
            raise UnusableError(f"{HOOK} gives {shown(pair)}, which is no pair of a name and a factory")
        name, factory = pair
        if not (isinstance(name, str) and re.fullmatch(KIND, name)):
            raise UnusableError(
                f"strategy {shown(name)} is not a valid name: a lower-case letter, then letters, digits, '_', '-'"
            )
        if not callable(factory):
            raise UnusableError(f"the factory of strategy '{name}' cannot be called: {shown(factory)}")
        yield name, factory


def provided_strategy(name: str, registry: Registry) -> Provided | None:
    """The strategy that somebody names where there is no file to point into; None for one that is built in.

    Raises:
        UsageError: nobody provides it.
        PluginError: its provider cannot be used.
    """
    if name in STRATEGIES:
        return None
    try:
        return registry.strategy(name)
    except LookupError as error:
        names = registry.strategies()
        listed = f"one of: {', '.join(names)}"
        meant = did_you_mean(name, names)
        raise UsageError(f"strategy {name!r} is unknown: {error.args[0]}", hint=meant or listed) from None
