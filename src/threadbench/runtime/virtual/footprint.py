"""Notes what the step under way does, in numbers that are the same after the same choices."""

from __future__ import annotations

import weakref
from functools import partial
from types import GeneratorType
from typing import TYPE_CHECKING, Any

from .accesses import CHANGES, KEYED_READ, PLAIN_KEYS, READ, TOLD, Access, Location

if TYPE_CHECKING:
    from .thread import VirtualThread


def _let_go(numbers: dict[int, int], known: int, _reference: object) -> None:
    numbers.pop(known, None)


_ITEMS = object()
"""For a key: any item of a container, as who reads all of it sees them."""


class Footprint:
    """The part of the scheduler that knows objects.

    All parts have slots: the scheduler has more than thirty attributes, and CPython would look for each method that is
    called in a dictionary of them.
    """

    __slots__ = (
        "__weakref__",
        "_times",
        "counts",
        "current",
        "footprint",
        "kept",
        "named",
        "names",
        "numbers",
        "serial",
        "timed",
    )

    current: VirtualThread
    """The running thread."""

    def __init__(self) -> None:
        self.footprint: list[Access] | None = None
        """What the step under way has done so far; None where nobody wants to know."""
        self.timed = False
        """Whether anybody has looked at a causal clock: from then on, who reads is later than who wrote."""

    def begin_footprint(self) -> None:
        """A schedule begins."""
        self.serial = 0
        self.numbers: dict[int, int] = {}
        self.kept: list[Any] = []
        """The objects that have numbers, in their order: an id must not be given to another."""
        self.counts: dict[str, int] = {}
        self._times: dict[Location, int] = {}
        self.names: dict[int, str] = {}
        """Given by `run.name`, by the object's id."""
        self.named: list[Any] = []
        """Those objects."""
        if self.footprint is not None:
            self.footprint.clear()

    def note(self, obj: object, key: Any, mode: int) -> None:
        """The step does this to `obj`."""
        footprint = self.footprint
        if footprint is None:
            return
        number = self.numbers.get(id(obj))
        if number is None:
            number = self.number_of(obj)
        if mode >= KEYED_READ:
            if type(key) in PLAIN_KEYS:
                footprint.append(((number, (key,)), mode - KEYED_READ))
                footprint.append(((number, None), mode))
            else:  # equal keys need not be one object: the whole container stands for it
                footprint.append(((number, None), mode - KEYED_READ))
        else:
            footprint.append(((number, key), mode))
        if self.timed:
            location, mode = footprint[-1]
            if mode < KEYED_READ:
                self._tell_time(location, mode)
            else:  # no later than who wrote to another item, which may as well have come after
                self._tell_time(footprint[-2][0], mode - KEYED_READ)
                self._tell_time((number, _ITEMS) if mode in CHANGES else location, mode - KEYED_READ)
            if mode == READ and key is None:
                self._tell_time((number, _ITEMS), READ)

    def _tell_time(self, location: Location, mode: int) -> None:
        """Who reads is no earlier than who wrote there."""
        me, time = self.current, self._times.get(location, 0)
        if mode == READ:
            me.time = max(me.time, time)
        else:
            self._times[location] = max(me.time, time)

    def number_of(self, obj: object) -> int:
        """The number of an object in this schedule: the same prefix of choices gives the same numbers."""
        number = self.numbers.get(id(obj))
        if number is None:
            self.serial += 1
            number = self.numbers[id(obj)] = self.serial
            if type(obj) is GeneratorType:
                # What it does when it goes is part of the program: it goes in time, and its number with it.
                self.kept.append(weakref.ref(obj, partial(_let_go, self.numbers, id(obj))))
            else:
                self.kept.append(obj)  # its id must not be given to another
        return number

    def told(self, access: Access | None) -> str:
        """An access of this schedule, for a person."""
        if access is None:
            return "did nothing more"
        (number, key), mode = access
        if number == 0 and key == "clock":
            return "looked at the time" if mode == READ else "let time pass"
        if number < 0 or (number == 0 and key == "end"):
            return f"met the {key} of thread {-number}"
        if number == 0 and key == "exit":
            return "looked whether the main thread has returned" if mode == READ else "returned"
        if number == 0:
            return f"{TOLD[mode]} which threads there are" + (" to be waited for" if key == "awaited" else "")
        obj = self.kept[number - 1] if 0 < number <= len(self.kept) else None
        if type(obj) is weakref.ref:
            obj = obj()
        name = type(obj).__name__ if obj is not None else "an object"
        what = key[0] if type(key) is tuple else key
        return f"{TOLD[mode]} {name}" + (f" {what!r}" if what is not None else "")

    def count(self, what: str) -> int:
        """1, 2, 3, … in each schedule anew."""
        number = self.counts[what] = self.counts.get(what, 0) + 1
        return number
