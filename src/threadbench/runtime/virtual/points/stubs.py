"""Code that stands in for a function until it is called: then the function is rewritten, and called again.

Rewriting takes milliseconds, and a module has many functions that an exploration never calls.
"""

from __future__ import annotations

import inspect
import sys
import types
from collections.abc import Callable
from dis import opmap
from typing import Any

_FUNCTION_FLAGS = inspect.CO_OPTIMIZED | inspect.CO_NEWLOCALS | inspect.CO_NESTED


def stub(function: types.FunctionType, rewritten: Callable[[], types.CodeType]) -> types.CodeType:
    """Code of the same signature that has the function's code replaced at the first call, and calls the function again."""
    code = function.__code__
    positional = code.co_argcount
    named = code.co_varnames[positional : positional + code.co_kwonlyargcount]
    various = bool(code.co_flags & inspect.CO_VARARGS)
    keywords = bool(code.co_flags & inspect.CO_VARKEYWORDS)
    count = positional + len(named) + various + keywords

    def begin(*values: Any) -> Any:
        function.__code__ = rewritten()
        rest = values[positional + len(named) :]
        passed = dict(zip(named, values[positional:], strict=False))
        if keywords:
            passed |= rest[-1]
        return function(*values[:positional], *(rest[0] if various else ()), **passed)

    kept = code.co_flags & (inspect.CO_VARARGS | inspect.CO_VARKEYWORDS | _FUNCTION_FLAGS)
    return code.replace(
        co_code=_assembled(count),
        co_consts=(begin,),
        co_names=(),
        co_varnames=code.co_varnames[:count],
        co_nlocals=count,
        co_cellvars=(),
        co_stacksize=count + 3,
        co_flags=kept,
        co_exceptiontable=b"",
        co_linetable=_lines(count),
    )


def _assembled(count: int) -> bytes:
    """Call the first constant with all locals, and return what it returns."""
    code = bytearray([opmap["RESUME"], 0])
    if sys.version_info < (3, 13):
        code += bytes([opmap["PUSH_NULL"], 0, opmap["LOAD_CONST"], 0])
    else:
        code += bytes([opmap["LOAD_CONST"], 0, opmap["PUSH_NULL"], 0])
    for index in range(count):
        if index > 255:
            code += bytes([opmap["EXTENDED_ARG"], index >> 8])
        code += bytes([opmap["LOAD_FAST"], index & 255])
    for name in ("PRECALL", "CALL"):
        if name in opmap:
            if count > 255:
                code += bytes([opmap["EXTENDED_ARG"], count >> 8])
            code += bytes([opmap[name], count & 255, *[0, 0] * _CACHES[name]])
    return bytes(code + bytes([opmap["RETURN_VALUE"], 0]))


def _caches(name: str) -> int:
    import opcode

    entries: Any = opcode._inline_cache_entries  # type: ignore[attr-defined]  # noqa: SLF001  # 3.11 has no public name
    return int(entries.get(name, 0)) if isinstance(entries, dict) else int(entries[opmap[name]])


_CACHES = {name: _caches(name) for name in ("PRECALL", "CALL") if name in opmap}


def _lines(count: int) -> bytes:
    """A line table in which all instructions stand on the function's first line."""
    units = len(_assembled(count)) // 2
    table = bytearray()
    while units:
        length = min(units, 8)
        table += bytes([0x80 | (13 << 3) | (length - 1), 0])
        units -= length
    return bytes(table)
