"""What is in an object, read without running anybody's code: a look must not change what it looks at.

So types are compared, and nothing is asked with isinstance, which reads `__class__` of what is not of the type itself.
"""

from __future__ import annotations

import types
from array import array
from collections import Counter, OrderedDict, defaultdict, deque
from typing import Any, Final

from ..runtime.virtual.accesses import KEYED_READ
from ..runtime.virtual.points.current import current


class Absent:
    """What is found where nothing is."""

    def __repr__(self) -> str:
        return "(nothing)"


ABSENT: Final = Absent()
UNKNOWN: Final = Absent()
"""What is found where one would have to run code to know."""

_SIMPLE: Final = (int, float, complex, bool, str, bytes, types.NoneType)
_DICTS: Final = (dict, OrderedDict, defaultdict, Counter)
_SEQUENCES: Final = (list, tuple, deque, array, bytearray)


def is_namespace(obj: object) -> bool:
    """Whether it is the globals of a module under test."""
    return id(obj) in current.scopes


def peek(obj: Any, key: Any, mode: int) -> Any:
    """What is at a location now."""
    kind = type(obj)
    if kind is types.CellType:
        try:
            return obj.cell_contents
        except ValueError:
            return ABSENT
    if mode < KEYED_READ and key is not None:
        return dict.get(obj, key, ABSENT) if issubclass(kind, dict) else attribute(obj, key)
    return obj if key is None else item(obj, key)


def attribute(obj: Any, name: str) -> Any:
    """An attribute that is stored: in the object's dictionary, a slot, or a class."""
    is_class = issubclass(type(obj), type)
    classes = obj.__mro__ if is_class else type(obj).__mro__
    if not is_class:
        try:
            held = object.__getattribute__(obj, "__dict__")
        except AttributeError:
            held = None
        if type(held) is dict and name in held:
            return held[name]
    for owner in classes:
        if name in owner.__dict__:
            value = owner.__dict__[name]
            if type(value) is not types.MemberDescriptorType:
                return value if is_class or not hasattr(type(value), "__get__") else UNKNOWN
            try:
                return value.__get__(obj, type(obj))
            except AttributeError:
                return ABSENT
    return ABSENT


def item(obj: Any, key: Any) -> Any:
    """An item of a built-in container, or whether a set has it."""
    try:
        if issubclass(type(obj), dict):
            return dict.get(obj, key, ABSENT)
        if issubclass(type(obj), set):
            return set.__contains__(obj, key)
        for kind in _SEQUENCES:
            if issubclass(type(obj), kind):
                return kind.__getitem__(obj, key)
    except (TypeError, LookupError):
        return ABSENT
    return UNKNOWN


def tells_nothing(value: Any) -> bool:
    """Whether to read it is but the way to what is done with it: functions, modules, locks, queues, containers."""
    kind = type(value)
    return (
        kind in (list, set, deque, *_DICTS)
        or issubclass(kind, (type, types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.ModuleType))
        or kind.__module__ in LIBRARY
        or hasattr(kind, "noun")
    )


def holds_nothing(obj: Any) -> bool:
    """Whether all that is in a container tells nothing."""
    return type(obj) in (list, deque, set) and bool(obj) and all(tells_nothing(part) for part in list(obj)[:12])


LIBRARY: Final = ("threading", "queue", "concurrent.futures._base", "concurrent.futures.thread", "_thread")


def stands_for_itself(value: Any) -> bool:
    """Whether it is an instance of a class that a class statement made, of which nothing but the type can be shown."""
    kind = type(value)
    return (
        bool(kind.__flags__ & 1 << 9)
        and kind is not Absent
        and not issubclass(kind, (type, BaseException))
        and kind.__module__ not in LIBRARY
    )


def shown(value: Any, limit: int = 32, depth: int = 2) -> str:
    """A value on one line, cut at `limit`; of what only code of its own could show, its type."""
    text = _shown(value, depth)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _shown(value: Any, depth: int) -> str:
    kind: Any = type(value)
    if kind is str or kind is bytes:
        return repr(value[:100])
    if kind in _SIMPLE or kind is Absent:
        return repr(value)
    if kind in (list, tuple, set, frozenset, deque, *_DICTS):
        if depth == 0:
            return "…"
        if kind in _DICTS:
            items = list(value.items())[:12]
            parts = [f"{_shown(key, depth - 1)}: {_shown(held, depth - 1)}" for key, held in items]
        else:
            parts = [_shown(part, depth - 1) for part in list(value)[:12]]
        left, right = "()" if kind is tuple else "{}" if kind in (set, frozenset, *_DICTS) else "[]"
        if kind in (set, frozenset) and not parts:
            return "set()"
        if kind is tuple and len(parts) == 1:
            parts.append("")
        return left + ", ".join(parts).rstrip(" ") + right
    if issubclass(kind, (type, types.FunctionType, types.BuiltinFunctionType)):
        return str(value.__name__)
    if kind is types.MethodType:
        return f"{type(value.__self__).__name__}.{value.__func__.__name__}"
    if issubclass(kind, BaseException):
        return f"{kind.__name__}()"
    return str(kind.__name__)
