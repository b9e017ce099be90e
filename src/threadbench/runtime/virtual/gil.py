"""Where CPython with a GIL may let another thread run: the facts under the `gil` model, per Python version.

CPython gives the GIL away in two ways only: it *checks the eval breaker* (`_Py_HandlePending`: somebody asked for the
GIL, a signal, a pending call, since 3.12 a garbage collection), or C code *releases* it (a lock that must wait, a
sleep, I/O). The eval loop checks at four places, and nowhere else:

* `ENTRY`: a `RESUME` whose location is 0 or 1, so on entry of a function and after a `yield`, before anything of the
  body;
* `LOOP`: a backward jump that is taken, between the last instruction of one round and the first of the next;
* `RETURN`: after a call that *ran in C*, its result on the stack, nothing stored yet;
* `RETURN` of `CALL_FUNCTION_EX` (`f(*args)`): the same, and after Python functions too (not on 3.12.0 to 3.12.2).

The rule for `CALL`: a plain Python function, or a bound method of one, has its frame pushed in the same eval loop, so
the check is its `RESUME`, and there is none when it returns. Anything else (builtin, type, `partial`, instance with
`__call__`) is checked after it returned; Python code that C reached in between (`__init__`, `key=`) checks at its own
`RESUME` too.

An instruction has several forms. Some hot ones omit the check (`silent`: `len`, `isinstance`, `list.append`, `type`),
so code that loses nothing in a hot loop loses updates while it is young, or whenever a profiler is on. A check in *any*
form is in the table: the model never allows less than CPython. What has a check in no form is not: attribute, item,
global and closure access, arithmetic, comparison, and `with` and `for` themselves switch only inside Python functions
that they reach (`REACHES`).

The table was read from the interpreter's sources and is held to the running binary by `tests/truth/test_checks.py`,
which keeps the eval breaker set and sees after which instructions it is served, and on 3.13 reads the interpreter's own
metadata. `docs/gil-model.md` tells it to users.
"""

from __future__ import annotations

import dis
import sys
from collections.abc import Callable, Mapping
from enum import Enum
from types import CodeType, FunctionType, MappingProxyType, MethodType
from typing import Final

import msgspec

Version = tuple[int, int]

RUNNING: Final[Version] = sys.version_info[:2]


class Place(Enum):
    """Where beside its instruction a check stands, and what it depends on."""

    ENTRY = "with the instruction, where `resume_checks(oparg)`"
    LOOP = "with the jump, when it is taken"
    RETURN = "after the call has returned a value, where `checks_after(opname, callable)`"


class Check(msgspec.Struct, frozen=True):
    """One instruction, as the compiler emits it and a rewriter meets it, that checks the eval breaker in some form."""

    opname: str
    place: Place
    forms: tuple[str, ...]
    """The forms that check: adaptive, specialised, instrumented."""
    source: tuple[str, ...]
    """File, symbol and macro that do it; `TAGS` has the release on whose binary it was verified."""
    silent: tuple[str, ...] = ()
    """Specialised forms of the same instruction that omit it; the model allows the switch all the same."""


TAGS: Final[Mapping[Version, str]] = MappingProxyType({(3, 11): "v3.11.7", (3, 12): "v3.12.1", (3, 13): "v3.13.0"})

_STAR_INLINED: Final = (3, 12) <= sys.version_info < (3, 12, 3)
"""Whether every form of CALL_FUNCTION_EX inlines Python functions: gh-116626, backported to 3.12, ended it."""

_GENERATORS: Final = sum(
    flag for flag, name in dis.COMPILER_FLAG_NAMES.items() if name in ("GENERATOR", "COROUTINE", "ASYNC_GENERATOR")
)

_11 = "Python/ceval.c: TARGET({}) {}"
_12 = "Python/bytecodes.c: inst({}) {}"
_MACRO = "CHECK_EVAL_BREAKER()"
_FALLS_INTO = "GO_TO_INSTRUCTION({})"
_INSTRUMENTED_STAR = "CALL_FUNCTION_EX, if (opcode == INSTRUMENTED_CALL_FUNCTION_EX) PyObject_Call() of whatever it is"

