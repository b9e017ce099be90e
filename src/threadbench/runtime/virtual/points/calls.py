"""Hooks of calls: they see the callable and its arguments right before the call, and give back what is to be called."""

from __future__ import annotations

import functools
import operator
import types
from collections.abc import Callable, Mapping
from typing import Any, Final

from threadbench.runtime.virtual.points import effects
from threadbench.runtime.virtual.points.attributes import everything, reads, writes
from threadbench.runtime.virtual.points.containers import (
    DEFAULT,
    DICT,
    ITERATORS,
    LIST,
    SET,
    has,
    kind_of,
    nested,
    part_read,
    simple,
    whole,
)
from threadbench.runtime.virtual.points.current import current, get_ident
from threadbench.runtime.virtual.points.items import announce, stored
from threadbench.runtime.virtual.points.iteration import Steps, stepping
from threadbench.runtime.virtual.points.sites import KEYED_READ, READ, WRITE, Access, Site

_FUNCTION: Final = types.FunctionType
_METHOD: Final = types.MethodType
_BUILTIN: Final = (types.BuiltinFunctionType, types.MethodWrapperType)
_DESCRIPTOR: Final = (types.MethodDescriptorType, types.WrapperDescriptorType)
_PARTIAL: Final = functools.partial
_NOTHING: Final[dict[str, Any]] = {}


def call0(function: Any, site: Site) -> Any:
    """Announce a call without arguments."""
    if get_ident() == current.ident and not (type(function) is _FUNCTION and function.__globals__ is site.scope):
        return called(function, (), _NOTHING, site)
    return function


def call1(function: Any, first: Any, site: Site) -> Any:
    """Announce a call with one argument."""
    if get_ident() == current.ident and not (type(function) is _FUNCTION and function.__globals__ is site.scope):
        return called(function, (first,), _NOTHING, site)
    return function


def call2(function: Any, first: Any, second: Any, site: Site) -> Any:
    """Announce a call with two arguments."""
    if get_ident() == current.ident and not (type(function) is _FUNCTION and function.__globals__ is site.scope):
        return called(function, (first, second), _NOTHING, site)
    return function


def call(function: Any, arguments: tuple[Any, ...], site: Site) -> Any:
    """Announce a call whose last arguments may have names."""
    if get_ident() == current.ident and not (type(function) is _FUNCTION and function.__globals__ is site.scope):
        if not site.keywords:
            return called(function, arguments, _NOTHING, site)
        count = len(arguments) - len(site.keywords)
        keywords = dict(zip(site.keywords, arguments[count:], strict=True))
        return called(function, arguments[:count], keywords, site)
    return function


def call_unpacked(function: Any, arguments: Any, keywords: Mapping[str, Any] | None, site: Site) -> Any:
    """Announce a call with `*arguments` or `**keywords`."""
    if get_ident() == current.ident:
        if type(arguments) is not tuple:
            if kind := kind_of(arguments):
                # The call itself unpacks them, so that they are frozen here: what they hold is to be judged and passed.
                announce(((whole(arguments, kind), None, READ),), site)
            arguments = tuple(arguments) if kind and not isinstance(arguments, dict) else ()
        return called(function, arguments, keywords or _NOTHING, site)
    return function


def managed(manager: Any, site: Site) -> Any:  # noqa: ARG001  # hooks of one kind have one signature
    """What a `with` statement is to enter: BEFORE_WITH."""
    if get_ident() == current.ident and type(type(manager).__dict__.get("__enter__")) in _DESCRIPTOR:
        replacement = current.substitute(manager)
        return manager if replacement is None else replacement
    return manager


def under_test(function: Any) -> bool:
    """Whether a callable's own code has points."""
    if type(function) is _METHOD:
        function = function.__func__
    if type(function) is _FUNCTION:
        return id(function.__globals__) in current.scopes
    return False


