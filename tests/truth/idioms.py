"""Ways to add one to shared state, and whether the `gil` model lets two threads lose an update in each.

One list for three judges: real threads (`native.py`), the table of checks (`threadbench.runtime.virtual.gil`), and
exploration. Standard library only, so that a bare interpreter can measure it.

`switch` names the instruction whose check stands between the read and the write, hence the line of CPython that makes
the loss possible: its entry in the table cites it. Empty means that there is none, in no form, and that nothing can be
lost.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from textwrap import indent
from typing import Any

Version = tuple[int, int, int]

ENTRY, AGAIN, RETURN, ARGS = "RESUME", "JUMP_BACKWARD", "CALL", "CALL_FUNCTION_EX"


@dataclass(frozen=True)
class Idiom:
    """One read-modify-write. It adds one to what `read` evaluates to; a lost update is one that `read` never shows."""

    name: str
    update: str
    switch: str = ""
    why: str = "no instruction between the read and the write checks"
    setup: str = ""
    """Statements of the module; `c` with `c.v == 0` is there already."""
    begin: str = ""
    """Statements that open the updating function: declarations, a generator for each thread."""
    read: str = "c.v"
    but_for: tuple[Version, Version] | None = None
    """From which version until which other `switch` checks nothing."""
    called_back: str = ""
    """What else lets a thread in while a profiler *written in Python* is on: its callback is a Python function."""

    def possible(self, version: Version = sys.version_info[:3]) -> bool:
        """Whether the `gil` model can lose an update."""
        silent = self.but_for is not None and self.but_for[0] <= version < self.but_for[1]
        return bool(self.switch) and not silent

    def possible_called_back(self, version: Version = sys.version_info[:3]) -> bool:
        """The same, with a profiler's Python callback as part of the program."""
        return self.possible(version) or bool(self.called_back)

    def source(self) -> str:
        """A module with `hot(times)`, `once()` and `read()`; the state is as new."""
        parts = [
            "class C:",
            "    v = 0",
            "c = C()",
            "c.v = 0",
            self.setup,
            "def make():",
            "    n = 0",
            "    def hot(times):",
            indent(self.begin, " " * 8),
            "        for _ in range(times):",
            indent(self.update, " " * 12),
            "    def once():",
            indent(self.begin, " " * 8),
            indent(self.update, " " * 8),
            "    def read():",
            f"        return {self.read}",
            "    return hot, once, read",
            "hot, once, read = make()",
        ]
        return "\n".join(part for part in parts if part)

    def build(self) -> tuple[Callable[[int], None], Callable[[], None], Callable[[], int]]:
        """Fresh state, and code that nobody has run."""
        names: dict[str, Any] = {"__name__": "idiom"}
        exec(compile(self.source(), f"<{self.name}>", "exec"), names)
        return names["hot"], names["once"], names["read"]


C_MANAGER = """
import itertools
class M:
    __enter__ = object.__repr__
    __exit__ = staticmethod(itertools.chain)
m = M()
"""

_CALLED = "the call returned from C"
_C_CALL = "the profiler's `c_call` event, before the call"
_PY_RETURN = "the profiler's `return` event, at the end of the Python function"

