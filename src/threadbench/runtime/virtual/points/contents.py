"""What else than containers can be changed: objects of C types and of libraries, and what these hold on to.

A file, a `csv.writer`, a hash, a random generator, an `islice`: their methods are C code or Python code without hooks,
and any of these may change the object. Some pass on to another object what they are asked: the writer writes to its
file, the slice moves the iterator behind it. So whoever uses one is taken to write it and all of that kind it holds.
"""

from __future__ import annotations

import gc
import sys
import types
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, Final

from threadbench.runtime.virtual.points import effects, foreign, hidden
from threadbench.runtime.virtual.points.attributes import everything, own
from threadbench.runtime.virtual.points.containers import ITERATORS, OPAQUE, kind_of, whole
from threadbench.runtime.virtual.points.current import current
from threadbench.runtime.virtual.points.foreign import dictionary_of
from threadbench.runtime.virtual.points.sites import READ, WRITE, Access

NOTHING: Final = 0
"""Immutable, or tells of itself: code under test, and locks, threads and queues."""
ITERATOR: Final = 1
NATIVE: Final = 2
"""Of a type in C."""
LIBRARY: Final = 3
"""Of a class in Python that is not under test."""

_sorts: dict[type, int] = {}
_terminals: dict[int, Any] = {}
DEEP: Final = 6
MOST: Final = 200
"""How far, and how many objects, are looked at behind one."""


def begin() -> None:
    """The streams are those of now."""
    for stream in (sys.stdout, sys.stderr, sys.stdin, sys.__stdout__, sys.__stderr__, sys.__stdin__):
        _terminals[id(stream)] = stream


def forget() -> None:
    """Let go of the types met, and of the streams."""
    _sorts.clear()
    _terminals.clear()
    hidden.forget()


def sort_of(value: Any) -> int:
    """What an object is that is no container; the type decides."""
    kind = type(value)
    known = _sorts.get(kind)
    if known is None:
        known = _sorts[kind] = _sort(kind)
    return known


def _sort(kind: type) -> int:
    if kind in ITERATORS:
        return ITERATOR
    if issubclass(kind, effects.INERT) or kind.__module__.partition(".")[0] in _QUIET:
        return NOTHING
    if (
        (kind.__module__ in effects.CARRIERS and kind.__module__ not in effects.HOLDERS)
        or kind.__module__ in effects.VALUES
        or f"{kind.__module__}.{kind.__qualname__}" in effects.VALUE_TYPES
    ):
        return NOTHING
    if issubclass(kind, BaseException):
        return NATIVE
    whose = {foreign.whose(owner) for owner in kind.__mro__[:-1]}
    if foreign.OTHER in whose:
        return LIBRARY
    if foreign.OWN in whose:
        return NOTHING
    if any(map(foreign.in_python, kind.__mro__[:-1])):
        return LIBRARY if kind.__module__ in effects.HOLDERS else NOTHING
    return ITERATOR if hasattr(kind, "__next__") else NATIVE


_QUIET: Final = frozenset({"threadbench", "greenlet"})


def moves(value: Any) -> bool:
    """Whether a step of it changes it: an iterator in C."""
    return type(value) in ITERATORS or sort_of(value) == ITERATOR


def of_library(value: Any) -> bool:
    """Whether it is a generator that runs code which has no hooks, and may walk what it was given."""
    return (
        type(value) is types.GeneratorType
        and value.gi_frame is not None
        and id(value.gi_frame.f_globals) not in current.scopes
        and not _quiet(value.gi_frame.f_globals.get("__name__"))
    )


def _quiet(module: Any) -> bool:
    return isinstance(module, str) and module.partition(".")[0] in _QUIET


def is_terminal(value: Any) -> bool:
    """The streams of the process: nobody reads there what was written."""
    return id(value) in _terminals


