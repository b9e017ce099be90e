"""Globals, closures, and what is told once code under test can write it."""

from __future__ import annotations

import functools
from collections import defaultdict

import pytest
from hearing import hear, hear_call, module_of


def test_a_global_and_an_attribute_of_its_module_are_one_location() -> None:
    """`counter += 1` and `module.counter` are told with the module's namespace and the name."""
    heard = hear("global n\nn = n + 1\nimport sys\nm = sys.modules[__name__]\nm.n\ndel n", "n = 0")
    assert [text for text in heard.accesses if " n " in text] == [
        "2 globals n read",
        "2 globals n write",
        "5 globals n read",
        "6 globals n write",
    ]


def test_names_that_nobody_stores_are_free() -> None:
    """Functions, classes, constants and methods that no code stores are not told."""
    heard = hear("g()\nC().m(K)", "K = 1\ndef g(): pass\nclass C:\n    def m(self, x): return self\n")
    assert heard.accesses == []


def test_code_that_stores_what_it_does_not_spell_frees_no_name() -> None:
    """A module that calls `setattr` somewhere has all of its attributes and globals told, but the built-ins' names."""
    heard = hear("len(K)", "K = ()\ndef g(c, name): setattr(c, name, 1)\n")
    assert heard.accesses == ["1 globals K keyed read"]


def test_a_frozen_dataclass_frees_the_names_that_are_not_its_fields() -> None:
    """What dataclasses generate spells the names it stores as constants."""
    source = "import dataclasses\n@dataclasses.dataclass(frozen=True)\nclass P:\n    x: int\nK = 1\n"
    heard = hear("P(K).x", source)
    assert [text.split(" ", 1)[1] for text in heard.accesses] == ["a P x write", "a P x read"]


def test_closure_variables_that_are_stored_again_are_told() -> None:
    """A nonlocal counter is told by its cell; a variable stored once, before it is closed over, is free."""
    body = """
    count = 0
    step = 1
    def add():
        nonlocal count
        count += step
    add()
    return count
    """
    heard = hear(body)
    assert heard.accesses == [
        "1 a cell * write",
        "5 a cell * read",
        "5 a cell * write",
        "7 a cell * read",
    ]
    assert heard.result == 1


def test_a_loop_variable_that_is_closed_over_is_told() -> None:
    """A variable of a loop is stored again after something closed over it."""
    heard = hear("fs = []\nfor i in (1, 2): fs.append(lambda: i)\nfs[0]()")
    assert [text for text in heard.accesses if "cell" in text] == [
        "2 a cell * write",
        "2 a cell * write",
        "2 a cell * read",
    ]


def test_closures_made_before_are_instrumented() -> None:
    """A closure that was made before the exploration, and is kept in a list, tells of its cell."""
    source = (
        "def make():\n    n = 0\n    def add():\n        nonlocal n\n        n += 1\n        return n\n    return add\n"
    )
    module = module_of(f"{source}adds = [make()]\n")
    heard = hear_call(module, module.adds[0], {})
    assert heard.accesses == ["4 a cell * read", "4 a cell * write", "5 a cell * read"]


def test_instances_read_class_attributes_of_all_bases_up_to_the_owner() -> None:
    """A subclass may get the attribute between two reads: it belongs to the location."""
    heard = hear("C.v = 1\nD().v", "class B:\n    v = 0\nclass C(B): pass\nclass D(C): pass\n")
    assert heard.accesses == ["1 C v write", "2 a D v read + D v read + C v read"]


def test_super_reads_the_classes_behind() -> None:
    """`super().v` is a read of the next classes' attribute."""
    before = "class B:\n    v = 0\nclass C(B):\n    def m(self):\n        return super().v\nB.v = 0\ndef w(): B.v = 1\n"
    heard = hear("C().m()", before)
    assert "B v read" in heard.accesses[-1]


def test_a_property_is_its_code() -> None:
    """A property is no location of its own: its getter and setter tell what they access."""
    before = """
    class C:
        @property
        def p(self): return self.v
        @p.setter
        def p(self, value): self.v = value
    """
    heard = hear("c = C()\nc.p = 1\nc.p", before)
    assert [text.split(" ", 1)[1] for text in heard.accesses] == ["a C v write", "a C v read"]


def test_a_cached_property_is_stored_where_it_is_told() -> None:
    """Looking, computing and storing are three steps: another thread may compute in between."""
    before = """
    import functools
    class C:
        @functools.cached_property
        def p(self):
            self.n = 1
            return 7
    """
    heard = hear("c = C()\nreturn c.p, c.p", before)
    assert heard.result == (7, 7)
    assert [text.split(" ", 1)[1] for text in heard.accesses] == [
        "a C p read + C p read",
        "a C n write",
        "a C p write",
        "a C p read + C p read",
    ]


def test_a_cached_function_tells_of_its_cache_before_and_after() -> None:
    """`functools.cache` looks an entry up, and stores it when the function returns."""
    heard = hear("return g(1), g(1)", "import functools\n@functools.cache\ndef g(x): return [x]\n")
    assert heard.result == ([1], [1])
    assert [text.split(" ", 1)[1] for text in heard.accesses] == ["a _lru_cache_wrapper * write"] * 3


def test_a_default_factory_is_called_before_the_insertion_is_told() -> None:
    """`defaultdict` inserts when its factory has returned, whose points come before."""
    d = defaultdict[str, object]()
    before = "class C: pass\nshared = C()\ndef make(d):\n    shared.n = 1\n    return 5\n"
    heard = hear("d.default_factory = lambda: make(d)\nreturn d['k'], d['k']", before, d=d)
    assert heard.result == (5, 5)
    assert [text.split(" ", 1)[1] for text in heard.accesses if "d " in text or "C" in text] == [
        "d default_factory write",
        "d default_factory read",
        "d k keyed read",
        "a C n write",
        "d * write",
        "d k keyed read",
    ]


def test_a_partial_is_seen_through() -> None:
    """A partial of a built-in method is that method."""
    x: list[int] = []
    heard = hear("p(1)", p=functools.partial(x.append), x=x)
    assert heard.accesses == ["1 x * write"]


@pytest.mark.parametrize("call", ["f(x)", "f(*[x])", "f(a=x)", "f(**{'a': x})"])
def test_foreign_python_code_is_taken_to_write_its_arguments(call: str) -> None:
    """What library code does to a container is not seen: it may write it."""
    module = module_of("def g(a): pass\n")
    heard = hear(call, f=module.g, x=[])
    assert "x * write" in heard.accesses[-1]


def test_a_name_set_only_through_a_class_body_is_free() -> None:
    """A class statement in a function makes a new class, and writes no shared one."""
    heard = hear("class K:\n    a = 1\nreturn K.a")
    assert heard.result == 1
    assert heard.accesses == []
