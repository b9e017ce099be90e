"""In the `gil` model code tells where CPython may let another thread run, and nowhere else."""

from __future__ import annotations

import sys

import pytest
from hearing import hear

CASES = {
    "entry": ("g()", "def g(): pass", ["1 entry"]),
    "split increment": ("t = c.v\nc.v = t + 1", "", []),
    "call of C": ("x = int('1')", "", ["1 call"]),
    "call of a class": ("C()", "class C: pass", ["1 call"]),
    "call of a class with Python code": ("C()", "class C:\n    def __init__(self): pass", ["2 entry", "1 call"]),
    "method": ("C().m()", "class C:\n    def m(self): pass", ["1 call", "2 entry"]),
    "loop": ("for i in (1, 2): pass", "", ["1 loop", "1 loop"]),
    "while": ("n = 2\nwhile n: n -= 1", "", ["2 loop"]),
    "generator": ("next(g())", "def g():\n    yield 1", ["1 entry", "1 call"]),
    "method of a container": ("x = []\nx.append(1)", "", ["2 call"]),
    "frame": ("locals()", "", ["1 call"]),
    "with": (
        "with C(): pass",
        "class C:\n    def __enter__(self): pass\n    def __exit__(self, *a): pass",
        ["1 call", "2 entry", "3 entry"],
    ),
    "property": ("c.p", "class C:\n    @property\n    def p(self): pass", []),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("accesses", [False, True])
def test_the_interpreter_may_switch(case: str, accesses: bool) -> None:
    """Function entry, backward jumps, and calls that run in C are told; attribute accesses are not."""
    body, before, expected = CASES[case]

    class C:
        v = 0
        p = 0

    heard = hear(body, before, accesses=accesses, switches=True, **({"c": C()} if "c." in body else {}))
    shift = body.count("\n") + 1
    lines = []
    for text in expected:
        line, kind = text.split(" ", 1)
        lines.append(f"{int(line) + (shift if kind == 'entry' else 0)} {kind}")
    assert heard.switched_after_entry() == lines


def test_star_calls_check_as_the_version_does() -> None:
    """`f(*args)` of a Python function is checked on return, but for 3.12."""
    heard = hear("g(*(1,))", "def g(x): pass", switches=True)
    assert ("1 call unpacked" in heard.switches) is (sys.version_info[:2] != (3, 12))
