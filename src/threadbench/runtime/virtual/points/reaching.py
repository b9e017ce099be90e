"""Python code that is not under test and that is reached without a call of it: by operators, attributes, `for`, `with`,
and by C code that is called.

In the `gil` model the entry of such a function is a place to switch, and it has no hook that would tell so. What an
instruction may reach depends on the types of its operands: built-in ones reach nothing.
"""

from __future__ import annotations

import functools
import gc
import types
from collections import deque
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final

from threadbench.runtime.virtual import gil
from threadbench.runtime.virtual.points import effects
from threadbench.runtime.virtual.points.containers import DEFAULT, DICT, ITERATORS, LIST, SET, kind_of
from threadbench.runtime.virtual.points.contents import nested
from threadbench.runtime.virtual.points.current import current
from threadbench.runtime.virtual.points.sites import READ

if TYPE_CHECKING:
    from threadbench.runtime.virtual.points.sites import Site

NOT: Final = 0
ENTERED: Final = 1
INSIDE: Final = 2
"""What is reached: nothing of the kind; a function that checks on entry only; one that may also check later."""

DEEP: Final = 8
"""How deep containers within containers are looked into, and how far an iterator is followed."""

ATOMS: Final = frozenset([int, str, float, bool, bytes, complex, types.NoneType, range, slice])
_PLAINS: Final[tuple[Any, ...]] = ([], (), {}, set(), "", b"", bytearray(), range(1), {}.values(), {}.items(), deque())
_PLAIN: Final = frozenset(type(iter(plain)) for plain in _PLAINS)
_inside = functools.lru_cache(maxsize=1024)(gil.switches_inside)
_bases: dict[type, type | None] = {}
_specials: dict[tuple[type, tuple[str, ...]], int] = {}
_attributes: dict[tuple[type, str, str], int] = {}


def forget() -> None:
    """Let go of the types met."""
    _specials.clear()
    _attributes.clear()
    _bases.clear()


def function_reaches(function: Any) -> int:
    """What a call of something reaches, made from C."""
    for _ in range(DEEP):
        if isinstance(function, functools.partial):
            function = function.func
        elif isinstance(function, types.MethodType | staticmethod | classmethod):
            function = function.__func__
        elif isinstance(function, functools._lru_cache_wrapper):
            function = function.__wrapped__
    if type(function) is types.FunctionType:
        if id(function.__globals__) in current.scopes or (function.__module__ or "").startswith("threadbench."):
            return NOT
        if not gil.switches_on_entry(function):
            return NOT
        return INSIDE if _inside(function.__code__) else ENTERED
    if isinstance(function, type):
        return max(special(type(function), ("__call__",)), special(function, ("__new__", "__init__")))
    return special(type(function), ("__call__",))


def special(kind: type, names: tuple[str, ...]) -> int:
    """What special methods of a type reach."""
    if kind in ATOMS:
        return NOT
    known = _specials.get((kind, names))
    if known is None:
        known = NOT
        for name in names:
            method = next((owner.__dict__[name] for owner in kind.__mro__ if name in owner.__dict__), None)
            if isinstance(method, types.FunctionType | staticmethod | classmethod | functools.partial):
                known = max(known, function_reaches(method))
        _specials[kind, names] = known
    return known


def reaches(obj: Any, names: tuple[str, ...], deep: int) -> int:
    """What special methods of an object reach, or of what is in it."""
    kind = type(obj)
    if kind in ATOMS:
        return NOT
    found = special(kind, names)
    base = _base(kind)
    if base is None:
        return found
    names = tuple(name for name in names if name in _PASSED)
    if not names or found == INSIDE:
        return found
    if base is dict:
        return max(found, _any(dict.keys(obj), names, deep), _any(dict.values(obj), names, deep))
    return max(found, _any(_ITEMS[base](obj), names, deep))


def _base(kind: type) -> type | None:
    """Which built-in container objects of a type are."""
    if kind not in _bases:
        _bases[kind] = next((base for base in (*_ITEMS, dict) if issubclass(kind, base)), None)
    return _bases[kind]


_ITEMS: Final[dict[type, Any]] = {base: base.__iter__ for base in (list, tuple, set, frozenset, deque)}
"""How to walk a container without asking an overridden method."""


def _any(items: Iterable[Any], names: tuple[str, ...], deep: int) -> int:
    """What any of a container's items reaches; where it goes too deep to look, it is taken that some do."""
    kinds = set(map(type, kept := list(items))) - ATOMS
    found = NOT
    inner: set[type] = set()
    for kind in kinds:
        if _base(kind) is None:
            found = max(found, special(kind, names))
        else:
            inner.add(kind)
    if found == INSIDE or not inner:
        return found
    if not deep:
        return INSIDE
    for item in kept:
        if type(item) in inner:
            found = max(found, reaches(item, names, deep - 1))
            if found == INSIDE:
                break
    return found


def looked_into(values: Iterable[Any], site: Site) -> None:
    """Announce that what is in containers was looked at: there is a switch for what they hold, and without it none.

    Who changes that decides where the thread can be interrupted, before it does what it comes to there.
    """
    accesses = [access for value in values for access in nested(value, READ)]
    if accesses:
        current.together(accesses, site)


