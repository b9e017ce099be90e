"""What `isinstance`, `issubclass` and `hash` ask for, and what making a class tells.

These look methods up in classes, and the classes may be a library's. A protocol looks for attributes; a metaclass may
keep who is an instance of what; a base class, a metaclass or a descriptor may note each class that is made. Where such
a method is code under test, it has points of its own.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator, Mapping
from typing import Any, Final

from threadbench.runtime.virtual.points import effects, hidden
from threadbench.runtime.virtual.points.attributes import own, reads
from threadbench.runtime.virtual.points.contents import nested
from threadbench.runtime.virtual.points.items import announce
from threadbench.runtime.virtual.points.sites import READ, Access, Site

_FUNCTION: Final = types.FunctionType
_PROTOCOL: Final = type(typing.Protocol)
_MOST_NESTED: Final = 10
"""How deep the classes that `isinstance` is given may stand in tuples."""


def instance(function: Any, arguments: tuple[Any, ...], _keywords: Mapping[str, Any], site: Site) -> Any:
    """Announce `isinstance` or `issubclass`."""
    if len(arguments) == 2 and type(arguments[1]) is not type:
        special = "__instancecheck__" if function is isinstance else "__subclasscheck__"
        accesses = [access for cls in _classes(arguments[1]) for access in _checked(arguments[0], cls, special)]
        if accesses:
            announce(accesses, site, calls=True)
    return function


def _classes(cls: Any, deep: int = _MOST_NESTED) -> Iterator[Any]:
    if isinstance(cls, types.UnionType):
        cls = cls.__args__
    if type(cls) is not tuple:
        yield cls
    elif deep:
        for part in cls:
            yield from _classes(part, deep - 1)


def _checked(obj: Any, cls: Any, special: str) -> Iterator[Access]:
    if isinstance(cls, _PROTOCOL) and getattr(cls, "_is_protocol", False):
        for name in sorted(_names_of(cls)):
            yield from reads(obj, name)
        return
    method = getattr(type(cls), special, None)
    if isinstance(method, _FUNCTION) and hidden.is_library(method):
        yield from hidden.by_function(method, cls)
        if type(obj) not in effects.ATOMS and not isinstance(obj, type):
            yield from own(obj, READ)


def _names_of(protocol: Any) -> set[str]:
    """The attributes that a protocol asks for."""
    found: Any = getattr(protocol, "__protocol_attrs__", None)  # since 3.12
    return set(typing._get_protocol_attrs(protocol) if found is None else found)  # type: ignore[attr-defined] # 3.11 has no other way


def hashed(function: Any, arguments: tuple[Any, ...], _keywords: Mapping[str, Any], site: Site) -> Any:
    """Announce `hash`."""
    if len(arguments) == 1 and type(arguments[0]) not in effects.ATOMS:
        announce(nested(arguments[0], READ), site, calls=True)
    return function


def typed(function: Any, arguments: tuple[Any, ...], keywords: Mapping[str, Any], site: Site) -> Any:
    """Announce `type`, where it makes a class."""
    if len(arguments) == 3 and type(arguments[1]) is tuple and type(arguments[2]) is dict:
        told = [*_made(arguments[1], keywords), *_named(arguments[2].values())]
        announce(told, site, calls=True)
    return function


def built(function: Any, arguments: tuple[Any, ...], keywords: Mapping[str, Any], site: Site) -> Any:
    """Announce a class statement; what it tells comes after the last point in its body, which tells it again."""
    body = arguments[0]
    scope = body.__globals__
    names = body.__code__.co_names
    spelled = [scope[name] for name in names if name in scope]
    inner = [vars(value).get(name) for value in spelled if type(value) is types.ModuleType for name in names]
    told = [*_made(arguments[2:], keywords), *_named(spelled), *_named(inner)]
    announce(told, site, calls=True)
    return function


def _made(bases: tuple[Any, ...], keywords: Mapping[str, Any]) -> Iterator[Access]:
    """What bases and metaclasses do when a class is made."""
    for meta in {id(meta): meta for meta in (keywords.get("metaclass", type), *map(type, bases))}.values():
        if meta is not type and isinstance(meta, type):
            yield from _unhooked(getattr(meta, "__prepare__", None))
            yield from hidden.by_class(meta)
    for base in bases:
        yield from _unhooked(getattr(base, "__init_subclass__", None))


def _named(values: Any) -> Iterator[Access]:
    """What descriptors do that are told which class they are in, and by what name."""
    for value in values:
        yield from _unhooked(getattr(value if isinstance(value, type) else type(value), "__set_name__", None))


def _unhooked(method: Any) -> tuple[Access, ...]:
    return hidden.by_function(method) if method is not None and hidden.is_library(method) else ()
