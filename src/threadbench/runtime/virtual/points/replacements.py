"""What is called in the stead of callables of the library that do in C, or unseen, what code under test would tell."""

from __future__ import annotations

import functools
import inspect
from typing import Any, Final

from threadbench.runtime.virtual.points.attributes import compute, reads
from threadbench.runtime.virtual.points.current import current, get_ident
from threadbench.runtime.virtual.points.items import announce
from threadbench.runtime.virtual.points.sites import WRITE, Site


def attributes_of(names: tuple[str, ...], site: Site, obj: Any) -> Any:
    """What an `operator.attrgetter` gives; a dotted name is a read of one object after the other."""
    found = []
    for name in names:
        value = obj
        for part in name.split("."):
            announce(reads(value, part), site)
            compute(value, part, site)
            value = getattr(value, part)
        found.append(value)
    return found[0] if len(found) == 1 else tuple(found)


CACHING: Final = frozenset(["cache", "lru_cache", "lru_cache.<locals>.decorating_function"])
"""The functions that make caches of functions."""


def cached(function: Any, site: Site, user: Any, *arguments: Any, **keywords: Any) -> Any:
    """`functools.cache` and its kin on a function that is made while schedules run: what it stores is told before."""
    if inspect.isgeneratorfunction(user) or inspect.iscoroutinefunction(user):
        return function(user, *arguments, **keywords)

    @functools.wraps(user)
    def telling(*given: Any, **named: Any) -> Any:
        value = user(*given, **named)
        if get_ident() == current.ident:
            announce(((made, None, WRITE),), site)
        return value

    made: Any = function(telling, *arguments, **keywords)
    return made
