"""What exploration reaches is the truth: in the `gil` model a loss where the table has one, and no other."""

from __future__ import annotations

from typing import Any

import pytest
from exploring import explored, losses
from idioms import IDIOMS, Idiom

from threadbench.runtime.virtual import gil

if gil.RUNNING not in gil.TAGS:
    pytest.skip("nobody has read this version", allow_module_level=True)


def named(value: Any) -> str | None:
    return value.name if isinstance(value, Idiom) else None


@pytest.mark.parametrize("idiom", IDIOMS, ids=named)
def test_an_update_is_lost_where_the_table_says_so(idiom: Idiom) -> None:
    """Of every interleaving of two threads that update once: the loss is reached exactly where it is possible."""
    found = explored(idiom, "gil", strategy="dfs")
    assert found.exhaustive
    assert losses(found) == ({0, 1} if idiom.possible() else {0})


LATE = {"finalizer between"}
"""What a reduction does not call exhaustive: it keeps objects for longer, and `__del__` could have run before."""


@pytest.mark.parametrize("idiom", IDIOMS, ids=named)
def test_a_reduction_loses_the_same(idiom: Idiom) -> None:
    """The same without the interleavings that differ in nothing."""
    found = explored(idiom, "gil", strategy="dpor")
    assert found.exhaustive == (idiom.name not in LATE), found.reason
    assert losses(found) == ({0, 1} if idiom.possible() else {0})


@pytest.mark.parametrize("idiom", [idiom for idiom in IDIOMS if not idiom.possible()], ids=named)
def test_a_loop_of_safe_updates_is_safe(idiom: Idiom) -> None:
    """Twice in a loop, with its backward jump between: still nothing is lost."""
    assert losses(explored(idiom, "gil", strategy="dpor", times=2)) == {0}


ATOMIC = {"list += [x]"}
"""What C does in one step, under the lock of the object where there is no GIL."""


@pytest.mark.parametrize("idiom", [idiom for idiom in IDIOMS if idiom.name not in ATOMIC], ids=named)
def test_without_a_gil_every_update_can_be_lost(idiom: Idiom) -> None:
    """What the GIL makes safe is not safe without it."""
    assert losses(explored(idiom, "free-threaded", strategy="dfs")) >= {0, 1}


LIBRARY = (
    Idiom(
        "Fraction in a set",
        "t = c.v; s.add(one); c.v = t + 1",
        "CALL",
        setup="from fractions import Fraction\none = Fraction(1)\ns = set()",
    ),
    Idiom(
        "hash in a call",
        "d.__setitem__(one, d[one] + 1)",
        "RESUME",
        setup="from fractions import Fraction\none = Fraction(1)\nd = {one: 0}",
        read="d[one]",
    ),
    Idiom(
        "hash in a subscript",
        "c.v = t[one] + c.v",
        setup="from fractions import Fraction\none = Fraction(1)\nt = {one: 1}",
        why="the entry of __hash__ is before the read",
    ),
    Idiom(
        "hash in a store",
        "d[one] = d[one] + 1",
        "RESUME",
        setup="from fractions import Fraction\none = Fraction(1)\nd = {one: 0}",
        read="d[one]",
    ),
    Idiom(
        "comparison",
        "t = c.v; t < one; c.v = t + 1",
        "RESUME",
        setup="from fractions import Fraction\none = Fraction(1)",
    ),
    Idiom(
        "truth",
        "t = c.v\nif one:\n    c.v = t + 1",
        "RESUME",
        setup="from fractions import Fraction\none = Fraction(1)",
    ),
    Idiom(
        "formatting",
        "t = c.v; f'{one}'; c.v = t + 1",
        "RESUME",
        setup="from fractions import Fraction\none = Fraction(1)",
    ),
    Idiom(
        "property of a library",
        "t = c.v; one.numerator; c.v = t + 1",
        "RESUME",
        setup="from fractions import Fraction\none = Fraction(1)",
    ),
    Idiom(
        "manager of a library",
        "with m() as t:\n    c.v = t + 1",
        "CALL",
        setup="import contextlib\n@contextlib.contextmanager\ndef m():\n    yield c.v",
    ),
    Idiom(
        "iterator of a library",
        "t = c.v\nfor _ in u:\n    c.v = t + 1",
        "RESUME",
        setup="import collections\n"
        "class U(collections.UserList):\n    def __iter__(self):\n        return super().__iter__()\nu = U([0])",
    ),
    Idiom(
        "subscript of a library",
        "u['k'] += 1",
        "RESUME",
        setup="import collections\nu = collections.UserDict(k=0)",
        read="u.data['k']",
    ),
    Idiom(
        "sorted by a library",
        "t = c.v; sorted([2, 1], key=Fraction); c.v = t + 1",
        "CALL",
        setup="from fractions import Fraction",
    ),
    Idiom(
        "map over a library",
        "t = c.v\nfor _ in map(Fraction, (1,)):\n    c.v = t + 1",
        "RESUME",
        setup="from fractions import Fraction",
    ),
    Idiom(
        "decimal in C",
        "c.v += one",
        setup="from decimal import Decimal\nc.v, one = Decimal(0), Decimal(1)",
        read="int(c.v)",
    ),
    Idiom(
        "named tuple", "t = c.v; p.x; c.v = t + 1", setup="import collections\np = collections.namedtuple('P', 'x')(1)"
    ),
    Idiom(
        "member of an enumeration",
        "t = c.v; e is E.A; c.v = t + 1",
        setup="import enum\nclass E(enum.Enum):\n    A = 1\ne = None",
    ),
)
"""Python code that is not under test, reached by what is no call; and C code in the same place."""


@pytest.mark.parametrize("idiom", LIBRARY, ids=named)
def test_library_code_is_entered(idiom: Idiom) -> None:
    """An operator, an attribute, `for` or `with` may run Python code of a library: its entry is a place to switch."""
    found = explored(idiom, "gil", strategy="dpor")
    assert found.exhaustive
    assert losses(found) == ({0, 1} if idiom.possible() else {0})
