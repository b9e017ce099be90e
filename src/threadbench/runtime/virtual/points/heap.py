"""Which functions of a module there are, by a look at all objects of the process: what no name leads to is found too.

The whole heap takes longer to look at than a small search takes. So what was found is remembered, and while the
collector has moved nothing to its oldest generation since, whatever is new is among its young objects, which are few.
"""

from __future__ import annotations

import gc
import sys
import types
import weakref
from collections.abc import Callable, Iterable, Mapping
from itertools import compress, repeat
from operator import call, is_
from typing import Any, Final

_GENERATIONS: Final = sys.version_info < (3, 14) and "free-threading" not in sys.version
"""Whether the collector keeps young objects apart until it has moved them; where it is incremental, or has no
generations, the whole heap is looked at each time."""


class _Heap:
    """What is known of the functions of namespaces.

    Invariant: while `_moved` is how often young objects have become old ones, and `_youngest` is still young, every
    function of a namespace that is known is in its entry or young. `gc.freeze` and `gc.unfreeze` make all objects old,
    and are counted by nobody.
    """

    def __init__(self) -> None:
        self._moved: tuple[int, int] | None = None
        self._youngest: Callable[[], None] | None = None
        self._known: dict[int, tuple[dict[str, Any], dict[int, weakref.ref[types.FunctionType]]]] = {}
        """By a namespace's id: the namespace, so that no other takes its id, and its functions by their ids."""

    def forget(self) -> None:
        """Objects were moved in a way that the collector does not count: `gc.unfreeze`."""
        self._known.clear()

    def functions_of(self, scopes: Mapping[int, dict[str, Any]]) -> list[types.FunctionType]:
        """Every function whose globals are one of these namespaces, given by id."""
        known, few, moved = self._known, False, _moved()
        if not _GENERATIONS or self._moved != moved or len(known) > MOST_KNOWN:
            known.clear()
        elif known:
            young = gc.get_objects(0)
            young += gc.get_objects(1)
            few = len(young) < MOST_YOUNG
            # All in C: by a comprehension it took a tenth of the time of a small search.
            functions = list(compress(young, map(is_, map(type, young), repeat(types.FunctionType))))
            del young  # else the collector takes garbage for something that is needed
            if self._youngest in functions:  # functions are equal to themselves alone
                self._add(functions)
            else:
                known.clear()
        new = [scope for number, scope in scopes.items() if number not in known]
        if new:
            for scope in new:
                known[id(scope)] = scope, {}
            # A function refers to its globals, so that one pass of the collector finds all functions of a module.
            self._add([value for value in gc.get_referrers(*new) if type(value) is types.FunctionType])
        if gc.isenabled() and not few:
            gc.collect(1)  # what has been looked at is old now: the next look is at what is new since
            moved = _moved()
        # Where the collector ran by itself meanwhile, the next look finds another count, and is at everything.
        self._moved, self._youngest = moved, lambda: None
        found: list[types.FunctionType] = []
        for number in scopes:
            found += filter(None, map(call, known[number][1].values()))
        return found

    def _add(self, functions: Iterable[types.FunctionType]) -> None:
        for function in functions:
            known = self._known.get(id(function.__globals__))
            if known is not None:
                known[1][id(function)] = weakref.ref(function)


def _moved() -> tuple[int, int]:
    """How often young objects have become old ones."""
    statistics = gc.get_stats()
    return statistics[1]["collections"], statistics[2]["collections"]


MOST_KNOWN: Final = 1_000
"""Namespaces: a process that explores generated modules must not grow for ever."""

MOST_YOUNG: Final = 150
"""Young objects that are looked at again the next time: to make so few old takes longer."""

heap: Final = _Heap()
