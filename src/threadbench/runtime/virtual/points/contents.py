"""What else than containers can be changed: objects of C types and of libraries, and what these hold on to.

A file, a `csv.writer`, a hash, a random generator, an `islice`: their methods are C code or Python code without hooks,
and any of these may change the object. Some pass on to another object what they are asked: the writer writes to its
file, the slice moves the iterator behind it. So whoever uses one is taken to write it and all of that kind it holds.
"""

from __future__ import annotations

import gc
import sys
import types
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from threadbench.runtime.virtual.points import effects
from threadbench.runtime.virtual.points.attributes import everything
from threadbench.runtime.virtual.points.containers import ITERATORS, kind_of, nested, whole
from threadbench.runtime.virtual.points.current import current
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
_IMMUTABLE_TYPE: Final = 1 << 8
_HEAP: Final = 1 << 9
DEEP: Final = 4
MOST: Final = 200
"""How far, and how many objects, are looked at behind one."""


def forget() -> None:
    """Let go of the types met; the streams are those of now."""
    _sorts.clear()
    streams = (sys.stdout, sys.stderr, sys.stdin, sys.__stdout__, sys.__stderr__, sys.__stdin__)
    _terminals.clear()
    _terminals.update((id(stream), stream) for stream in streams)


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
    written = False
    for owner in kind.__mro__[:-1]:
        if _in_python(owner):
            written = True
            module = sys.modules.get(owner.__module__)
            if module is None or id(vars(module)) in current.scopes:
                return NOTHING
    if written:
        return LIBRARY
    return ITERATOR if hasattr(kind, "__next__") else NATIVE


_QUIET: Final = frozenset({"threadbench", "greenlet"})


def _in_python(owner: type) -> bool:
    """Whether a class statement made it."""
    if not owner.__flags__ & _HEAP or owner.__flags__ & _IMMUTABLE_TYPE:
        return False
    own = vars(owner)
    return "__slots__" in own or any(
        isinstance(value, types.FunctionType | types.GetSetDescriptorType) and name != "__class_getitem__"
        for name, value in own.items()
        if isinstance(value, types.FunctionType) or name in ("__dict__", "__weakref__")
    )


def moves(value: Any) -> bool:
    """Whether a step of it changes it: an iterator in C."""
    return type(value) in ITERATORS or sort_of(value) == ITERATOR


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
        return [(whole(value, known), None, mode), *((obj, key, mode) for obj, key, _ in behind)]
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
        own = getattr(found, "__dict__", None)
        waiting.extend(part for part in held if part is not own)
        if type(own) is dict:
            waiting.extend(own.values())
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
    accesses: list[Access] = [(owner, None, mode), *_behind(owner)]
    if hasattr(owner, "__dict__"):
        accesses += [(obj, name, mode) for obj, name, _ in everything(owner) if obj is owner and name is not None]
    return accesses


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
                if deep < DEEP and type(held) in (list, tuple):
                    waiting.append((held, deep + 1))
            elif sort_of(held):
                if not is_terminal(held):
                    yield (held, None, WRITE)
                    if deep < DEEP:
                        waiting.append((held, deep + 1))
            elif deep < DEEP and type(held) in _PASSING:
                waiting.append((held, deep + 1))


_PASSING: Final = (tuple, types.BuiltinMethodType, effects.C_METHOD, types.MethodType)


def _held(holder: Any) -> list[Any]:
    """What an object refers to, but for what a frame or a module holds."""
    kind = type(holder)
    if kind is types.GeneratorType or kind is types.CoroutineType:
        return []
    if kind in (list, tuple):
        return list(holder[:MOST])
    held = getattr(holder, "__dict__", None) if sort_of(holder) else None
    found = [value for value in gc.get_referents(holder) if not isinstance(value, type | types.ModuleType)]
    return [*held.values(), *(value for value in found if value is not held)] if type(held) is dict else found
