"""Programs in which one thread reads twice and another writes once: rows of three texts enter, a module leaves.

The write comes before, between or after the reads: these three ends are made by hand, natively.
"""

from __future__ import annotations

import linecache
import sys
import textwrap
import types
from collections.abc import Callable
from typing import Any

Row = tuple[str, str, str]
"""What is shared, what reads of it, what writes to it; it is called `x`."""


def module_of(name: str, before: str, row: Row, *, pause: str = "pass") -> Any:
    """A module with the row's two threads, and with `between`, which makes an end by hand.

    Args:
        name: of the module.
        before: what stands before the rest.
        row: what the threads do.
        pause: a statement between the reads.
    """
    make, read, write = row
    text = f"""{before}
END = {{}}

def setup():
    x = {make}
    return (x, threading.Lock())

def one(s):
    x = s[0]
    a = {read}
    {pause}
    END["is"] = repr((a, {read}))

def between(s):
    x = s[0]
    a = {read}
    two(s)
    END["is"] = repr((a, {read}))

def two(s):
    x = s[0]
{textwrap.indent(write, "    ")}

def outcome(_):
    return END["is"]
"""
    made = types.ModuleType(name)
    sys.modules[name] = made
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    exec(compile(text, name, "exec"), vars(made))
    return made


def by_hand(make: Callable[[], Any]) -> set[str]:
    """What it comes to when the write is first, between the reads, or last; each in a module of its own."""
    ends = set()
    for threads in (("two", "one"), ("between",), ("one", "two")):
        module = make()
        state = module.setup()
        for thread in threads:
            getattr(module, thread)(state)
        ends.add(module.END["is"])
    return ends
