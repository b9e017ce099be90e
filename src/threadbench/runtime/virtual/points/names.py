"""The one static rule of what may be left out: names that no code under test ever stores.

An attribute or global is free when no code under test, nested code included, stores or deletes an attribute or
global of that name. Should any of it be able to store names that it does not spell (`setattr`, `__dict__`, `exec`
…), nothing is free but the names of built-ins. A closure variable is free when it is stored once, by the function
that owns it, outside loops and before anything closes over it.
"""

from __future__ import annotations

import builtins
import dis
import functools
import types
from collections.abc import Iterable, Iterator, Sequence
from operator import is_
from typing import Final

import msgspec

from threadbench.runtime.virtual.points import opened
from threadbench.runtime.virtual.points.callbacks import called_back

STORES: Final = frozenset(["STORE_ATTR", "DELETE_ATTR", "STORE_GLOBAL", "DELETE_GLOBAL"])
_STORING: Final = frozenset(map(dis.opmap.__getitem__, STORES))
_CLOSING: Final = frozenset(dis.opmap[name] for name in ("STORE_DEREF", "DELETE_DEREF"))
UNSPELLED: Final = frozenset(
    [
        "setattr",
        "delattr",
        "__dict__",
        "vars",
        "globals",
        "exec",
        "eval",
        "__setattr__",
        "__delattr__",
        "setitem",
        "__setstate__",
    ]
)
"""Names in code that can store any attribute or global."""
CHANGING: Final = frozenset(
    [
        *("closed", "eof", "line_num", "unused_data", "unconsumed_tail", "needs_input", "cell_contents"),
        *("in_transaction", "total_changes", "rowcount", "lastrowid", "description"),
        *("gi_running", "gi_frame", "cr_running", "cr_frame"),
        *("flags", "newlines", "line_buffering", "write_through"),
        *opened.OF_ENUMS,
        *opened.NAMES,
    ]
)
"""Attributes that C code and the standard library change, of objects that threads may share: no code needs to store
them."""


class Names(msgspec.Struct, frozen=True):
    """The names that code stores."""

    stored: frozenset[str]
    cells: frozenset[str]
    everything: bool = False
    """Whether any attribute and global may be stored."""
    reentrant: bool = False
    """Whether C code may call any of the code back."""
    named: bool = False
    """Whether any of the code asks for a name, which may be a thread's."""
    libraries: bool = False
    """Whether it names a library: an operand may be an object of one, whose operators do what they like."""

    def meets(self, name: str, kind: str) -> bool:
        """Whether an attribute or global of this name may be stored by code under test."""
        if kind == "attribute" and name in CHANGING:
            return True
        return name in self.stored or (self.everything and not (kind == "global" and hasattr(builtins, name)))

    def within(self, code: types.CodeType) -> Names:
        """What of this a piece of code and the code nested in it can meet: two plans that agree in it rewrite it
        alike."""
        spelled: set[str] = set()
        variables: set[str] = set()
        for part in nested(code):
            spelled.update(part.co_names)
            variables.update(part.co_cellvars, part.co_freevars)
        return Names(self.stored & spelled, self.cells & variables, self.everything, libraries=self.libraries)


MOST_KNOWN: Final = 20_000
_known: dict[int, tuple[types.CodeType, Names]] = {}
"""By the code's id, and with the code, so that no other takes it: to hash code takes longer than all else here."""


