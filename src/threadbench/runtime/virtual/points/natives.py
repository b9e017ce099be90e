"""What functions and types of C modules do: they read what they are given, walk it later, or access an attribute."""

from __future__ import annotations

import builtins
import functools
import itertools
import json
import operator
import pprint
import sys
import types
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from threadbench.runtime.virtual.points import asked, effects, hidden
from threadbench.runtime.virtual.points.attributes import changed, compute, reads, writes
from threadbench.runtime.virtual.points.containers import OPAQUE, kind_of, whole
from threadbench.runtime.virtual.points.contents import among, copied, looked_into, moves, nested, touched, used
from threadbench.runtime.virtual.points.current import current, get_ident
from threadbench.runtime.virtual.points.items import alone, announce
from threadbench.runtime.virtual.points.iteration import Resuming, Steps, stepping
from threadbench.runtime.virtual.points.passed import Passed, any_passed, passed
from threadbench.runtime.virtual.points.sites import READ, WRITE, Access, Site

Arguments = tuple[Any, ...]
Keywords = Mapping[str, Any]
Effect = Callable[[Any, Arguments, Keywords, Site], Any]

_PYTHON: Final = (types.FunctionType, types.MethodType)


def native(function: Any, arguments: Arguments, keywords: Keywords, site: Site) -> Any:
    """A C function that no table knows: it may write what it is given."""
    module = getattr(function, "__module__", None) or ""
    accesses = hidden.by_c_function(function, arguments, keywords)
    if module in effects.CARRIERS:
        if module == "_weakref" and current.late is None:
            current.late = f"{site.file}:{site.line} makes a weak reference"
        if accesses:
            announce(accesses, site)
        return function
    return _with_callbacks(function, arguments, keywords, site, [*among(arguments, keywords, WRITE), *accesses])


def _reading(function: Any, arguments: Arguments, keywords: Keywords, site: Site) -> Any:
    if len(arguments) == 1 and not current.aliases and (function is len or not (keywords or current.reentrant)):
        value = arguments[0]
        if (kind := kind_of(value)) == OPAQUE:
            announce(touched(value, READ), site, calls=True)
        elif kind:
            current.access(whole(value, kind), None, READ, site)
        elif moves(value):
            announce(used(value), site)
        else:
            alone(value, site)
        return function
    announce(among(arguments, keywords, READ), site, calls=True)
    return function


def _sum(function: Any, arguments: Arguments, keywords: Keywords, site: Site) -> Any:
    return (_reading if len(arguments) + len(keywords) == 1 else _deep)(function, arguments, keywords, site)


def _deep(function: Any, arguments: Arguments, keywords: Keywords, site: Site) -> Any:
    announce(looked_into((*arguments, *keywords.values())), site, calls=True)
    return function


def _comparing(function: Any, arguments: Arguments, keywords: Keywords, site: Site) -> Any:
    return _with_callbacks(function, arguments, keywords, site, looked_into((*arguments, *keywords.values())))


def _print(function: Any, arguments: Arguments, keywords: Keywords, site: Site) -> Any:
    file = keywords.get("file") or sys.stdout
    announce([*used(file), *(access for value in arguments for access in nested(value, READ))], site, calls=True)
    return function


def _dump(function: Any, arguments: Arguments, keywords: Keywords, site: Site) -> Any:
    given = (*arguments, *keywords.values())
    accesses = [access for value in given for access in (*nested(value, READ), *used(value))]
    if "default" in keywords:  # it is handed what is in there
        accesses += copied(arguments[0] if arguments else None)
    announce(accesses, site, calls=True)
    return function


def _pickle(function: Any, arguments: Arguments, keywords: Keywords, site: Site) -> Any:
    accesses = [access for value in (*arguments[:1], *keywords.values()) for access in copied(value)]
    announce([*accesses, *among(arguments[1:], {}, WRITE)], site, calls=True)
    return function


def _attribute(function: Any, arguments: Arguments, _keywords: Keywords, site: Site) -> Any:
    if len(arguments) >= 2 and isinstance(arguments[1], str):
        attribute(effects.ATTRIBUTES[function], arguments[0], arguments[1], site)
    return function


def attribute(how: str, obj: Any, name: str, site: Site) -> None:
    """Announce the access of an attribute that is named at run time."""
    if how == "read":
        announce(reads(obj, name), site)
        compute(obj, name, site)
    else:
        changed(obj, name, site)
        announce(writes(obj, name, gone=how == "delete"), site)


