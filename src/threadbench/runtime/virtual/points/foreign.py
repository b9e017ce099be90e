"""Types whose special methods are neither under test nor in a table: of libraries, and of `types.SimpleNamespace`.

An operator, a comparison or a conversion of such an object runs code that has no hooks. The hooks of those instructions
ask `met`, which is empty in most explorations, so that it costs them nothing.
"""

from __future__ import annotations

import sys
import types
from typing import Any, Final

from threadbench.runtime.virtual.points import effects
from threadbench.runtime.virtual.points.current import current

met: set[type] = set()
"""Such types among those met in this exploration."""

OWN: Final = 1
NEUTRAL: Final = 2
OTHER: Final = 3
"""Whose code a class is: under test; a table's, or one of C; a library's."""

_HEAP: Final = 1 << 9
_IMMUTABLE_TYPE: Final = 1 << 8
_QUIET: Final = frozenset({"threadbench", "greenlet"})
_PLAIN: Final = effects.words(
    """
    __init__ __new__ __init_subclass__ __class_getitem__ __subclasshook__ __set_name__ __del__ __reduce__ __reduce_ex__
    __getstate__ __setstate__ __copy__ __deepcopy__ __replace__ __post_init__ __dir__ __sizeof__ __instancecheck__
    """
)
"""Special methods that no instruction on an object calls."""


def look_at(kind: type) -> None:
    """A type is met for the first time."""
    if issubclass(kind, types.SimpleNamespace) or (
        not issubclass(kind, (*effects.INERT, BaseException)) and any(map(_has_special_methods, kind.__mro__[:-1]))
    ):
        met.add(kind)


def _has_special_methods(owner: type) -> bool:
    return whose(owner) == OTHER and any(
        name[:2] == "__" == name[-2:] and name not in _PLAIN and callable(value)
        for name, value in vars(owner).items()
        if name not in ("__class__", "__weakref__")
    )


def whose(owner: type) -> int:
    """Whose code one class is, of those that a type inherits from."""
    if not in_python(owner):
        return NEUTRAL
    module = owner.__module__
    namespace = sys.modules.get(module)
    if namespace is None or id(vars(namespace)) in current.scopes:
        return OWN
    if module in effects.CARRIERS or module in effects.VALUES or module in effects.MIXINS:
        return NEUTRAL
    return NEUTRAL if module.partition(".")[0] in _QUIET else OTHER


def in_python(owner: type) -> bool:
    """Whether a class statement made it."""
    if not owner.__flags__ & _HEAP or owner.__flags__ & _IMMUTABLE_TYPE:
        return False
    own = vars(owner)
    return "__slots__" in own or any(
        isinstance(value, types.FunctionType | types.GetSetDescriptorType) and name != "__class_getitem__"
        for name, value in own.items()
        if isinstance(value, types.FunctionType) or name in ("__dict__", "__weakref__")
    )


def attributes_of(obj: Any) -> dict[str, Any]:
    """What an object's own attributes are, of its dictionary and its slots; nobody's `__getattribute__` is asked."""
    found: dict[str, Any] = {}
    for owner in type(obj).__mro__:
        if "__slots__" in vars(owner):
            for name, slot in vars(owner).items():
                if isinstance(slot, types.MemberDescriptorType):
                    try:
                        found[name] = slot.__get__(obj)
                    except AttributeError:
                        continue
    held = dictionary_of(obj)
    return {**found, **held} if held else found


_PLAIN_LOOK_UP: Final[Any] = object.__getattribute__


def dictionary_of(obj: Any) -> Any:
    """An object's `__dict__`, None where it has none; nobody's `__getattribute__` is asked."""
    if type(obj).__getattribute__ is _PLAIN_LOOK_UP:
        return getattr(obj, "__dict__", None)
    try:
        return object.__getattribute__(obj, "__dict__")
    except (AttributeError, TypeError):
        return None


def tells_itself(kind: type) -> bool:
    """Whether a class is of virtual locks, or makes them; where it is, it is asked once in a search."""
    own = kind.__module__.startswith("threadbench.runtime.virtual.")
    if own:
        current.free[id(kind)] = kind
    return own
