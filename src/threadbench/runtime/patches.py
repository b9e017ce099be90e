"""Patches are rows of one table: applied on entry, undone in reverse on exit. Both runtimes replace the library so."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from itertools import repeat
from operator import call, setitem
from types import CellType, FunctionType, ModuleType
from typing import Any, NamedTuple


class Patch(NamedTuple):
    """`setattr(owner, name, value)`."""

    owner: Any
    name: str
    value: Any


class Table:
    """Rows that are applied again and again; of two for one name of an owner, the later.

    Args:
        rows: of modules and classes.
    """

    def __init__(self, rows: Iterable[Patch]) -> None:
        unique = {(id(owner), name): (owner, name, value) for owner, name, value in rows}.values()
        modules = [row for row in unique if type(row[0]) is ModuleType]
        self.namespaces = [owner.__dict__ for owner, _, _ in modules]
        self.globals = [name for _, name, _ in modules]
        self.of_globals = [value for _, _, value in modules]
        classes = [row for row in unique if type(row[0]) is not ModuleType]
        self.classes = [owner for owner, _, _ in classes]
        self.attributes = [name for _, name, _ in classes]
        self.of_attributes = [value for _, _, value in classes]
        self.held = [owner.__dict__.get for owner in self.classes]
        """What gives what a class itself has by a name."""


class Patches:
    """Context manager that undoes, in reverse, whatever rows were applied within it."""

    def __init__(self) -> None:
        self._undo: list[Any] = []
        """Owner, or a module's namespace, name and value, one after the other: no objects that the collector has to
        look at."""
        self._tables: list[Any] = []
        """The same for tables: a table, what the namespaces held, and the classes."""

    def apply(self, rows: Iterable[Patch]) -> None:
        """Apply rows one by one."""
        undo = self._undo
        for owner, name, value in rows:
            # What a module, class, cell or function itself has by this name; a class's functions are unbound.
            own = getattr(owner, name) if type(owner) in _BUILT_IN else owner.__dict__.get(name, _ABSENT)
            undo += owner, name, own
            setattr(owner, name, value)

    def apply_all(self, table: Table) -> None:
        """Apply a table, before any rows: fifty of its rows in the time of ten."""
        namespaces, names = table.namespaces, table.globals
        held = [space.get(name, _ABSENT) for space, name in zip(namespaces, names, strict=True)]
        owned = list(map(call, table.held, table.attributes, repeat(_ABSENT)))
        self._tables += table, held, owned
        _each(setitem, namespaces, names, table.of_globals)
        _each(setattr, table.classes, table.attributes, table.of_attributes)

    def __enter__(self) -> Patches:
        return self

    def __exit__(self, *_: object) -> None:
        undo, self._undo = self._undo, []
        undo.reverse()
        parts = iter(undo)
        for value, name, owner in zip(parts, parts, parts, strict=True):
            _put_back(owner, name, value)
        while self._tables:
            owned, held, table = self._tables.pop(), self._tables.pop(), self._tables.pop()
            for owner, name, value in zip(table.classes, table.attributes, owned, strict=True):
                _put_back(owner, name, value)
            for space, name, value in zip(table.namespaces, table.globals, held, strict=True):
                if value is _ABSENT:
                    space.pop(name, None)
                else:
                    space[name] = value


def _put_back(owner: Any, name: str, value: Any) -> None:
    if value is _ABSENT:
        delattr(owner, name)
    else:
        setattr(owner, name, value)


def _each(function: Callable[..., None], *arguments: Iterable[Any]) -> None:
    """Call a function in C for each, without a loop in Python."""
    deque(map(function, *arguments), maxlen=0)


_ABSENT = object()
_BUILT_IN = (CellType, FunctionType)
