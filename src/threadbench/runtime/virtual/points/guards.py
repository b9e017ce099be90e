"""The hooks of instructions that may reach Python code which is not under test; see `reaching`."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from threadbench.runtime.virtual.points.containers import ITERATORS
from threadbench.runtime.virtual.points.current import current, get_ident
from threadbench.runtime.virtual.points.reaching import (
    ATOMS,
    DEEP,
    HASHED,
    INSIDE,
    NOT,
    TEXT,
    attribute_reaches,
    function_reaches,
    iterator_reaches,
    looked_into,
    reaches,
    special,
)

if TYPE_CHECKING:
    from threadbench.runtime.virtual.points.sites import Site

Reaching = Callable[..., int]


@functools.cache
def operands(*names: tuple[str, ...]) -> Reaching:
    """The hook of an instruction that asks each of its operands for special methods."""

    def reached(*given: Any) -> int:
        if get_ident() != current.ident:
            return NOT
        found = NOT
        for value, wanted in zip(given, names, strict=False):
            if wanted and type(value) not in ATOMS:
                found = max(found, reaches(value, wanted, DEEP))
        if found:
            looked_into(given[:-1], given[-1])
        return _entered(found, given[-1])

    return reached


@functools.cache
def attribute(how: str) -> Reaching:
    """The hook of an instruction on an attribute."""

    def reached(obj: Any, site: Site) -> int:
        if get_ident() != current.ident:
            return NOT
        return _entered(attribute_reaches(obj, site.name, how), site)

    return reached


def advanced(iterator: Any, site: Site) -> int:
    """Announce what the next step of an iterator enters."""
    return _entered(iterator_reaches(iterator), site) if get_ident() == current.ident else NOT


def iterated(obj: Any, site: Site) -> int:
    """The same of an object whose `__iter__` is asked, or of all its items."""
    if get_ident() != current.ident:
        return NOT
    return _entered(max(special(type(obj), ("__iter__",)), _stepped(obj)), site)


def _stepped(obj: Any) -> int:
    return iterator_reaches(obj) if type(obj) in ITERATORS else special(type(obj), ("__next__",))


def stepped(iterator: Any, site: Site) -> None:
    """Announce what an iterator may have checked before it gave a value."""
    if get_ident() == current.ident and iterator_reaches(iterator) == INSIDE:
        current.switch(site)


def left(leave: Any, site: Site) -> int:
    """Announce what leaving a `with` block by an exception enters."""
    return _entered(function_reaches(leave), site) if get_ident() == current.ident else NOT


def _entered(found: int, site: Site) -> int:
    if found:
        current.switch(site)
    return found


def done(found: int, site: Site) -> None:
    """Announce what the function that was reached may have checked before it returned."""
    if found == INSIDE and get_ident() == current.ident:
        current.switch(site)


_TRUTH: Final = ("__bool__", "__len__")
_SHORT: Final = {
    "subtract": "sub",
    "multiply": "mul",
    "true_divide": "truediv",
    "floor_divide": "floordiv",
    "remainder": "mod",
    "power": "pow",
    "matrix_multiply": "matmul",
}


def binary(operation: str) -> Reaching:
    """The hook of BINARY_OP, for the name of its operation."""
    short = operation.removeprefix("INPLACE_").lower()
    short = _SHORT.get(short, short)
    left_names = (f"__{short}__", f"__i{short}__") if operation.startswith("INPLACE_") else (f"__{short}__",)
    if short == "mod":
        return operands(left_names, ("__rmod__", *TEXT))
    return operands(left_names, (f"__r{short}__",))


def compared(operation: str) -> Reaching:
    """The hook of COMPARE_OP, for the name of its operation."""
    short = operation[:2].lower()
    mirrored = {"lt": "gt", "gt": "lt", "le": "ge", "ge": "le"}.get(short, short)
    names = {f"__{short}__", f"__{mirrored}__", "__eq__"}
    return operands(tuple(sorted(names)), tuple(sorted(names)))


GUARDS: Final[dict[str, tuple[Reaching, tuple[int, ...], int, int]]] = {
    "BINARY_SUBSCR": (operands(("__getitem__", "__missing__"), ("__hash__", "__eq__", "__index__")), (2, 1), 2, 1),
    "STORE_SUBSCR": (operands(("__setitem__",), ("__hash__", "__eq__", "__index__")), (2, 1), 3, 0),
    "DELETE_SUBSCR": (operands(("__delitem__",), ("__hash__", "__eq__", "__index__")), (2, 1), 2, 0),
    "BINARY_SLICE": (operands(("__getitem__",)), (3,), 3, 1),
    "STORE_SLICE": (operands(("__setitem__",)), (3,), 4, 0),
    "CONTAINS_OP": (operands(HASHED, ("__contains__", "__iter__", "__eq__")), (2, 1), 2, 1),
    "GET_ITER": (operands(("__iter__",)), (1,), 1, 1),
    "BEFORE_WITH": (operands(("__enter__",)), (1,), 1, 2),
    "TO_BOOL": (operands(_TRUTH), (1,), 1, 1),
    "UNARY_NOT": (operands(_TRUTH), (1,), 1, 1),
    "UNARY_NEGATIVE": (operands(("__neg__",)), (1,), 1, 1),
    "UNARY_POSITIVE": (operands(("__pos__",)), (1,), 1, 1),
    "UNARY_INVERT": (operands(("__invert__",)), (1,), 1, 1),
    "FORMAT_SIMPLE": (operands(TEXT), (1,), 1, 1),
    "CONVERT_VALUE": (operands(TEXT), (1,), 1, 1),
    "FORMAT_WITH_SPEC": (operands(TEXT), (2,), 2, 1),
    "GET_LEN": (operands(("__len__",)), (1,), 1, 2),
}
"""Instructions that leave what they are given alone or take it all: hook, depths of what it is asked of, how many slots
they take, how many they leave."""

ENTRIES: Final[dict[str, tuple[Reaching, tuple[int, ...]]]] = {
    "UNPACK_EX": (iterated, (1,)),
    "LIST_EXTEND": (iterated, (1,)),
    "SET_UPDATE": (iterated, (1,)),
    "DICT_UPDATE": (iterated, (1,)),
    "DICT_MERGE": (iterated, (1,)),
    "SET_ADD": (operands(HASHED), (1,)),
    "MAP_ADD": (operands(HASHED), (2,)),
    "SEND": (advanced, (2,)),
    "FOR_ITER": (advanced, (1,)),
    "WITH_EXCEPT_START": (left, (4,)),
    "MATCH_CLASS": (operands(("__instancecheck__",)), (2,)),
}
"""The same for instructions whose result stays where they found it."""

ATTRIBUTES: Final = {
    "LOAD_ATTR": ("get", 1, 1),
    "LOAD_METHOD": ("get", 1, 1),
    "STORE_ATTR": ("set", 2, 0),
    "DELETE_ATTR": ("delete", 1, 0),
}
TRUTH: Final = operands(_TRUTH)
