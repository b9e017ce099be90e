"""Code that stands in for a function until it is called: then the function is rewritten, and called again.

Rewriting takes milliseconds, and a module has many functions that an exploration never calls. A stub is of the same
sort as its function (plain, generator, coroutine): Python refuses other code, and `inspect.iscoroutinefunction` asks
before the first call.
"""

from __future__ import annotations

import inspect
import types
import weakref
from collections.abc import Callable
from functools import cache
from typing import Any, Final

_BEGIN: Final = "threadbench: the function that rewrites"
"""The constant in a template that each stub has its own value for."""

_SORTS: Final = {
    0: "def stub({}): return {!r}.__call__({}); {}",
    inspect.CO_GENERATOR: "def stub({}): return (yield from {!r}.__call__({})); {}",
    inspect.CO_COROUTINE: "async def stub({}): return await {!r}.__call__({}); {}",
}

_KEPT: Final = inspect.CO_NESTED | inspect.CO_ITERABLE_COROUTINE


def stub(function: types.FunctionType, rewritten: Callable[[], types.CodeType]) -> types.CodeType:
    """Code of the same signature that has the function's code replaced at the first call, and calls the function
    again."""
    code = function.__code__
    sort = code.co_flags & (inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR)
    if sort not in _SORTS:
        return rewritten()  # an asynchronous generator: nothing delegates to it whole
    positional = code.co_argcount
    various = bool(code.co_flags & inspect.CO_VARARGS)
    keywords = bool(code.co_flags & inspect.CO_VARKEYWORDS)
    template = _template(
        sort, positional, code.co_posonlyargcount, code.co_kwonlyargcount, various, keywords, len(code.co_freevars)
    )
    named = code.co_varnames[positional : positional + code.co_kwonlyargcount]
    known = weakref.ref(function)  # the stub is kept for the next exploration, and is not to keep its function alive

    def begin(*values: Any) -> Any:
        function = known()
        assert function is not None
        function.__code__ = rewritten()
        rest = values[positional + len(named) :]
        passed = dict(zip(named, values[positional:], strict=False))
        if keywords:
            passed |= rest[-1]
        return function(*values[:positional], *(rest[0] if various else ()), **passed)

    return template.replace(
        co_consts=tuple(begin if constant == _BEGIN else constant for constant in template.co_consts),
        co_varnames=code.co_varnames[: template.co_nlocals],
        co_freevars=code.co_freevars,
        co_filename=code.co_filename,
        co_firstlineno=code.co_firstlineno,
        co_name=code.co_name,
        co_qualname=code.co_qualname,
        co_flags=template.co_flags | code.co_flags & _KEPT,
    )


@cache
def _template(
    sort: int, positional: int, only: int, named: int, various: bool, keywords: bool, free: int
) -> types.CodeType:
    """A stub for functions of this sort that take so many arguments, and have so many variables of closures: it uses
    none, but who looks at the variables of its frame finds them where its first instruction has put them."""
    names = [f"a{index}" for index in range(positional + named + various + keywords)]
    parameters = names[:positional]
    if only:
        parameters.insert(only, "/")
    rest = iter(names[positional + named :])
    if various:
        parameters.append(f"*{next(rest)}")
    elif named:
        parameters.append("*")
    parameters += names[positional : positional + named]
    if keywords:
        parameters.append(f"**{next(rest)}")
    cells = [f"c{index:05}" for index in range(free)]
    source = _SORTS[sort].format(", ".join(parameters), _BEGIN, ", ".join(names), ", ".join([*cells, "None"]))
    module = compile(f"def enclosing({', '.join(cells)}):\n {source}", "<stub>", "exec", dont_inherit=True)
    return _code_in(_code_in(module))


def _code_in(code: types.CodeType) -> types.CodeType:
    return next(constant for constant in code.co_consts if isinstance(constant, types.CodeType))