def called(function: Any, arguments: tuple[Any, ...], keywords: Mapping[str, Any], site: Site) -> Any:
    """Announce what a call does to containers, and say what to call in its stead."""
    if under_test(function):
        return function
    if framed(function):
        return _framed(function, arguments, site)
    replacement = current.substitute(function)
    if replacement is not None:
        return replacement
    kind = type(function)
    if kind is _METHOD or kind is _FUNCTION:
        return _foreign(function, arguments, keywords, site)
    if isinstance(function, _BUILTIN):
        owner = function.__self__
        if owner is not None and type(owner) is not types.ModuleType:
            if type(owner) is type:
                return function  # a class method of a built-in: dict.fromkeys
            return _bound(function, owner, function.__name__, arguments, keywords, site)
        return _builtin(function, arguments, keywords, site)
    if isinstance(function, _DESCRIPTOR):
        if function in effects.ATTRIBUTES:
            return _builtin(function, arguments, keywords, site)
        if arguments:
            return _bound(function, arguments[0], function.__name__, arguments[1:], keywords, site)
        return function
    if isinstance(function, type):
        return _class(function, arguments, keywords, site)
    if kind is _PARTIAL:
        inner = called(function.func, (*function.args, *arguments), {**function.keywords, **keywords}, site)
        return function if inner is function.func else _PARTIAL(inner, *function.args, **function.keywords)
    if kind is operator.attrgetter and arguments:
        names = function.__reduce__()[1]
        announce([access for name in names for access in reads(arguments[0], name.split(".")[0])], site)
        return function
    if kind is operator.itemgetter and arguments:
        _all(arguments, keywords, READ, site)
        return function
    if isinstance(getattr(kind, "__call__", None), _FUNCTION):  # noqa: B004  # it is the type's that Python calls
        return (
            function
            if id(kind.__call__.__globals__) in current.scopes
            else _foreign(function, arguments, keywords, site)
        )
    _all(arguments, keywords, WRITE, site)
    if kind is functools._lru_cache_wrapper:
        announce(((function, None, WRITE),), site)
    return function


def framed(function: Any) -> bool:
    """Whether a callable looks at the frame that calls it."""
    return type(function) in (types.BuiltinFunctionType, type) and function in effects.FRAME


def _framed(function: Any, arguments: tuple[Any, ...], site: Site) -> Any:
    if function in (vars, dir) and arguments:
        announce(_everything(arguments[0]), site)
    return function


def _everything(obj: Any) -> tuple[Access, ...]:
    held = getattr(obj, "__dict__", None)
    if type(held) is dict and type(obj) is not types.ModuleType:
        current.aliases[id(held)] = (held, obj)
    return everything(obj)


def _all(arguments: tuple[Any, ...], keywords: Mapping[str, Any], mode: int, site: Site) -> None:
    """Announce the same of each container among the arguments."""
    accesses = _containers((*arguments, *keywords.values()), mode)
    if accesses:
        announce(accesses, site)


def _containers(values: tuple[Any, ...], mode: int) -> list[Access]:
    accesses: list[Access] = []
    for value in values:
        if kind := kind_of(value):
            accesses.append((whole(value, kind), None, mode))
        elif type(value) in ITERATORS:
            accesses.append((value, None, WRITE))
    return accesses


def _foreign(function: Any, arguments: tuple[Any, ...], keywords: Mapping[str, Any], site: Site) -> Any:
    """Python code that is not under test: what it does to the containers it is given is not to be seen."""
    module = getattr(function, "__module__", None) or ""
    if function in effects.COPYING:
        accesses = [access for value in arguments[:1] for access in everything(value)]
        announce([*accesses, *(access for value in arguments[:1] for access in nested(value, READ))], site)
        return function
    if function in effects.DEEP:
        announce([access for value in (*arguments, *keywords.values()) for access in nested(value, READ)], site)
        return function
    owner = getattr(function, "__self__", None)
    accesses = []
    if owner is not None and (kind := kind_of(owner)):
        reading = function.__name__ in effects.METHODS_READ or function.__name__ in effects.METHODS_KEYED
        accesses.append((whole(owner, kind), None, READ if reading else WRITE))
        accesses.extend(_containers((*arguments, *keywords.values()), READ))
    elif module not in effects.CARRIERS and not module.startswith("threadbench."):
        accesses.extend(_containers((*arguments, *keywords.values()), WRITE))
    if accesses:
        announce(accesses, site)
    return function


