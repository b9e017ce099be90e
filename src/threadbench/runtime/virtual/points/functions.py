"""Which functions are the code under test: those whose globals are the namespace of a module under test.

The garbage collector knows them all: methods, properties, lambdas, closures made long before, what a decorator
wraps, and the methods that dataclasses generate.
"""

from __future__ import annotations

import functools
import sys
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

import msgspec

from threadbench.runtime.virtual.points import looked
from threadbench.runtime.virtual.points.heap import heap

CACHE: Final[type] = type(functools.cache(lambda: None))
"""The type of what `functools.lru_cache` makes."""


class Subject(msgspec.Struct, frozen=True):
    """The code under test."""

    functions: tuple[types.FunctionType, ...]
    named: list[tuple[str | None, types.CodeType]]
    """Of those that names lead to: their module, and their own code."""
    scopes: dict[int, dict[str, Any]]
    """The namespaces of its modules, by id."""
    cached: frozenset[str]
    """Names of its cached properties."""
    caches: dict[tuple[str, str], list[Any]]
    """Its functions' caches (`functools.lru_cache`), by file and qualified name of the function."""
    look: looked.Look
    """At the namespaces."""
    named_first: int
    """Of the functions, how many first ones are those that names lead to."""


def subject(owners: Iterable[object]) -> Subject:
    """Find the code of modules, functions, methods, classes, partials, closures and callable objects, and of their
    modules."""
    scopes: dict[int, dict[str, Any]] = {}
    for owner in {id(owner): owner for owner in owners}.values():
        for scope in _scopes(owner):
            scopes[id(scope)] = scope
    look = looked.last(scopes)
    if look is None:
        look = looked.Look(scopes)
        look.answers["named"] = _Named.of(scopes)
    named: _Named = look.answers["named"]
    # What no name leads to: closures, lambdas in containers, what a decorator wraps.
    functions = named.functions.copy()
    alive = heap.functions_of(scopes)
    functions.update(zip(map(id, alive), alive, strict=True))
    caches = {function: list(held) for function, held in named.caches.items()}
    # The cache of a function made within another is where that is called from: in a closure.
    closures = [function for function in alive if function.__closure__ and id(function) not in named.functions]
    _add_closed_over(caches, closures, scopes, named.seen)
    by_name = [(module, function.__code__) for module, function in named.named]
    return Subject(tuple(functions.values()), by_name, scopes, named.cached, caches, look, len(named.functions))


class _Named(msgspec.Struct, frozen=True):
    """What the names of namespaces lead to."""

    functions: dict[int, types.FunctionType]
    """By id."""
    named: list[tuple[str | None, types.FunctionType]]
    cached: frozenset[str]
    caches: dict[tuple[str, str], list[Any]]
    seen: dict[int, dict[int, Any]]
    """Of each namespace, by id, what was looked at, by id."""

    @classmethod
    def of(cls, scopes: dict[int, dict[str, Any]]) -> _Named:
        """Look at all of them."""
        functions: dict[int, types.FunctionType] = {}
        named: list[tuple[str | None, types.FunctionType]] = []
        cached: set[str] = set()
        caches: dict[tuple[str, str], list[Any]] = {}
        seen: dict[int, dict[int, Any]] = {number: {} for number in scopes}
        for number, scope in scopes.items():
            # What gc.freeze hid from the collector is found by name, and so are caches.
            for found in _named(scope.values(), scope, seen[number]):
                if isinstance(found, types.FunctionType):
                    functions[id(found)] = found
                    named.append((scope.get("__name__"), found))
                elif isinstance(found, functools.cached_property):
                    cached.add(found.attrname or "")
                else:
                    _add_cache(caches, found)
        _add_closed_over(caches, [function for function in functions.values() if function.__closure__], scopes, {})
        return cls(functions, named, frozenset(cached), caches, seen)


def _add_closed_over(
    caches: dict[tuple[str, str], list[Any]],
    functions: list[types.FunctionType],
    scopes: dict[int, dict[str, Any]],
    seen: Mapping[int, Mapping[int, Any]],
) -> None:
    """The caches that closures lead to, but through what was looked at before."""
    if not functions:
        return
    for number, scope in scopes.items():
        for found in _named(functions, scope, {}, seen.get(number, {})):
            if isinstance(found, CACHE):
                _add_cache(caches, found)


def _add_cache(caches: dict[tuple[str, str], list[Any]], cache: Any) -> None:
    code = cache.__wrapped__.__code__
    known = caches.setdefault((code.co_filename, code.co_qualname), [])
    if not any(each is cache for each in known):
        known.append(cache)


def named_code(owners: Iterable[object]) -> list[tuple[str | None, types.CodeType]]:
    """Of the functions that names lead to in the modules of the owners: their module, and their code.

    It is what does not change from process to process.
    """
    scopes = {id(scope): scope for owner in owners for scope in _scopes(owner)}
    return [
        (scope.get("__name__"), found.__code__)
        for scope in scopes.values()
        for found in _named(scope.values(), scope, {})
        if isinstance(found, types.FunctionType)
    ]


