"""Which objects are mutable containers, and which part of one a subscript names."""

from __future__ import annotations

import gc
import itertools
import types
from array import array
from collections import OrderedDict, UserDict, UserList, defaultdict, deque
from typing import Any, Final

from threadbench.runtime.virtual.points import foreign
from threadbench.runtime.virtual.points.current import current
from threadbench.runtime.virtual.points.sites import KEYED_READ, KEYED_WRITE, READ, WRITE, Access

OTHER: Final = 0
"""No container: immutable, or Python code of its own with points of its own."""
DICT: Final = 1
DEFAULT: Final = 2
"""A dictionary in which a read may insert."""
LIST: Final = 3
"""Indexed by position: list, deque, bytearray, array."""
SET: Final = 4
VIEW: Final = 5
"""A view of a dictionary's keys or items: membership asks for a key."""
VALUES: Final = 6
"""A view of a dictionary that can only be walked."""
OPAQUE: Final = 7
"""Subscriptable C object that nothing is known of, or a container whose methods are overridden: always the whole."""
PROXY: Final = 8
"""A read-only view of a dictionary, or of a class's attributes: a `types.MappingProxyType`."""

kinds: dict[type, int] = {}
"""What each type met is; cleared with each exploration, or it would keep alive what schedules define."""

_ODICT: Any = OrderedDict()
_BUILTIN: Final[dict[type, int]] = {
    dict: DICT,
    OrderedDict: DICT,
    defaultdict: DEFAULT,
    list: LIST,
    deque: LIST,
    bytearray: LIST,
    array: LIST,
    set: SET,
    type({}.keys()): VIEW,
    type({}.items()): VALUES,
    type({}.values()): VALUES,
    type(_ODICT.keys()): VIEW,
    type(_ODICT.items()): VALUES,
    type(_ODICT.values()): VALUES,
    memoryview: OPAQUE,
    types.MappingProxyType: PROXY,
}
_IMMUTABLE: Final = (
    *(str, bytes, tuple, range, frozenset, int, float, complex, bool, type, types.NoneType, types.GenericAlias),
    *(types.FunctionType, types.MethodType, types.BuiltinFunctionType, types.ModuleType, types.CodeType, slice),
    types.GeneratorType,
)
_PYTHON: Final = (types.FunctionType, types.MethodType)
_BASES: Final = (defaultdict, dict, list, deque, bytearray, array, set, memoryview)
_PROTOCOL: Final = ("__getitem__", "__setitem__", "__delitem__", "__contains__", "__len__", "__iter__", "__hash__")


def classify(kind: type) -> int:
    """Say what objects of this type are, and remember it."""
    found = kinds[kind] = _classify(kind)
    foreign.look_at(kind)
    return found


def _classify(kind: type) -> int:
    if kind in _BUILTIN:
        return _BUILTIN[kind]
    for base in _BASES:
        if issubclass(kind, base):
            return OPAQUE if any(_overridden(kind, name) for name in _PROTOCOL) else _BUILTIN[base]
    if issubclass(kind, _IMMUTABLE):
        return OTHER
    item = getattr(kind, "__getitem__", None)
    if item is None or kind.__module__ in ("re", "types"):
        return OTHER
    # Python code under test has points of its own; what other Python code does with its object is not to be seen.
    return OTHER if isinstance(item, types.FunctionType) and id(item.__globals__) in current.scopes else OPAQUE


def _overridden(kind: type, name: str) -> bool:
    method = getattr(kind, name, None)
    # collections.Counter overrides in Python what changes nothing here.
    return isinstance(method, _PYTHON) and method.__module__ != "collections"


def kind_of(obj: object) -> int:
    """What kind of container an object is; OTHER when it is none."""
    kind = kinds.get(type(obj))
    return classify(type(obj)) if kind is None else kind


def whole(obj: Any, kind: int) -> Any:
    """The object that an access of this container is an access of: a view's dictionary, or the container."""
    if kind in (VIEW, VALUES, PROXY):
        # A view shows its dictionary in a read-only wrapper only; the dictionary is the one thing it refers to.
        return next((held for held in gc.get_referents(obj) if isinstance(held, dict)), obj)
    if type(obj) is memoryview:
        return _exporter(obj)
    if kind == OPAQUE and isinstance(obj, UserDict | UserList):
        return getattr(obj, "data", obj)
    return obj


def _exporter(view: memoryview) -> object:
    """The buffer that a view is of: all views of it are one location."""
    try:
        return view if view.obj is None else view.obj
    except ValueError:  # it was released
        return view


_SIMPLE: Final[set[type]] = {str, int, float, bool, bytes, types.NoneType, complex}
_hashing: dict[type, bool] = {}


def simple(key: Any) -> bool:
    """Whether a key can be hashed and compared without running Python code, which would have points of its own."""
    kind = type(key)
    if kind in _SIMPLE:
        return True
    if kind is tuple or kind is frozenset:
        return all(simple(part) for part in key)
    known = _hashing.get(kind)
    if known is None:
        hashing = kind.__hash__
        known = not (hashing is None or isinstance(hashing, _PYTHON) or isinstance(kind.__eq__, _PYTHON))
        _hashing[kind] = known and not issubclass(kind, tuple | frozenset)
        known = _hashing[kind]
    return known


def forget() -> None:
    """Let go of the types met."""
    kinds.clear()
    foreign.met.clear()
    _hashing.clear()


def has(obj: Any, key: Any) -> bool:
    """Whether a dictionary or set holds a simple key, without asking an overridden method."""
    return (set.__contains__(obj, key)) if isinstance(obj, set) else dict.__contains__(obj, key)


def part_read(obj: Any, key: Any, kind: int) -> Access:
    """What reading one item is."""
    if kind == LIST:
        inside = type(key) is int and 0 <= key < len(obj)
        return (obj, key, KEYED_READ) if inside else (obj, None, READ)
    if kind in (DICT, SET):
        return (obj, key, KEYED_READ) if simple(key) else (obj, None, READ)
    if kind in (VIEW, PROXY):
        held = whole(obj, kind)
        return (held, key, KEYED_READ) if simple(key) else (held, None, READ)
    if kind == DEFAULT:
        if not simple(key):
            return (obj, None, WRITE)
        return (obj, key, KEYED_READ) if has(obj, key) else (obj, None, WRITE)
    return (whole(obj, kind), None, READ)


def part_write(obj: Any, key: Any, kind: int) -> Access:
    """What storing one item is: a new key changes the length and the order, and so the whole."""
    if kind == LIST:
        inside = type(key) is int and 0 <= key < len(obj)
        return (obj, key, KEYED_WRITE) if inside else (obj, None, WRITE)
    if kind in (DICT, DEFAULT) and simple(key) and has(obj, key):
        return (obj, key, KEYED_WRITE)
    return (whole(obj, kind), None, WRITE)


_BUILTIN_ITERABLES: Final[tuple[Any, ...]] = (
    *([], {}, set(), bytearray(), (), "", b"", range(1)),
    *({}.keys(), {}.values(), {}.items()),
)
_REVERSIBLES: Final[tuple[Any, ...]] = ([], {}, {}.keys(), {}.values(), {}.items())
ITERATORS: Final = frozenset(
    [
        *(type(iter(value)) for value in _BUILTIN_ITERABLES),
        *(type(reversed(value)) for value in _REVERSIBLES),
        *(map, filter, zip, enumerate, reversed, types.GeneratorType),
        *(kind for kind in vars(itertools).values() if isinstance(kind, type)),
    ]
)
"""Iterators whose next step changes nothing but themselves, and that threads may share."""
