"""No access is missed: what another thread does to a location that a step did not name makes no difference to the step.

Each statement runs under an observer that, right before one of its steps, writes to one location that the step does
not conflict with, and takes the write back right after the step. The same is done between that step and the next. Had
the step read or written the location, the two would differ.
"""

from __future__ import annotations

import ast
import re
import types
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from hearing import module_of
from observers import Recording

from threadbench.runtime.virtual.points import KEYED_READ, KEYED_WRITE, READ, WRITE, Access, Site, instrumented
from threadbench.runtime.virtual.points.current import current

SUBJECT = """
import collections, copy, functools, itertools, operator, heapq, bisect, json
G = 1
class C:
    k = 5
    def __init__(self, v, w): self.v, self.w = v, w
    @property
    def p(self): return self.v
    @p.setter
    def p(self, value): self.v = value
    @functools.cached_property
    def cp(self): return self.w + 1
    def m(self, y): self.w = y; return self.v
    @classmethod
    def up(cls): cls.k += 1; return cls.k
    def __eq__(self, other): return isinstance(other, C) and self.v == other.v
    def __hash__(self): return 1
    def __lt__(self, other): return self.v < other.v
    def __getitem__(self, key): return self.v if key else self.w
    def __len__(self): return self.v
    def __iter__(self): yield self.v; yield self.w
    def __contains__(self, key): return key == self.w
    def __call__(self, y): self.v = y
    def __enter__(self): self.v += 1; return self
    def __exit__(self, *a): self.w -= 1
class S:
    __slots__ = ("z",)
class L(list):
    def first(self): return self[0]
    def __getitem__(self, i): return super().__getitem__(i)
class D(dict):
    def __missing__(self, key): self[key] = 0; return 0
def gen(x):
    for y in x: yield y
def setg(v):
    global G
    G = v
def key(y): return -y if isinstance(y, int) else 0
@functools.lru_cache
def cached(y): return [y]
def touch(d, x, s, q, dd, od, ct, c, n, l, dm):
    C.k = C.k; c.v = c.v; c.w = c.w
"""

