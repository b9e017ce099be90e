"""What code stores is read from its bytes as `dis` reads it."""

from __future__ import annotations

import argparse
import dis
import inspect
import threading
import types
from collections.abc import Iterable

import pytest

from threadbench.runtime.virtual.points.names import STORES, nested, stored

MANY = "\n".join(f"x.a{number} = {number}" for number in range(70_000))
"""More names than two bytes can tell apart."""
KINDS = """
def function(x):
    global made, gone
    made = x.read
    del gone
    x.written = x.called(x.read)
    del x.deleted
    x[0] = local = made
    return local
"""


def by_dis(code: types.CodeType) -> set[str]:
    return {
        instruction.argval
        for part in nested(code)
        for instruction in dis.get_instructions(part)
        if instruction.opname in STORES
    }


def codes() -> Iterable[types.CodeType]:
    for module in (threading, argparse, inspect):
        yield from nested(compile(inspect.getsource(module), module.__name__, "exec"))


def test_each_kind_of_store_is_read() -> None:
    """Attributes and globals that are stored or deleted, and nothing that is only read."""
    assert stored([compile(KINDS, "kinds", "exec")]).stored == {"made", "gone", "written", "deleted"}


@pytest.mark.parametrize("source", [MANY, "", "x = 1"], ids=["many", "nothing", "a module's own"])
def test_stores_are_those_that_dis_finds(source: str) -> None:
    """However far a name stands back in the table."""
    code = compile(source, "source", "exec")
    assert stored([code]).stored == by_dis(code)


def test_stores_of_the_library_are_those_that_dis_finds() -> None:
    """For some thousand pieces of code."""
    for code in codes():
        assert stored([code]).stored == by_dis(code)
