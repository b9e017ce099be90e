"""Hooks of attributes.

A module's attributes and the globals of its code are one location: the module's namespace and the name. A class's
attribute is read through its instances too, so that a read of an instance whose class has a plain value of that name
is also a read of it.
"""

from __future__ import annotations

import functools
import gc
import operator
import types
from collections.abc import Iterator, Mapping, Set
from typing import Any, Final

from threadbench.runtime.virtual.points import chains, hidden, opened
from threadbench.runtime.virtual.points.current import current, get_ident
from threadbench.runtime.virtual.points.foreign import attributes_of, dictionary_of
from threadbench.runtime.virtual.points.sites import KEYED_READ, KEYED_WRITE, READ, WRITE, Access, Site

_MODULE: Final = types.ModuleType


def reads(obj: Any, name: str) -> tuple[Access, ...]:
    """What reading an attribute reads."""
    kind = type(obj)
    mode = KEYED_READ if current.keyed else READ
    if issubclass(kind, _MODULE):
        return ((obj.__dict__, name, mode), *hidden.by_module(obj))
    if issubclass(kind, type):
        if name == "__dict__":
            alias(obj)
        elif name in opened.OF_ENUMS:
            opened.hide(f"looks at {name}, and what looks a member up does not tell that it looks there")
        return (*((owner, name, mode) for owner in chains.upto(obj.__mro__, name)), *hidden.kept(obj))
    if kind is super:
        return behind(obj.__thisclass__, obj.__self__, name)
    if (chain := chains.chain_of(kind, name)) is None:
        return ()
    if name == "__dict__":
        alias(obj)
        return ()
    if chain is chains.WHOLE:
        return ((obj, None, READ),)
    if chain is chains.ASKED:
        held = dictionary_of(obj)
        if type(held) is dict and name in held:
            return ((obj, name, mode),)
        return ((obj, name, mode), *_computing(obj, WRITE))
    if chain is chains.BY_OTHERS:
        return (*_computing(obj, READ), *_followed(obj, kind, name))
    if chain is chains.ALTERING:
        return _computing(obj, WRITE)
    if not chain and type(held := dictionary_of(obj)) is dict and name not in held:
        chain = tuple(chains.upto(kind.__mro__, name))  # a class may get it
    if _is_lent(name) or hidden.kept(kind):
        return ((obj, name, mode), *((owner, name, mode) for owner in chain), (hidden.LIBRARIES, None, READ))
    return ((obj, name, mode), *((owner, name, mode) for owner in chain))


def writes(obj: Any, name: str, *, gone: bool = False) -> tuple[Access, ...]:
    """What storing or deleting an attribute writes."""
    kind = type(obj)
    mode = KEYED_WRITE if current.keyed else WRITE
    if issubclass(kind, _MODULE):
        return ((obj.__dict__, name, mode),)
    if issubclass(kind, type):
        if gone or name not in obj.__dict__:
            chains.alter()
        return ((obj, name, mode), *hidden.kept(obj))
    if (chain := chains.chain_of(kind, name)) is None:
        return ()
    if name == "__dict__" or chain is chains.WHOLE:
        return ((obj, None, WRITE),)
    if chain in (chains.BY_OTHERS, chains.ALTERING) or _stores_elsewhere(kind):
        return _computing(obj, WRITE)
    if current.aliases and (held := dictionary_of(obj)) is not None and id(held) in current.aliases:
        return ((obj, name, mode), (held, None, WRITE))
    return ((obj, name, mode), *hidden.kept(kind))


def _computing(obj: Any, mode: int) -> tuple[Access, ...]:
    """What code of a library does to an object whose attribute it is asked for, and that it can reach besides."""
    return ((obj, None, mode), *own(obj, mode), *hidden.by_object(obj, mode))


def _stores_elsewhere(kind: type) -> bool:
    """Whether a library's `__setattr__` decides what to do with what is stored."""
    return hidden.asks(kind, "__setattr__")


def _followed(obj: Any, kind: type, name: str) -> Iterator[Access]:
    """What a property reads beyond its object, whose getter is an `operator.attrgetter` of names with dots."""
    getter = next((vars(owner)[name] for owner in kind.__mro__ if name in vars(owner)), None)
    if not isinstance(getter, property) or not isinstance(getter.fget, operator.attrgetter):
        return
    for path in getter.fget.__reduce__()[1]:
        value = obj
        for part in path.split(".")[:-1]:
            value = attributes_of(value).get(part, getattr(type(value), part, None))
            if isinstance(value, property):
                opened.hide(f"reads a property behind {kind.__name__}.{name}, which has no point there")
                break
            yield from ((value, None, READ), *own(value, READ), *reads(value, path.rpartition(".")[2]))