_POP_JUMPS_11 = tuple(f"POP_JUMP_BACKWARD_IF_{what}" for what in ("FALSE", "TRUE", "NONE", "NOT_NONE"))
_FUSED_11 = ("COMPARE_OP_FLOAT_JUMP", "COMPARE_OP_INT_JUMP", "COMPARE_OP_STR_JUMP")
_PRECALLS_11 = (
    "PRECALL_BUILTIN_CLASS",
    "PRECALL_BUILTIN_FAST_WITH_KEYWORDS",
    "PRECALL_METHOD_DESCRIPTOR_FAST_WITH_KEYWORDS",
    "PRECALL_NO_KW_BUILTIN_FAST",
    "PRECALL_NO_KW_BUILTIN_O",
    "PRECALL_NO_KW_METHOD_DESCRIPTOR_FAST",
    "PRECALL_NO_KW_METHOD_DESCRIPTOR_NOARGS",
    "PRECALL_NO_KW_METHOD_DESCRIPTOR_O",
    "PRECALL_NO_KW_STR_1",
    "PRECALL_NO_KW_TUPLE_1",
)
_CALLS_12 = (
    "CALL_BUILTIN_CLASS",
    "CALL_BUILTIN_FAST_WITH_KEYWORDS",
    "CALL_METHOD_DESCRIPTOR_FAST_WITH_KEYWORDS",
    "CALL_NO_KW_BUILTIN_FAST",
    "CALL_NO_KW_BUILTIN_O",
    "CALL_NO_KW_METHOD_DESCRIPTOR_FAST",
    "CALL_NO_KW_METHOD_DESCRIPTOR_NOARGS",
    "CALL_NO_KW_METHOD_DESCRIPTOR_O",
    "CALL_NO_KW_STR_1",
    "CALL_NO_KW_TUPLE_1",
)
_CALLS_13 = (*(name.replace("NO_KW_", "") for name in _CALLS_12), "CALL_NON_PY_GENERAL")
_SILENT = ("TYPE_1", "LEN", "ISINSTANCE", "LIST_APPEND")


_3_11 = (
    Check(
        "RESUME",
        Place.ENTRY,
        ("RESUME", "RESUME_QUICK", "DO_TRACING"),
        (
            _11.format("RESUME_QUICK", "if (eval_breaker && oparg < 2) goto handle_eval_breaker"),
            "Python/ceval.c: TARGET_DO_TRACING: if (oparg < 2) CHECK_EVAL_BREAKER()",
        ),
    ),
    Check(
        "JUMP_BACKWARD",
        Place.LOOP,
        ("JUMP_BACKWARD", "JUMP_BACKWARD_QUICK"),
        (_11.format("JUMP_BACKWARD_QUICK", _MACRO),),
    ),
    *(Check(jump, Place.LOOP, (jump,), (_11.format(jump, _MACRO),)) for jump in _POP_JUMPS_11[2:]),
    *(
        # A hot comparison swallows the jump behind it, check included.
        Check(jump, Place.LOOP, (jump, *_FUSED_11), tuple(_11.format(form, _MACRO) for form in (jump, *_FUSED_11)))
        for jump in _POP_JUMPS_11[:2]
    ),
    Check(
        # PRECALL stands before it, and checks nothing itself: its specialised forms do the whole call, and skip CALL.
        "CALL",
        Place.RETURN,
        ("CALL", "CALL_ADAPTIVE", *_PRECALLS_11),
        tuple(_11.format(form, _MACRO) for form in ("CALL", *_PRECALLS_11)),
        tuple(f"PRECALL_NO_KW_{what}" for what in _SILENT),
    ),
    Check(
        "CALL_FUNCTION_EX",
        Place.RETURN,
        ("CALL_FUNCTION_EX",),
        (_11.format("CALL_FUNCTION_EX", f"do_call_core(), {_MACRO}"),),
    ),
)

_3_12 = (
    Check(
        "RESUME",
        Place.ENTRY,
        ("RESUME", "INSTRUMENTED_RESUME"),
        tuple(
            _12.format(form, "if (eval_breaker && oparg < 2) goto handle_eval_breaker")
            for form in ("RESUME", "INSTRUMENTED_RESUME")
        ),
    ),
    Check(
        "JUMP_BACKWARD",
        Place.LOOP,
        ("JUMP_BACKWARD", "INSTRUMENTED_JUMP_BACKWARD"),
        tuple(_12.format(form, _MACRO) for form in ("JUMP_BACKWARD", "INSTRUMENTED_JUMP_BACKWARD")),
    ),
    Check(
        "CALL",
        Place.RETURN,
        ("CALL", "INSTRUMENTED_CALL", *_CALLS_12),
        (
            *(_12.format(form, _MACRO) for form in ("CALL", *_CALLS_12)),
            _12.format("INSTRUMENTED_CALL", _FALLS_INTO.format("CALL")),
        ),
        tuple(f"CALL_NO_KW_{what}" for what in _SILENT),
    ),
    Check(
        "CALL_FUNCTION_EX",
        Place.RETURN,
        ("CALL_FUNCTION_EX", "INSTRUMENTED_CALL_FUNCTION_EX"),
        (
            _12.format("CALL_FUNCTION_EX", _MACRO),
            _12.format("INSTRUMENTED_CALL_FUNCTION_EX", _INSTRUMENTED_STAR + "; since 3.12.3"),
        ),
    ),
)