def nested(code: types.CodeType) -> Iterator[types.CodeType]:
    """A piece of code, and the code of the functions and classes in it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from nested(constant)


_last: tuple[list[types.CodeType], Names] = [], Names(frozenset(), frozenset())
"""What was last asked for, and the answer."""


def stored(codes: Sequence[types.CodeType]) -> Names:
    """All names that these functions store."""
    global _last
    before, names = _last
    if len(before) == len(codes) and all(map(is_, before, codes)):
        return names
    _last = list(codes), _stored_by(codes)
    return _last[1]


def _stored_by(codes: Iterable[types.CodeType]) -> Names:
    found, cells, everything, reentrant, named = set[str](), set[str](), False, False, False
    for code in codes:
        if (known := _known.get(id(code))) is None:
            if len(_known) >= MOST_KNOWN:
                _known.clear()
            known = _known[id(code)] = code, _stored(code)
        names = known[1]
        found |= names.stored
        cells |= names.cells
        everything = everything or names.everything
        reentrant = reentrant or names.reentrant
        named = named or names.named
    return Names(frozenset(found), frozenset(cells), everything, reentrant, named)


def _stored(code: types.CodeType) -> Names:
    found, cells, everything = set[str](), set[str](), False
    for part in nested(code):
        if not UNSPELLED.isdisjoint(part.co_names):
            if part.co_filename == "<string>" and part.co_name in ("__init__", "__setattr__", "__delattr__"):
                # Methods that dataclasses generate for frozen classes: the names that they set are constants.
                found.update(constant for constant in part.co_consts if isinstance(constant, str))
            else:
                everything = True
        names, variables = _stores(part)
        found |= names
        cells |= variables
    reentrant = any(called_back(part) for part in nested(code))
    named = any(not _ASKING.isdisjoint(part.co_names) for part in nested(code))
    return Names(frozenset(found), frozenset(cells), everything, reentrant, named)


_spelled: dict[int, tuple[types.CodeType, frozenset[str]]] = {}


def spelled_in(code: types.CodeType) -> frozenset[str]:
    """Names of attributes and globals in this code and the code in it."""
    known = _spelled.get(id(code))
    if known is None:
        if len(_spelled) >= MOST_KNOWN:
            _spelled.clear()
        known = _spelled[id(code)] = code, frozenset(name for part in nested(code) for name in part.co_names)
    return known[1]


@functools.lru_cache(maxsize=1024)
def changed_cells(code: types.CodeType) -> frozenset[str]:
    """Variables of closures that this code stores more than once, or that are another's."""
    return frozenset(_changed(code))


def stored_names(code: types.CodeType) -> frozenset[str]:
    """Names that this code and the code in it store as attributes or globals."""
    found: set[str] = set()
    for part in nested(code):
        if not _STORING.isdisjoint(part.co_code[::2]):
            found |= _named(part)
    return frozenset(found)


_ASKING: Final = frozenset({"name", "getName"})


def _stores(code: types.CodeType) -> tuple[set[str], set[str]]:
    """Names that this code stores as attributes or globals, and closure variables that it stores more than once."""
    opcodes = set(code.co_code[::2])
    names = set() if _STORING.isdisjoint(opcodes) else _named(code)
    cells = set() if _CLOSING.isdisjoint(opcodes) else _changed(code)
    return names, cells


def _named(code: types.CodeType) -> set[str]:
    # By hand: `dis` works out lines, jumps and values of all instructions, and takes thirty times as long. What stands
    # between them for the interpreter's own use is zero in `co_code`.
    names: set[str] = set()
    raw = code.co_code
    extended = 0
    for opcode, low in zip(raw[::2], raw[1::2], strict=True):
        argument = extended | low
        if opcode == dis.EXTENDED_ARG:
            extended = argument << 8
            continue
        extended = 0
        if opcode in _STORING:
            names.add(code.co_names[argument])
    return names


def _changed(code: types.CodeType) -> set[str]:
    cells: set[str] = set()
    parameters = code.co_argcount + code.co_kwonlyargcount + bool(code.co_flags & 4) + bool(code.co_flags & 8)
    times = dict.fromkeys(code.co_cellvars, 0)
    for parameter in code.co_varnames[:parameters]:
        if parameter in times:
            times[parameter] = 1
    closed: set[str] = set()
    instructions = list(dis.get_instructions(code))
    last_backward = _last_jump_targets(instructions)
    for instruction in instructions:
        name = instruction.opname
        if name in ("STORE_DEREF", "DELETE_DEREF"):
            variable = instruction.argval
            inside = any(start <= instruction.offset <= end for start, end in last_backward)
            if variable not in times or name == "DELETE_DEREF" or inside or variable in closed:
                cells.add(variable)
            else:
                times[variable] += 1
                if times[variable] > 1:
                    cells.add(variable)
        elif name == "LOAD_CLOSURE" or (name == "LOAD_FAST" and instruction.argval in times):
            closed.add(instruction.argval)
    return cells


def _last_jump_targets(instructions: Iterable[dis.Instruction]) -> list[tuple[int, int]]:
    return [
        (int(instruction.argval), instruction.offset)
        for instruction in instructions
        if "JUMP" in instruction.opname
        and isinstance(instruction.argval, int)
        and instruction.argval <= instruction.offset
    ]
