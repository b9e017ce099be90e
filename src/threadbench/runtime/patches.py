"""Patches are rows of one table: applied on entry, undone in reverse on exit. Both runtimes replace the library so."""

from __future__ import annotations

from collections.abc import Iterable
from types import CellType, FunctionType
from typing import Any, NamedTuple


class Patch(NamedTuple):
    """`setattr(owner, name, value)`."""

    owner: Any
    name: str
    value: Any


class Patches:
    """Context manager that undoes, in reverse, whatever rows were applied within it."""

    def __init__(self) -> None:
        self._undo: list[Patch] = []

    def apply(self, rows: Iterable[Patch]) -> None:
        """Apply rows one by one."""
        for row in rows:
            self._undo.append(Patch(row.owner, row.name, _own(row.owner, row.name)))
            setattr(row.owner, row.name, row.value)

    def __enter__(self) -> Patches:
        return self

    def __exit__(self, *_: object) -> None:
        while self._undo:
            row = self._undo.pop()
            if row.value is _ABSENT:
                delattr(row.owner, row.name)
            else:
                setattr(row.owner, row.name, row.value)


_ABSENT = object()


def _own(owner: Any, name: str) -> Any:
    """What a module, class, cell or function itself has by this name; a class's functions are unbound."""
    if isinstance(owner, CellType | FunctionType):
        return getattr(owner, name)
    return vars(owner).get(name, _ABSENT)
