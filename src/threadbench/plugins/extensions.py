"""What a plugin provides besides kinds: what its hooks give enters, extensions and observers leave, or the broken rule.

Each hook is asked of one plugin alone: no other plugin's failure is its own. Imported by loading and by whoever looks
up a name that stands in no file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from ..attribution import shown
from ..errors import UsageError, did_you_mean
from ..extensions import BUILTIN, OBSERVED, Extension, What
from .failures import UnusableError
from .workload import KIND

if TYPE_CHECKING:
    from collections.abc import Callable

    from pluggy import PluginManager

    from .registry import Registry
    from .status import Source


class Seam(NamedTuple):
    """A hook that gives things by name: what they are, and what one has to be."""

    hook: str
    what: What
    needs: str


SEAMS: Final = (
    Seam("threadbench_strategies", "strategy", "factory"),
    Seam("threadbench_exporters", "exporter", "function"),
    Seam("threadbench_executors", "executor", "factory"),
)


def extensions_of(provider: Any, manager: PluginManager, source: Source) -> tuple[Extension, ...]:
    """What a registered plugin provides by name.

    Raises:
        UnusableError: a hook gives something that is no name with a callable, or a name twice.
        BaseException: whatever a hook raises.
    """
    found: dict[tuple[What, str], Extension] = {}
    for seam in SEAMS:
        for given in answers(provider, manager, seam.hook):
            for name, value in _pairs(given, seam):
                if (seam.what, name) in found:
                    raise UnusableError(f"{seam.hook} gives {seam.what} '{name}' twice")
                owner = f"{seam.what} '{name}' of {source}"
                found[seam.what, name] = Extension(seam.what, name, value, owner)
    return tuple(found.values())


def observers_of(provider: Any, manager: PluginManager) -> tuple[Any, ...]:
    """What a registered plugin's `threadbench_observers` gives.

    Raises:
        UnusableError: something without any of the methods of an `Observer`.
        BaseException: whatever the hook raises.
    """
    hook = "threadbench_observers"
    found: list[Any] = []
    for given in answers(provider, manager, hook):
        if not isinstance(given, Iterable):
            raise UnusableError(f"{hook} gives {shown(given)}: it has to return or yield observers")
        for observer in given:
            if not any(callable(getattr(observer, method, None)) for method in OBSERVED):
                methods = ", ".join(f"'{method}'" for method in OBSERVED)
                raise UnusableError(f"{hook} gives {shown(observer)}, which has none of the methods {methods}")
            found.append(observer)
    return tuple(found)


def answers(provider: Any, manager: PluginManager, hook: str) -> list[Any]:
    """What one plugin's implementations of a hook give; empty where it has none.

    Raises:
        UnusableError: it has one that gives nothing: pluggy drops a None, and nobody would know why nothing is there.
        BaseException: whatever the hook raises.
    """
    others = [other for other in manager.get_plugins() if other is not provider]
    ask: Callable[[], list[Any]] = manager.subset_hook_caller(hook, others)
    given = ask()
    if not given and any(caller.name == hook for caller in manager.get_hookcallers(provider) or []):
        raise UnusableError(f"{hook} gives nothing: it has to return or yield what it provides")
    return given


def _pairs(given: Any, seam: Seam) -> Iterator[tuple[str, Callable[..., Any]]]:
    hook, what, needs = seam
    if isinstance(given, str) or not hasattr(given, "__iter__"):
        raise UnusableError(f"{hook} gives {shown(given)}: it has to return a mapping, or yield pairs")
    for pair in given.items() if isinstance(given, Mapping) else given:
        if not (isinstance(pair, tuple) and len(pair) == 2):
            raise UnusableError(f"{hook} gives {shown(pair)}, which is no pair of a name and a {needs}")
        name, value = pair
        if not (isinstance(name, str) and re.fullmatch(KIND, name)):
            raise UnusableError(
                f"{what} {shown(name)} is not a valid name: a lower-case letter, then letters, digits, '_', '-'"
            )
        if not callable(value):
            raise UnusableError(f"the {needs} of {what} '{name}' cannot be called: {shown(value)}")
        yield name, value


def provided(what: What, name: str, registry: Registry) -> Extension | None:
    """What somebody names where there is no file to point into; None for one that is built in.

    Raises:
        UsageError: nobody provides it.
        PluginError: its provider cannot be used.
    """
    try:
        return None if name in BUILTIN[what] else registry.extension(what, name)
    except LookupError as error:
        names = registry.offered(what)
        listed = f"one of: {', '.join(names)}" if names else f"no plugin that is installed provides an {what}"
        meant = did_you_mean(name, names)
        raise UsageError(f"{what} {name!r} is unknown: {error.args[0]}", hint=meant or listed) from None
