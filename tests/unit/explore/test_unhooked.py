"""Accesses that C code and libraries make for code under test are seen: nothing that can happen is missing.

In each row one thread reads twice, and another writes once. The write comes before, between or after the reads: these
three ends are made by hand, natively, and an exhaustive search must come to each of them and to no other.
"""

from __future__ import annotations

import sys
from typing import Any

import pytest
import reads

import threadbench

BEFORE = """
import argparse, collections, contextlib, copy, dataclasses, functools, io, json, operator, sys, threading, types
import ledger
from ledger import Bag, Entry, Field, Ledger


class Box:
    def __init__(self, v):
        self.v = v

class Closing:
    def __init__(self):
        self.items = [1]
        self.close = self.items.clear

class Derived(Ledger):
    def get(self):
        return self.total

class Fielded:
    field = Field()

class Mine:
    amount = 0

class Slots:
    __slots__ = ("v",)
    def __init__(self):
        self.v = 1

class Reaching:
    far = property(operator.attrgetter("box.v"))
    def __init__(self):
        self.box = Box(1)

class Cached:
    @functools.cached_property
    def big(self):
        return 7

class Odd:
    v = 1
    def __getattribute__(self, name):
        return object.__getattribute__(self, "v")

class Drawn(list):
    __enter__ = list.pop
    def __exit__(self, *_):
        pass

@functools.lru_cache
def cached(n):
    return n

def told():
    pass

told.times = 1
"""
NAMESPACE = "types.SimpleNamespace(v=[1])"
UNDER = "{'a': 1}; return (collections.ChainMap({}, x), x)"

ROWS: dict[str, tuple[str, str, str]] = {
    "== of namespaces": (NAMESPACE, "x == types.SimpleNamespace(v=2)", "x.v = 2"),
    "== of what they hold": (NAMESPACE, "x == types.SimpleNamespace(v=[2])", "x.v[0] = 2"),
    "!= of namespaces": (NAMESPACE, "x != types.SimpleNamespace(v=2)", "x.v = 2"),
    "a namespace in a list": (f"[{NAMESPACE}]", "x == [types.SimpleNamespace(v=2)]", "x[0].v = 2"),
    "in": (f"[{NAMESPACE}]", "types.SimpleNamespace(v=2) in x", "x[0].v = 2"),
    "repr": (NAMESPACE, "repr(x)", "x.v = 2"),
    "f-string": (NAMESPACE, "f'{x}'", "x.v = 2"),
    "%": (NAMESPACE, "'%s' % x", "x.v = 2"),
    "format of an attribute": ("Box(1)", "'{.v}'.format(x)", "x.v = 2"),
    "__eq__ by name": (NAMESPACE, "x.__eq__(types.SimpleNamespace(v=2))", "x.v = 2"),
    "== of argparse": ("argparse.Namespace(v=1)", "x == argparse.Namespace(v=2)", "x.v = 2"),
    "closing": ("Closing()", "len(x.items)", "with contextlib.closing(x): pass"),
    "closing on a stack": (
        "Closing()",
        "len(x.items)",
        "with contextlib.ExitStack() as stack: stack.enter_context(contextlib.closing(x))",
    ),
    "enter in C": ("Drawn([1])", "len(x)", "with x: pass"),
    "a library's attribute": ("Ledger()", "x.total", "x.add()"),
    "inherited": ("Derived()", "x.total", "x.add()"),
    "inherited, read within": ("Derived()", "x.get()", "x.add()"),
    "a library's container": ("Bag()", "x.total", "x.add()"),
    "a library's list": ("Ledger()", "len(x.items)", "x.put(1)"),
    "a library's ==": ("Ledger()", "x == Ledger(1)", "x.add()"),
    "a library's +=": ("Ledger()", "x.total", "x += 1"),
    "a library's +": ("Ledger()", "x + 1", "x.add()"),
    "a library's -": ("Ledger()", "-x", "x.add()"),
    "a library's with": ("Ledger()", "x.total", "with x: pass"),
    "a library's call": ("Ledger()", "x.total", "x()"),
    "a library's repr": ("Ledger()", "f'{x}'", "x.add()"),
    "a library's property": ("Ledger()", "x.shown", "x.add()"),
    "a library's descriptor": ("Fielded()", "x.field", "x.field = 5"),
    "a library's callback": ("Ledger(); x.callback = x.items.append", "len(x.items)", "x.tell()"),
    "a library's data class": ("Entry()", "x == Entry(1)", "x.__init__(1)"),
    "a library's global": ("None", "ledger.count()", "ledger.count_on()"),
    "a library's global, as an attribute": ("None", "ledger.COUNT", "ledger.count_on()"),
    "a library's closure": ("ledger.counter()", "x[0]()", "x[1]()"),
    "a library writes mine": ("Mine()", "x.amount", "ledger.raise_amount(x)"),
    "a library writes mine in a list": ("[Mine()]", "x[0].amount", "ledger.raise_all(x)"),
    "a library reads mine": ("Mine()", "ledger.amount_of(x)", "x.amount = 2"),
    "a chain of dictionaries": (f"x = {UNDER}", "x['a']", "s[1]['a'] = 2"),
    "len of a chain": (f"x = {UNDER}", "len(x)", "s[1]['b'] = 2"),
    "== of a chain": (f"x = {UNDER}", "x == {'a': 2}", "s[1]['a'] = 2"),
    "in a chain": (f"x = {UNDER}", "'b' in x", "s[1]['b'] = 2"),
    "json with a default": ("[Box(1)]", "json.dumps(x, default=vars)", "x[0].v = 2"),
    "sum of lists": ("[[1]]", "sum(x, [])", "x[0].append(2)"),
    "a cache's count": ("None", "cached.cache_info().misses", "cached(1)"),
    "a cached property, by getattr": ("Cached()", "list(x.__dict__)", "getattr(x, 'big')"),
    "a cached property, by attrgetter": ("Cached()", "list(x.__dict__)", "operator.attrgetter('big')(x)"),
    "a property by attrgetter": ("Reaching()", "x.far", "x.box.v = 2"),
    "a slot's descriptor": ("Slots()", "x.v", "Slots.v.__set__(x, 2)"),
    "a default factory": (
        "collections.defaultdict(int)",
        "x['a'] + (x.pop('a') and 0)",
        "x.default_factory = lambda: 9",
    ),
    "__getattribute__": ("Odd()", "x.w", "x.v = 2"),
    "a function's attribute": ("None", "told.times", "told.times = 2"),
    "another module's attribute": ("None", "getattr(ledger, 'own', 0)", "ledger.own = 2"),
}


def module_of(row: str) -> Any:
    """A module with the row's two threads."""
    make, read, write = ROWS[row]
    sys.modules.pop("ledger", None)
    return reads.module_of("unhooked_row", BEFORE, (make.removeprefix("x = "), read, write))


@pytest.mark.parametrize("row", ROWS)
def test_a_reduced_search_comes_to_all_that_can_be(row: str) -> None:
    """Read twice, with a write before, between or after."""
    ends = reads.by_hand(lambda: module_of(row))
    assert len(ends) == 3, ends
    module = module_of(row)
    found = threadbench.explore(
        module.setup, [module.one, module.two], outcome=module.outcome, strategy="dpor", stop_on_first=False
    )
    assert {outcome.value for outcome in found.outcomes} == ends
    assert found.verdict == "holds", found.reason
    assert found.exhaustive
