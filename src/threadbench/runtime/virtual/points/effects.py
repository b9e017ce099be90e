"""What C callables do to the containers they are given: the tables.

Whatever is not in a table is taken to write every container it is given.
"""

from __future__ import annotations

import _thread
import builtins
import copy
import dataclasses
import functools
import itertools
import json
import operator
import pickle
import pprint
import types
from collections.abc import Callable
from typing import Any, Final

METHODS_READ: Final = frozenset(
    ["copy", "count", "index", "__len__", "__iter__", "__reversed__", "__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__repr__", "__str__", "__format__", "__add__", "__mul__", "__rmul__", "__or__", "__ror__", "__and__", "__rand__", "__sub__", "__rsub__", "__xor__", "__rxor__", "__sizeof__", "__bool__", "__contains__", "__copy__", "__reduce__", "__reduce_ex__", "__getstate__", "__class_getitem__", "union", "intersection", "difference", "symmetric_difference", "issubset", "issuperset", "isdisjoint", "tolist", "tobytes", "tounicode", "buffer_info", "tofile", "hex", "decode", "find", "rfind", "rindex", "startswith", "endswith", "split", "rsplit", "splitlines", "partition", "rpartition", "strip", "lstrip", "rstrip", "replace", "join", "lower", "upper", "title", "capitalize", "swapcase", "center", "ljust", "rjust", "zfill", "expandtabs", "translate", "isalnum", "isalpha", "isascii", "isdigit", "islower", "isspace", "istitle", "isupper", "removeprefix", "removesuffix", "elements", "most_common", "total"]
)
"""Methods of built-in containers that read all of them, and their arguments."""

METHODS_FREE: Final = frozenset(
    ["keys", "values", "items", "__class__", "__sizeof__", "fromkeys", "__hash__", "__init_subclass__"]
)
"""Methods of built-in containers that touch no item: a view reads when it is walked."""

METHODS_KEYED: Final = frozenset(["get", "__getitem__", "__contains__"])
METHODS_DEEP: Final = frozenset(
    [
        "__repr__",
        "__str__",
        "__format__",
        "__eq__",
        "__ne__",
        "__lt__",
        "__le__",
        "__gt__",
        "__ge__",
        "count",
        "index",
        "remove",
    ]
)
"""Methods that look into the items, which may be containers."""

FRAME: Final[frozenset[Any]] = frozenset([globals, locals, super, eval, exec, dir, vars, __import__, breakpoint])
"""Callables that look at the frame they are called from: nothing may be put between."""

PURE: Final[frozenset[Any]] = frozenset(
    [
        *(isinstance, issubclass, type, id, callable, chr, ord, hash, input, object, property, range, slice),
        *(staticmethod, classmethod, super, globals, locals, memoryview, functools.partial, functools.cached_property),
        *(
            builtins.__build_class__,
            operator.is_,
            operator.is_not,
            types.SimpleNamespace,
            types.MethodType,
            weak := None,
        ),
        *(_thread.get_ident, _thread.allocate_lock),
    ]
) - {weak}
"""C callables that read and write no container."""

READING: Final[frozenset[Any]] = frozenset(
    [
        *(
            len,
            sum,
            any,
            all,
            list,
            dict,
            set,
            tuple,
            frozenset,
            bytes,
            bytearray,
            int,
            float,
            complex,
            bool,
            abs,
            divmod,
        ),
        *(
            pow,
            round,
            bin,
            hex,
            oct,
            iter,
            open,
            operator.length_hint,
            operator.contains,
            operator.countOf,
            operator.indexOf,
        ),
        *(operator.getitem, operator.concat, operator.truth, operator.not_, operator.index, functools.reduce),
        *(sorted, max, min, enumerate, zip, map, filter, reversed),
    ]
)
"""C callables that read all of the containers they are given."""

DEEP: Final[frozenset[Any]] = frozenset(
    [
        *(
            repr,
            str,
            ascii,
            format,
            print,
            operator.eq,
            operator.ne,
            operator.lt,
            operator.le,
            operator.gt,
            operator.ge,
        ),
        *(copy.deepcopy, json.dumps, json.dump, pickle.dumps, pickle.dump, pprint.pprint, pprint.pformat),
        *(dataclasses.asdict, dataclasses.astuple),
    ]
)
"""Callables that read all of the containers they are given, and all in them."""

COPYING: Final[frozenset[Any]] = frozenset(
    [copy.copy, copy.deepcopy, dataclasses.replace, dataclasses.asdict, dataclasses.astuple, pickle.dumps, pickle.dump]
)
"""Callables that read all attributes of the objects they are given."""

CALLING: Final[frozenset[Any]] = frozenset([sorted, max, min, functools.reduce])
"""C callables that read containers and call what they are given between one item and the next."""

LAZY: Final[frozenset[Any]] = frozenset(
    [map, filter, zip, enumerate, *(kind for kind in vars(itertools).values() if isinstance(kind, type))]
)
"""C types whose instances walk the containers they were made of, later."""

CARRIERS: Final = frozenset(
    ["threading", "queue", "concurrent.futures", "concurrent.futures.thread", "concurrent.futures._base", "_thread", "_queue", "contextvars", "_contextvars", "time", "weakref", "_weakref", "contextlib", "functools", "typing", "abc", "_abc", "enum", "logging", "warnings", "_warnings", "types", "dataclasses", "unittest.mock", "asyncio", "greenlet"]
)
"""Modules whose callables pass containers on, and neither read nor write them."""

ATTRIBUTES: Final[dict[Any, str]] = {
    getattr: "read",
    hasattr: "read",
    setattr: "write",
    delattr: "delete",
    object.__getattribute__: "read",
    object.__setattr__: "write",
    object.__delattr__: "delete",
    type.__setattr__: "write",
    type.__delattr__: "delete",
}
"""Callables that access the attribute named by their second argument."""

OPERATORS_WRITE: Final[dict[Any, Callable[..., Any]]] = {
    operator.setitem: operator.setitem,
    operator.delitem: operator.delitem,
}
