"""The hooks of the `gil` model: CPython may let another thread run here."""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from threadbench.runtime.virtual import gil
from threadbench.runtime.virtual.points import calls, effects, reaching
from threadbench.runtime.virtual.points.current import current, get_ident
from threadbench.runtime.virtual.points.reaching import looked_into

if TYPE_CHECKING:
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
    if get_ident() != current.ident or ((own := calls.under_test(function)) and site.kind != "call unpacked"):
        return function
    if not own and reaching.function_reaches(function):
        current.switch(site)
    replacement = None if own or calls.framed(function) else current.substitute(function)
    return _switching(function, function if replacement is None else replacement, site, own=own)


def accessed(function: Any, arguments: tuple[Any, ...], site: Site) -> Any:
    """The same, and announce accesses."""
    if get_ident() != current.ident or calls.under_test(function):
        return function
    if reaching.call_reaches(function, arguments):
        looked_into((getattr(function, "__self__", None), *arguments), site)
        current.switch(site)  # before what the call accesses is told
    return _switching(function, calls.call(function, arguments, site), site, own=False)


def accessed_unpacked(function: Any, arguments: Any, keywords: Mapping[str, Any] | None, site: Site) -> Any:
    """The same, of a call with `*arguments` or `**keywords`."""
    if get_ident() != current.ident:
        return function
    own = calls.under_test(function)
    given = arguments if type(arguments) is tuple else (arguments,)
    if not own and reaching.call_reaches(function, (*given, *keywords.values()) if keywords else given):
        looked_into((getattr(function, "__self__", None), *given, *(keywords or {}).values()), site)
        current.switch(site)
    return _switching(function, calls.call_unpacked(function, arguments, keywords, site), site, own=own)


def _switching(function: Any, replacement: Callable[..., Any], site: Site, *, own: bool) -> Callable[..., Any]:
    """Call, and announce the checks around it; Python code not under test has some inside, and no hooks for them."""
    kind = type(function)
    if kind is _BUILTIN or kind is type or kind is effects.C_METHOD:
        if function in effects.FRAME:
            # Nothing may be put between the call and its frame; what these do is nothing that other threads see.
            current.switch(site)
            return replacement
        return _switching_after(replacement, site)
    if _is_ours(function):
        return _switching_after(replacement, site)  # our own primitives stand in for C code
    after = gil.checks_after(_OPNAMES[site.kind], function)
    if not after and not own:
        after = reaching.function_reaches(function) == reaching.INSIDE
    return _switching_after(replacement, site) if after else replacement


def _is_ours(function: Any) -> bool:
    scope = getattr(getattr(function, "__func__", function), "__globals__", None)
    name = getattr(function, "__module__", None) if scope is None else scope.get("__name__")
    return (name or "").startswith("threadbench.")


def _switching_after(function: Callable[..., Any], site: Site) -> Callable[..., Any]:
    def switching(*arguments: Any, **keywords: Any) -> Any:
        value = function(*arguments, **keywords)
        if get_ident() == current.ident:
            current.switch(site)
        return value

    return switching


_BUILTIN: Final = types.BuiltinFunctionType
_OPNAMES: Final = {"call": "CALL", "call unpacked": "CALL_FUNCTION_EX"}
