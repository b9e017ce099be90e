"""What the methods of C objects do to them: of built-in containers by a table, of others they may write."""

from __future__ import annotations

import contextvars
import functools
import types
from collections.abc import Callable, Mapping
from typing import Any, Final

from threadbench.runtime.virtual.points import effects, foreign
from threadbench.runtime.virtual.points.containers import (
    DEFAULT,
    DICT,
    LIST,
    SET,
    has,
    part_read,
    simple,
    whole,
)
from threadbench.runtime.virtual.points.contents import among, copied, is_terminal, looked_into, nested, used
from threadbench.runtime.virtual.points.current import current, get_ident
from threadbench.runtime.virtual.points.functions import CACHE
from threadbench.runtime.virtual.points.items import announce, defaulting_read, item_write, keyed_by, stored
from threadbench.runtime.virtual.points.natives import attribute
from threadbench.runtime.virtual.points.passed import any_passed, passed
from threadbench.runtime.virtual.points.sites import KEYED_READ, READ, WRITE, Access, Site

_SLOT: Final = {"__get__": "read", "__set__": "write", "__delete__": "delete"}
_ATTRIBUTES: Final = {"__setattr__": "write", "__delattr__": "delete", "__getattribute__": "read"}


def bound(
    function: Any, owner: Any, kind: int, name: str, arguments: tuple[Any, ...], keywords: Mapping[str, Any], site: Site
) -> Any:
    """Announce the call of a method of a C object, and say what to call in its stead."""
    if name in _ATTRIBUTES:
        if arguments and isinstance(arguments[0], str):
            attribute(_ATTRIBUTES[name], owner, arguments[0], site)
        return function
    if name == "run" and type(owner) is contextvars.Context:
        announce(((owner, None, WRITE),), site)
        return functools.partial(_entered, function, site)
    if not kind:
        return _of_other(function, owner, name, arguments, keywords, site)
    if name in effects.METHODS_ALONE and not current.aliases:
        current.access(whole(owner, kind), None, WRITE, site)
        return function
    if name in effects.METHODS_FREE:
        return function
    if name in _KEYED and arguments and kind in (DICT, DEFAULT, SET):
        _KEYED[name](owner, arguments[0], kind, site)
        return function
    if kind == LIST and name in ("__getitem__", "__setitem__") and arguments:
        if name == "__getitem__":
            announce((part_read(owner, arguments[0], kind),), site)
        else:
            item_write(arguments[-1], owner, arguments[0], site)
        return function
    mode = READ if name in effects.METHODS_READ else WRITE
    accesses: list[Access] = [(whole(owner, kind), None, mode)]
    if name in effects.METHODS_DEEP:
        accesses += [access for value in (owner, *arguments) for access in nested(value, READ)]
    elif name not in effects.METHODS_KEEPING and name not in effects.METHODS_ALONE:
        accesses += among(arguments, keywords, READ)
    announce(accesses, site, calls=True)
    if name == "sort" and type(owner) is list:
        if any_passed((), keywords):
            keywords = {key: passed(value, site) for key, value in keywords.items()}
        return functools.partial(_sort, owner, site, keywords)
    return function


def _of_other(
    function: Any, owner: Any, name: str, arguments: tuple[Any, ...], keywords: Mapping[str, Any], site: Site
) -> Any:
    """A method of a C object that is no container: an iterator, a string, a buffer in memory, a pattern, a lock."""
    module = type(owner).__module__
    if type(owner) is CACHE:
        announce(((owner, None, READ if name == "cache_info" else WRITE),), site)
        return function
    if type(owner) is types.MemberDescriptorType and arguments and name in _SLOT:
        attribute(_SLOT[name], arguments[0], owner.__name__, site)
        return function
    if (module in effects.CARRIERS and type(owner) not in foreign.met) or module.startswith("threadbench."):
        return function
    if name in ("format", "format_map", "__mod__", "__format__"):
        # A field may name an attribute, or an item of an item.
        look = copied if isinstance(owner, str) and ("." in owner or "[" in owner) else _nested
        accesses = [access for value in (*arguments, *keywords.values()) for access in look(value)]
        announce(accesses, site, calls=True)
        return function
    if is_terminal(owner):
        return function
    if name == "add_note":
        attribute("write", owner, "__notes__", site)
        return function
    own = used(owner, READ if name in effects.METHODS_READ else WRITE)
    if own or name in effects.READS_INTO:
        announce([*own, *among(arguments, keywords, WRITE)], site, calls=True)
        return function
    # What never changes looks at what it is given, and may look into it: `",".join(names)`, `(a, b).index(c)`.
    announce(looked_into((owner, *arguments, *keywords.values())), site, calls=True)
    return function


def _entered(run: Any, site: Site, function: Any, *arguments: Any, **keywords: Any) -> Any:
    """Run something in a context, which nobody else can enter until it has been left."""

    def leaving(*arguments: Any, **keywords: Any) -> Any:
        try:
            return function(*arguments, **keywords)
        finally:
            if get_ident() == current.ident:
                announce(((run.__self__, None, WRITE),), site)

    return run(leaving, *arguments, **keywords)


def _nested(value: Any) -> list[Access]:
    return list(nested(value, READ))


def _sort(owner: list[Any], site: Site, keywords: Mapping[str, Any], *_self: Any, **_keywords: Any) -> None:
    # While list.sort runs, the list is empty to others; it is filled again after the last comparison, which may be code
    # under test.
    items = list(owner)
    owner.clear()
    try:
        items.sort(**keywords)
    finally:
        if get_ident() == current.ident:
            announce(((owner, None, WRITE),), site)
        changed = bool(owner)
        owner[:] = items
    if changed:
        raise ValueError("list modified during sort")


def _looked_up(owner: Any, key: Any, _kind: int, site: Site) -> None:
    announce((part_read(owner, key, DICT), *keyed_by(key)), site, calls=not simple(key))


def _subscripted(owner: Any, key: Any, kind: int, site: Site) -> None:
    if kind == DEFAULT:
        defaulting_read(owner, key, site)
    else:
        announce((part_read(owner, key, kind),), site, calls=not simple(key))


def _added(owner: Any, key: Any, _kind: int, site: Site) -> None:
    """Of `setdefault` and `add`: a key that is there is read, a new one changes the whole."""
    if simple(key) and has(owner, key):
        announce(((owner, key, KEYED_READ),), site)
        if has(owner, key):
            return
    announce(((owner, None, WRITE),), site, calls=not simple(key))


def _removed(owner: Any, key: Any, _kind: int, site: Site) -> None:
    """Of `pop` and `discard`: a key that is not there is read, one that is there changes the whole."""
    if simple(key) and not has(owner, key):
        announce(((owner, key, KEYED_READ),), site)
        if not has(owner, key):
            return
    announce(((owner, None, WRITE),), site, calls=not simple(key))


_KEYED: Final[dict[str, Callable[[Any, Any, int, Site], None]]] = {
    "get": _looked_up,
    "__contains__": _looked_up,
    "__getitem__": _subscripted,
    "__setitem__": stored,
    "setdefault": _added,
    "add": _added,
    "pop": _removed,
    "discard": _removed,
    "remove": _removed,
}
"""Methods of dictionaries and sets whose first argument is a key."""