def everything(obj: Any) -> tuple[Access, ...]:
    """What reading all attributes of an object reads, as `dir` and `copy.copy` do."""
    if current.keyed:
        return ((obj, None, READ),)
    held = dictionary_of(obj)
    names = [*held] if isinstance(held, Mapping) else []
    names = list(dict.fromkeys([*names, *sorted(current.stored)])) if held is not None else []
    return tuple(access for name in names for access in reads(obj, name))


def own(obj: Any, mode: int) -> list[Access]:
    """What reading or writing all attributes of an object itself is, that it has."""
    if current.keyed:
        return [(obj, None, mode)]
    names = attributes_of(obj)
    more = [name for name in current.lent if name not in names] if mode == WRITE else ()
    return [(obj, name, mode) for name in (*names, *more)]


def alias(obj: Any) -> None:
    """Remember whose attributes the items of a dictionary are, that code under test gets hold of."""
    opened.dictionary_taken(type(obj))
    held = dictionary_of(obj)
    if isinstance(obj, type):
        held = gc.get_referents(held)[0]  # what the read-only view is of
    if type(held) is dict and not isinstance(obj, _MODULE):
        current.aliases[id(held)] = (held, obj)


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
        if mode == READ and held is obj and name is not None and not issubclass(type(obj), type):
            chains.remember(site, type(obj))
        current.access(held, name, mode, site)
    elif accesses:
        current.together(accesses, site)
        compute(obj, site.name, site)


_cached: set[str] = set()
"""Names of cached properties of the code under test."""


def cache_names(names: Set[str]) -> None:
    """Tell which attributes are cached properties."""
    _cached.clear()
    _cached.update(names)


def compute(obj: Any, name: str, site: Site) -> None:
    """Do what the read of a cached property does that has no value yet."""
    if name not in _cached:
        return
    # functools.cached_property calls code under test and stores what that returned: the store comes after the last
    # point in it, so that it is made here, announced, and the instruction finds the value.
    held = dictionary_of(obj)
    prop = next((owner.__dict__[name] for owner in type(obj).__mro__ if name in owner.__dict__), None)
    if isinstance(prop, functools.cached_property) and type(held) is dict and name not in held:
        value = prop.func(obj)
        _tell(writes(obj, name), site)
        held[name] = value


def _is_lent(name: str) -> bool:
    return opened.LIBRARIES in current.opened and name in current.lent


def attribute_write(obj: Any, site: Site) -> None:
    """Announce STORE_ATTR."""
    if get_ident() == current.ident:
        if type(obj) is site.plain:
            current.access(obj, site.name, WRITE, site)
        else:
            _write(obj, site)


def _write(obj: Any, site: Site) -> None:
    changed(obj, site.name, site)
    _tell(writes(obj, site.name), site)
    kind = type(obj)
    plain = not current.keyed and chains.chain_of(kind, site.name) not in (
        None,
        chains.WHOLE,
        chains.BY_OTHERS,
        chains.ALTERING,
        chains.ASKED,
    )
    if plain and not issubclass(kind, (type, _MODULE)) and not hidden.kept(kind) and not _is_lent(site.name):
        chains.remember(site, kind)


def changed(obj: Any, name: str, site: Site) -> None:
    """Remember that code under test stores what calls, operators and look-ups use without an access that is told."""
    if name[:2] == "__" == name[-2:]:
        functions = type(obj) is types.FunctionType and name in ("__code__", "__defaults__", "__kwdefaults__")
        if functions or name == "__class__" or (issubclass(type(obj), type) and name not in _TELLING_NOTHING):
            current.unseen = f"{site.file}:{site.line} stores {name}, and not everything that uses it is seen"


_TELLING_NOTHING: Final = frozenset(
    ["__doc__", "__name__", "__qualname__", "__module__", "__wrapped__", "__annotations__", "__abstractmethods__"]
)


def _tell(accesses: tuple[Access, ...], site: Site) -> None:
    if len(accesses) == 1:
        current.access(*accesses[0], site)
    elif accesses:
        current.together(accesses, site)


def attribute_delete(obj: Any, site: Site) -> None:
    """Announce DELETE_ATTR."""
    if get_ident() == current.ident:
        changed(obj, site.name, site)
        _tell(writes(obj, site.name, gone=True), site)


def super_read(_super: Any, start: Any, obj: Any, site: Site) -> None:
    """Announce LOAD_SUPER_ATTR: what the classes after `start` hold, or the instance."""
    if get_ident() == current.ident:
        _tell(behind(start, obj, site.name), site)


def behind(start: Any, obj: Any, name: str) -> tuple[Access, ...]:
    """What `super(start, obj)` reads: the classes behind `start`, up to the one that has the attribute."""
    classes = obj.__mro__ if isinstance(obj, type) else type(obj).__mro__
    after = classes[classes.index(start) + 1 :] if start in classes else ()
    mode = KEYED_READ if current.keyed else READ
    return tuple((owner, name, mode) for owner in chains.upto(after, name))