def _next(function: Any, arguments: Arguments, _keywords: Keywords, site: Site) -> Any:
    if not arguments:
        return function
    iterator = arguments[0]
    if moves(iterator):
        announce(used(iterator), site, calls=True)
    elif type(iterator) is Steps:
        # Told here, so that it is told of this line.
        announce(iterator.step(), site, calls=iterator.mode == WRITE)
        return functools.partial(_advance, iterator.iterator)
    else:
        alone(iterator, site)
    return function


def _advance(iterator: Iterator[Any], _steps: Any, *default: Any) -> Any:
    return next(iterator, *default)


def _iter(function: Any, arguments: Arguments, _keywords: Keywords, site: Site) -> Any:
    if len(arguments) == 1 and kind_of(arguments[0]):
        return functools.partial(_made, stepping(arguments[0], site))
    return function if len(arguments) == 1 else _calls_later(function, arguments, site)


def _calls_later(function: Any, arguments: Arguments, site: Site) -> Any:
    """`iter(callable, last)`: a callable in C tells what it does when it is called."""
    first = arguments[0]
    if callable(first):
        first = Resuming(passed(first, site, types_too=True), site)
    return functools.partial(_made, function(first, *arguments[1:]))


def _reversed(function: Any, arguments: Arguments, _keywords: Keywords, site: Site) -> Any:
    if len(arguments) == 1 and (kind := kind_of(arguments[0])):
        announce(((whole(arguments[0], kind), None, READ),), site)
        return functools.partial(_made, Steps(whole(arguments[0], kind), reversed(arguments[0]), site))
    return function


def _lazy(function: Any, arguments: Arguments, keywords: Keywords, site: Site) -> Any:
    walked = [stepping(passed(value, site, types_too=True), site) for value in arguments]
    named = {name: stepping(passed(value, site, types_too=True), site) for name, value in keywords.items()}
    place, name = _RESUMING.get(function, (len(walked), ""))
    if place < len(walked) and walked[place] is not None:
        walked[place] = Resuming(walked[place], site)
    elif named.get(name) is not None:
        named[name] = Resuming(named[name], site)
    if all(map(operator.is_, walked, arguments)) and all(named[name] is keywords[name] for name in named):
        return function
    return functools.partial(_made, function(*walked, **named))


_RESUMING: Final[dict[Any, tuple[int, str]]] = {
    itertools.accumulate: (1, "func"),
    itertools.groupby: (1, "key"),
    itertools.takewhile: (0, ""),
    itertools.dropwhile: (0, ""),
}
"""Iterators that remember something of what a callable gave them: which argument that is, and its name."""


def _flattened(function: Any, arguments: Arguments, _keywords: Keywords, site: Site) -> Any:
    """`itertools.chain.from_iterable`: what it is given is walked, and so is each item."""
    if len(arguments) != 1:
        return function
    return functools.partial(_made, function(_stepping_each(stepping(arguments[0], site), site)))


def _stepping_each(iterables: Any, site: Site) -> Iterator[Any]:
    for iterable in iterables:
        yield stepping(iterable, site) if get_ident() == current.ident else iterable


def _made(value: Any, *_arguments: Any, **_keywords: Any) -> Any:
    return value


def _with_callbacks(function: Any, arguments: Arguments, keywords: Keywords, site: Site, accesses: list[Access]) -> Any:
    announce(accesses, site, calls=True)
    given = (*arguments, *keywords.values())
    if not any(isinstance(value, _PYTHON) for value in given) and not any_passed(arguments, keywords):
        return function
    handed = [_echo(passed(value, site), accesses, site) for value in arguments]
    named = {
        name: _echo(passed(value, site, types_too=name == "key"), accesses, site) for name, value in keywords.items()
    }

    def calling(*_arguments: Any, **_keywords: Any) -> Any:
        return function(*handed, **named)

    return calling


def _echo(inner: Any, accesses: list[Access], site: Site) -> Any:
    """Announce the accesses again when a callback has returned: C code goes on with the container then."""
    if not accesses or not (type(inner) is Passed or isinstance(inner, _PYTHON)):
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
    **dict.fromkeys(effects.CALLING, _comparing),
    **dict.fromkeys(effects.ATTRIBUTES, _attribute),
    **dict.fromkeys(effects.PICKLING, _pickle),
    **dict.fromkeys((isinstance, issubclass), asked.instance),
    hash: asked.hashed,
    type: asked.typed,
    builtins.__build_class__: asked.built,
    print: _print,
    json.dumps: _dump,
    json.dump: _dump,
    pprint.pprint: _dump,
    itertools.chain.from_iterable: _flattened,
    sum: _sum,
    next: _next,
    iter: _iter,
    reversed: _reversed,
}
"""What the callables of the tables do; None: nothing."""
