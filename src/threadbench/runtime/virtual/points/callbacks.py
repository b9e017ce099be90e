"""C code that calls code under test in the middle of what it does to a container.

`x.extend(generator)` writes to `x` after each `yield`, `item in x` goes on with `x` after each `__eq__`, and `d[key]`
looks up after `__hash__`. The access was told before all that; code under test that C calls in this way tells it again
when it hands control back. Which access that is, is kept in a context variable: each virtual thread has a context.
"""

from __future__ import annotations

import inspect
import types
import weakref
from contextvars import ContextVar
from typing import Final

from threadbench.runtime.virtual.points.current import current, get_ident
from threadbench.runtime.virtual.points.sites import Access, Site

Accesses = tuple[Access, ...]

_levels: ContextVar[tuple[Accesses, ...]] = ContextVar("threadbench.points.levels", default=((),))
"""What C code does that has not returned yet; the last is the running code's own."""

_DEEPEST: Final = 200
"""Levels kept: exceptions leave some behind."""

_SPECIAL_NAMES: Final = """
    __hash__ __eq__ __ne__ __lt__ __le__ __gt__ __ge__ __repr__ __str__ __format__ __bool__ __len__ __index__ __int__
    __float__ __add__ __radd__ __iadd__ __mul__ __rmul__ __or__ __ror__ __and__ __rand__ __sub__ __rsub__ __xor__
    __rxor__ __contains__ __getitem__ __setitem__ __missing__ __iter__ __next__ __length_hint__ __reversed__ __copy__
    __deepcopy__ __reduce__ __reduce_ex__ __getstate__ __abs__ __neg__ __round__ __divmod__ __fspath__ __bytes__
    __call__
"""
_SPECIAL: Final = frozenset(_SPECIAL_NAMES.split())


def called_back(code: types.CodeType) -> bool:
    """Whether C code may call this in the middle of something: special methods, generators, and bodies of classes."""
    return code.co_name in _SPECIAL or code.co_flags & _SORTS != inspect.CO_OPTIMIZED


_SORTS: Final = inspect.CO_GENERATOR | inspect.CO_OPTIMIZED
"""What tells generators from functions, and functions from bodies of classes."""


def opened(accesses: Accesses) -> None:
    """Remember what the running code's next instruction does, and may go on doing after it called back.

    A generator that is advanced tells so again right before it yields: until then nobody else can advance it. It is not
    kept alive for that: what it does when it goes is part of the program.
    """
    if any(type(access[0]) is types.GeneratorType for access in accesses):
        accesses = tuple(
            (weakref.ref(obj), key, mode) if type(obj) is types.GeneratorType else (obj, key, mode)
            for obj, key, mode in accesses
        )
    levels = _levels.get()
    if levels[-1] or accesses:
        _levels.set((*levels[:-1], accesses))


def entered(_site: Site) -> None:
    """Code that may have been called back begins, or goes on after a `yield`."""
    if get_ident() == current.ident:
        _levels.set((*_levels.get()[-_DEEPEST:], ()))


def failing(site: Site) -> None:
    """A generator may be about to end by an exception: whoever advances or closes it tells of it again."""
    if get_ident() == current.ident:
        for accesses in _levels.get()[-2:]:
            for obj, key, mode in accesses:
                if type(obj) is weakref.ref and (generator := obj()) is not None:
                    current.access(generator, key, mode, site)


def left(site: Site) -> None:
    """Code that may have been called back ends, or yields."""
    if get_ident() == current.ident:
        levels = _levels.get()
        if len(levels) > 1:
            levels = levels[:-1]
            _levels.set(levels)
        accesses = levels[-1]
        if any(type(obj) is weakref.ref for obj, _, _ in accesses):
            accesses = tuple(access for access in map(_living, accesses) if access is not None)
        if len(accesses) == 1:
            current.access(*accesses[0], site)
        elif accesses:
            current.together(accesses, site)


def forget() -> None:
    """Let go of what the schedule's main thread did last; its context outlives it."""
    _levels.set(((),))


def _living(access: Access) -> Access | None:
    obj, key, mode = access
    if type(obj) is weakref.ref:
        obj = obj()
    return None if obj is None else (obj, key, mode)