STATEMENTS = """
d["a"]
d["a"] = 5
d["zz"] = 1
d["a"] += 1
del d["a"]
d.get("a"), d.get("q", 3)
d.setdefault("a", 9), d.setdefault("q", 9)
d.pop("a"), d.pop("q", 0)
d.popitem()
d.update(a=7); d.update(n); d |= {"r": 1}
d.clear()
len(d), bool(d), not d
"a" in d, "q" in d, "a" not in d
list(d), list(d.items()), sorted(d.values())
[(k, v) for k, v in d.items()]
{k: v for k, v in d.items() if v}
for k in d: out.append(k)
for k in list(d): d[k] = 0
dict(d), d.copy(), {**d}, d | n, dict(d, z=1)
d == {"a": 1, "b": 2}, d != n
str(d), repr(d), f"{d}", "%s" % d, "{}".format(d), "%s %s" % (d, x)
d.keys() & {"a"}, "a" in d.keys(), 2 in d.values(), len(d.items()), list(reversed(d))
max(d), min(d, key=d.get), sum(d.values()), any(d), tuple(d)
d[("a", 1)] = 2; d.get(("a", 1))
operator.itemgetter("a")(d), operator.getitem(d, "b"), operator.setitem(d, "b", 3)
dict.get(d, "a"), dict.__getitem__(d, "a"), d.__contains__("b"), d.__len__()
v1, v2 = d; out.append((v1, v2))
f1 = lambda **k: k; out.append(f1(**d))
print(*d, d, sep="", file=None) if False else None
x[0], x[-1], x[1:], x[::2]
x[0] = 9
x[-1] = 9
x[1:2] = [7, 8]
del x[0]
del x[:1]
x[0] += 5
x.append(4); x.extend([5]); x.insert(0, 0); x += [1]; x *= 2
x.pop(); x.pop(0); x.remove(2)
x.reverse(); x.sort(); x.sort(key=key)
x.sort(key=lambda y: (len(d), -y))
x.index(2), x.count(1), x.copy(), x + [1], x * 2, [0] + x, 2 * x
for y in x: out.append(y)
for y in x: x[0] = y + 1
for i, y in enumerate(x): out.append((i, y, d["a"]))
for y, z in zip(x, q): out.append((y, z))
for y in reversed(x): out.append(y)
for y in map(key, x): out.append(y)
for y in filter(None, x): out.append(y)
for y in itertools.chain(x, q): out.append(y)
for y in itertools.islice(x, 2): out.append((y, len(s)))
for y in gen(x): out.append((y, d["b"]))
list(itertools.product(x, s)), list(itertools.accumulate(x)), list(zip(x, x))
[y for y in x], {y for y in x}, sum(y for y in x), list(y for y in x)
sorted(x), sorted(x, key=key), sorted(x, reverse=True), max(x), min(x, key=key), sum(x), any(x), all(x)
max(x, key=lambda y: d["a"] - y)
functools.reduce(lambda y, z: y + z + c.v, x)
list(x), tuple(x), set(x), frozenset(x), bytes(x), deque(x), dict(zip(x, x)), ",".join(map(str, x))
y, *z = x; out.append((y, z))
a1, b1, c1 = x; out.append(a1)
(lambda *a: out.append(a))(*x)
[*x, *q], {*x}, (*x, 1), [*gen(x)]
2 in x, 9 not in x, x == [1, 2, 3], x < [2], x != q
if x: out.append(1)
while x: out.append(x.pop())
out.append(x or 1); out.append(x and 2); out.append(1 if x else 2)
i = iter(x); out.append(next(i)); x[1] = 7; out.append(list(i))
i = iter(d.items()); out.append(next(i)); out.append(next(i, None))
match x: ... : case
heapq.heappush(x, 0); heapq.heappop(x); heapq.nsmallest(1, x); bisect.insort(x, 2)
json.dumps(n), json.dumps([d, x]), copy.copy(x), copy.deepcopy(n), copy.copy(c).v
operator.concat(x, x), operator.iadd(x, [3]), operator.length_hint(x), operator.contains(x, 2), operator.eq(x, [1])
functools.partial(x.append, 5)(), functools.partial(len, x)()
str(x), repr(n), f"{n!r:>30}", format(d), hash(tuple(x))
s.add(1); s.add(7); s.discard(1); s.discard(8); s.pop()
1 in s, len(s), s | {3}, s & {1}, s - {1}, s ^ {1}, s == {1}, s <= {1, 2}, sorted(s), frozenset(s)
s.update(x); s |= {5}; s.intersection_update(x); s -= {1}; s.symmetric_difference_update({2})
s.union(x), s.issubset(x), s.isdisjoint(x), s.difference(x)
q.append(1); q.appendleft(0); q.pop(); q.popleft(); q.rotate(1); q.extend(x)
q[0], q[-1], len(q), list(q), 2 in q, q.count(1), bool(q)
for y in q: out.append(y)
dd["a"].append(1); dd["q"].append(1); dd["q"]; len(dd); dd.get("r")
dd.default_factory = lambda: c.v; out.append(dd["t"])
od.move_to_end("a"); od["a"]; od["c"] = 1; list(od); od.popitem(last=False); list(od.items()); od == {"a": 1}
ct["a"] += 1; ct["q"]; ct.update("abc"); ct.most_common(1); ct + ct; ct.total(); sorted(ct.elements()); ct.subtract(x)
c.v
c.v = 4
c.v += 1; c.w -= c.v
del c.v
c.p, c.cp, c.cp
c.p = 3
c.m(5), c.up(), C.k, c.k, type(c).k
C.k = 9; c.k = 3; c.k; C.k
getattr(c, "v"), getattr(c, "q", 0), hasattr(c, "w"), hasattr(c, "q")
setattr(c, "v", 2); delattr(c, "w"); object.__setattr__(c, "w", 5); c.__setattr__("v", 6); c.__getattribute__("v")
vars(c), c.__dict__["v"], list(c.__dict__), len(vars(c)), sorted(c.__dict__.items())
c.__dict__["v"] = 8; vars(c)["w"] = 9; c.__dict__.update(v=3)
c == C(1, 2), c < C(3, 1), c[1], c[0], len(c), list(c), 2 in c, bool(c), sorted([c, C(0, 0)])[0].v
c(7)
with c as e: out.append(e.v)
{c: 1}[C(1, 0)], c in [C(1, 3)], d.get(c)
operator.attrgetter("v")(c), operator.methodcaller("m", 3)(c), [e.v for e in (c, c)]
copy.copy(c).v, C.p.fget(c)
out.append(G); setg(3); out.append(G)
globals()["G"], "G" in globals()
globals()["G"] = 5
n["in"].append(3); n["in"][0]; n["in"] = []; n["in"]
l.first(), l[0], l[1:], len(l), list(l), 2 in l, [e for e in l]
l[0] = 9; l.append(3); l.sort(); l.first()
dm["q"], dm["a"], dm.get("z"), "z" in dm
x.extend(e.v for e in (c, c)); d.update((e.w, e.v) for e in (c, c)); s.update(gen([c.v, 9]))
x.append(c); (c in x, x.count(C(5, 5)), x.index(c)); x.remove(c)
x += (e.v for e in (c,)); x[1:] = (e.w for e in (c, c)); q.extendleft(gen(x)); list(gen(x)), [*gen(x), *x]
out.extend([max(x, key=key), *map(key, x)]); sum((e.v for e in (c, c)), c.w)
od[c] = 1; od[c]; c in od; od.pop(c); od.get(c); d[C(3, 4)] = 1; s.add(c); s.add(C(1, 0)); s.discard(c)
n["c"] = [c, c]; n == {"in": [1], "c": [C(1, 2), C(2, 2)]}; n["c"] == [c, C(1, 0), 3]; n["c"].sort(); min(n["c"]).v
bisect.insort(n["in"], 3, key=lambda e: c.v); heapq.heappush(l, 0); heapq.merge(x, l)
cached(1).append(2); out.append(cached(1)); cached(2)
def inner
try: x[10]
try: d["missing"]
out.extend(map(lambda y: y + c.v, x))
out.extend(sorted(d, key=lambda k: d[k]))
out.append([y for y in x if y in s and d.get(y) is None])
print(x, d, file=__import__("io").StringIO())
slice(*x).indices(5), range(*x), complex(*x[:2]), divmod(*x[1:])
"".join([str(y) for y in x]), ", ".join(d), "a{0[0]}".format(x), "%(a)s" % d
del x[:], d["b"]
x[:] = q; x.extend(x); x[len(x):] = [1]
assert x, d
list(map(lambda a, b: a + b, x, q)), list(filter(lambda y: y > c.v, x))
isinstance(x, list), type(d).__name__, id(x) == id(x), callable(c)
dict.fromkeys(x, 0), dict(x=1), {y: d for y in x}, collections.Counter(x), x.__setitem__(slice(1), q)
(c.v, c.w), (d["a"], x[0]) == (1, 1), [d] == [d], (x,) < (q,) if False else 0
""".strip().splitlines()


