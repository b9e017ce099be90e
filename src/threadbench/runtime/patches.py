"""Patches are rows of one table: applied on entry, undone in reverse on exit. Both runtimes replace the library so."""

from __future__ import annotations

from collections.abc import Iterable
from types import CellType, FunctionType, ModuleType
from typing import Any, NamedTuple


class Patch(NamedTuple):
    """`setattr(owner, name, value)`."""

    owner: Any
    name: str
    value: Any


class Patches:
    """Context manager that undoes, in reverse, whatever rows were applied within it."""

    def __init__(self) -> None:
        self._undo: list[Any] = []
        """Owner, or a module's namespace, name and value, one after the other: no objects that the collector has to
        look at."""

    def apply(self, rows: Iterable[Patch]) -> None:
        """Apply rows one by one."""
        undo = self._undo
        for owner, name, value in rows:
            if type(owner) is ModuleType:  # half of the rows, in a third of the time
                names = owner.__dict__
                undo += names, name, names.get(name, _ABSENT)
                names[name] = value
                continue
            # What a module, class, cell or function itself has by this name; a class's functions are unbound.
            own = getattr(owner, name) if type(owner) in _BUILT_IN else owner.__dict__.get(name, _ABSENT)
            undo += owner, name, own
            setattr(owner, name, value)

    def __enter__(self) -> Patches:
        return self

    def __exit__(self, *_: object) -> None:
        undo, self._undo = self._undo, []
        undo.reverse()
        parts = iter(undo)
        for value, name, owner in zip(parts, parts, parts, strict=True):
            if type(owner) is dict:
                if value is _ABSENT:
                    owner.pop(name, None)
                else:
                    owner[name] = value
            elif value is _ABSENT:
                delattr(owner, name)
            else:
                setattr(owner, name, value)


_ABSENT = object()
_BUILT_IN = (CellType, FunctionType)