IDIOMS: tuple[Idiom, ...] = (
    Idiom("attribute +=", "c.v += 1"),
    Idiom("attribute, split", "t = c.v; c.v = t + 1"),
    Idiom("__slots__ +=", "s.v += 1", setup="class S:\n    __slots__ = ('v',)\ns = S(); s.v = 0", read="s.v"),
    Idiom("class attribute +=", "C.v += 1", read="C.v"),
    Idiom("global +=", "g += 1", setup="g = 0", begin="global g", read="g"),
    Idiom("nonlocal +=", "n += 1", begin="nonlocal n", read="n"),
    Idiom("dict item +=", "d['k'] += 1", setup="d = {'k': 0}", read="d['k']"),
    Idiom("dict item, split", "d['k'] = d['k'] + 1", setup="d = {'k': 0}", read="d['k']"),
    Idiom("list item +=", "a[0] += 1", setup="a = [0]", read="a[0]"),
    Idiom("tuple unpacking", "c.v, t = c.v + 1, c"),
    Idiom("inside `if`", "if c.v >= 0:\n    c.v = c.v + 1"),
    Idiom("inside `try`", "try:\n    t = c.v\nfinally:\n    c.v = t + 1"),
    Idiom("list += [x]", "a += [0]", setup="a = []", begin="global a", read="len(a)"),
    Idiom("f-string between", "t = c.v; f'{t:d}'; c.v = t + 1"),
    Idiom("% format between", "t = c.v; '%d' % t; c.v = t + 1"),
    Idiom(
        "append after index",
        "a.append(a[-1] + 1); a.pop(0)",
        setup="a = [0]",
        read="a[-1]",
        why="read and append stand in one expression; the checks come after append and after pop",
        called_back=_C_CALL,
    ),
    Idiom(
        "dict.update",
        "d.update(k=d['k'] + 1)",
        setup="d = {'k': 0}",
        read="d['k']",
        why="a call in C checks after it, not before",
        called_back=_C_CALL,
    ),
    Idiom("dict.get", "d['k'] = d.get('k', 0) + 1", RETURN, _CALLED, setup="d = {'k': 0}", read="d['k']"),
    Idiom("dict.setdefault", "d['k'] = d.setdefault('k', 0) + 1", RETURN, _CALLED, setup="d = {'k': 0}", read="d['k']"),
    Idiom("list.count", "t = a[0]; a.count(t); a[0] = t + 1", RETURN, _CALLED, setup="a = [0]", read="a[0]"),
    Idiom(
        "list.append between",
        "t = a[0]; b.append(t); a[0] = t + 1; b.clear()",
        RETURN,
        "only while the call is not specialised: CALL_LIST_APPEND checks nothing",
        setup="a, b = [0], []",
        read="a[0]",
    ),
    Idiom("int()", "c.v = int(c.v) + 1", RETURN, _CALLED),
    Idiom("str() between", "t = c.v; str(t); c.v = t + 1", RETURN, _CALLED),
    Idiom("str.format between", "t = c.v; '{}'.format(t); c.v = t + 1", RETURN, _CALLED),
    Idiom("max()", "c.v = max(c.v, 0) + 1", RETURN, _CALLED),
    Idiom("getattr/setattr", "setattr(c, 'v', getattr(c, 'v') + 1)", RETURN, _CALLED),
    Idiom(
        "partial",
        "c.v = add(c.v)",
        RETURN,
        _CALLED,
        setup="import functools, operator\nadd = functools.partial(operator.add, 1)",
    ),
    Idiom("len()", "c.v = c.v + len('a')", RETURN, "only while the call is not specialised: CALL_LEN checks nothing"),
    Idiom(
        "isinstance()",
        "c.v = c.v + isinstance(c, C)",
        RETURN,
        "only while the call is not specialised: CALL_ISINSTANCE checks nothing",
    ),
    Idiom(
        "type()",
        "c.v = c.v + (type(c) is C)",
        RETURN,
        "only while the call is not specialised: CALL_TYPE_1 checks nothing",
    ),
    Idiom("Python function", "c.v = bump(c.v)", ENTRY, "entry of bump", setup="def bump(v):\n    return v + 1"),
    Idiom(
        "Python method",
        "c.v = b.bump(c.v)",
        ENTRY,
        "entry of bump",
        setup="class B:\n    def bump(self, v):\n        return v + 1\nb = B()",
    ),
    Idiom(
        "class with __init__",
        "c.v = Box(c.v).v + 1",
        ENTRY,
        "entry of __init__; unspecialised also after the call",
        setup="class Box:\n    def __init__(self, v):\n        self.v = v",
    ),
    Idiom(
        "instance with __call__",
        "c.v = b(c.v)",
        ENTRY,
        "entry of __call__, and after the call, which went through C",
        setup="class B:\n    def __call__(self, v):\n        return v + 1\nb = B()",
    ),
    Idiom(
        "getter function",
        "c.v = get() + 1",
        setup="def get():\n    return c.v",
        why="the entry of get is before the read, and an inlined function is not checked when it returns",
        called_back=_PY_RETURN,
    ),
    Idiom(
        "getter(*args)",
        "c.v = get(*()) + 1",
        ARGS,
        "do_call_core() on 3.11, the instrumented form since 3.12.3",
        setup="def get():\n    return c.v",
        but_for=((3, 12, 0), (3, 12, 3)),
        called_back=_PY_RETURN,
    ),
    Idiom(
        "method getter(*args)",
        "c.v = c.get(*()) + 1",
        ARGS,
        "CALL_FUNCTION_EX unpacks no bound method",
        setup="C.get = lambda self: self.v",
    ),
    Idiom(
        "property",
        "c.p += 1",
        ENTRY,
        "entry of the setter",
        setup="def fset(self, v):\n    self.v = v\nC.p = property(lambda self: self.v, fset)",
    ),
    Idiom(
        "property, getter only",
        "c.v = c.p + 1",
        setup="C.p = property(lambda self: self.v)",
        why="the entry of the getter is before the read, and LOAD_ATTR checks nothing",
        called_back=_PY_RETURN,
    ),
    Idiom(
        "__getattr__",
        "c.v = c.p + 1",
        setup="C.__getattr__ = lambda self, name: self.v",
        why="the entry of __getattr__ is before the read, and LOAD_ATTR checks nothing",
        called_back=_PY_RETURN,
    ),
    Idiom(
        "__getitem__",
        "c.v = c[0] + 1",
        setup="C.__getitem__ = lambda self, index: self.v",
        why="the entry of __getitem__ is before the read, and BINARY_SUBSCR checks nothing",
        called_back=_PY_RETURN,
    ),
    Idiom(
        "__setattr__",
        "c.v += 1",
        ENTRY,
        "entry of __setattr__",
        setup="def set(self, name, v):\n    self.__dict__[name] = v\nC.__setattr__ = set",
    ),
    Idiom(
        "__radd__",
        "c.v = c.v + one",
        ENTRY,
        "entry of __radd__",
        setup="class One:\n    def __radd__(self, v):\n        return v + 1\none = One()",
    ),
    Idiom(
        "Fraction +=",
        "c.v += one",
        ENTRY,
        "entry of Fraction.__add__, which the standard library has in Python",
        setup="from fractions import Fraction\nc.v, one = Fraction(0), Fraction(1)",
        read="int(c.v)",
    ),
    Idiom(
        "finalizer between",
        "x = D(); t = c.v; x = None; c.v = t + 1",
        ENTRY,
        "entry of __del__, which the STORE_FAST that drops the last reference runs",
        setup="class D:\n    def __del__(self): pass",
    ),
    Idiom("for loop between", "t = c.v\nfor _ in (0,):\n    pass\nc.v = t + 1", AGAIN, "the jump back to FOR_ITER"),
    Idiom(
        "while loop between",
        "t = c.v; i = 2\nwhile i:\n    i -= 1\nc.v = t + 1",
        AGAIN,
        "the jump back; on 3.11 POP_JUMP_BACKWARD_IF_TRUE",
    ),
    Idiom(
        "comprehension",
        "c.v = [t + 1 for t in (c.v,)][0]",
        AGAIN,
        "the jump back; on 3.11 also the entry of <listcomp>",
    ),
    Idiom(
        "next(generator)",
        "c.v = next(it) + 1",
        RETURN,
        _CALLED,
        begin="it = values()",
        setup="def values():\n    while True:\n        yield c.v",
    ),
    Idiom(
        "for over generator",
        "for t in values():\n    c.v = t + 1",
        setup="def values():\n    yield c.v",
        why="YIELD_VALUE and FOR_ITER check nothing; the generator's RESUME is before the read",
        called_back=_PY_RETURN,
    ),
    Idiom(
        "yield from",
        "for t in outer():\n    c.v = t + 1",
        setup="def inner():\n    yield c.v\ndef outer():\n    yield from inner()",
        why="SEND and JUMP_BACKWARD_NO_INTERRUPT check nothing, nor does the RESUME of a `yield from`",
        called_back=_PY_RETURN,
    ),
    Idiom(
        "with, Python manager",
        "t = c.v\nwith m:\n    c.v = t + 1",
        ENTRY,
        "entry of __enter__",
        setup="class M:\n    def __enter__(self): pass\n    def __exit__(self, *what): pass\nm = M()",
    ),
    Idiom(
        "with, C manager",
        "t = c.v\nwith m:\n    c.v = t + 1",
        setup=C_MANAGER,
        why="BEFORE_WITH calls __enter__ in C and checks nothing",
    ),
    Idiom(
        "with nothing, C manager",
        "t = c.v\nwith m:\n    pass\nc.v = t + 1",
        RETURN,
        "the call of __exit__ that ends the block",
        setup=C_MANAGER,
    ),
    Idiom(
        "lock acquired between",
        "t = c.v; m.acquire(); m.release(); c.v = t + 1",
        RETURN,
        _CALLED,
        setup="import _thread\nm = _thread.allocate_lock()",
    ),
)