def state() -> dict[str, Any]:
    """Fresh objects for a run, but for the module's own."""
    return {
        "d": {"a": 1, "b": 2},
        "x": [1, 2, 3],
        "s": {1, 2},
        "q": deque([1, 2]),
        "dd": defaultdict(list, a=[1]),
        "od": OrderedDict(a=1, b=2),
        "ct": Counter(a=1, b=2),
        "n": {"in": [1]},
    }


Perturbation = tuple[str, object, object, Callable[[], Callable[[], None]]]
"""A name, the object and key that it writes, and what writes and returns what takes it back."""


def _restoring(obj: Any, change: Callable[[Any], object]) -> Callable[[], Callable[[], None]]:
    def perturb() -> Callable[[], None]:
        kept: Any = list(obj.items()) if isinstance(obj, dict) else list(obj)
        change(obj)

        def undo() -> None:
            obj.clear()
            obj.update(kept) if isinstance(obj, dict | set) else obj.extend(kept)

        return undo

    return perturb


def _setting(target: Any, name: str, value: object) -> Callable[[], Callable[[], None]]:
    missing = object()

    def perturb() -> Callable[[], None]:
        old = target.__dict__.get(name, missing)
        setattr(target, name, value)
        return lambda: delattr(target, name) if old is missing else setattr(target, name, old)

    return perturb


