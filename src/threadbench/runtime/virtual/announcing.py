"""Callables in C that the library calls for the code under test: `Thread(target=seen.append)`, `pool.submit(next, it)`.

The library's Python code has no hooks, and a function in C has none inside: what it does to containers is told here.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from .points.calls import called
from .points.hidden import is_library
from .points.sites import Site
from .threads import here

_HOOKED = (types.FunctionType, types.MethodType)

real_submit: Callable[..., Any] = ThreadPoolExecutor.submit


def announced(function: Any) -> Any:
    """The callable, or one that says first what it is about to do."""
    if (isinstance(function, _HOOKED) and not (here() and is_library(function))) or not callable(function):
        return function
    name = getattr(function, "__name__", type(function).__name__)
    site = Site("", 0, name, name, "call", {})

    def call(*args: Any, **kwargs: Any) -> Any:
        return called(function, args, kwargs, site)(*args, **kwargs)

    return call


def submit(self: Any, function: Any, /, *args: Any, **kwargs: Any) -> Any:
    """As `ThreadPoolExecutor.submit`."""
    return real_submit(self, announced(function) if here() else function, *args, **kwargs)