def touched(value: Any, mode: int) -> list[Access]:
    """What a call does to something that it is given and may use: a container in this mode, anything else as if it
    wrote."""
    kind = type(value)
    if kind in effects.ATOMS:
        return []
    if known := kind_of(value):
        behind = () if known in _PLAIN else _behind(value)
        state = own(value, mode) if kind in foreign.met else ()
        shared = hidden.by_object(value, mode) if known == OPAQUE else ()
        return [(whole(value, known), None, mode), *((obj, key, mode) for obj, key, _ in behind), *state, *shared]
    return used(value)


_PLAIN: Final = frozenset({1, 2, 3, 4, 5, 6})
"""Built-in containers: what is in them is not touched with them."""


def among(arguments: tuple[Any, ...], keywords: Mapping[str, Any], mode: int) -> list[Access]:
    """The same of each argument."""
    accesses: list[Access] = []
    for value in (*arguments, *keywords.values()) if keywords else arguments:
        if type(value) not in effects.ATOMS:
            accesses += touched(value, mode)
    return accesses


def looked_into(values: Iterable[Any]) -> list[Access]:
    """What reading these does, and all that is in them."""
    return [access for value in values for access in (*nested(value, READ), *used(value, READ))]


_ITEMS: Final[dict[type, Any]] = {base: base.__iter__ for base in (tuple, frozenset, list, set, deque)}
"""How to walk a container without asking an overridden method."""
MOST_NESTED: Final = 100_000
"""Containers within containers that one access announces at most."""


def nested(obj: Any, mode: int) -> Iterator[Access]:
    """The accesses of walking a container and the containers in it, as `repr`, `==` and `copy.deepcopy` do; and the
    attributes of objects whose special methods have no hooks.
    """
    seen: set[int] = set()
    waiting = [obj]
    while waiting and len(seen) < MOST_NESTED:
        found = waiting.pop()
        kind = kind_of(found)
        state = foreign.met and type(found) in foreign.met
        if id(found) in seen or not (kind or state or isinstance(found, tuple | frozenset)):
            continue
        seen.add(id(found))
        if kind:
            held = whole(found, kind)
            yield (held, None, mode)
            if kind == OPAQUE and not state:
                yield from ((behind, key, mode) for behind, key, _ in _behind(found))
        if state:
            yield from told_of(found, mode)
            waiting.extend(foreign.attributes_of(found).values())
        if kind:
            found = held
        if isinstance(found, tuple | frozenset | list | set | deque):
            waiting.extend(_ITEMS[next(base for base in _ITEMS if isinstance(found, base))](found))
        elif isinstance(found, dict):
            waiting.extend(dict.values(found))
            waiting.extend(key for key in dict.keys(found) if type(key) is tuple)


def told_of(obj: Any, mode: int) -> Iterator[Access]:
    """What a special method without hooks does to its object."""
    yield (obj, None, mode)
    yield from hidden.by_object(obj, mode)
    yield from ((held, name, mode if held is obj else READ) for held, name, _ in everything(obj))


def copied(value: Any) -> list[Access]:
    """What reading an object does, all attributes and items of it and of what can be reached through these."""
    accesses: list[Access] = []
    seen: set[int] = set()
    waiting = [value]
    while waiting and len(seen) < MOST_COPIED:
        found = waiting.pop()
        kind = type(found)
        if kind in effects.ATOMS or id(found) in seen or isinstance(found, _SHARED):
            continue
        seen.add(id(found))
        if known := kind_of(found):
            accesses.append((whole(found, known), None, READ))
        elif kind.__module__ in effects.CARRIERS and kind.__module__ not in effects.HOLDERS:
            continue
        else:
            accesses += used(found, READ)
        attributes = everything(found)
        accesses += attributes
        held = [part for part in gc.get_referents(found) if part is not kind]
        if isinstance(found, dict):
            held += dict.values(found)  # what an object's dictionary shares with the object is the object's to show
        namespace = dictionary_of(found)
        waiting.extend(part for part in held if part is not namespace)
        if type(namespace) is dict:
            waiting.extend(namespace.values())
    return accesses


