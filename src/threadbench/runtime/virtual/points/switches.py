"""The hooks of the `gil` model: CPython may let another thread run here."""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from typing import Any

from threadbench.runtime.virtual.points import calls
from threadbench.runtime.virtual.points.current import current, get_ident
from threadbench.runtime.virtual.points.sites import Site


def switch(site: Site) -> None:
    """Announce that the interpreter looks whether another thread is to run."""
    if get_ident() == current.ident:
        current.switch(site)


def substituted(function: Any, _site: Site) -> Any:
    """Say what to call in the stead of a callable, where neither accesses nor switches are points."""
    if get_ident() == current.ident and not calls.under_test(function):
        replacement = current.substitute(function)
        return function if replacement is None else replacement
    return function


def switched(function: Any, site: Site) -> Any:
    """The same, and announce that the interpreter looks after the call."""
    if get_ident() != current.ident or calls.under_test(function):
        return function
    replacement = None if calls.framed(function) else current.substitute(function)
    return _switching(function, function if replacement is None else replacement, site)


def accessed(function: Any, arguments: tuple[Any, ...], site: Site) -> Any:
    """The same, and announce accesses."""
    if get_ident() != current.ident or calls.under_test(function):
        return function
    return _switching(function, calls.call(function, arguments, site), site)


def accessed_unpacked(function: Any, arguments: Any, keywords: Mapping[str, Any] | None, site: Site) -> Any:
    """The same, of a call with `*arguments` or `**keywords`."""
    if get_ident() != current.ident or calls.under_test(function):
        return function
    return _switching(function, calls.call_unpacked(function, arguments, keywords, site), site)


def _switching(function: Any, replacement: Callable[..., Any], site: Site) -> Callable[..., Any]:
    if calls.framed(function):
        # Nothing may be put between the call and its frame; what these do is nothing that other threads see.
        current.switch(site)
        return function
    python = isinstance(function, types.FunctionType | types.MethodType)

    def switching(*arguments: Any, **keywords: Any) -> Any:
        if python:  # it has checks inside, and no hooks
            switch(site)
        value = replacement(*arguments, **keywords)
        switch(site)
        return value

    return switching
