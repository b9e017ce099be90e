"""How a hook is called from bytecode, on every version.

The hook lies where a method would, and its first argument where `self` would: then no version needs a NULL, and each
specialises the call.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from bytecode import Instr
from bytecode.instr import CellVar, FreeVar, InstrLocation

if TYPE_CHECKING:
    from threadbench.runtime.virtual.points.sites import Site

PRECALL: Final = sys.version_info < (3, 12)
NULL_FIRST: Final = sys.version_info < (3, 13)
"""NULL lies below the callable until 3.12, above it since."""

Place = InstrLocation | None


def hooked(
    hook: Callable[..., Any], depths: Sequence[int], site: Site, place: Place, *, kept: bool = False
) -> list[Instr]:
    """Call a hook with copies of stack slots (1 is the top) and the site; drop what it returns unless `kept`."""
    code = [Instr("LOAD_CONST", hook, location=place)]
    code += [Instr("COPY", depth + pushed, location=place) for pushed, depth in enumerate(depths, 1)]
    return [*code, *_call(len(depths), site, place, kept=kept)]


def hooked_cell(hook: Callable[..., Any], cell: CellVar | FreeVar, site: Site, place: Place) -> list[Instr]:
    """Call a hook with a closure's cell and the site."""
    load = "LOAD_FAST" if sys.version_info >= (3, 13) else "LOAD_CLOSURE"
    return [
        Instr("LOAD_CONST", hook, location=place),
        Instr(load, cell, location=place),
        *_call(1, site, place, kept=False),
    ]


def replaced(hook: Callable[..., Any], site: Site, place: Place) -> list[Instr]:
    """Put what a hook returns in the place of the top of the stack, which it is given and nobody else keeps."""
    return [
        Instr("LOAD_CONST", hook, location=place),
        Instr("SWAP", 2, location=place),
        *_call(1, site, place, kept=True),
    ]


def gathered(hook: Callable[..., Any], depths: Sequence[int], site: Site, place: Place) -> list[Instr]:
    """Call a hook with a copy of the first slot, a tuple of copies of the others, and the site; keep what it
    returns."""
    code = [Instr("LOAD_CONST", hook, location=place)]
    code += [Instr("COPY", depth + pushed, location=place) for pushed, depth in enumerate(depths, 1)]
    code += [Instr("BUILD_TUPLE", len(depths) - 1, location=place)]
    return [*code, *_call(2, site, place, kept=True)]


def plain_method(place: Place) -> list[Instr]:
    """After an attribute was loaded: the NULL that a look-up for a call leaves."""
    null = Instr("PUSH_NULL", location=place)
    return [null, Instr("SWAP", 2, location=place)] if NULL_FIRST else [null]


def _call(arguments: int, site: Site, place: Place, *, kept: bool) -> list[Instr]:
    code = [Instr("LOAD_CONST", site, location=place)]
    if PRECALL:
        code.append(Instr("PRECALL", arguments, location=place))
    code.append(Instr("CALL", arguments, location=place))
    if not kept:
        code.append(Instr("POP_TOP", location=place))
    return code
