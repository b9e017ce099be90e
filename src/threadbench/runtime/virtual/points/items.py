"""Hooks of subscripts, membership, and of instructions that take a container as a whole."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from threadbench.runtime.virtual.points import attributes, callbacks, effects, foreign
from threadbench.runtime.virtual.points.containers import (
    DEFAULT,
    DICT,
    LIST,
    OPAQUE,
    OTHER,
    SET,
    VALUES,
    classify,
    has,
    kind_of,
    kinds,
    part_read,
    part_write,
    simple,
    whole,
)
from threadbench.runtime.virtual.points.contents import moves, nested, told_of, touched, used
from threadbench.runtime.virtual.points.current import current, get_ident
from threadbench.runtime.virtual.points.sites import KEYED_READ, KEYED_WRITE, READ, WRITE, Access, Site


def announce(accesses: Iterable[Access], site: Site, *, calls: bool = False) -> None:
    """Tell the observer of accesses that are one step, be they many; `calls` when C code may call back in it."""
    several = tuple(accesses)
    if current.aliases:
        several = tuple(part for access in several for part in _aliased(access))
    if current.reentrant:
        callbacks.opened(several if calls else ())
    if len(several) == 1:
        obj, key, mode = several[0]
        current.access(obj, key, mode, site)
    elif several:
        current.together(several, site)


def _aliased(access: Access) -> Iterable[Access]:
    # Items of an instance's dictionary are the instance's attributes.
    yield access
    obj, key, mode = access
    if (alias := current.aliases.get(id(obj))) is not None:
        yield (alias[1], key, mode)


def keyed_by(key: Any) -> list[Access]:
    """What hashing and comparing a key of a library's class looks at."""
    if type(key) in effects.ATOMS or kind_of(key) or type(key) not in foreign.met:
        return []
    return list(told_of(key, READ))


def item_read(obj: Any, key: Any, site: Site) -> None:
    """Announce BINARY_SUBSCR."""
    if get_ident() == current.ident:
        try:
            kind = kinds[type(obj)]
        except KeyError:
            kind = classify(type(obj))
        if (kind == DICT and type(key) is str and not current.aliases) or (
            kind == LIST and type(key) is int and 0 <= key < len(obj)
        ):
            current.access(obj, key, KEYED_READ, site)
        elif kind == DEFAULT:
            defaulting_read(obj, key, site)
        elif kind == OPAQUE:
            announce(touched(obj, READ), site, calls=True)
        elif kind:
            # A place in a list may be an object with `__index__`, one in a slice too.
            announce((part_read(obj, key, kind), *keyed_by(key)), site, calls=kind == LIST or not simple(key))


_PLAIN_FACTORIES: Final = (None, int, float, str, bool, list, dict, set, tuple, bytes, frozenset)


def defaulting_read(obj: Any, key: Any, site: Site) -> None:
    """Announce a read that may insert; a factory of Python code has points, and the insertion comes after the last
    of them."""
    access = part_read(obj, key, DEFAULT)
    if access[2] == WRITE and "default_factory" in current.stored:
        announce(((obj, "default_factory", READ),), site)
    if access[2] == WRITE and simple(key) and obj.default_factory not in _PLAIN_FACTORIES:
        announce(((obj, key, KEYED_READ),), site)
        if not has(obj, key):
            factory = obj.default_factory
            value = current.called(factory, (), {}, site)()
            announce(((obj, None, WRITE),), site)
            dict.__setitem__(obj, key, value)
        return
    announce((access,), site, calls=not simple(key))
    if access[2] == KEYED_READ and not has(obj, key):
        announce(((obj, None, WRITE),), site)


def item_write(value: Any, obj: Any, key: Any, site: Site) -> None:
    """Announce STORE_SUBSCR; a slice is filled with the items of the value."""
    if get_ident() == current.ident:
        try:
            kind = kinds[type(obj)]
        except KeyError:
            kind = classify(type(obj))
        if kind == DICT and type(key) is str and not current.aliases:
            if key in obj:
                current.access(obj, key, KEYED_WRITE, site)
                if key in obj:
                    return
            current.access(obj, None, WRITE, site)
        elif kind == LIST and type(key) is int and 0 <= key < len(obj) and not current.aliases:
            current.access(obj, key, KEYED_WRITE, site)
        elif type(key) is slice:
            slice_write(value, obj, site)
        elif kind:
            stored(obj, key, kind, site)


def slice_write(value: Any, obj: Any, site: Site) -> None:
    """Announce STORE_SLICE, and what is the same."""
    if get_ident() == current.ident and (kind := kind_of(obj)):
        accesses: list[Access] = [(whole(obj, kind), None, WRITE)]
        if moves(value):
            accesses += used(value)
        announce([*accesses, *_operand(value)], site, calls=True)


def stored(obj: Any, key: Any, kind: int, site: Site) -> None:
    """Announce the store of an item, again when another thread deleted the key meanwhile: it has become an
    insertion."""
    if kind == OPAQUE:
        announce(touched(obj, WRITE), site, calls=True)
        return
    access = part_write(obj, key, kind)
    announce((access, *keyed_by(key)), site, calls=kind == LIST or not simple(key))
    if access[2] == KEYED_WRITE and kind != LIST and not has(obj, key):
        announce(((obj, None, WRITE),), site)