def _scopes(owner: Any) -> Iterator[dict[str, Any]]:
    """The namespaces that an owner's code has for globals."""
    while isinstance(owner, functools.partial | functools.partialmethod):
        owner = owner.func
    if isinstance(owner, types.ModuleType):
        yield owner.__dict__
    elif isinstance(owner, types.FunctionType):
        yield owner.__globals__
        if (wrapped := getattr(owner, "__wrapped__", None)) is not None:
            yield from _scopes(wrapped)
    elif isinstance(owner, types.MethodType):
        yield from _scopes(owner.__func__)
    elif isinstance(owner, type):
        module = sys.modules.get(owner.__module__)
        if module is not None and module is not sys.modules["builtins"]:
            yield module.__dict__
        for value in vars(owner).values():
            if isinstance(value, types.FunctionType):
                yield value.__globals__
    elif (wrapped := getattr(owner, "__wrapped__", None)) is not None:
        yield from _scopes(wrapped)
    elif not isinstance(owner, types.BuiltinFunctionType):
        yield from _scopes(type(owner))


_NOTHING: Final[Mapping[int, Any]] = {}

Way = Callable[[Any, dict[str, Any], list[Any], list[Any]], None]
"""Looks at an object, in the namespace of a module under test: adds it to what is found, and what it leads to to what
is still to be looked at."""


def _named(
    values: Iterable[Any], scope: dict[str, Any], seen: dict[int, Any], before: Mapping[int, Any] = _NOTHING
) -> list[Any]:
    """The functions, cached properties and cached functions of a module that its namespace and its classes name.

    Args:
        values: where to begin.
        scope: the namespace.
        seen: gets what is looked at, which is held there, so that no other object takes its id.
        before: what is not to be looked at again.
    """
    found: list[Any] = []
    todo = list(values)
    ways = _WAYS.copy()  # not to keep the classes of others
    for value in todo:
        kind = type(value)
        try:
            way = ways[kind]
        except KeyError:
            way = next((way for general, way in _LEADING.items() if isinstance(value, general)), _wrapping(kind))
            if value.__class__ is kind:  # else it stands for something, and the next of its type for something else
                ways[kind] = way
        if way is not None and id(value) not in seen and id(value) not in before:
            seen[id(value)] = value
            way(value, scope, found, todo)
    return found


def _function(value: types.FunctionType, scope: dict[str, Any], found: list[Any], todo: list[Any]) -> None:
    if value.__globals__ is scope:
        found.append(value)
    if value.__closure__:
        todo.extend(_contents(value.__closure__))


def _class(value: type, scope: dict[str, Any], _: list[Any], todo: list[Any]) -> None:
    if value.__module__ == scope.get("__name__"):
        todo.extend(vars(value).values())


def _cached_property(value: Any, scope: dict[str, Any], found: list[Any], todo: list[Any]) -> None:
    todo.append(value.func)
    if getattr(value.func, "__globals__", None) is scope:
        found.append(value)


def _cached_function(value: Any, scope: dict[str, Any], found: list[Any], todo: list[Any]) -> None:
    wrapped = getattr(value, "__wrapped__", None)
    todo.append(wrapped)
    if getattr(wrapped, "__globals__", None) is scope:
        found.append(value)


def _wrapping(kind: type) -> Way | None:
    """The way on from objects that stand where a function was, such as a workload: their class says so.

    Others may do whatever where they are asked for an attribute.
    """
    if any("__wrapped__" in vars(base) for base in kind.__mro__):
        return lambda value, _, __, todo: todo.append(value.__wrapped__)
    return None


_LEADING: Final[dict[type, Way | None]] = {
    types.ModuleType: None,
    types.FunctionType: _function,
    type: _class,
    staticmethod: lambda value, _, __, todo: todo.append(value.__func__),
    classmethod: lambda value, _, __, todo: todo.append(value.__func__),
    property: lambda value, _, __, todo: todo.extend((value.fget, value.fset, value.fdel)),
    functools.partial: lambda value, _, __, todo: todo.append(value.func),
    functools.partialmethod: lambda value, _, __, todo: todo.append(value.func),
    functools.cached_property: _cached_property,
    CACHE: _cached_function,
}
"""By type: how to get on from an object; a subclass has the first that fits."""

_WAYS: Final[dict[type, Way | None]] = {
    **dict.fromkeys((int, float, str, bytes, bool, type(None), tuple, list, dict, set, frozenset)),
    **dict.fromkeys((types.BuiltinFunctionType, types.GetSetDescriptorType, types.MemberDescriptorType)),
    **_LEADING,
}
"""The same for what there is most of; None for what leads nowhere."""


def _contents(cells: tuple[types.CellType, ...]) -> Iterator[Any]:
    for cell in cells:
        try:
            yield cell.cell_contents
        except ValueError:
            continue  # an empty cell