def _builtin(function: Any, arguments: tuple[Any, ...], keywords: Mapping[str, Any], site: Site) -> Any:
    """A function of a C module, or a built-in class."""
    if function in effects.PURE:
        return function
    if (how := effects.ATTRIBUTES.get(function)) is not None:
        if len(arguments) >= 2 and isinstance(arguments[1], str):
            _attribute(how, arguments[0], arguments[1], site)
        return function
    if function in effects.DEEP:
        found = [access for value in (*arguments, *keywords.values()) for access in nested(value, READ)]
        if found:
            announce(found, site)
        return function
    if function is next and arguments:
        if type(arguments[0]) in ITERATORS:
            announce(((arguments[0], None, WRITE),), site)
        return function
    if function is iter and len(arguments) == 1:
        return functools.partial(_replace, stepping(arguments[0], site)) if kind_of(arguments[0]) else function
    if function is reversed and len(arguments) == 1 and (kind := kind_of(arguments[0])):
        return functools.partial(_replace, Steps(whole(arguments[0], kind), reversed(arguments[0]), site))
    if function in effects.LAZY:
        return _lazy(function, arguments, keywords, site)
    if function in effects.READING:
        accesses = _containers((*arguments, *keywords.values()), READ)
        if accesses:
            announce(accesses, site)
            if function in effects.CALLING:
                return _echoing(function, accesses, site)
        return function
    if getattr(function, "__module__", None) not in effects.CARRIERS:
        _all(arguments, keywords, WRITE, site)
    return function


def _replace(value: Any, *_arguments: Any) -> Any:
    return value


def _lazy(function: Any, arguments: tuple[Any, ...], keywords: Mapping[str, Any], site: Site) -> Any:
    if not any(kind_of(value) for value in (*arguments, *keywords.values())):
        return function
    passed = [stepping(value, site) for value in arguments]
    named = {name: stepping(value, site) for name, value in keywords.items()}
    made = function(*passed, **named)
    return functools.partial(_made, made)


def _made(value: Any, *_arguments: Any, **_keywords: Any) -> Any:
    return value


def _echoing(function: Any, accesses: list[Access], site: Site) -> Any:
    """Announce the accesses again after each call of what the function is given: it goes on with the container then."""

    def echo(inner: Any) -> Any:
        def echoed(*arguments: Any) -> Any:
            value = inner(*arguments)
            if get_ident() == current.ident:
                announce(accesses, site)
            return value

        return echoed

    def calling(*arguments: Any, **keywords: Any) -> Any:
        passed = [echo(value) if type(value) in (_FUNCTION, _METHOD) else value for value in arguments]
        named = {
            name: echo(value) if type(value) in (_FUNCTION, _METHOD) else value for name, value in keywords.items()
        }
        return function(*passed, **named)

    return calling


def _attribute(how: str, obj: Any, name: str, site: Site) -> None:
    accesses = reads(obj, name) if how == "read" else writes(obj, name, gone=how == "delete")
    if accesses:
        announce(accesses, site)


def _class(function: Any, arguments: tuple[Any, ...], keywords: Mapping[str, Any], site: Site) -> Any:
    if not function.__flags__ & (1 << 9):  # a C type
        if issubclass(function, BaseException):
            return function
        return _builtin(function, arguments, keywords, site)
    if function.__module__ in effects.CARRIERS or function.__module__.startswith("threadbench."):
        return function
    for name in ("__init__", "__new__"):
        method = getattr(function, name)
        if isinstance(method, _FUNCTION) and id(method.__globals__) in current.scopes:
            return function
    _all(arguments, keywords, READ if kind_of_class(function) else WRITE, site)
    return function


def kind_of_class(function: type) -> bool:
    """Whether instances of a class are containers, which copy what they are made of."""
    return issubclass(function, dict | list | set | tuple | frozenset)


