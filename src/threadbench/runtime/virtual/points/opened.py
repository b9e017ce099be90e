"""Code under test that looks into what is taken on trust: fields of primitives, keywords of partials, logging levels.

The standard library's own code has no points: what it does to a queue is told by the queue's lock. Whoever reads a
queue's fields without that lock sees what lies between. Such a look is rare, and to tell of all of it would make every
search longer; so it is found when it comes, and the search begins again with that part of the library *opened*.
"""

from __future__ import annotations

import functools
import logging
import sys
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, Future
from types import FunctionType, ModuleType
from typing import Any, Final

from threadbench.runtime.virtual.points.current import current
from threadbench.runtime.virtual.points.sites import KEYED_READ, READ, WRITE, Access

PARTIAL: Final = "functools.partial"
"""Opened: calls of partial functions read their keywords."""
LOGGING: Final = "logging"
"""Opened: calls of `logging` read or write levels, handlers and filters."""

OF_ENUMS: Final = frozenset({"_member_map_", "_value2member_map_", "_member_names_"})
"""What `enum` keeps of the members of a class."""
LIBRARIES: Final = "libraries"
"""Opened: attributes that libraries may change wherever they are called tell that they do."""

_MODULES: Final[dict[str, frozenset[str]]] = {
    "queue": frozenset({"queue", "unfinished_tasks", "is_shutdown", "_qsize", "_put", "_get"}),
    "threading": frozenset({"_value", "_waiters", "_flag", "_count", "_state"}),
}
"""Modules that have points when opened, and what changes in their objects."""
_SETTINGS: Final = frozenset({"level", "disabled", "propagate", "handlers", "filters", "formatter"})
"""What is looked at of loggers and handlers when something is logged."""
_SHUT: Final[tuple[tuple[type, frozenset[str]], ...]] = (
    (threading.Thread, frozenset({"_started", "_is_stopped", "_tstate_lock", "_handle", "_ident", "_native_id"})),
    (Future, frozenset({"_state", "_result", "_exception", "_waiters", "_done_callbacks"})),
    (Executor, frozenset({"_threads", "_shutdown", "_broken", "_pending_work_items"})),
)
"""Classes of which parts run in code of ours: what changes in their objects cannot be told of."""
NAMES: Final = _SETTINGS.union({"keywords"}, *_MODULES.values(), *(names for _, names in _SHUT))
"""Attributes that are looked at for it wherever code under test spells them."""
_CONFIGURING: Final = frozenset(
    [
        *("setLevel", "addHandler", "removeHandler", "addFilter", "removeFilter", "disable", "setFormatter"),
        *("basicConfig", "setLoggerClass", "setLogRecordFactory", "captureWarnings", "shutdown"),
    ]
)
"""What changes what `logging` does."""


def modules(parts: Iterable[str]) -> list[ModuleType]:
    """The modules among opened parts."""
    return [sys.modules[part] for part in sorted(parts) if part in _MODULES and part in sys.modules]


def looked_at(kind: type, name: str) -> bool:
    """Code under test reads or stores such an attribute of such an object; whether it need not be told again."""
    if name not in NAMES:
        return True
    part = _part(kind, name)
    if part is not None:
        current.discover(part)
        return part in current.opened
    for owner, names in _SHUT:
        if name in names and issubclass(kind, owner):
            return hide(f"looks at {owner.__name__}.{name}, whose changes are not told of")
    return True


def _part(kind: type, name: str) -> str | None:
    """What is to be opened for an attribute."""
    if kind is functools.partial:
        return PARTIAL if name == "keywords" else None
    if name in _SETTINGS and issubclass(kind, logging.Filterer):
        return LOGGING
    if issubclass(kind, threading.Thread):
        return None
    owner = next((owner.__module__ for owner in kind.__mro__ if name in _MODULES.get(owner.__module__, ())), None)
    return None if owner is None or _is_under_test(owner) or _is_its_own(kind, name) else owner


def dictionary_taken(kind: type) -> None:
    """Code under test gets hold of all that such an object has."""
    for owner in kind.__mro__:
        if owner.__module__ in _MODULES and not issubclass(kind, threading.Thread):
            if not _is_under_test(owner.__module__):
                current.discover(owner.__module__)
            return


def _is_under_test(module: str) -> bool:
    return id(vars(sys.modules[module])) in current.scopes


def _is_its_own(kind: type, name: str) -> bool:
    """Whether a queue's items are kept by code under test: its class says how they are put and got."""
    if name != "queue":
        return False
    ways = [getattr(kind, way, None) for way in ("_init", "_put", "_get")]
    return all(isinstance(way, FunctionType) and id(way.__globals__) in current.scopes for way in ways)


def hide(what: str) -> bool:
    """Remember that the search does not see everything, at the line of code under test that is running; False where
    nothing is hidden, since no thread is running any more."""
    if not current.looks():
        return False
    frame = sys._getframe(1)
    while id(frame.f_globals) not in current.scopes:
        if frame.f_back is None:
            return False
        frame = frame.f_back
    current.unseen = f"{frame.f_code.co_filename}:{frame.f_lineno} {what}"
    return True


def logged(function: Any) -> Iterator[Access]:
    """What a call of something of `logging` reads and writes of what others may change; a change opens it."""
    changes = function.__name__ in _CONFIGURING
    if changes:
        current.discover(LOGGING)
    if LOGGING not in current.opened:
        return
    yield (logging, LOGGING, WRITE if changes else READ)
    owner = getattr(function, "__self__", logging.root)
    if isinstance(owner, logging.LoggerAdapter):
        owner = owner.logger
    while isinstance(owner, logging.Logger):
        yield from _settings(owner)
        for handler in list(owner.handlers):
            yield from _settings(handler)
        owner = owner.parent


def _settings(owner: logging.Filterer) -> Iterator[Access]:
    for name in sorted(_SETTINGS & vars(owner).keys()):
        value = vars(owner)[name]
        yield (owner, name, KEYED_READ if current.keyed else READ)
        if isinstance(value, list):
            yield (value, None, READ)
