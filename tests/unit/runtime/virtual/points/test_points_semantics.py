"""Code under test means what it meant: signatures, generators, exceptions, other threads, and everything is put
back."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gc
import inspect
import sys
import threading
import traceback
import types
from typing import Any

import pytest
from hearing import hear, module_of
from observers import Recording, Silent

from threadbench.runtime.virtual.points import instrumented

SUBJECT = '''
import functools, dataclasses

def plain(a, b=2, /, c=3, *rest, d, e=5, **more):
    """Documented."""
    return a, b, c, rest, d, e, more

def only(*, a, b=1):
    return a, b

def generator(n):
    got = []
    try:
        for i in range(n):
            got.append((yield i))
    except ValueError:
        yield "caught"
    finally:
        got.append("closed")
    return got

async def coroutine(n):
    return n + 1

async def numbers(n):
    for i in range(n):
        yield await coroutine(i)

async def gather(n):
    return [x async for x in numbers(n)]

class Base:
    kind = "base"
    def __init__(self, v): self.v = v
    def name(self): return self.kind, self.v
    @classmethod
    def made(cls, v): return cls(v)
    @staticmethod
    def twice(v): return v * 2
    def __enter__(self): return self
    def __exit__(self, *exc): self.v = exc[0]; return True

class Derived(Base):
    kind = "derived"
    def __init__(self, v): super().__init__(v); self.k = __class__
    def name(self): return super().name() + (Derived.twice(self.v),)

@dataclasses.dataclass(order=True, slots=True)
class Point:
    x: int
    y: int = 0

def wrapped(function):
    @functools.wraps(function)
    def inner(*a, **k):
        return function(*a, **k)
    return inner

@wrapped
def decorated(x): return x + 1

def fails(x):
    y = x + 1
    return y[0]

def controls(n):
    out = []
    while (m := n - 1) > 0:
        n = m
        try:
            if n % 2: continue
            out.append(n)
        finally:
            out.append("f")
    else:
        out.append("else")
    with Base(1) as b:
        raise KeyError
    match out:
        case ["f", *rest] if rest: out.append(len(rest))
    return out, b.v, {k: v for k, v in zip("ab", out)}, [*(x for x in out if x)], f"{n:>{3}}"

def recursive(n): return 1 if n == 0 else n * recursive(n - 1)
'''


@pytest.fixture
def module() -> types.ModuleType:
    return module_of(SUBJECT)


def results(m: Any) -> list[Any]:
    steps = m.generator(3)
    sent = [next(steps), steps.send("a"), steps.throw(ValueError)]
    steps.close()
    derived = m.Derived.made(4)
    return [
        m.plain(1, d=4),
        m.plain(1, 5, 6, 7, 8, d=4, z=9),
        m.only(a=1),
        sent,
        list(m.generator(2)),
        asyncio.run(m.gather(3)),
        derived.name(),
        derived.k is m.Derived,
        m.Point(1) < m.Point(1, 2),
        repr(m.Point(3)),
        m.decorated(1),
        m.controls(6),
        m.recursive(5),
        m.Base.twice(4),
    ]


@pytest.mark.parametrize("switches", [False, True])
@pytest.mark.parametrize("accesses", [False, True])
def test_results_are_the_same(module: types.ModuleType, accesses: bool, switches: bool) -> None:
    """Every kind of function returns what it returned, on its first instrumented call and on its second."""
    plain = results(module)
    with instrumented([module], Silent(), accesses=accesses, switches=switches):
        assert results(module) == plain
        assert results(module) == plain
    assert results(module) == plain


def test_signatures_and_sorts_are_the_same(module: types.ModuleType) -> None:
    """`inspect` says the same of a function before it is instrumented, before its first call, and after."""

    def said() -> list[Any]:
        functions = [module.plain, module.only, module.generator, module.coroutine, module.numbers, module.decorated]
        asked = (
            inspect.isgeneratorfunction,
            inspect.iscoroutinefunction,
            inspect.isasyncgenfunction,
            inspect.signature,
        )
        return [
            ([ask(f) for ask in asked], f.__doc__, f.__name__, f.__code__.co_name, f.__code__.co_firstlineno)
            for f in functions
        ]

    plain = said()
    with instrumented([module], Silent(), accesses=True, switches=True):
        assert said() == plain
        results(module)
        assert said() == plain


def test_all_code_is_put_back(module: types.ModuleType) -> None:
    """Afterwards each function has the very code object it had, also when the body raised."""
    functions = [f for f in gc.get_objects() if isinstance(f, types.FunctionType) and f.__globals__ is vars(module)]
    before = [f.__code__ for f in functions]
    with contextlib.suppress(ZeroDivisionError), instrumented([module], Silent(), accesses=True, switches=False):
        results(module)
        assert [f.__code__ for f in functions] != before
        raise ZeroDivisionError
    assert all(f.__code__ is code for f, code in zip(functions, before, strict=True))


def test_contexts_nest(module: types.ModuleType) -> None:
    """An inner context observes alone; after it the outer one goes on."""
    outer, inner = Silent(), Silent()
    with instrumented([module], outer, accesses=True, switches=False):
        module.Base(1)
        heard = outer.count
        assert heard
        with instrumented([module.Base], inner, accesses=True, switches=True):
            module.Base(1)
        assert inner.count
        assert outer.count == heard
        module.Base(1)
        assert outer.count > heard
    module.Base(1)
    assert outer.count == heard * 2


@pytest.mark.parametrize("warm", [False, True])
def test_tracebacks_keep_their_lines(module: types.ModuleType, warm: bool) -> None:
    """The innermost line of the code under test is the one that failed."""
    with instrumented([module], Silent(), accesses=True, switches=True):
        if warm:
            with contextlib.suppress(TypeError):
                module.fails(1)
        with pytest.raises(TypeError) as caught:
            module.fails(1)
    lines = [frame.lineno for frame in traceback.extract_tb(caught.tb) if frame.filename == module.__file__]
    expected = next(number for number, line in enumerate(SUBJECT.splitlines(), 1) if "return y[0]" in line)
    assert lines[-1] == expected


def test_other_threads_are_left_alone(module: types.ModuleType) -> None:
    """Another OS thread runs the same instrumented functions, and nobody hears of it."""
    observer, seen = Silent(), []
    with instrumented([module], observer, accesses=True, switches=True):
        thread = threading.Thread(target=lambda: seen.append(results(module)))
        thread.start()
        thread.join()
        assert observer.count == 0
    assert seen == [results(module)]


@pytest.mark.parametrize(
    "owner",
    [
        lambda m: m,
        lambda m: m.Base.name,
        lambda m: m.Base(1).name,
        lambda m: m.Derived,
        lambda m: functools.partial(functools.partial(m.plain), 1),
        lambda m: m.decorated,
        lambda m: m.Base(1),
        lambda m: functools.lru_cache(m.plain),
    ],
    ids=["module", "method", "bound method", "class", "partial", "wrapped", "instance", "cached"],
)
def test_any_owner_stands_for_its_module(module: types.ModuleType, owner: Any) -> None:
    """Whatever is given, the functions and classes of its module are instrumented."""
    observer = Recording()
    with instrumented([owner(module)], observer, accesses=True, switches=False):
        module.Derived(1)
    assert [site.name for site in observer.sites] == ["v", "k"]


def test_substitutes_are_called_instead() -> None:
    """Callables that are not under test can be replaced, by identity or by a function; `with` asks as well."""
    import time

    module = module_of(
        """
        import time
        from time import sleep
        def f(lock):
            sleep(3600)
            time.sleep(1)
            with lock as x: return x
        """
    )
    slept: list[float] = []

    class Lock:
        def __enter__(self) -> str:
            return "virtual"

        def __exit__(self, *_: object) -> None:
            pass

    lock = threading.Lock()
    for table in ({time.sleep: slept.append, lock: Lock()}, {id(time.sleep): slept.append, id(lock): Lock()}):
        for accesses, switches in ((True, False), (False, False), (True, True), (False, True)):
            with instrumented([module], Silent(), accesses=accesses, switches=switches, substitutes=table):
                assert module.f(lock) == "virtual"
    asked: list[Any] = []

    def instead(function: Any) -> Any:
        asked.append(function)
        return Lock() if function is lock else slept.append if function is time.sleep else None

    with instrumented([module], Silent(), accesses=True, switches=False, substitutes=instead):
        module.f(lock)
    assert asked[:3] == [time.sleep, time.sleep, lock]
    assert slept == [3600, 1] * 9


def test_frames_are_what_they_were() -> None:
    """`locals`, `globals`, `vars`, `super` and `eval` see the frame that calls them."""
    body = "x = 1\nreturn sorted(locals()), 'f' in globals(), eval('x'), sorted(vars())"
    for switches in (False, True):
        assert hear(body, switches=switches).result == (["x"], True, 1, ["x"])


def test_sorting_shows_an_empty_list_to_its_key() -> None:
    """`list.sort` empties the list while it runs, and says so when it was changed."""
    body = """
    seen = []
    x.sort(key=lambda y: seen.append(len(x)) or y)
    try:
        x.sort(key=lambda y: x.append(y) or y)
    except ValueError as error:
        return seen, x, str(error)
    """
    assert hear(body, x=[2, 1]).result == ([0, 0], [1, 2], "list modified during sort")


def test_entering_again_rewrites_nothing(module: types.ModuleType) -> None:
    """Rewritten code is kept for the process: a second context installs the same code objects."""
    with instrumented([module], Silent(), accesses=True, switches=False):
        results(module)
        first = module.recursive.__code__
    with instrumented([module], Silent(), accesses=True, switches=False):
        assert module.recursive.__code__ is first


def test_deep_recursion_is_possible(module: types.ModuleType) -> None:
    """Hooks return before the function goes on: they take no depth of the recursion."""
    depth = sys.getrecursionlimit() - len(inspect.stack()) - 60
    with instrumented([module], Silent(), accesses=True, switches=False):
        module.recursive(3)
        assert module.recursive(depth) > 0


ABOVE = """
import sys

class Base:
    def seen(self, n):
        frame, found = sys._getframe(1), []
        while frame is not None:
            if frame.f_code.co_name == "above":
                found.append({name: type(value).__name__ for name, value in frame.f_locals.items()})
            frame = frame.f_back
        return found

class Derived(Base):
    def above(self, n):
        return super().seen(n)
"""


def test_who_looks_at_the_variables_of_a_first_call_finds_them() -> None:
    """The frame that stands for a function until it has been rewritten shows its arguments and what it closes over."""
    module = module_of(ABOVE)
    variables = {"self": "Derived", "n": "int", "__class__": "type"}
    with instrumented([module], Silent(), accesses=True, switches=False):
        assert module.Derived().above(1) == [variables, variables]
        assert module.Derived().above(1) == [variables]