def perturbations(objects: dict[str, Any], module: Any) -> Iterator[Perturbation]:
    """Writes to each part of the shared state, one location each."""
    for name, obj in [*objects.items(), ("inner", objects["n"]["in"]), ("dd.a", objects["dd"]["a"])]:
        if isinstance(obj, dict):
            for key in list(obj):
                yield f"{name}[{key}] = 77", obj, key, _value(obj, key)
                yield f"del {name}[{key}]", obj, None, _restoring(obj, lambda o, k=key: o.pop(k, None))
            yield f"{name}[new] = 88", obj, None, _restoring(obj, lambda o: o.update(new=88))
            yield f"{name}.clear()", obj, None, _restoring(obj, lambda o: o.clear())
        elif isinstance(obj, set):
            yield f"{name}.add", obj, None, _restoring(obj, lambda o: o.add(66))
            yield f"{name}.clear()", obj, None, _restoring(obj, lambda o: o.clear())
        elif isinstance(obj, list | deque):
            for index in range(len(obj)):
                yield f"{name}[{index}] = 55", obj, index, _index(obj, index)
            yield f"{name}.append", obj, None, _restoring(obj, lambda o: o.append(44))
            yield f"{name}.pop", obj, None, _restoring(obj, lambda o: o and o.pop())
        else:
            for attribute in ("v", "w", "k", "cp", "new"):
                yield f"{name}.{attribute} = 33", obj, attribute, _setting(obj, attribute, 33)
    yield "C.k = 22", module.C, "k", _setting(module.C, "k", 22)
    yield "G = 11", module.__dict__, "G", _setting(module, "G", 11)


def _value(obj: Any, key: Any) -> Callable[[], Callable[[], None]]:
    def perturb() -> Callable[[], None]:
        if key not in obj:
            return lambda: None
        old = dict.__getitem__(obj, key)
        dict.__setitem__(obj, key, 77)
        return lambda: dict.__setitem__(obj, key, old) if key in obj else None

    return perturb


def _index(obj: Any, index: int) -> Callable[[], Callable[[], None]]:
    def perturb() -> Callable[[], None]:
        if index >= len(obj):
            return lambda: None
        base: Any = list if isinstance(obj, list) else deque
        old = base.__getitem__(obj, index)
        base.__setitem__(obj, index, 55)
        return lambda: base.__setitem__(obj, index, old) if index < len(obj) else None

    return perturb


class Meddling(Recording):
    """Writes before or after one step, and takes it back after it."""

    def __init__(self, step: int, perturb: Callable[[], Callable[[], None]] | None, *, before: bool) -> None:
        super().__init__()
        self.step = step
        self.perturb = perturb
        self.before = before
        self.undo: Callable[[], None] | None = None

    def _meddle(self) -> None:
        self.ident = -1  # what is done here calls code under test: __hash__
        try:
            self._change()
        finally:
            self.ident = 0

    def _change(self) -> None:
        now = len(self.heard) - 1
        if self.undo is not None:
            self.undo()
            self.undo = None
        if self.perturb is not None:
            if self.before and now == self.step:
                self.undo = self.perturb()
            elif not self.before and now == self.step + 1:
                self.perturb()()

    def access(self, obj: object, key: object, mode: int, site: Site, /) -> None:
        self.heard.append([(obj, key, mode)])
        self._meddle()

    def together(self, accesses: Sequence[Access], site: Site, /) -> None:
        self.heard.append(list(accesses))
        self._meddle()

    def finish(self) -> None:
        """What was to come after the last step."""
        if self.undo is not None:
            self.undo()
        elif self.perturb is not None and not self.before and self.step == len(self.heard) - 1:
            self.perturb()()


MEET = {READ: (WRITE, KEYED_WRITE), WRITE: range(4), KEYED_READ: (WRITE,), KEYED_WRITE: (READ, WRITE)}
"""What conflicts at one location: an access of an item is one of its key, and a keyed one of the whole."""


def footprint(obj: object, key: object, mode: int) -> list[tuple[int, object, int]]:
    if mode in (KEYED_READ, KEYED_WRITE):
        return [(id(obj), (key,), mode - KEYED_READ), (id(obj), None, mode)]
    return [(id(obj), key, mode)]


