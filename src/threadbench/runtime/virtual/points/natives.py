"""What functions and types of C modules do: they read what they are given, walk it later, or access an attribute."""

from __future__ import annotations

import functools
import types
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from threadbench.runtime.virtual.points import effects
from threadbench.runtime.virtual.points.attributes import reads, writes
from threadbench.runtime.virtual.points.containers import ITERATORS, kind_of, nested, whole
from threadbench.runtime.virtual.points.current import current, get_ident
from threadbench.runtime.virtual.points.items import announce
from threadbench.runtime.virtual.points.iteration import Steps, stepping
from threadbench.runtime.virtual.points.sites import READ, WRITE, Access, Site

Arguments = tuple[Any, ...]
Keywords = Mapping[str, Any]
Effect = Callable[[Any, Arguments, Keywords, Site], Any]

_PYTHON: Final = (types.FunctionType, types.MethodType)


def among(arguments: Arguments, keywords: Keywords, mode: int) -> list[Access]:
    """The same access of each container among the arguments; iterators move on in any case."""
    accesses: list[Access] = []
    for value in (*arguments, *keywords.values()) if keywords else arguments:
        if kind := kind_of(value):
            accesses.append((whole(value, kind), None, mode))
        elif type(value) in ITERATORS:
            accesses.append((value, None, WRITE))
    return accesses


def native(function: Any, arguments: Arguments, keywords: Keywords, site: Site) -> Any:
    """A C function that no table knows: it may write what it is given."""
    if (getattr(function, "__module__", None) or "") in effects.CARRIERS:
        return function
    return _with_callbacks(function, arguments, keywords, site, WRITE)


def _reading(function: Any, arguments: Arguments, keywords: Keywords, site: Site) -> Any:
    if len(arguments) == 1 and not current.aliases and (function is len or not (keywords or current.reentrant)):
        value = arguments[0]
        if kind := kind_of(value):
            current.access(whole(value, kind), None, READ, site)
        elif type(value) in ITERATORS:
            current.access(value, None, WRITE, site)
        return function
    announce(among(arguments, keywords, READ), site, calls=True)
    return function


def _deep(function: Any, arguments: Arguments, keywords: Keywords, site: Site) -> Any:
    announce([access for value in (*arguments, *keywords.values()) for access in nested(value, READ)], site, calls=True)
    return function


def _attribute(function: Any, arguments: Arguments, _keywords: Keywords, site: Site) -> Any:
    if len(arguments) >= 2 and isinstance(arguments[1], str):
        attribute(effects.ATTRIBUTES[function], arguments[0], arguments[1], site)
    return function


def attribute(how: str, obj: Any, name: str, site: Site) -> None:
    """Announce the access of an attribute that is named at run time."""
    announce(reads(obj, name) if how == "read" else writes(obj, name, gone=how == "delete"), site)


def _next(function: Any, arguments: Arguments, _keywords: Keywords, site: Site) -> Any:
    if not arguments:
        return function
    iterator = arguments[0]
    if type(iterator) in ITERATORS:
        announce(((iterator, None, WRITE),), site)
    elif type(iterator) is Steps:
        # Told here, so that it is told of this line.
        announce(((iterator.container, None, READ), (iterator, None, WRITE)), site)
        return functools.partial(_advance, iterator.iterator)
    return function


def _advance(iterator: Iterator[Any], _steps: Any, *default: Any) -> Any:
    return next(iterator, *default)


def _iter(function: Any, arguments: Arguments, _keywords: Keywords, site: Site) -> Any:
    if len(arguments) == 1 and kind_of(arguments[0]):
        return functools.partial(_made, stepping(arguments[0], site))
    return function


def _reversed(function: Any, arguments: Arguments, _keywords: Keywords, site: Site) -> Any:
    if len(arguments) == 1 and (kind := kind_of(arguments[0])):
        announce(((whole(arguments[0], kind), None, READ),), site)
        return functools.partial(_made, Steps(whole(arguments[0], kind), reversed(arguments[0]), site))
    return function


def _lazy(function: Any, arguments: Arguments, keywords: Keywords, site: Site) -> Any:
    if not any(kind_of(value) for value in (*arguments, *keywords.values())):
        return function
    passed = [stepping(value, site) for value in arguments]
    named = {name: stepping(value, site) for name, value in keywords.items()}
    return functools.partial(_made, function(*passed, **named))


def _made(value: Any, *_arguments: Any, **_keywords: Any) -> Any:
    return value


def _calling(function: Any, arguments: Arguments, keywords: Keywords, site: Site) -> Any:
    return _with_callbacks(function, arguments, keywords, site, READ)


def _with_callbacks(function: Any, arguments: Arguments, keywords: Keywords, site: Site, mode: int) -> Any:
    accesses = among(arguments, keywords, mode)
    announce(accesses, site, calls=True)
    given = (*arguments, *keywords.values())
    if not accesses or not any(isinstance(value, _PYTHON) for value in given):
        return function
    passed = [_echo(value, accesses, site) for value in arguments]
    named = {name: _echo(value, accesses, site) for name, value in keywords.items()}

    def calling(*_arguments: Any, **_keywords: Any) -> Any:
        return function(*passed, **named)

    return calling


def _echo(inner: Any, accesses: list[Access], site: Site) -> Any:
    """Announce the accesses again when a callback has returned: C code goes on with the container then."""
    if not isinstance(inner, _PYTHON):
        return inner

    def echoed(*arguments: Any) -> Any:
        value = inner(*arguments)
        if get_ident() == current.ident:
            announce(accesses, site)
        return value

    return echoed


EFFECTS: Final[dict[Any, Effect | None]] = {
    **dict.fromkeys(effects.PURE),
    **dict.fromkeys(effects.READING, _reading),
    **dict.fromkeys(effects.DEEP, _deep),
    **dict.fromkeys(effects.LAZY, _lazy),
    **dict.fromkeys(effects.CALLING, _calling),
    **dict.fromkeys(effects.ATTRIBUTES, _attribute),
    next: _next,
    iter: _iter,
    reversed: _reversed,
}
"""What the callables of the tables do; None: nothing."""
