"""What puts objects back, and which have to be: those that instrumented code has written to, and some always."""

from __future__ import annotations

from collections.abc import Callable, Container
from functools import partial
from typing import Any

from .reachable import put_back

Undo = Callable[[], None]


Remembered = tuple[dict[int, Undo], list[Undo], dict[int, dict[str, Any]]]
"""What an `Undoing` knows, for another."""


class Undoing:
    """Objects that are older than the schedules, and what makes each of them what it was."""

    def __init__(self) -> None:
        self._undo: dict[int, Undo] = {}
        """By the object's id: what puts it back."""
        self._always: list[Undo] = []
        self._late: dict[int, dict[str, Any]] = {}
        """Namespaces that are remembered when code under test is about to write to them for the first time."""
        self._dirty: set[int] = set()

    def _remember(self, value: Any, undo: Undo, *, library: bool) -> None:
        if library:
            self._always.append(undo)
        self._undo[id(value)] = undo

    def _remember_besides(self, value: Any, undo: Undo) -> None:
        """Part of an object; others may be remembered already: the items of a `Counter`, and its attributes."""
        before = self._undo.get(id(value))
        self._remember(value, undo if before is None else partial(_both, before, undo), library=False)

    def _remembered(self) -> Remembered:
        return self._undo.copy(), self._always.copy(), self._late.copy()

    def _remember_again(self, remembered: Remembered) -> None:
        undo, always, late = remembered
        self._undo, self._always, self._late = undo.copy(), always.copy(), late.copy()

    def _remember_late(self, names: dict[str, Any]) -> None:
        self._late[id(names)] = names
        self._undo[id(names)] = _nothing

    @property
    def old(self) -> Container[int]:
        """Ids of all of them, now and later."""
        return self._undo

    def mark(self, number: int) -> None:
        """One of them is about to be written to."""
        if number in self._late:
            names = self._late.pop(number)
            self._undo[number] = partial(put_back, names, names.copy())
        self._dirty.add(number)

    def put_back(self) -> None:
        """A schedule has ended."""
        for undo in self._always:
            undo()
        if self._dirty:
            for number in self._dirty:
                self._undo[number]()
            self._dirty.clear()


def _both(first: Undo, second: Undo) -> None:
    first()
    second()


def _nothing() -> None:
    """There is nothing to put back yet."""
