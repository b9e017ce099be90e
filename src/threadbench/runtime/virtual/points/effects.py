"""What C callables do to the containers they are given: the tables.

Whatever is not in a table is taken to write every container it is given.
"""

from __future__ import annotations

import builtins
import copy
import dataclasses
import functools
import itertools
import json
import operator
import pprint
import re
import struct
import types
import weakref

# The functions of `pickle`, which takes a millisecond to import.
from _pickle import dump, dumps
from array import array
from collections import Counter, OrderedDict, defaultdict, deque
from typing import Any, Final


def words(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


METHODS_READ: Final = words(
    """
    copy count index get keys values items union intersection difference symmetric_difference issubset issuperset
    isdisjoint tolist tobytes tounicode buffer_info tofile hex decode find rfind rindex startswith endswith split
    rsplit splitlines partition rpartition strip lstrip rstrip replace join lower upper title capitalize swapcase
    center ljust rjust zfill expandtabs translate isalnum isalpha isascii isdigit islower isspace istitle isupper
    removeprefix removesuffix elements most_common total getvalue tell fileno readable writable seekable isatty
    __len__ __iter__ __reversed__ __eq__ __ne__ __lt__ __le__ __gt__ __ge__ __repr__ __str__ __format__ __add__
    __mul__ __rmul__ __or__ __ror__ __and__ __rand__ __sub__ __rsub__ __xor__ __rxor__ __sizeof__ __bool__
    __contains__ __getitem__ __copy__ __reduce__ __reduce_ex__ __getstate__ __hash__
    """
)
"""Methods of C objects that read all of them, and of their arguments."""

METHODS_FREE: Final = frozenset(["keys", "values", "items", "fromkeys", "__class_getitem__", "__init_subclass__"])
"""Methods of built-in containers that touch no item: a view reads when it is walked."""

METHODS_ALONE: Final = frozenset(
    ["append", "appendleft", "popleft", "clear", "popitem", "rotate", "reverse", "insert", "move_to_end"]
)
"""Methods of built-in containers that change their length or order, and do not look into their arguments."""

METHODS_DEEP: Final = words(
    """
    __repr__ __str__ __format__ __eq__ __ne__ __lt__ __le__ __gt__ __ge__ count index remove
    """
)
"""Methods that look into the items, which may be containers."""

METHODS_KEEPING: Final = frozenset(["add", "setdefault", "__setitem__", "get", "pop", "discard"])
"""Methods that store or look up their argument, and do not read it."""

FRAME: Final[frozenset[Any]] = frozenset([globals, locals, super, eval, exec, dir, vars, __import__, breakpoint])
"""Callables that look at the frame they are called from: nothing may be put between."""

COMPILES: Final[frozenset[Any]] = frozenset([eval, exec])
"""Callables that run code which has no points."""

PURE: Final[frozenset[Any]] = frozenset(
    [
        *(isinstance, issubclass, type, id, callable, chr, ord, hash, object, property, range, slice, bool.__new__),
        *(staticmethod, classmethod, memoryview, functools.partial, functools.cached_property, types.MethodType),
        *(builtins.__build_class__, operator.is_, operator.is_not, types.SimpleNamespace, re.compile),
    ]
)
"""Callables that read and write no container; some of them ask what they are given, see `asked`."""

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
        *(pow, round, bin, hex, oct, operator.length_hint, operator.contains, operator.countOf, operator.indexOf),
        *(operator.getitem, operator.concat, operator.truth, operator.not_, operator.index),
        *(deque, OrderedDict, defaultdict, Counter, array),
    ]
)
"""C callables that read all of the containers they are given."""

CALLING: Final[frozenset[Any]] = frozenset([sorted, max, min, functools.reduce])
"""The same, which call what they are given between one item and the next."""

DEEP: Final[frozenset[Any]] = frozenset(
    [
        *(
            repr,
            str,
            ascii,
            format,
            operator.eq,
            operator.ne,
            operator.lt,
            operator.le,
            operator.gt,
            operator.ge,
        ),
        *(json.dumps, json.dump, pprint.pprint, pprint.pformat),
    ]
)
"""Callables that read all of the containers they are given, and all in them."""

SHALLOW: Final[frozenset[Any]] = frozenset([copy.copy, dataclasses.replace])
"""Callables that besides read all attributes of the object they are given."""

