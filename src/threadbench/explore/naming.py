"""What a person calls the objects of a schedule: by how the code reaches them, else by their type.

An object is reached where an attribute, a global or an item is read and is that object, or where a module-level name
leads to it when the schedule has ended. A lock read from `account.lock` is called that; an instance that no such name
leads to is called like the variable before the dot where it is accessed.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

from ..runtime.virtual.accesses import KEYED_READ
from ..runtime.virtual.points.current import current
from ..runtime.virtual.points.functions import CACHE
from .peeking import is_namespace, shown, stands_for_itself
from .places import Place
from .reachable import paths_to
from .spelling import spelled, spelled_call

if TYPE_CHECKING:
    from ..runtime.virtual.points.sites import Site

_PLAIN = (int, float, complex, bool, str, bytes, type(None))


class Thing:
    """An object that threads share.

    Attributes:
        number: in order of first being met.
        held: the object: kept, so that its id is no other's.
        path: number of the thing it was read from, and how: `.lock`, `[0]`.
        spelled: what code calls it.
        made: where, if that is known.
    """

    __slots__ = ("held", "made", "number", "path", "spelled")

    def __init__(self, number: int, held: Any) -> None:
        self.number = number
        self.held = held
        self.path: tuple[int, str] | None = None
        self.spelled: str | None = None
        self.made: Place | None = None


class Names:
    """Numbers things, and knows their names once a schedule has ended.

    Args:
        given: by `run.name`: an object's id to its name.
    """

    def __init__(self, given: dict[int, str]) -> None:
        self._given = given
        self._things: dict[int, Thing] = {}
        self._all: list[Thing] = []
        self._reached: dict[int, tuple[type, int, str]] = {}
        self._at: dict[tuple[int, str], int | None] = {}
        """What was ever read at a path, by id; None where that changed."""
        self._names: dict[int, str] = {}
        self._paths: dict[int, str] = {}
        self._values: dict[type, tuple[int, dict[int, tuple[int, weakref.ref[Any]]]]] = {}
        """Of each class how many instances were shown, and which number each has; they may go meanwhile."""

    def thing(self, obj: Any) -> Thing:
        """The object's."""
        found = self._things.get(id(obj))
        if found is None:
            found = self._things[id(obj)] = Thing(len(self._all), obj)
            self._all.append(found)
            self.told(obj)  # as a value it has the number that it has as a thing
            reached = self._reached.get(id(obj))
            if reached is not None and reached[0] is type(obj):
                found.path = reached[1:]
        return found

    def reach(self, value: Any, thing: Thing, key: Any, mode: int) -> None:
        """A value was read from, or stored in, a thing."""
        if type(value) in _PLAIN:
            return
        if is_namespace(thing.held):
            step = str(key)
        elif key is None:
            return
        else:
            step = f"[{shown(key, 16)}]" if mode >= KEYED_READ else f".{key}"
        place = thing.number, step
        if self._at.setdefault(place, id(value)) != id(value):
            self._at[place] = None  # now this, now that: no name for either
        known = self._things.get(id(value))
        if known is not None:
            if known.path is None and known is not thing:
                known.path = thing.number, step
        else:
            self._reached[id(value)] = type(value), thing.number, step

    def told(self, value: Any) -> str:
        """A value as it is shown; instances of one class are told apart by a number."""
        kind = type(value)
        if not stands_for_itself(value):
            return shown(value)
        count, known = self._values.get(kind, (0, {}))
        number, still = known.get(id(value), (0, None))
        if still is None or still() is not value:
            count += 1
            number = count
            try:
                known[id(value)] = number, weakref.ref(value)
            except TypeError:
                return shown(value)
            self._values[kind] = count, known
        return kind.__name__ if number == 1 else f"{kind.__name__}#{number}"

    def spell(self, thing: Thing, site: Site) -> None:
        """Look at the source of an access for what it calls the thing."""
        if thing.spelled is None and not is_namespace(thing.held):
            thing.spelled = spelled(Place(site.file, site.line, site.function).source, site.name, site.kind)

    def spell_call(self, thing: Thing, place: Place | None, method: str) -> None:
        """Look at the source of an operation of a lock, queue, … for what it calls that."""
        if thing.spelled is None and place is not None:
            thing.spelled = spelled_call(place.source, method)

    def name(self, number: int) -> str:
        """What a thing is called; nothing else is called that."""
        if not self._names:
            self._settle()
        return self._names[number]

    def _settle(self) -> None:
        self._paths = paths_to({id(thing.held) for thing in self._all}, current.scopes.values(), self._holds)
        counts: dict[tuple[bool, str], int] = {}  # an instance may be called as its class is
        for thing in self._all:
            base = self._base(thing, 0)
            key = issubclass(type(thing.held), type), base
            count = counts[key] = counts.get(key, 0) + 1
            self._names[thing.number] = base if count == 1 else f"{base}#{count}"

    def _holds(self, held: Any, step: str, value: Any) -> bool:
        """Whether nothing else was ever seen at a step from an object."""
        known = self._things.get(id(held))
        return known is None or self._at.get((known.number, step), id(value)) == id(value)

    def _base(self, thing: Thing, depth: int) -> str:
        held = thing.held
        given = self._given.get(id(held))
        if given is not None:
            return given
        if is_namespace(held):
            return ""
        if issubclass(type(held), type):
            return str(held.__name__)
        if issubclass(type(held), CACHE):
            wrapped = getattr(held, "__wrapped__", None)
            return f"the cache of {getattr(wrapped, '__name__', 'a function')}"
        if id(held) in self._paths:
            return self._paths[id(held)]
        # A node of a list is reached in ways that soon are no longer true: what it is says more.
        if thing.path is not None and depth < 4 and self._at.get(thing.path) == id(held):
            parent = self._all[thing.path[0]]
            return f"{self._base(parent, depth + 1)}{thing.path[1]}"
        if thing.spelled is not None:
            return thing.spelled
        if thing.made is None and stands_for_itself(held) and not hasattr(type(held), "noun"):
            return self.told(held)
        kind = getattr(held, "noun", None) or type(held).__name__
        return f"{kind} ({thing.made})" if thing.made is not None else kind
