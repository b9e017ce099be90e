"""Functions of libraries that need not be told of: what they can come to is what they are given.

Which those are is read from their bytecode, once in a search.
"""

from __future__ import annotations

import dis
import functools
import inspect
import types
from opcode import opname
from typing import Final

from threadbench.runtime.virtual.points import effects
from threadbench.runtime.virtual.points.names import nested


def forget() -> None:
    """Let go of the functions met: what their globals are may change."""
    _contained.clear()


def contained(function: types.FunctionType, deep: int = 3) -> bool:
    """Whether a function has to do with nothing but its arguments and what it makes of them: no globals but constants,
    built-ins that look at what they are given, and functions of this sort; nothing that it keeps in a default or shares
    in a closure; no attributes but those it stores, and methods of built-in types.
    """
    code = function.__code__
    known = _contained.get(id(code))
    if known is None or known[0] is not code:
        _contained[id(code)] = code, False  # while it is looked into: it may call itself
        known = _contained[id(code)] = code, _is_contained(function, deep)
    return known[1]


def _is_contained(function: types.FunctionType, deep: int) -> bool:
    code = function.__code__
    defaults = (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values())
    if (
        not deep
        or code.co_freevars
        or code.co_flags & _LATER
        or not all(type(value) in effects.ATOMS for value in defaults)
    ):
        return False
    for part in nested(code):
        for instruction in dis.get_instructions(part):
            name, how = instruction.argval, instruction.opname
            if how in ("LOAD_GLOBAL", "LOAD_NAME"):
                if name in function.__globals__:
                    value = function.__globals__[name]
                    if type(value) is not types.FunctionType or not contained(value, deep - 1):
                        return False
                elif name not in _LOOKING_ON:
                    return False
            elif how in ("LOAD_ATTR", "LOAD_METHOD"):
                if name not in _OF_BUILT_INS:
                    return False
            elif how.startswith(_REACHING_OUT):
                return False
    return True


_contained: dict[int, tuple[types.CodeType, bool]] = {}
_LATER: Final = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR
_LOOKING_ON: Final = effects.words(
    """
    setattr len int str float bool complex bytes list dict set tuple frozenset range enumerate zip reversed sorted sum
    min max any all abs divmod pow round bin hex oct chr ord repr format isinstance issubclass type id iter next
    ValueError TypeError KeyError IndexError AttributeError RuntimeError LookupError NotImplementedError StopIteration
    NotImplemented Ellipsis
    """
)
_OF_BUILT_INS: Final = effects.METHODS_READ | effects.words("append extend insert update add items setdefault pop sort")
_REACHING_OUT: Final = (
    *(
        "STORE_GLOBAL",
        "DELETE_GLOBAL",
        "STORE_NAME",
        "IMPORT",
        "LOAD_SUPER",
        "LOAD_BUILD_CLASS",
        "BEFORE_",
        "LOAD_FROM",
    ),
    *("LOAD_CLASSDEREF", "MATCH_CLASS", "DELETE_ATTR"),
)


@functools.lru_cache(maxsize=4096)
def changes(code: types.CodeType) -> bool:
    """Whether code may change anything but its own variables: it stores, or calls what might."""
    return any(opname[opcode].startswith(_CHANGING) for part in nested(code) for opcode in part.co_code[::2])


_CHANGING: Final = (
    *("STORE_ATTR", "STORE_SUBSCR", "STORE_SLICE", "STORE_GLOBAL", "STORE_DEREF", "STORE_NAME"),
    *("DELETE_ATTR", "DELETE_SUBSCR", "DELETE_GLOBAL", "DELETE_DEREF", "CALL", "IMPORT", "YIELD", "SEND"),
)