def iterator_reaches(iterator: Any, deep: int = DEEP) -> int:
    """What the next step of an iterator reaches: a generator, a `__next__`, what `map` calls."""
    kind = type(iterator)
    if kind is types.GeneratorType:
        frame = iterator.gi_frame
        if frame is None or iterator.gi_running or id(frame.f_globals) in current.scopes:
            return NOT
        if frame.f_globals.get("__name__", "").startswith("threadbench."):
            # What stands in for an iterator of code under test.
            inner = next((held for held in gc.get_referents(iterator) if hasattr(type(held), "__next__")), None)
            return NOT if inner is None or not deep else iterator_reaches(inner, deep - 1)
        return INSIDE
    if kind in _PLAIN:
        return NOT
    if kind in ITERATORS:
        found = NOT
        for held in gc.get_referents(iterator) if deep else ():
            if (callable(held) and not isinstance(held, type)) or (isinstance(held, type) and held is not kind):
                found = max(found, function_reaches(held))
            elif type(held) in ITERATORS or hasattr(type(held), "__next__"):
                found = max(found, iterator_reaches(held, deep - 1))
            elif type(held) is tuple:
                found = max([found, *(iterator_reaches(part, deep - 1) for part in held[:DEEP])])
        return found
    return special(kind, ("__next__",))


def attribute_reaches(obj: Any, name: str, how: str) -> int:
    """What getting, setting or deleting (`get`, `set`, `delete`) an attribute reaches: a property, `__getattr__`."""
    kind = type(obj)
    if kind is types.ModuleType:
        return NOT
    if isinstance(obj, type):
        if how == "get":
            return max(_descriptor(_found(obj, name), "get"), _attribute(kind, name, how))
        return _attribute(kind, name, how)
    found = _attribute(kind, name, how)
    if not found and how == "get" and special(kind, ("__getattr__",)) and _found(kind, name) is None:
        try:
            object.__getattribute__(obj, name)
        except AttributeError:
            return special(kind, ("__getattr__",))
    return found


def _attribute(kind: type, name: str, how: str) -> int:
    known = _attributes.get((kind, name, how))
    if known is None:
        hook = {"get": "__getattribute__", "set": "__setattr__", "delete": "__delattr__"}[how]
        known = _attributes[kind, name, how] = max(special(kind, (hook,)), _descriptor(_found(kind, name), how))
    return known


def _found(kind: type, name: str) -> Any:
    return next((owner.__dict__[name] for owner in kind.__mro__ if name in owner.__dict__), None)


def _descriptor(found: Any, how: str) -> int:
    if isinstance(found, property):
        return max(special(type(found), (f"__{how}__",)), function_reaches(getattr(found, f"f{how[:3]}")))
    return special(type(found), (f"__{how}__",))


_PASSED: Final = frozenset(
    ["__hash__", "__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__format__", "__str__", "__repr__"]
)
"""Special methods that built-in containers ask their items for."""
HASHED: Final = ("__hash__", "__eq__")
_WALKED: Final = (*HASHED, "__iter__", "__next__")
_READ: Final = (*HASHED, "__iter__", "__len__", "__getitem__", "__index__", "__lt__", "__gt__", "__add__", "__radd__")
TEXT: Final = ("__format__", "__str__", "__repr__")
_ALL: Final = (*_READ, *TEXT, "__bool__", "__int__", "__float__", "__contains__", "__next__", "__fspath__")


def call_reaches(function: Any, arguments: tuple[Any, ...]) -> int:
    """What a call of code that is not under test reaches before it returns."""
    kind = type(function)
    if kind is types.FunctionType or kind is types.MethodType:
        return function_reaches(function)
    if kind is types.BuiltinFunctionType or kind is types.MethodWrapperType or kind is effects.C_METHOD:
        owner, name = function.__self__, function.__name__
        if known := kind_of(owner):
            if name in effects.METHODS_ALONE:
                return NOT
            if name not in effects.METHODS_DEEP and name != "sort" and known in (DICT, DEFAULT, SET, LIST):
                return _given(arguments, _hashed)
            return max(reaches(owner, _ALL, DEEP), _given(arguments, _used))
        if function in effects.PURE:
            return _asked(function, arguments)
        if (how := effects.ATTRIBUTES.get(function)) and len(arguments) > 1 and isinstance(arguments[1], str):
            return attribute_reaches(arguments[0], arguments[1], _HOW[how])
        return _given(arguments, _used)
    if kind is type and (function in effects.PURE or function in effects.LAZY):
        return NOT
    return max(function_reaches(function), _given(arguments, _used))


def _asked(function: Any, arguments: tuple[Any, ...]) -> int:
    """What those reach that access nothing, but ask a class: `isinstance`, `issubclass`, `hash`."""
    if function is hash:
        return _given(arguments, _hash)
    if len(arguments) == 2 and (function is isinstance or function is issubclass):
        return _checking(arguments[1])
    return NOT


def _hash(value: Any) -> int:
    return reaches(value, ("__hash__",), DEEP)


def _checking(cls: Any) -> int:
    if type(cls) is tuple:
        return max(map(_checking, cls), default=NOT)
    return NOT if type(cls) is type else special(type(cls), ("__instancecheck__", "__subclasscheck__"))


_HOW: Final = {"read": "get", "write": "set", "delete": "delete"}


def _given(arguments: tuple[Any, ...], reaches: Callable[[Any], int]) -> int:
    return max([reaches(value) for value in arguments if type(value) not in ATOMS], default=NOT)


def _hashed(value: Any) -> int:
    """What a container's method reaches that is given a value: it may hash, compare or walk it."""
    if type(value) is types.GeneratorType or type(value) in ITERATORS:
        return iterator_reaches(value)
    return reaches(value, _WALKED, DEEP)


def _used(value: Any) -> int:
    """What C code reaches that may call a value, or do anything else with it."""
    if type(value) is types.GeneratorType or type(value) in ITERATORS:
        return iterator_reaches(value)
    found = reaches(value, _ALL, DEEP)
    return max(found, function_reaches(value)) if callable(value) else found
