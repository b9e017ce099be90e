"""Hooks of iteration: each step over a mutable container is a read of it, and each step of a shared iterator writes
it."""

from __future__ import annotations

import types
from collections import deque
from collections.abc import Generator, Iterator
from sys import getrefcount
from typing import Any, Final

from threadbench.runtime.virtual.points import foreign, hidden
from threadbench.runtime.virtual.points.callbacks import opened
from threadbench.runtime.virtual.points.containers import LIST, OPAQUE, kind_of, whole
from threadbench.runtime.virtual.points.contents import Telling, moves, of_library, touched, used
from threadbench.runtime.virtual.points.current import current, get_ident
from threadbench.runtime.virtual.points.items import alone, announce, told
from threadbench.runtime.virtual.points.sites import READ, WRITE, Access, Site


class Steps(Telling):
    """An iterator over a container, as code under test holds it: it tells of each step."""

    __slots__ = ("container", "iterator", "mode", "site")

    def __init__(self, container: object, iterator: Iterator[Any], site: Site, mode: int = READ) -> None:
        self.container = container
        self.iterator = iterator
        self.site = site
        self.mode = mode

    def __iter__(self) -> Steps:
        return self

    def __next__(self) -> Any:
        if get_ident() == current.ident:
            announce(self.step(), self.site, calls=self.mode == WRITE)
        return next(self.iterator)

    def step(self) -> tuple[Access, ...]:
        """What the next step does."""
        behind = used(self.iterator) if self.mode == WRITE else ()
        return ((self.container, None, self.mode), (self, None, WRITE), *behind)

    def __length_hint__(self) -> int:
        if get_ident() == current.ident:
            announce(((self.container, None, READ), (self, None, READ)), self.site)
        hint = getattr(self.iterator, "__length_hint__", None)
        return int(hint()) if hint is not None else 0

    def __reduce__(self) -> Any:
        return self.iterator.__reduce__()


class Resuming(Telling):
    """A callable as an iterator in C holds it that stores what came of the call: it tells so when it has returned."""

    __slots__ = ("function", "site")

    def __init__(self, function: Any, site: Site) -> None:
        self.function = function
        self.site = site

    def __call__(self, *arguments: Any) -> Any:
        """Make the call, and tell."""
        value = self.function(*arguments)
        if get_ident() == current.ident:
            current.access(self, None, WRITE, self.site)
        return value


def own_iter(obj: Any) -> bool:
    """Whether an object's iteration is code under test, which has points of its own."""
    method = getattr(type(obj), "__iter__", None)
    return method is None or (isinstance(method, types.FunctionType) and id(method.__globals__) in current.scopes)


def stepping(obj: Any, site: Site) -> Any:
    """The object itself, or the announcing iterator to hand to C code that walks it later."""
    kind = kind_of(obj)
    if kind and not own_iter(obj):
        if kind != LIST or type(obj) is deque:
            announce(((whole(obj, kind), None, READ),), site)
        return Steps(whole(obj, kind), iter(obj), site)
    if not kind and moves(obj):
        return Steps(obj, obj, site, WRITE)
    return obj


def walked(obj: Any, site: Site) -> Any:
    """What a `for` statement is to iterate over: GET_ITER."""
    if get_ident() != current.ident:
        return obj
    kind = kind_of(obj)
    if kind:
        if own_iter(obj):
            return obj
        container = whole(obj, kind)
        if kind == OPAQUE:
            announce(touched(obj, READ), site, calls=True)
        elif kind != LIST or type(obj) is deque:
            # The iterator remembers the size that it starts with, or what changes the container have had.
            told(container, READ, site)
        return _walk(container, iter(obj), READ, site)
    if current.reentrant:
        opened(())
    if moves(obj) and (getrefcount(obj) > FRESH or of_library(obj) or hidden.by_object(obj, WRITE)):
        return _walk(obj, obj, WRITE, site)
    alone(obj, site)
    if type(obj) in foreign.met and hasattr(type(obj), "__next__"):
        return _walk(obj, obj, WRITE, site)
    return obj


FRESH: Final = 2
"""References to an iterator that nothing but this call of `walked` holds: its parameter, and `getrefcount`'s."""


def delegated(obj: Any, site: Site) -> Any:
    """What `yield from` is to delegate to: GET_YIELD_FROM_ITER; a generator must stay itself, to be sent to."""
    if get_ident() == current.ident:
        if kind_of(obj):
            return walked(obj, site)
        if moves(obj):
            held_elsewhere = type(obj) is types.GeneratorType and getrefcount(obj) > FRESH
            accesses = used(obj)
            announce(accesses, site, calls=True)
            if len(accesses) > 1 and of_library(obj):
                current.unseen = f"{site.file}:{site.line} delegates to a library's generator, whose steps are not told"
            if held_elsewhere:
                current.unseen = f"{site.file}:{site.line} delegates to a generator that is held elsewhere too"
    return obj


def _walk(walked_over: object, iterator: Iterator[Any], mode: int, site: Site) -> Generator[Any, None, None]:
    if get_ident() == current.ident:
        if mode == WRITE:
            announce(used(walked_over), site, calls=True)
        else:
            told(walked_over, mode, site)
    for item in iterator:
        yield item
        if get_ident() == current.ident:
            if mode == WRITE:
                announce(used(walked_over), site, calls=True)
            elif current.aliases:
                told(walked_over, mode, site)
            else:
                current.access(walked_over, None, mode, site)
