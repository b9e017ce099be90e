"""Attributes that libraries store, or compute, in objects of the code under test: their names are points there too.

In come the namespaces under test; the libraries are those whose classes and functions these hold, or inherit from, or
name as attributes of modules they import. What a table knows, and what only carries things on, stores nothing that is
not told of otherwise.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import starmap
from operator import call, is_
from sys import modules
from typing import TYPE_CHECKING, Any, NamedTuple

from threadbench.runtime.virtual.points import effects, foreign
from threadbench.runtime.virtual.points.names import changed_cells, nested, spelled_in, stored_names
from threadbench.runtime.virtual.points.sites import READ, WRITE, Access

if TYPE_CHECKING:
    from threadbench.runtime.virtual.points.looked import Look

MOST_KNOWN = 2_000
_known: dict[str, tuple[int, frozenset[str]]] = {}
"""By module: how many globals it had, and the names."""


def borrowed(look: Look, codes: list[types.CodeType], *, unspelled: bool) -> frozenset[str] | None:
    """The names, of those that this code spells; None where it has to do with no library.

    Args:
        look: at the namespaces under test.
        codes: the code under test.
        unspelled: whether to take it that libraries also store what they do not spell, where they could.
    """
    known: _Lent | None = look.answers.get("borrowed")
    if known is None or not known.holds(codes):
        known = look.answers["borrowed"] = _borrowed(look.scopes, codes)
    return known.names if known.more is None or not unspelled else known.more


class _Lent(NamedTuple):
    """An answer, and what it was made from but for the namespaces under test."""

    names: frozenset[str] | None
    more: frozenset[str] | None
    """With those that libraries do not spell; None where these spell all that they store."""
    codes: list[types.CodeType]
    libraries: list[tuple[str, types.ModuleType, int]]
    """By name: the module, and how many globals it had."""
    spelled: list[tuple[Callable[[str], Any], str]]
    """Of the modules that namespaces under test hold, what gives what they have by a name, and each name spelled."""
    found: list[Any]
    """What these gave."""

    def holds(self, codes: list[types.CodeType]) -> bool:
        """Whether it is the answer for this code still."""
        return (
            len(codes) == len(self.codes)
            and all(map(is_, codes, self.codes))
            and all(modules.get(name) is module and len(vars(module)) == size for name, module, size in self.libraries)
            and all(map(is_, self.found, _given(self.spelled)))
        )


def _borrowed(scopes: Mapping[int, dict[str, Any]], codes: list[types.CodeType]) -> _Lent:
    spelled = frozenset().union(*map(spelled_in, codes))
    found: set[str] = set()
    under_test = {scope.get("__name__") for scope in scopes.values()}
    libraries = (
        frozenset().union(*(_libraries(list(scope.values()), spelled) for scope in scopes.values())) - under_test
    )
    for library in libraries:
        namespace = vars(modules[library])
        if id(namespace) not in scopes:
            found |= _stored(library, namespace)
    for scope in scopes.values():
        for value in list(scope.values()):
            if isinstance(value, type) and value.__module__ == scope.get("__name__"):
                found.update(_computed(value))
    names = frozenset(found & spelled) if libraries or found else None
    more = spelled if UNSPELLED in found else None
    sizes = [(name, modules[name], len(vars(modules[name]))) for name in libraries]
    looked_up: list[tuple[Callable[[str], Any], str]] = [
        (own.get, name) for own in _modules_in(scopes) for name in sorted(spelled & own.keys())
    ]
    return _Lent(names, more, codes, sizes, looked_up, list(_given(looked_up)))


def _modules_in(scopes: Mapping[int, dict[str, Any]]) -> list[dict[str, Any]]:
    """The namespaces of the modules that namespaces under test hold."""
    held = [value for scope in scopes.values() for value in list(scope.values())]
    return list({id(value): vars(value) for value in held if type(value) is types.ModuleType}.values())


def _given(spelled: Iterable[tuple[Callable[[str], Any], str]]) -> Iterator[Any]:
    return starmap(call, spelled)


def _libraries(values: list[Any], spelled: frozenset[str]) -> Iterator[str]:
    for value in values:
        if type(value) is types.ModuleType:
            own = vars(value)
            for name in spelled & own.keys():
                yield from _owners(own[name])
        else:
            yield from _owners(value)


def _owners(value: Any) -> Iterator[str]:
    """The libraries that a class is made of, or the type of an object, or that a function is of."""
    if type(value) is types.FunctionType:
        classes: Iterable[Any] = ()
        if _is_library(value.__module__):
            yield value.__module__
    elif isinstance(value, type):
        classes = (*value.__mro__[:-1], *map(type, vars(value).values()))
    else:
        classes = type(value).__mro__[:-1]
    for owner in classes:
        if _is_library(owner.__module__) and foreign.in_python(owner):
            yield owner.__module__


def _is_library(name: Any) -> bool:
    if type(name) is not str or name in effects.CARRIERS or name in effects.VALUES or name in effects.MIXINS:
        return False
    return name not in effects.TOLD and name.partition(".")[0] not in effects.TOOLS and name in modules


def _stored(library: str, namespace: dict[str, Any]) -> frozenset[str]:
    known = _known.get(library)
    if known is None or known[0] != len(namespace):
        while len(_known) >= MOST_KNOWN:
            del _known[next(iter(_known))]
        known = _known[library] = len(namespace), frozenset(_names(library, namespace))
    return known[1]


UNSPELLED = "*"
"""Stands for any name: of what a library stores by `setattr`, or answers by `__getattr__`."""
_STORING = frozenset({"setattr", "delattr", "__setattr__", "__delattr__", "__dict__", "vars", "__setstate__"})
_ANSWERING = ("__getattr__", "__getattribute__", "__setattr__")


def _stored_by(code: types.CodeType) -> Iterator[str]:
    yield from stored_names(code)
    if not _STORING.isdisjoint(spelled_in(code)):
        yield UNSPELLED


def _names(library: str, namespace: dict[str, Any]) -> Iterator[str]:
    for value in list(namespace.values()):
        if type(value) is types.FunctionType and value.__module__ == library:
            yield from _stored_by(value.__code__)
        elif isinstance(value, type) and value.__module__ == library:
            if any(type(vars(value).get(name)) is types.FunctionType for name in _ANSWERING):
                yield UNSPELLED
            yield from _computed(value, of_library=True)
            for inner in list(vars(value).values()):
                for function in (inner, *(getattr(inner, part, None) for part in _INSIDE)):
                    if type(function) is types.FunctionType:
                        yield from _stored_by(function.__code__)


def _computed(owner: type, *, of_library: bool = False) -> Iterator[str]:
    """Attributes that code without hooks computes: properties of libraries, or of C callables."""
    for name, value in list(vars(owner).items()):
        if isinstance(value, property):
            if of_library or type(value.fget) is not types.FunctionType:
                yield name
        elif hasattr(type(value), "__set__") and foreign.in_python(type(value)) and _is_library(type(value).__module__):
            yield name


_INSIDE = ("fget", "fset", "fdel", "__func__", "__wrapped__")


_globals: dict[int, tuple[types.CodeType, tuple[str, ...]]] = {}


def globals_of(function: Any) -> list[Access]:
    """What a library's function does to globals of its module, of those that it names and some function there stores,
    and to numbers and texts in its closure.
    """
    function = getattr(function, "__func__", function)
    if type(function) is not types.FunctionType:
        return []
    code = function.__code__
    known = _globals.get(id(code))
    if known is None or known[0] is not code:
        while len(_globals) >= MOST_KNOWN:
            del _globals[next(iter(_globals))]
        names = {name for part in nested(code) for name in part.co_names} & function.__globals__.keys()
        if names:
            names &= _stored(function.__module__ or "", function.__globals__)
        known = _globals[id(code)] = code, tuple(sorted(names))
    accesses: list[Access] = [(function.__globals__, name, WRITE) for name in known[1]]
    for cell, name in zip(function.__closure__ or (), code.co_freevars, strict=True):
        try:
            plain = type(cell.cell_contents) in effects.ATOMS
        except ValueError:
            plain = True
        if plain:
            accesses.append((cell, None, WRITE if name in changed_cells(code) else READ))
    return accesses