def _bound(
    function: Any, owner: Any, name: str, arguments: tuple[Any, ...], keywords: Mapping[str, Any], site: Site
) -> Any:
    """A method of a C object."""
    kind = kind_of(owner)
    if name in ("__setattr__", "__delattr__", "__getattribute__"):
        if arguments and isinstance(arguments[0], str):
            how = {"__setattr__": "write", "__delattr__": "delete"}.get(name, "read")
            _attribute(how, owner, arguments[0], site)
        return function
    if type(owner) in ITERATORS:
        announce(((owner, None, WRITE),), site)
        return function
    if not kind:
        # A method of a string, a file, a lock, a pattern: it reads the containers it is given.
        found = _containers((*arguments, *keywords.values()), READ)
        if name in ("format", "__mod__"):
            found = [access for value in (*arguments, *keywords.values()) for access in nested(value, READ)]
        if found and type(owner).__module__ not in effects.CARRIERS:
            announce(found, site)
        return function
    held = whole(owner, kind)
    others = [] if name in _KEEPING else _containers((*arguments, *keywords.values()), READ)
    if name in effects.METHODS_FREE:
        return function
    if name in _KEYS and arguments and kind in (DICT, DEFAULT, SET) and not others:
        _KEYS[name](owner, arguments, kind, site)
        return function
    if name in effects.METHODS_KEYED and arguments and kind == LIST and name == "__getitem__":
        announce((part_read(owner, arguments[0], kind),), site)
        return function
    if name == "__setitem__" and arguments:
        stored(owner, arguments[0], kind, site)
        return function
    if name in effects.METHODS_DEEP:
        others = [access for value in (owner, *arguments) for access in nested(value, READ)]
    mode = READ if name in effects.METHODS_READ or name in effects.METHODS_KEYED else WRITE
    announce([(held, None, mode), *others], site)
    if name == "sort" and type(owner) is list:
        return functools.partial(_sort, owner, site)
    return function


_KEEPING: Final = frozenset(
    ["append", "appendleft", "add", "insert", "setdefault", "__setitem__", "get", "pop", "discard"]
)
"""Methods that store or look up their argument, and do not read it."""


def _sort(owner: list[Any], site: Site, *_self: Any, **keywords: Any) -> None:
    # While list.sort runs, the list is empty to others; it is filled again after the last comparison, which may be code
    # under test.
    items = list(owner)
    owner.clear()
    try:
        items.sort(**keywords)
    finally:
        if get_ident() == current.ident:
            announce(((owner, None, WRITE),), site)
        changed = bool(owner)
        owner[:] = items
    if changed:
        raise ValueError("list modified during sort")


def _looked_up(owner: Any, arguments: tuple[Any, ...], _kind: int, site: Site) -> None:
    announce((part_read(owner, arguments[0], DICT),), site)


def _subscripted(owner: Any, arguments: tuple[Any, ...], kind: int, site: Site) -> None:
    announce((part_read(owner, arguments[0], kind),), site)


def _added(owner: Any, arguments: tuple[Any, ...], _kind: int, site: Site) -> None:
    """Of `setdefault` and `add`: a key that is there is read, a new one changes the whole."""
    key = arguments[0]
    if simple(key) and has(owner, key):
        announce(((owner, key, KEYED_READ),), site)
        if has(owner, key):
            return
    announce(((owner, None, WRITE),), site)


def _removed(owner: Any, arguments: tuple[Any, ...], _kind: int, site: Site) -> None:
    """Of `pop` and `discard`: a key that is not there is read, one that is there changes the whole."""
    key = arguments[0]
    if simple(key) and not has(owner, key):
        announce(((owner, key, KEYED_READ),), site)
        if not has(owner, key):
            return
    announce(((owner, None, WRITE),), site)


_KEYS: Final[dict[str, Callable[[Any, tuple[Any, ...], int, Site], None]]] = {
    "get": _looked_up,
    "__contains__": _looked_up,
    "__getitem__": _subscripted,
    "setdefault": _added,
    "add": _added,
    "pop": _removed,
    "discard": _removed,
    "remove": _removed,
}
