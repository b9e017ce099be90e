"""What a search saw of the modules under test before its first schedule: whether all of it is still the very same.

To find functions, old state and borrowed names takes longer than a search of four schedules, and most searches are of
what the one before was of. So what was found is kept with what it was found in, each part by identity, and is taken for
the answer only while every part is in its place. Only the last look is kept, and only where it came past nothing but
functions, classes, modules, plain values and a few containers of them: what else a module holds is not to live longer
for having been explored.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from itertools import chain
from operator import attrgetter, is_
from typing import Any, Final

MOST_SEEN: Final = 2_000
"""Objects that a look that is kept came past."""
MOST_PARTS: Final = 10_000
"""Parts that these have."""

Part = Callable[[], Iterable[Any]]
"""Gives what there is now in one place, in an order that is the same while nothing changes."""


class Look:
    """One look at the namespaces of modules under test.

    Whoever looks at an object tells of all that it goes by; `kept` then says that nothing is missing. Answers that
    rest on it may be left at `answers`, whose reader must know of a look that is `kept` and the same.
    """

    def __init__(self, scopes: Mapping[int, dict[str, Any]]) -> None:
        self.scopes = dict(scopes)
        self.answers: dict[str, Any] = {}
        self.plain = True
        """Whether all that was seen can be kept."""
        self.kept = False
        """Whether it is."""
        self.classes: set[type] = set()
        """Those of which every attribute was seen."""
        self._modules: set[str] = set()
        """Names of modules that functions say they are of."""
        self._functions: list[types.FunctionType] = []
        self._empty: list[Mapping[str, Any]] = []
        """The attributes of those that have none."""
        self._values: list[Iterable[Any]] = []
        """Views of mappings, which see what is there now."""
        self._places: list[Part] = []
        self._parts: list[Any] = []
        self._names: list[Iterable[Any]] = []
        """Views of the keys of mappings, apart: texts that are equal are the same, and to compare them is quick."""
        self._spelled: list[Any] = []
        self._before = [list(scope.values()) for scope in scopes.values()]
        """What the namespaces held when it began."""
        for scope in scopes.values():
            self.mapping(scope)

    def mapping(self, value: Mapping[Any, Any]) -> None:
        """All of a dictionary was seen, or of a class's."""
        self._names.append(value.keys())
        self._values.append(value.values())

    def items(self, value: Iterable[Any]) -> None:
        """All items of a container were seen."""
        self._places.append(value.__iter__)

    def function(self, value: types.FunctionType) -> None:
        """A function was seen: its defaults, its attributes and of which module it says that it is."""
        self._functions.append(value)
        if value.__dict__:
            self.mapping(value.__dict__)
        else:
            self._empty.append(value.__dict__)
        if value.__kwdefaults__:
            self.mapping(value.__kwdefaults__)
        if value.__module__ is not None and value.__module__ not in self._modules:
            self._modules.add(value.__module__)
            self._places.append(partial(_module_by_name, value.__module__))

    def module(self, value: types.ModuleType) -> None:
        """The names of a module were seen, and what they hold, but not what is in that.

        Of the standard library's modules, only the names were: these hold more than all else that a small program
        rests on, and who rests on what one of them holds looks at that.
        """
        names = vars(value)
        self.type_of(value)
        if is_standard(value):
            self._names.append(names.keys())
            return
        self.mapping(names)
        own = [held for name, held in list(names.items()) if name[:2] != "__"]
        self.plain = self.plain and _LASTING.issuperset(map(type, own))

    def kind(self, value: type) -> None:
        """What a class inherits from was seen, and of which module it says that it is."""
        self._places.append(partial(_CLASS, value))

    def contents(self, value: type) -> None:
        """All attributes of a class were seen."""
        self.classes.add(value)
        self.mapping(vars(value))

    def cell(self, value: types.CellType) -> None:
        """The content of a closure's variable was seen."""
        self._places.append(partial(_content, value))

    def wrapper(self, value: Any) -> None:
        """What a property, a static method or a class method leads to was seen."""
        self._places.append(partial(_PROPERTY if type(value) is property else _WRAPPER, value))

    def type_of(self, value: Any) -> None:
        """An object was seen of which only the type matters."""
        self._places.append(partial(_type, value))

    def close(self, seen: int) -> bool:
        """The look has ended, and has come past so many objects; whether it is kept."""
        global _last
        if self.plain and seen <= MOST_SEEN and _same(self._before, [list(s.values()) for s in self.scopes.values()]):
            self._parts, self._spelled = self._now(), _all(self._names)
            texts = all(type(name) is str for name in self._spelled)
            if texts and len(self._parts) <= MOST_PARTS:
                _last = self
                self.kept = True
        return self.kept

    def is_same(self, scopes: Mapping[int, dict[str, Any]]) -> bool:
        """Whether it was a look at these namespaces, and what it saw is there now and nothing else."""
        if self.scopes.keys() != scopes.keys():
            return False
        now = self._now()
        return (
            len(now) == len(self._parts)
            and all(map(is_, now, self._parts))
            and not any(self._empty)
            and self._spelled == _all(self._names)
        )

    def _now(self) -> list[Any]:
        """Every part, as it is now."""
        parts = list(chain.from_iterable(map(_FUNCTION, self._functions)))
        for view in self._values:
            parts += view
        for place in self._places:
            parts += place()
        return parts


def is_standard(module: types.ModuleType) -> bool:
    """Whether a module is one of the standard library's, by its name."""
    return module.__name__.partition(".")[0] in sys.stdlib_module_names


def _all(views: Iterable[Iterable[Any]]) -> list[Any]:
    parts: list[Any] = []
    for view in views:
        parts += view
    return parts


def _same(before: list[list[Any]], now: list[list[Any]]) -> bool:
    return all(len(a) == len(b) and all(map(is_, a, b)) for a, b in zip(before, now, strict=True))


def _module_by_name(name: str) -> tuple[Any]:
    return (sys.modules.get(name),)


def _content(cell: types.CellType) -> tuple[Any, ...]:
    try:
        return (cell.cell_contents,)
    except ValueError:
        return ()


def _type(value: Any) -> tuple[type]:
    return (type(value),)


def _attributes(*names: str) -> Callable[[Any], Iterable[Any]]:
    return attrgetter(*names)


_FUNCTION: Final = _attributes("__defaults__", "__kwdefaults__", "__dict__", "__module__")
_CLASS: Final = _attributes("__mro__", "__module__")
_PROPERTY: Final = _attributes("fget", "fset", "fdel")
_WRAPPER: Final = _attributes("__func__", "__wrapped__")

_LASTING: Final = frozenset(
    {types.FunctionType, types.BuiltinFunctionType, types.ModuleType, type, int, float, str, bytes, bool, type(None)}
    | {tuple, frozenset}
)
"""Types of what may live longer than its module names it."""

_last: Look | None = None


def last(scopes: Mapping[int, dict[str, Any]]) -> Look | None:
    """The look of the last search, where these namespaces are the same and it would see the same again."""
    global _last
    if _last is not None and not _last.is_same(scopes):
        _last = None  # a function that nobody else holds any more is not to be found on the heap
    return _last