MOST_COPIED: Final = 10_000
_SHARED: Final = (
    type,
    types.ModuleType,
    types.FunctionType,
    types.BuiltinFunctionType,
    types.CodeType,
    types.FrameType,
)
"""Types of what is never copied."""


def used(owner: Any, mode: int = WRITE) -> list[Access]:
    """What using an object of a C type or of a library does to it, to its attributes and behind it."""
    if not sort_of(owner) or kind_of(owner) or is_terminal(owner):
        return []
    accesses: list[Access] = [(owner, None, mode), *_behind(owner), *hidden.by_object(owner, mode)]
    if sort_of(owner) == LIBRARY or hasattr(owner, "__dict__"):
        accesses += own(owner, mode)
    return accesses


def lent(values: Iterable[Any], deep: int = 2) -> Iterator[Access]:
    """What code of a library may do to objects under test that it is given, or that are in containers it is given: it
    may write their attributes, and call those that are methods of containers."""
    for value in values:
        kind = type(value)
        if kind in effects.ATOMS:
            continue
        if kind in (list, tuple, set, frozenset, dict):
            if deep:
                yield from lent(islice(value.values() if kind is dict else value, MOST), deep - 1)
        elif is_own(kind):
            yield from own(value, WRITE)
            yield from _called_by_name(value)


def _called_by_name(obj: Any) -> Iterator[Access]:
    """What methods in C do that are attributes of an object under test, should a library call them: `closing`."""
    for value in (dictionary_of(obj) or {}).values():
        if type(value) in (types.BuiltinMethodType, effects.C_METHOD) and kind_of(value.__self__):
            yield from touched(value.__self__, WRITE)


def is_own(kind: type) -> bool:
    """Whether a class is under test."""
    module = sys.modules.get(kind.__module__)
    return module is not None and id(vars(module)) in current.scopes and not issubclass(kind, _SHARED)


def _behind(first: Any) -> Iterator[Access]:
    """What an object holds on to that its methods may change, or that it walks."""
    seen = {id(first)}
    waiting = [(first, 0)]
    while waiting and len(seen) < MOST:
        holder, deep = waiting.pop()
        for held in _held(holder):
            if id(held) in seen or type(held) in effects.ATOMS:
                continue
            seen.add(id(held))
            if known := kind_of(held):
                yield (whole(held, known), None, READ if moves(holder) else WRITE)
                if deep < DEEP and type(held) in (list, tuple, deque):
                    waiting.append((held, deep + 1))
            elif isinstance(held, Telling):
                yield (held, None, WRITE)
            elif sort_of(held):
                if not is_terminal(held):
                    yield (held, None, WRITE)
                    if deep < DEEP:
                        waiting.append((held, deep + 1))
            elif is_own(type(held)):
                yield from _called_by_name(held)
                if type(holder) is not types.MethodType:
                    yield from own(held, WRITE)
            elif deep < DEEP and type(held) in _PASSING:
                waiting.append((held, deep + 1))


class Telling:
    """What C code holds in the stead of an iterator or a callable, and which tells of itself each time it is used.

    Until it has told, nothing has been done to what it stands for; what C code then does to its own object is of the
    same step. So whoever uses that object is taken to write this too.
    """

    __slots__ = ()


_PASSING: Final = (tuple, types.BuiltinMethodType, effects.C_METHOD, types.MethodType)


def _held(holder: Any) -> list[Any]:
    """What an object refers to, but for what a frame or a module holds."""
    kind = type(holder)
    if (kind is types.GeneratorType and not of_library(holder)) or kind is types.CoroutineType:
        return []
    if kind in (list, tuple):
        return list(holder[:MOST])
    held = dictionary_of(holder) if sort_of(holder) else None
    found = [value for value in gc.get_referents(holder) if not isinstance(value, type | types.ModuleType)]
    return [*held.values(), *(value for value in found if value is not held)] if type(held) is dict else found