def conflicts(accesses: Sequence[Access], obj: object, key: object, *, keyed: bool) -> bool:
    container = isinstance(obj, dict | list | deque) and "__name__" not in obj
    item = key is not None and (keyed or container)
    written = footprint(obj, key, KEYED_WRITE if item else WRITE)
    told = [part for access in accesses for part in footprint(*access)]
    return any(a[:2] == b[:2] and b[2] in MEET[a[2]] for a in told for b in written)


def shown(value: Any) -> Any:
    return re.sub(r" at 0x[0-9a-f]+", "", repr(value))


def outcome(module: Any, observer: Meddling, objects: dict[str, Any]) -> Any:
    """Run the statement once, and show all that it left behind."""
    module.C.k, module.G = 5, 1
    module.cached.cache_clear()
    out: list[Any] = []
    try:
        module.f(out=out, **objects)
        raised = ""
    except Exception as error:
        raised = f"{type(error).__name__}: {error}"
    observer.ident = -1
    observer.finish()
    attributes = {name: sorted(vars(obj).items()) for name, obj in objects.items() if hasattr(obj, "v") or name == "c"}
    return raised, shown(out), shown(objects), shown(attributes), module.C.k, module.G


def fresh(module: Any) -> dict[str, Any]:
    return {**state(), "c": module.C(1, 2), "l": module.L([1, 2]), "dm": module.D(a=1)}


def subject(statement: str) -> types.ModuleType:
    if statement.startswith("match"):
        statement = "match d:\n        case {'a': y, **z}: out.append((y, z))\n"
        statement += "    match x:\n        case [1, *y]: out.append(y)"
    elif statement.startswith("def inner"):
        statement = "def inner():\n        nonlocal n\n        n = x[0]\n    inner()\n    out.append(n)"
    elif statement.startswith("try:"):
        tested, _, _ = statement.partition("\n")
        statement = f"{tested}\n    except LookupError: out.append(len(x) + len(d))"
    elif not any(statement.startswith(word) for word in ("for", "while", "with", "if", "del", "assert", "out.")):
        parts = statement.split("; ")
        statement = "; ".join(part if _stores(part) else f"out.append(({part}))" for part in parts)
    return module_of(f"{SUBJECT}\ndef f(d, x, s, q, dd, od, ct, n, c, l, dm, out):\n    {statement}\n")


def _stores(part: str) -> bool:
    return not isinstance(ast.parse(part).body[0], ast.Expr)


@pytest.mark.parametrize("statement", dict.fromkeys(STATEMENTS))
def test_a_step_that_names_no_conflict_commutes(statement: str) -> None:
    """Whatever else is written before a step might as well have been written after it."""
    module = subject(statement)
    missed = []
    recording = Meddling(-9, None, before=True)
    objects = fresh(module)
    with instrumented([module], recording, accesses=True, switches=False):
        outcome(module, recording, objects)
    steps = len(recording.heard)
    assert steps < 200

    def run(step: int, number: int, *, before: bool) -> tuple[Any, Meddling, Perturbation]:
        relay.target.ident = -1
        objects = fresh(module)
        chosen = list(perturbations(objects, module))[number]
        observer = Meddling(step, chosen[3], before=before)
        relay.target = observer
        return outcome(module, observer, objects), observer, chosen

    relay = Relay()
    with instrumented([module], relay, accesses=True, switches=False):
        keyed = current.keyed
        for number in range(len(list(perturbations(fresh(module), module)))):
            for step in range(min(steps, 12)):
                one, observer, (name, obj, key, _) = run(step, number, before=True)
                if step >= len(observer.heard) or conflicts(observer.heard[step], obj, key, keyed=keyed):
                    continue
                other, _, _ = run(step, number, before=False)
                if one != other:
                    missed.append((step, observer.heard[step], name, one, other))
    assert not missed, missed[0]


class Relay(Recording):
    """Passes on to the observer of each run, so that code is instrumented once."""

    def __init__(self) -> None:
        super().__init__()
        self.target = Meddling(-9, None, before=True)
        self.target.ident = -1

    def access(self, obj: object, key: object, mode: int, site: Site, /) -> None:
        if self.target.ident != -1:
            self.target.access(obj, key, mode, site)

    def together(self, accesses: Sequence[Access], site: Site, /) -> None:
        if self.target.ident != -1:
            self.target.together(accesses, site)
