"""Callables in C that code under test passes on: `map(seen.append, …)`, `future.add_done_callback(seen.append)`.

Whoever calls them has no hooks, be it C code or a library, and they have none inside. What is passed on in their place
says first what it is about to do.
"""

from __future__ import annotations

import functools
import operator
import types
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from threadbench.runtime.virtual.points import effects, hidden
from threadbench.runtime.virtual.points.current import current, get_ident
from threadbench.runtime.virtual.points.functions import CACHE
from threadbench.runtime.virtual.points.opened import PARTIAL

if TYPE_CHECKING:
    from threadbench.runtime.virtual.points.sites import Access, Site


class Passed:
    """Stands for a callable in C, and is taken for it."""

    __slots__ = ("function", "site")

    def __init__(self, function: Any, site: Site) -> None:
        self.function = function
        self.site = site

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Tell what the call does, and make it."""
        function = self.function
        if get_ident() == current.ident:
            return current.called(function, args, kwargs, self.site)(*args, **kwargs)
        return function(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.function, name)

    @property  # type: ignore[misc] # taken for what it stands for
    def __class__(self) -> Any:
        return type(self.function)

    def __eq__(self, other: object) -> bool:
        return bool(self.function == (other.function if isinstance(other, Passed) else other))

    def __hash__(self) -> int:
        return hash(self.function)

    def __repr__(self) -> str:
        return repr(self.function)

    def __reduce_ex__(self, protocol: Any) -> Any:
        return _itself, (self.function,)


class Echo(Passed):
    """Stands for a function under test that the standard library calls back: when it returns, it tells again what the
    library does to what it was given, and goes on with."""

    __slots__ = ("accesses",)

    def __init__(self, function: Any, site: Site, accesses: Sequence[Access]) -> None:
        super().__init__(function, site)
        self.accesses = accesses

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Make the call, and tell."""
        value = self.function(*args, **kwargs)
        if get_ident() == current.ident:
            current.together(self.accesses, self.site)
        return value


def _itself(function: Any) -> Any:
    return function


_METHODS: Final = (types.BuiltinFunctionType, effects.C_METHOD, types.MethodWrapperType)
_DESCRIPTORS: Final = (types.MethodDescriptorType, types.WrapperDescriptorType)
_OTHERS: Final = frozenset([functools.partial, operator.methodcaller, operator.itemgetter, operator.attrgetter, CACHE])
_KINDS: Final = frozenset([*_METHODS, *_DESCRIPTORS, *_OTHERS])
_PYTHON: Final = frozenset([types.FunctionType, types.MethodType])
_INERT: Final = (str, bytes, int, float, complex, range, slice)
_TYPES: Final = frozenset([list, dict, set, tuple, frozenset, str, repr, bytes, bytearray])


def any_passed(arguments: tuple[Any, ...], keywords: Mapping[str, Any]) -> bool:
    """Whether a callable in C, or of a library, is among these."""
    for value in arguments:
        if _is_passed(value):
            return True
    return bool(keywords) and any(map(_is_passed, keywords.values()))


def _is_passed(value: Any) -> bool:
    kind = type(value)
    return kind in _KINDS or (kind in _PYTHON and hidden.is_library(value))


def passed(value: Any, site: Site, *, types_too: bool = False) -> Any:
    """What to pass on in the stead of a value: itself, unless it is a callable in C, or of a library.

    Args:
        value: an argument.
        site: where it is passed on.
        types_too: whether it is only there to be called, so that a class may be replaced.
    """
    kind = type(value)
    if kind in _KINDS:
        if kind in _DESCRIPTORS and value.__objclass__ in _INERT:
            return value
        plain = kind is functools.partial and type(value.func) in (types.FunctionType, types.MethodType)
        if plain and PARTIAL not in current.opened:
            return value
        return Passed(value, site)
    if kind in _PYTHON and hidden.is_library(value):
        return Passed(value, site)
    if types_too and kind is type and value in _TYPES:
        return Passed(value, site)
    return value


def passing(
    function: Any,
    arguments: tuple[Any, ...],
    keywords: Mapping[str, Any],
    site: Site,
    accesses: Sequence[Access] = (),
) -> Any:
    """What to call, so that callables among the arguments tell what they do when they are called.

    Args:
        function: the callable, in C or of a library.
        arguments: what it is called with.
        keywords: what else.
        site: the call.
        accesses: what it does to what it is given, and goes on with when functions under test that it calls return.
    """

    def handed(value: Any) -> Any:
        instead = passed(value, site)
        return Echo(value, site, accesses) if instead is value and accesses and type(value) in _PYTHON else instead

    if not any_passed(arguments, keywords) and not (
        accesses and any(type(value) in _PYTHON for value in (*arguments, *keywords.values()))
    ):
        return function
    given = [handed(value) for value in arguments]
    named = {name: handed(value) for name, value in keywords.items()}

    def calling(*_arguments: Any, **_keywords: Any) -> Any:
        return function(*given, **named)

    return calling
