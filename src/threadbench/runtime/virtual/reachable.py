"""What the search for old state looks into, and what it passes by."""

from __future__ import annotations

import array
import collections
import types
from typing import Any

from . import originals

MOST = 100_000
"""Objects looked at: what is further away is not the state of a program under test."""

ATOMS = (
    int,
    float,
    complex,
    str,
    bytes,
    bool,
    type(None),
    range,
    slice,
    types.CodeType,
    types.BuiltinFunctionType,
    types.MethodDescriptorType,
    types.WrapperDescriptorType,
    types.GetSetDescriptorType,
    types.MemberDescriptorType,
    types.GenericAlias,
    types.FrameType,
)
CONTAINERS = (list, dict, set, collections.deque, bytearray, array.array)
LIBRARY = frozenset({"threading", "queue", "_queue", "concurrent.futures._base", "concurrent.futures.thread"})
FOREIGN = frozenset(
    {
        "_frozen_importlib", "_io", "abc", "enum", "greenlet", "importlib", "io", "logging", "re", "threadbench",
        "typing", "_pytest", "execnet", "pluggy", "pytest", "xdist",
    }
)  # fmt: skip
"""Packages whose objects are no state of a program under test: pytest's fixtures lead to the session, all of it."""
REAL = (originals.LOCK_TYPE, originals.new_rlock, originals.SimpleQueue)
IMPORTED_BY = ("__loader__", "__spec__")
"""Names in a module's namespace that the import system gave it."""
CLASS_OWN = frozenset({"__dict__", "__weakref__", "__doc__", "__module__", "__abstractmethods__", "_abc_impl"})


def slots_of(cls: type) -> dict[str, Any]:
    """Descriptors of the slots of instances."""
    return {
        name: slot
        for base in cls.__mro__
        if "__slots__" in vars(base)
        for name, slot in vars(base).items()
        if isinstance(slot, types.MemberDescriptorType)
    }


def put_back(attributes: dict[str, Any], saved: dict[str, Any]) -> None:
    """Undo what has changed in a namespace that others use, and nothing else."""
    for name in [name for name in attributes if name not in saved]:
        del attributes[name]
    for name, item in saved.items():
        if attributes.get(name, saved) is not item:
            attributes[name] = item
