"""Each instruction tells the object, the key, the mode and the line of what it accesses, and nothing else."""

from __future__ import annotations

import array
import sys
import types
from collections import Counter, OrderedDict, defaultdict, deque
from typing import Any

import pytest
from hearing import hear


class Cell:
    """An object with attributes."""

    v: Any
    w: Any

    def __init__(self, **values: Any) -> None:
        self.__dict__.update(values)


class Slotted:
    """An object without a dictionary."""

    __slots__ = ("v",)

    def __init__(self, v: Any) -> None:
        self.v = v


class Default:
    """A class whose attribute its instances read until they have their own."""

    v: Any = 0


CASES: dict[str, tuple[str, dict[str, Any], str]] = {
    "attribute": ("c.v += 1", {"c": Cell(v=0)}, "1 c v read | 1 c v write"),
    "attribute deleted": ("del c.v", {"c": Cell(v=0)}, "1 c v write"),
    "attribute of slots": ("c.v += 1", {"c": Slotted(0)}, "1 c v read | 1 c v write"),
    "attribute never stored": ("c.w", {"c": Cell(w=0)}, ""),
    "attribute of a class": ("c.v += 1", {"c": Default}, "1 c v read | 1 c v write"),
    "attribute with a default in the class": (
        "c.v\nc.v = 1",
        {"c": Default()},
        "1 c v read + Default v read | 2 c v write",
    ),
    "attribute of a module": ("m.v = 1\nm.v", {"m": types.ModuleType("m")}, "1 a dict v write | 2 a dict v read"),
    "getattr": ("getattr(c, 'v')\nhasattr(c, 'w')", {"c": Cell(v=0)}, "1 c v read | 2 c w read + Cell w read"),
    "setattr": ("setattr(c, 'v', 1)\ndelattr(c, 'v')", {"c": Cell(v=0)}, "1 c v keyed write | 2 c v keyed write"),
    "object.__setattr__": ("object.__setattr__(c, 'v', 1)", {"c": Cell(v=0)}, "1 c v keyed write"),
    "vars": (
        "vars(c)\nlist(vars(c))\nc.w",
        {"c": Cell(v=0, w=1)},
        "2 a dict * read + c * read | 3 c w keyed read",
    ),
    "dir": ("dir(c)", {"c": Cell(v=0)}, "1 c v read + c unrelated read + Cell unrelated read"),
    "item of an instance's dictionary": (
        "d = c.__dict__\nd['v'] = 1",
        {"c": Cell(v=0)},
        "2 a dict v keyed write + c v keyed write",
    ),
    "dict item": ("d['a'] = d['a'] + 1", {"d": {"a": 0}}, "1 d a keyed read | 1 d a keyed write"),
    "dict item in place": ("d['a'] += 1", {"d": {"a": 0}}, "1 d a keyed read | 1 d a keyed write"),
    "dict item inserted": ("d['b'] = 1", {"d": {"a": 0}}, "1 d * write"),
    "dict item deleted": ("del d['a']", {"d": {"a": 0}}, "1 d * write"),
    "dict item of a subclass": ("d['a'] = d['b']", {"d": Counter(a=1)}, "1 d b keyed read | 1 d a keyed write"),
    "dict item of an order": ("d['a']", {"d": OrderedDict(a=1)}, "1 d a keyed read"),
    "defaultdict item": ("d['a']\nd['b']", {"d": defaultdict(int, a=1)}, "1 d a keyed read | 2 d * write"),
    "list item": ("x[1] = x[0]", {"x": [0, 1]}, "1 x 0 keyed read | 1 x 1 keyed write"),
    "list item from the end": ("x[-1] = x[-2]", {"x": [0, 1]}, "1 x * read | 1 x * write"),
    "list slice": ("x[0:1] = x[1:]", {"x": [0, 1]}, "1 x * read | 1 x * write + a list * read"),
    "list slice filled": ("x[:] = y", {"x": [1], "y": [2]}, "1 x * write + y * read"),
    "list slice deleted": ("del x[0:1]", {"x": [0, 1]}, "1 x * write"),
    "deque item": ("x[0] = x[1]", {"x": deque([0, 1])}, "1 x 1 keyed read | 1 x 0 keyed write"),
    "array item": ("x[0] = x[1]", {"x": array.array("i", [0, 1])}, "1 x 1 keyed read | 1 x 0 keyed write"),
    "tuple item": ("x[0], 'abc'[0]", {"x": (1, 2)}, ""),
    "membership in a dict": ("'a' in d\n'a' not in d", {"d": {}}, "1 d a keyed read | 2 d a keyed read"),
    "membership in a set": ("1 in s", {"s": {1}}, "1 s 1 keyed read"),
    "membership in a list": ("1 in x", {"x": [1]}, "1 x * read"),
    "membership in a view": ("1 in d.keys()\n1 in d.values()", {"d": {}}, "1 d 1 keyed read | 2 d * read"),
    "iteration over a list": ("for _ in x: pass", {"x": [1, 2]}, "1 x * read | 1 x * read | 1 x * read"),
    "iteration over a dict": ("for _ in d: pass", {"d": {1: 2}}, "1 d * read | 1 d * read | 1 d * read"),
    "iteration over a view": ("for _ in d.items(): pass", {"d": {}}, "1 d * read | 1 d * read"),
    "iteration over a tuple": ("for _ in x: pass\nfor _ in range(2): pass", {"x": (1, 2)}, ""),
    "comprehension": ("[y for y in x]", {"x": [1]}, "1 x * read | 1 x * read"),
    "enumerate": (
        "for i, y in enumerate(x): pass",
        {"x": [1]},
        "1 x * read + a Steps * write | 1 x * read + a Steps * write",
    ),
    "a shared iterator": (
        "for _ in i: pass\nnext(i, 0)",
        {"i": iter((1,))},
        "1 i * write | 1 i * write | 2 i * write",
    ),
    "yield from": (
        "list((lambda: (yield from x))())",
        {"x": [1]},
        # The list advances the generator, which tells again before it yields and before it returns.
        "1 a generator * write | 1 x * read | 1 a generator * write | 1 x * read | 1 a generator * write",
    ),
    "unpacking": ("a, b = x\n*a, b = x", {"x": [1, 2]}, "1 x * read | 2 x * read"),
    "unpacking into a list": ("[*x, 1]\n{*x}\n(*x, 1)", {"x": [1]}, "1 x * read | 2 x * read | 3 x * read"),
    "unpacking into a dict": ("{**d}\ndict(a=1, **d)", {"d": {"b": 1}}, "1 d * read | 2 d * read"),
    "format": ("f'{x}'\nf'{x!r:>9}'", {"x": [1]}, "1 x * read | 2 x * read"),
    "format of what holds a container": ("f'{x}'\nstr(x)", {"x": ([],)}, "1 a list * read | 2 a list * read"),
    "truth": ("if x: pass\nnot x\nx or 1", {"x": [1]}, "1 x * read | 2 x * read | 3 x * read"),
    "truth of a comparison": ("if n < 3: pass\nif n is None: pass", {"n": 1}, ""),
    "operation": ("x + x", {"x": [1]}, "1 x * read + x * read"),
    "operation in place": ("x += [2]", {"x": [1]}, "1 x * read + a list * read + x * write"),
    "operation on sets": ("s | s", {"s": {1}}, "1 s * read + s * read"),
    "comparison": ("x == [1]", {"x": [1]}, "1 x * read + a list * read"),
    "arithmetic": ("n + 1\nn * n\nn < 2\nn += n", {"n": 1}, ""),
    "append": ("x.append(1)", {"x": []}, "1 x * write"),
    "appended container": ("x.append(y)", {"x": [], "y": []}, "1 x * write"),
    "extend": ("x.extend(y)", {"x": [], "y": []}, "1 x * write + y * read"),
    "pop": ("x.pop()\nx.pop(0)", {"x": [1, 2]}, "1 x * write | 2 x * write"),
    "sort": ("x.sort()", {"x": [2, 1]}, "1 x * write | 1 x * write"),
    "copy and count": ("x.copy()\nx.count(1)", {"x": [1]}, "1 x * read | 2 x * read + x * read"),
    "deque": ("x.appendleft(1)\nx.popleft()\nx.rotate()", {"x": deque()}, "1 x * write | 2 x * write | 3 x * write"),
    "dict.get": ("d.get('a')\nd.get('b', 0)", {"d": {"a": 1}}, "1 d a keyed read | 2 d b keyed read"),
    "dict.setdefault": ("d.setdefault('a', 1)\nd.setdefault('a', 2)", {"d": {}}, "1 d * write | 2 d a keyed read"),
    "dict.pop": ("d.pop('a')\nd.pop('a', 0)", {"d": {"a": 1}}, "1 d * write | 2 d a keyed read"),
    "dict.update": ("d.update(e)\nd.update(a=2)", {"d": {}, "e": {}}, "1 d * write + e * read | 2 d * write"),
    "dict.items": ("d.items()\nlist(d.items())", {"d": {}}, "2 d * read"),
    "set.add": ("s.add(1)\ns.add(1)\ns.discard(2)", {"s": set()}, "1 s * write | 2 s 1 keyed read | 3 s 2 keyed read"),
    "unbound method": ("list.append(x, 1)\ndict.get(d, 1)", {"x": [], "d": {}}, "1 x * write | 2 d 1 keyed read"),
    "len": ("len(x)", {"x": [1]}, "1 x * read"),
    "reading functions": (
        "sum(x)\nmax(x)\nsorted(x)\nlist(x)\ntuple(x)",
        {"x": [1]},
        " | ".join(f"{n} x * read" for n in range(1, 6)),
    ),
    "reading with a key": ("sorted(x, key=lambda y: y)", {"x": [1, 2]}, "1 x * read | 1 x * read | 1 x * read"),
    "join": ("','.join(x)", {"x": ["a"]}, "1 x * read"),
    "pure functions": ("isinstance(x, list)\nid(x)\ntype(x)\nrange(3)", {"x": []}, ""),
    "printing": ("repr(x)", {"x": [[]]}, "1 x * read + a list * read"),
    "iter": ("i = iter(x)\nnext(i)", {"x": [1]}, "2 x * read + a Steps * write"),
    "map": ("m = map(str, x)\nnext(m)", {"x": [1]}, "2 a map * write + a Steps * write | 1 x * read + a Steps * write"),
    "star arguments": ("(lambda *a: a)(*x)", {"x": [1]}, "1 x * read"),
    "match": (
        "match x:\n    case [1, y]: pass",
        {"x": [1, 2]},
        "2 x * read | 2 x * read",
    ),
    "match of a mapping": ("match d:\n    case {'a': 1}: pass", {"d": {"a": 1}}, "2 d * read | 2 d * read"),
    "a buffer": ("b.write('x')\nb.getvalue()", {"b": __import__("io").StringIO()}, "1 b * write | 2 b * read"),
    "a set as a key": ("d[k] = 1", {"d": {}, "k": frozenset([1])}, "1 d * write"),
}

STORES = "def stores(c):\n    c.v = 0\n    c.unrelated = 0\n"


@pytest.mark.parametrize("case", CASES)
def test_an_instruction_tells_what_it_accesses(case: str) -> None:
    """Of each instruction class exactly the expected accesses are heard, in their order."""
    body, objects, expected = CASES[case]
    copies = dict(objects.items())
    heard = hear(body, STORES, **copies)
    wanted = [text for text in expected.split(" | ") if text]
    if case in ("match",) and sys.version_info >= (3, 11):
        assert heard.accesses[0] == wanted[0]
        return
    assert heard.accesses == wanted
