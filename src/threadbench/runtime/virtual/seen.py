"""What old state rests on: tells a look at modules under test of each object that the search for state came past."""

from __future__ import annotations

import collections
import functools
import types
from typing import TYPE_CHECKING, Any, Final

from .reachable import ATOMS

if TYPE_CHECKING:
    from collections.abc import Set

    from .points.looked import Look


def tell(look: Look, value: Any, own: Set[Any]) -> None:
    """An object was looked into, or passed by.

    Args:
        look: what is told of all that the answer rests on.
        value: the object.
        own: names of the modules under test, whose classes are looked into.
    """
    kind = type(value)
    if kind is types.FunctionType:
        look.function(value)
    elif issubclass(kind, type):
        look.kind(value)
        if value.__module__ in own:
            look.contents(value)
    elif kind is types.ModuleType:
        look.module(value)
    elif kind is types.CellType:
        look.cell(value)
    elif kind in (property, staticmethod, classmethod):
        look.wrapper(value)
    elif kind is functools._lru_cache_wrapper:
        look.mapping(vars(value))
    elif kind is dict:
        look.mapping(value)
    elif kind in (list, set, collections.deque):
        look.items(value)
    elif kind.__module__ in ("typing", "re"):
        look.type_of(value)
    elif kind not in _FIXED:
        look.plain = False


_FIXED: Final = frozenset(ATOMS) - {types.FrameType} | {types.MethodType, tuple, frozenset}
"""Types of what is what it is for good, and whose end nobody waits for."""
