"""What a point costs: nanoseconds that hooks add to an instruction, and what entering costs.

    python benchmarks/points.py

The observer counts what it hears; its own 30 to 40 ns are in the figures.
"""

from __future__ import annotations

import sys
import time
import types
from collections.abc import Callable, Sequence
from typing import Any

from threadbench.runtime.virtual.points import Access, Site, instrumented
from threadbench.runtime.virtual.points.current import get_ident

SUBJECT = """
G = 0
class C:
    def __init__(self): self.v = 0
    def m(self): pass
def callee(): pass
"""

CASES = {
    "attribute read": ("a.v", "C()"),
    "attribute write": ("a.v = 1", "C()"),
    "dict read": ("a['k']", "{'k': 1}"),
    "dict write": ("a['k'] = 1", "{'k': 1}"),
    "list read": ("a[0]", "[1]"),
    "list write": ("a[0] = 1", "[1]"),
    "global write": ("G = 1", "None"),
    "function under test": ("callee()", "None"),
    "method under test": ("a.m()", "C()"),
    "dict.get": ("a.get('k')", "{'k': 1}"),
    "list.append": ("a.append(1)", "[]"),
    "len of a list": ("len(a)", "[1]"),
    "isinstance": ("isinstance(a, int)", "1"),
    "membership": ("'k' in a", "{'k': 1}"),
    "int + int": ("a + a", "3"),
    "truth of an int": ("not a", "3"),
    "truth of a list": ("not a", "[1]"),
    "for over one item": ("for _ in a: pass", "[1]"),
}
TIMES, ROUNDS, COPIES = 2000, 7, 10


class Counting:
    """The cheapest observer there is."""

    # ruff: noqa: ARG002, D102 - the Observer protocol says what each is given and does

    def __init__(self) -> None:
        self.ident = get_ident()
        self.heard = 0

    def access(self, obj: object, key: object, mode: int, site: Site, /) -> None:
        self.heard += 1

    def together(self, accesses: Sequence[Access], site: Site, /) -> None:
        self.heard += 1

    def switch(self, site: Site, /) -> None:
        self.heard += 1


def subject() -> types.ModuleType:
    """A module with a function for each case."""
    module = types.ModuleType("subject")
    lines = [SUBJECT]
    for number, (statement, value) in enumerate(CASES.values()):
        body = f"\n        {statement}" * COPIES
        lines.append(f"A{number} = {value}\ndef f{number}(a, n):\n    global G\n    for _i in range(n):{body}")
    exec("\n".join(lines), module.__dict__)
    sys.modules["subject"] = module
    return module


def cost(function: Callable[[Any, int], None], argument: Any) -> float:
    """Nanoseconds of one statement, the best of some rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        if isinstance(argument, list) and len(argument) > 1:
            argument[:] = [1]
        started = time.perf_counter_ns()
        function(argument, TIMES)
        best = min(best, (time.perf_counter_ns() - started) / TIMES / COPIES)
    return best


def main() -> None:
    """Print the table."""
    module: Any = subject()
    functions = [(name, getattr(module, f"f{n}"), getattr(module, f"A{n}")) for n, name in enumerate(CASES)]
    plain = {name: cost(function, argument) for name, function, argument in functions}
    observer = Counting()
    hooked: dict[str, dict[str, float]] = {}
    for model, switches in (("free-threaded", False), ("gil", True)):
        started = time.perf_counter_ns()
        with instrumented([module], observer, accesses=True, switches=switches):
            entered = time.perf_counter_ns() - started
            hooked[model] = {}
            for name, function, argument in functions:
                function(argument, 1)
                hooked[model][name] = cost(function, argument) - plain[name]
        started = time.perf_counter_ns()
        with instrumented([module], observer, accesses=True, switches=switches):
            again = time.perf_counter_ns() - started
        print(f"{model}: entered in {entered / 1e6:.1f} ms, again in {again / 1e6:.1f} ms")
    print(f"{'ns':24}{'alone':>8}{'free-threaded':>16}{'gil':>8}")
    for name in CASES:
        print(f"{name:24}{plain[name]:8.1f}{hooked['free-threaded'][name]:16.1f}{hooked['gil'][name]:8.1f}")


if __name__ == "__main__":
    main()