COPYING: Final[frozenset[Any]] = SHALLOW | {copy.deepcopy, dataclasses.asdict, dataclasses.astuple}
"""The same, and callables that read all that can be reached from it."""

PICKLING: Final[frozenset[Any]] = frozenset([dumps, dump])
"""The same in C."""

LAZY: Final[frozenset[Any]] = frozenset(
    [map, filter, zip, enumerate, *(kind for kind in vars(itertools).values() if isinstance(kind, type))]
)
"""C types whose instances walk the containers they were made of, later."""

CARRIERS: Final = words(
    """
    threading queue concurrent.futures concurrent.futures.thread concurrent.futures._base _thread _queue contextvars
    _contextvars time weakref _weakref _weakrefset contextlib functools typing abc _abc enum logging
    types dataclasses asyncio greenlet sys faulthandler signal _signal gc atexit inspect
    traceback
    """
)
"""Modules whose callables pass containers on, and neither read nor write them."""

MIXINS: Final = frozenset(["collections.abc", "_collections_abc", "numbers"])
"""Modules whose classes have no state: their methods call those of who inherits from them."""

TOOLS: Final = frozenset(["threadbench", "greenlet", "pytest", "_pytest", "hypothesis"])
"""Packages around what is tested: they look at what they are given to tell of it, which is no part of it."""

TOLD: Final = words(
    """
    builtins _frozen_importlib _frozen_importlib_external json json.encoder
    json.decoder copy pickle heapq bisect operator random re re._parser string textwrap
    statistics csv os posixpath genericpath io pprint collections secrets base64 tempfile shutil struct array
    """
)
"""Modules that the tables tell of, or whose objects have neither operators nor attributes that change and anybody
reads."""

HOLDERS: Final = frozenset(["contextlib", "types"])
"""Those of them whose objects threads may share and change: an `ExitStack`, a `SimpleNamespace`."""

ATTRIBUTES: Final[dict[Any, str]] = {
    getattr: "read",
    hasattr: "read",
    setattr: "write",
    delattr: "delete",
    object.__getattribute__: "read",
    object.__setattr__: "write",
    object.__delattr__: "delete",
    type.__getattribute__: "read",
    type.__setattr__: "write",
    type.__delattr__: "delete",
}
"""Callables that access the attribute named by their second argument."""

INERT: Final[tuple[type, ...]] = (
    *(str, int, float, complex, bytes, tuple, frozenset, range, slice, type(None), type, types.ModuleType, re.Pattern),
    *(
        re.Match,
        types.MappingProxyType,
        types.FunctionType,
        types.BuiltinFunctionType,
        types.CodeType,
        types.MethodType,
    ),
    *(types.FrameType, types.TracebackType, property, staticmethod, classmethod, types.CellType),
    *(types.MethodDescriptorType, types.WrapperDescriptorType, types.MethodWrapperType, types.GetSetDescriptorType),
    *(types.MemberDescriptorType, types.ClassMethodDescriptorType, types.GenericAlias, types.UnionType, types.NoneType),
    *(types.EllipsisType, types.NotImplementedType, functools.partial, functools.cached_property, weakref.ref),
    *(operator.itemgetter, operator.attrgetter, operator.methodcaller, type(functools.cache(len)), struct.Struct),
)
"""Types whose methods leave the object as it is."""

C_METHOD: Final = type(array("i").extend)
"""The type of bound methods in C that are told which class defines them; a subclass of `types.BuiltinFunctionType`."""

ATOMS: Final[frozenset[type]] = frozenset([str, int, float, bool, bytes, complex, types.NoneType, range, slice])

VALUES: Final = words("datetime fractions uuid ipaddress zoneinfo pathlib pathlib._local pathlib._abc numbers")
VALUE_TYPES: Final = words("decimal.Decimal builtins.object")
"""Modules, and types, whose instances are never changed."""

READS_INTO: Final = words("readinto readinto1 pack_into recv_into recvfrom_into fromlist into")
"""Methods of objects that stay as they are, which write to a buffer that they are given."""


def carries(module: str) -> bool:
    """Whether the callables of a module only pass on what they are given."""
    return module in CARRIERS or module.partition(".")[0] in TOOLS