def item_delete(obj: Any, key: Any, site: Site) -> None:
    """Announce DELETE_SUBSCR."""
    if get_ident() == current.ident and (kind := kind_of(obj)):
        if kind == OPAQUE:
            announce(touched(obj, WRITE), site, calls=True)
        else:
            announce(((whole(obj, kind), None, WRITE),), site, calls=not simple(key))


def membership(item: Any, obj: Any, site: Site) -> None:
    """Announce CONTAINS_OP."""
    if get_ident() == current.ident:
        kind = kind_of(obj)
        if type(item) is str and kind in (DICT, SET) and not current.aliases:
            current.access(obj, item, KEYED_READ, site)
        elif kind in (LIST, VALUES) or isinstance(obj, tuple):
            # It compares with each, and so with what each holds.
            announce([*nested(whole(obj, kind), READ), *nested(item, READ)], site, calls=True)
        elif kind == OPAQUE:
            announce(touched(obj, READ), site, calls=True)
        elif kind:
            part = part_read(obj, item, DICT if kind == DEFAULT else kind)
            announce((part, *keyed_by(item)), site, calls=not simple(item))
        elif moves(obj):
            announce(used(obj), site, calls=True)
        else:
            alone(obj, site)


def whole_read(obj: Any, site: Site) -> None:
    """Announce what reads a container's length, or all of it."""
    if get_ident() == current.ident:
        try:
            kind = kinds[type(obj)]
        except KeyError:
            kind = classify(type(obj))
        if DICT <= kind <= SET and not current.aliases:
            current.access(obj, None, READ, site)
        elif kind == OPAQUE:
            announce(touched(obj, READ), site, calls=True)
        elif kind:
            told(whole(obj, kind), READ, site)
        elif foreign.met and type(obj) in foreign.met:
            announce(told_of(obj, READ), site, calls=True)


def sliced(obj: Any, site: Site) -> None:
    """Announce BINARY_SLICE, whose ends may be objects with `__index__`."""
    kind = kind_of(obj) if current.reentrant and get_ident() == current.ident else OTHER
    if kind in (OTHER, OPAQUE):
        whole_read(obj, site)
    else:
        announce(((whole(obj, kind), None, READ),), site, calls=True)


def told(container: Any, mode: int, site: Site) -> None:
    """Announce one access of a whole container."""
    if current.aliases:
        announce(((container, None, mode),), site)
    else:
        current.access(container, None, mode, site)


def consumed(obj: Any, site: Site) -> None:
    """Announce what takes all items of a container, or of an iterator that threads may share."""
    if get_ident() == current.ident:
        if kind := kind_of(obj):
            announce(touched(obj, READ) if kind == OPAQUE else ((whole(obj, kind), None, READ),), site)
        elif moves(obj):
            announce(used(obj), site, calls=True)
        else:
            alone(obj, site)


def deep_read(obj: Any, site: Site) -> None:
    """Announce what reads a container and those in it: formatting."""
    if get_ident() == current.ident and (kind_of(obj) or isinstance(obj, tuple) or type(obj) in foreign.met):
        announce(nested(obj, READ), site, calls=True)


def binary(left: Any, right: Any, site: Site) -> None:
    """Announce BINARY_OP on containers; in place, the left one is written."""
    if get_ident() == current.ident:
        try:
            found = kinds[type(left)] or kinds[type(right)]
        except KeyError:
            found = classify(type(left)) or classify(type(right))
        if found or (isinstance(right, tuple) and type(left) is str):
            accesses = [*_operand(left), *(nested(right, READ) if type(left) is str else _operand(right))]
            if site.kind == "in place" and kind_of(left) != OTHER:
                accesses += touched(left, WRITE) if type(left) in foreign.met else [(left, None, WRITE)]
            announce(accesses, site, calls=True)
        elif foreign.met and (type(left) in foreign.met or type(right) in foreign.met):
            announce([*operated(left), *operated(right)], site, calls=True)


def operated(obj: Any) -> list[Access]:
    """What an operator, or a `for` or `with` statement, does to an object whose special methods have no hooks."""
    return [*told_of(obj, WRITE), *used(obj)] if type(obj) in foreign.met else []


def alone(obj: Any, site: Site) -> None:
    """Announce what an instruction on nothing else does to such an object: `-x`, the beginning of `with` and `for`."""
    if get_ident() == current.ident and (kind_of(obj) or foreign.met) and type(obj) in foreign.met:
        announce(operated(obj), site, calls=True)


def _operand(obj: Any) -> list[Access]:
    return touched(obj, READ) if kind_of(obj) else []


def compared(left: Any, right: Any, site: Site) -> None:
    """Announce COMPARE_OP on containers: it looks into those in them."""
    if get_ident() == current.ident:
        try:
            found = kinds[type(left)] or kinds[type(right)] or isinstance(right, tuple) or isinstance(left, tuple)
        except KeyError:
            found = classify(type(left)) or classify(type(right)) or isinstance(left, tuple) or isinstance(right, tuple)
        if found or (foreign.met and (type(left) in foreign.met or type(right) in foreign.met)):
            announce([*nested(left, READ), *nested(right, READ)], site, calls=True)


def matched_class(subject: Any, cls: Any, names: tuple[str, ...], site: Site) -> None:
    """Announce the attributes that a class pattern reads; they are told by name and by `__match_args__`."""
    if get_ident() == current.ident and isinstance(cls, type) and isinstance(subject, cls):
        wanted = [*getattr(cls, "__match_args__", ()), *names]
        announce([access for name in wanted for access in attributes.reads(subject, name)], site)