_3_13 = (
    Check(
        "RESUME",
        Place.ENTRY,
        ("RESUME", "RESUME_CHECK", "INSTRUMENTED_RESUME"),
        (
            _12.format("RESUME", f"if ((oparg & RESUME_OPARG_LOCATION_MASK) < RESUME_AFTER_YIELD_FROM) {_MACRO}"),
            _12.format("RESUME_CHECK", "DEOPT_IF(eval_breaker != version): falls back on RESUME"),
            _12.format("INSTRUMENTED_RESUME", _MACRO),
        ),
    ),
    Check(
        "JUMP_BACKWARD",
        Place.LOOP,
        ("JUMP_BACKWARD", "INSTRUMENTED_JUMP_BACKWARD"),
        tuple(_12.format(form, _MACRO) for form in ("JUMP_BACKWARD", "INSTRUMENTED_JUMP_BACKWARD")),
    ),
    Check(
        "CALL",
        Place.RETURN,
        ("CALL", "INSTRUMENTED_CALL", *_CALLS_13),
        (
            *(_12.format(form, _MACRO) for form in ("CALL", *_CALLS_13)),
            _12.format("INSTRUMENTED_CALL", _FALLS_INTO.format("CALL")),
        ),
        # The last: `Class()` whose Python __init__ is inlined, and whose __init__'s RESUME is then the only check.
        (*(f"CALL_{what}" for what in _SILENT), "CALL_ALLOC_AND_ENTER_INIT"),
    ),
    Check(
        "CALL_KW",
        Place.RETURN,
        ("CALL_KW", "INSTRUMENTED_CALL_KW"),
        (_12.format("CALL_KW", _MACRO), _12.format("INSTRUMENTED_CALL_KW", _FALLS_INTO.format("CALL_KW"))),
    ),
    Check(
        "CALL_FUNCTION_EX",
        Place.RETURN,
        ("CALL_FUNCTION_EX", "INSTRUMENTED_CALL_FUNCTION_EX"),
        (
            _12.format("CALL_FUNCTION_EX", _MACRO),
            _12.format("INSTRUMENTED_CALL_FUNCTION_EX", _INSTRUMENTED_STAR),
        ),
    ),
)

_TABLE: Final[Mapping[Version, Mapping[str, Check]]] = {
    version: MappingProxyType({check.opname: check for check in found})
    for version, found in {(3, 11): _3_11, (3, 12): _3_12, (3, 13): _3_13}.items()
}

CHECKS_NOTHING: Final = frozenset({"JUMP_BACKWARD_NO_INTERRUPT", "JUMP_FORWARD", "SEND", "YIELD_VALUE", "PRECALL"})
"""Jumps and resumptions that look as if they checked. The loop of `yield from` and `await` checks in the inner
generator only."""

CALLED_BACK: Final[Mapping[str, str]] = MappingProxyType(
    dict.fromkeys(("CALL", "CALL_KW", "CALL_FUNCTION_EX"), "before and after a call that runs in C")
    | dict.fromkeys(("RETURN_VALUE", "RETURN_CONST", "YIELD_VALUE"), "on leaving the frame, its value computed")
)
"""Where `sys.setprofile` calls a profiler back. One written in Python is a function with a RESUME of its own, so with
it in the program a switch is possible there too, and `c.v = get() + 1` loses updates that it cannot lose otherwise. One
in C (cProfile) only makes the instrumented forms run. Not in `checks`: it is the profiler that switches."""

