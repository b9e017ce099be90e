"""Hooks of attributes, globals and closures.

A module's attributes and the globals of its code are one location: the module's namespace and the name. A class's
attribute is read through its instances too, so that a read of an instance whose class has a plain value of that name
is also a read of it.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Mapping
from typing import Any, Final

from threadbench.runtime.virtual.points.current import current, get_ident
from threadbench.runtime.virtual.points.sites import READ, WRITE, Access, Site

_MODULE: Final = types.ModuleType
_SLOT: Final = (types.MemberDescriptorType, types.GetSetDescriptorType)
_HEAP: Final = 1 << 9
"""Py_TPFLAGS_HEAPTYPE: classes that a class statement made; attributes of others cannot be written."""
_chains: dict[tuple[type, str], tuple[type, ...] | None] = {}
"""For a type and a name: the classes whose attribute an instance may read, or None where a descriptor computes the
value."""


_plain: list[Site] = []
"""The sites that remember a type."""


def forget() -> None:
    """Let go of the types met, and ask again what their instances read."""
    _chains.clear()
    for site in _plain:
        site.plain = None
    _plain.clear()


def reads(obj: Any, name: str) -> tuple[Access, ...]:
    """What reading an attribute reads."""
    kind = type(obj)
    if issubclass(kind, _MODULE):
        return ((obj.__dict__, name, READ),)
    if isinstance(obj, type):
        return tuple((owner, name, READ) for owner in _upto(obj.__mro__, name))
    if kind is super:
        return behind(obj.__thisclass__, obj.__self__, name)
    if (chain := _chain(kind, name)) is None:
        return ()
    if name == "__dict__":
        _alias(obj)
        return ()
    return ((obj, name, READ), *((owner, name, READ) for owner in chain))


def writes(obj: Any, name: str, *, gone: bool = False) -> tuple[Access, ...]:
    """What storing or deleting an attribute writes."""
    kind = type(obj)
    if issubclass(kind, _MODULE):
        return ((obj.__dict__, name, WRITE),)
    if isinstance(obj, type):
        if gone or name not in obj.__dict__:
            forget()
        return ((obj, name, WRITE),)
    return () if _chain(kind, name) is None else ((obj, name, WRITE),)


def _upto(classes: tuple[type, ...], name: str) -> list[type]:
    found: list[type] = []
    for owner in classes:
        if owner.__flags__ & _HEAP:
            found.append(owner)
        if name in owner.__dict__:
            break
    return found


def _chain(kind: type, name: str) -> tuple[type, ...] | None:
    try:
        return _chains[kind, name]
    except KeyError:
        pass
    chain: tuple[type, ...] | None = ()
    for owner in kind.__mro__:
        if name in owner.__dict__:
            value = owner.__dict__[name]
            if isinstance(value, _SLOT):
                break
            computed = hasattr(type(value), "__set__") and hasattr(type(value), "__get__")
            chain = None if computed else tuple(_upto(kind.__mro__, name))
            break
    _chains[kind, name] = chain
    return chain


def _alias(obj: Any) -> None:
    held = getattr(obj, "__dict__", None)
    if type(held) is dict:
        current.aliases[id(held)] = (held, obj)


def everything(obj: Any) -> tuple[Access, ...]:
    """What reading all attributes of an object reads, as `vars` and `copy.copy` do."""
    held = getattr(obj, "__dict__", None)
    names = list(held) if isinstance(held, Mapping) else []
    for owner in type(obj).__mro__:
        slots = owner.__dict__.get("__slots__", ())
        names.extend([slots] if isinstance(slots, str) else slots)
    return tuple(access for name in names for access in reads(obj, name))


def attribute_read(obj: Any, site: Site) -> None:
    """Announce LOAD_ATTR and its kin."""
    if get_ident() == current.ident:
        if type(obj) is site.plain:
            current.access(obj, site.name, READ, site)
        else:
            _read(obj, site)


def _read(obj: Any, site: Site) -> None:
    accesses = reads(obj, site.name)
    if len(accesses) == 1:
        held, name, mode = accesses[0]
        if held is obj and not isinstance(obj, type):
            _remember(site, type(obj))
        current.access(held, name, mode, site)
    elif accesses:
        current.together(accesses, site)
        if site.name in _cached:
            _compute(obj, site)


_cached: set[str] = set()
"""Names of cached properties of the code under test."""


def cache_names(names: set[str]) -> None:
    """Tell which attributes are cached properties."""
    _cached.clear()
    _cached.update(names)


def _compute(obj: Any, site: Site) -> None:
    # functools.cached_property calls code under test and stores what that returned: the store comes after the last
    # point in it, so that it is made here, announced, and the instruction finds the value.
    held = getattr(obj, "__dict__", None)
    prop = next((owner.__dict__[site.name] for owner in type(obj).__mro__ if site.name in owner.__dict__), None)
    if isinstance(prop, functools.cached_property) and type(held) is dict and site.name not in held:
        value = prop.func(obj)
        current.access(obj, site.name, WRITE, site)
        held[site.name] = value


def _remember(site: Site, kind: type) -> None:
    if site.plain is None:
        _plain.append(site)
    site.plain = kind


def attribute_write(obj: Any, site: Site) -> None:
    """Announce STORE_ATTR."""
    if get_ident() == current.ident:
        if type(obj) is site.plain:
            current.access(obj, site.name, WRITE, site)
        else:
            _write(obj, site)


def _write(obj: Any, site: Site) -> None:
    for held, name, mode in writes(obj, site.name):
        if held is obj and not isinstance(obj, type):
            _remember(site, type(obj))
        current.access(held, name, mode, site)


def attribute_delete(obj: Any, site: Site) -> None:
    """Announce DELETE_ATTR."""
    if get_ident() == current.ident:
        for held, name, mode in writes(obj, site.name, gone=True):
            current.access(held, name, mode, site)


def super_read(_super: Any, start: Any, obj: Any, site: Site) -> None:
    """Announce LOAD_SUPER_ATTR: what the classes after `start` hold, or the instance."""
    if get_ident() == current.ident:
        accesses = behind(start, obj, site.name)
        if accesses:
            current.together(accesses, site)


def behind(start: Any, obj: Any, name: str) -> tuple[Access, ...]:
    """What `super(start, obj)` reads: the classes behind `start`, up to the one that has the attribute."""
    classes = obj.__mro__ if isinstance(obj, type) else type(obj).__mro__
    after = classes[classes.index(start) + 1 :] if start in classes else ()
    return tuple((owner, name, READ) for owner in _upto(after, name))


def global_read(site: Site) -> None:
    """Announce LOAD_GLOBAL and LOAD_NAME."""
    if get_ident() == current.ident:
        current.access(site.scope, site.name, READ, site)


def global_write(site: Site) -> None:
    """Announce STORE_GLOBAL and DELETE_GLOBAL."""
    if get_ident() == current.ident:
        current.access(site.scope, site.name, WRITE, site)


def cell_read(cell: Any, site: Site) -> None:
    """Announce LOAD_DEREF and its kin."""
    if get_ident() == current.ident:
        current.access(cell, None, READ, site)


def cell_write(cell: Any, site: Site) -> None:
    """Announce STORE_DEREF and DELETE_DEREF."""
    if get_ident() == current.ident:
        current.access(cell, None, WRITE, site)