# fmt: off
REACHES: Final = frozenset(
    {
        "BEFORE_ASYNC_WITH", "BEFORE_WITH", "BINARY_OP", "BINARY_SLICE", "BINARY_SUBSCR", "BUILD_CONST_KEY_MAP",
        "BUILD_MAP", "BUILD_SET", "CALL_INTRINSIC_1", "CALL_INTRINSIC_2", "CHECK_EG_MATCH", "COMPARE_OP",
        "CONTAINS_OP", "CONVERT_VALUE", "DELETE_ATTR", "DELETE_GLOBAL", "DELETE_NAME", "DELETE_SUBSCR",
        "DICT_MERGE", "DICT_UPDATE", "FORMAT_SIMPLE", "FORMAT_VALUE", "FORMAT_WITH_SPEC", "FOR_ITER",
        "GET_AITER", "GET_ANEXT", "GET_AWAITABLE", "GET_ITER", "GET_LEN", "GET_YIELD_FROM_ITER", "IMPORT_FROM",
        "IMPORT_NAME", "IMPORT_STAR", "JUMP_IF_FALSE_OR_POP", "JUMP_IF_TRUE_OR_POP", "LIST_EXTEND", "LOAD_ATTR",
        "LOAD_FROM_DICT_OR_DEREF", "LOAD_FROM_DICT_OR_GLOBALS", "LOAD_GLOBAL", "LOAD_METHOD", "LOAD_NAME",
        "LOAD_SUPER_ATTR", "MAP_ADD", "MATCH_CLASS", "MATCH_KEYS", "POP_JUMP_BACKWARD_IF_FALSE",
        "POP_JUMP_BACKWARD_IF_TRUE", "POP_JUMP_FORWARD_IF_FALSE", "POP_JUMP_FORWARD_IF_TRUE",
        "POP_JUMP_IF_FALSE", "POP_JUMP_IF_TRUE", "PRINT_EXPR", "RAISE_VARARGS", "SEND", "SET_ADD", "SET_UPDATE",
        "STORE_ATTR", "STORE_GLOBAL", "STORE_NAME", "STORE_SLICE", "STORE_SUBSCR", "TO_BOOL", "UNARY_INVERT",
        "UNARY_NEGATIVE", "UNARY_NOT", "UNARY_POSITIVE", "UNPACK_EX", "UNPACK_SEQUENCE", "WITH_EXCEPT_START",
    }
)
# fmt: on
"""Instructions that may run a Python function without a call in sight (`__add__`, a property, `__hash__`, `__enter__`),
or C code that releases the GIL (`with lock` that must wait, `for line in file`, an import). They check nothing: a
switch is inside that function or wait, and never between its end and the next instruction. Besides these, any
instruction that drops the last reference to an object runs its finalizer, and on 3.11 any that makes a container may
run the collector."""


def checks(version: Version = RUNNING) -> Mapping[str, Check]:
    """The instructions that check, by name. A version that nobody has read is refused: a guess may allow too little."""
    if version not in _TABLE:
        raise LookupError(f"the gil model knows CPython {', '.join(TAGS.values())}, not {version[0]}.{version[1]}")
    return _TABLE[version]


def resume_checks(oparg: int) -> bool:
    """Whether a RESUME checks: on entry (0) and after a `yield` (1), not inside `yield from` (2) or `await` (3).

    3.13 keeps another fact in bit 2 of the oparg (RESUME_OPARG_DEPTH1_MASK); before, the mask changes nothing.
    """
    return oparg & 0x3 < 2


def checks_after(opname: str, called: object) -> bool:
    """Whether a call instruction of the running interpreter checks, in some form, once `called` has returned.

    `f(*args)` differs: it unpacks no bound method, so calls that in C; and it does inline Python functions since 3.12,
    but since 3.12.3 not in its instrumented form.
    """
    if opname == "CALL_FUNCTION_EX" and not (_STAR_INLINED and type(called) is FunctionType):
        return True
    return not inlined(called)


def inlined(called: object) -> bool:
    """Whether CALL pushes the frame of `called` instead of calling C: a Python function or a bound method of one.

    False where an evaluator of PEP 523 is installed; such a debugger adds a check after every call, and is not
    modelled.
    """
    if type(called) is MethodType:
        called = called.__func__
    return type(called) is FunctionType


def switches_on_entry(called: Callable[..., object]) -> bool:
    """Whether entering a Python function checks: not for a generator function, which has not begun when it returns."""
    code = getattr(called, "__code__", None)
    return isinstance(code, CodeType) and not code.co_flags & _GENERATORS


def switches_inside(code: CodeType, version: Version = RUNNING) -> bool:
    """Whether a call of a Python function that is not instrumented may let another thread in later than at its entry.

    Asked of library code that the code under test calls: if true, the call needs a point after it as well as before,
    since the switch may come behind the last thing the function read. The call of a generator function runs nothing.
    """
    later = checks(version).keys() - {"RESUME"} | REACHES
    return not code.co_flags & _GENERATORS and any(
        instruction.opname in later for instruction in dis.get_instructions(code)
    )
