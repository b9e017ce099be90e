"""The table of checks is what the running interpreter does: no check is missing from it, and none is made up."""

from __future__ import annotations

import functools
import itertools
import operator
import re
import sys
import sysconfig
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FunctionType
from typing import Any

import pytest
from idioms import IDIOMS, Idiom
from oracle import served

from threadbench.runtime.virtual import gil

HOT = 60
TOOL = 4

pytestmark = [
    pytest.mark.skipif(sys.implementation.name != "cpython", reason="the model is CPython's"),
    pytest.mark.skipif(bool(sysconfig.get_config_var("Py_GIL_DISABLED")), reason="the model has a GIL"),
]


def fresh(work: Callable[[], object]) -> None:
    """Run it in code that is not specialised."""
    FunctionType(work.__code__.replace(), work.__globals__, None, None, work.__closure__)()


def hot(work: Callable[[], object]) -> None:
    """Run it until its instructions are specialised."""
    for _ in range(HOT):
        work()


def profiled(work: Callable[[], object]) -> None:
    """Run its instrumented forms."""
    sys.setprofile(itertools.chain)
    try:
        work()
    finally:
        sys.setprofile(None)


def monitored(work: Callable[[], object]) -> None:
    """Run it with every event of `sys.monitoring` on, lines and single instructions too."""
    monitoring: Any = sys.monitoring  # type: ignore[attr-defined, unused-ignore] # from 3.12 on
    local = ["PY_START", "PY_RESUME", "PY_RETURN", "PY_YIELD", "CALL", "LINE", "INSTRUCTION", "JUMP", "BRANCH"]
    events = [getattr(monitoring.events, name) for name in local]
    monitoring.use_tool_id(TOOL, "truth")
    try:
        for event in events:
            monitoring.register_callback(TOOL, event, itertools.chain)
        monitoring.set_events(TOOL, sum(events))
        work()
    finally:
        monitoring.set_events(TOOL, 0)
        monitoring.free_tool_id(TOOL)


WAYS = [fresh, hot, *([profiled, monitored] if sys.version_info >= (3, 12) else [])]


def checked(work: Callable[[], object]) -> dict[str, set[int | None]]:
    """What checks in any form while `work` runs: opname → opargs, in its own code and in any that came with it."""
    found: dict[str, set[int | None]] = {}
    for way in WAYS:
        for code, instructions in served(lambda way=way: way(work)).items():  # type: ignore[misc] # a lambda that keeps its loop variable
            if code.co_filename == work.__code__.co_filename:
                for instruction in instructions:
                    found.setdefault(instruction.opname, set()).add(instruction.arg)
    return found


def after_call(call: Callable[[], object]) -> bool:
    """Whether any form of the only call in this function checks when it has returned."""
    names = {"CALL", "CALL_KW", "CALL_FUNCTION_EX"}
    return any(
        instruction.opname in names
        for way in WAYS
        for code, instructions in served(lambda way=way: way(call)).items()  # type: ignore[misc] # a lambda that keeps its loop variable
        if code == call.__code__  # as a copy of it is
        for instruction in instructions
    )


# Their formatting looks for signals in C: see the oracle.
SEEN = [idiom for idiom in IDIOMS if "format" not in idiom.name and "f-string" not in idiom.name]


@pytest.mark.parametrize("idiom", SEEN, ids=lambda idiom: idiom.name)
def test_only_what_the_table_names_checks(idiom: Idiom) -> None:
    """Each check seen is in the table, and a RESUME that checks is one that the table says does."""
    _, once, _ = idiom.build()
    seen = checked(once)
    assert seen.keys() <= gil.checks().keys()
    assert all(gil.resume_checks(arg or 0) for arg in seen.get("RESUME", ()))


@pytest.mark.parametrize("idiom", [idiom for idiom in SEEN if idiom.possible()], ids=lambda idiom: idiom.name)
def test_what_makes_a_loss_possible_checks(idiom: Idiom) -> None:
    """The instruction that an idiom names as the cause of its loss does check."""
    _, once, _ = idiom.build()
    jumps = {"JUMP_BACKWARD", "POP_JUMP_BACKWARD_IF_TRUE"}
    assert checked(once).keys() & (jumps if idiom.switch == "JUMP_BACKWARD" else {idiom.switch})


def everything() -> None:
    """Each instruction of each table, where the compiler emits it."""

    def numbers() -> Iterator[int]:
        yield 1
        yield from (2, 3)

    def plain(*_: object, **__: object) -> None:
        return None

    list(numbers())
    plain(*())
    plain(a=1)
    max((1, 2), key=abs)
    max(*(1, 2))
    values: list[Any] = [1, None]
    for value in values:
        plain(value)
    n = 3
    while n:
        n -= 1
    n = 3
    while not n < 1:
        n -= 1
    values = [1, None, None]
    while values.pop() is None:
        pass
    values = [None, 1, 1]
    while values.pop() is not None:
        pass
    n = 3
    while n > 0:
        n -= 1


def test_every_entry_of_the_table_is_seen() -> None:
    """Each instruction of the table checks in some form, when it is executed under the right circumstances."""
    seen = checked(everything)
    assert seen.keys() == gil.checks().keys()
    assert {(arg or 0) & 0x3 for arg in seen["RESUME"]} == {0, 1}


class Plain:
    """Things to call."""

    def method(self) -> None:
        """A bound method of a Python function."""

    def __call__(self) -> None:
        """Reached through a slot."""


class WithInit:
    """A class whose Python __init__ 3.13 inlines when it is hot."""

    def __init__(self) -> None:
        pass


def function() -> None:
    """A Python function."""


def generator() -> Iterator[int]:
    """Not begun when its call returns."""
    yield 1


CALLED: dict[str, Callable[[], object]] = {
    "function": function,
    "lambda": lambda: None,
    "generator function": generator,
    "bound method": Plain().method,
    "instance": Plain(),
    "class": Plain,
    "class with __init__": WithInit,
    "builtin": sys.getswitchinterval,
    "type": int,
    "method of a builtin": [].copy,
    "partial": functools.partial(function),
    "methodcaller": functools.partial(operator.methodcaller("copy"), []),
}


@pytest.mark.parametrize("name", CALLED)
def test_what_is_checked_after_a_call(name: str) -> None:
    """`checks_after` says of a callable what the interpreter does."""
    called = CALLED[name]
    assert after_call(lambda: called()) == gil.checks_after("CALL", called)


@pytest.mark.parametrize("name", CALLED)
def test_what_is_checked_after_a_call_with_star(name: str) -> None:
    """The same for `f(*args)`, which inlines less."""
    called, none = CALLED[name], ()
    assert after_call(lambda: called(*none)) == gil.checks_after("CALL_FUNCTION_EX", called)


def test_a_call_that_is_silent_when_hot_is_in_the_table() -> None:
    """`len` checks while its call is young, and not once it is specialised."""

    def measure() -> int:
        return len("a")

    hot(measure)
    assert "CALL" not in {instruction.opname for instruction in served(measure).get(measure.__code__, ())}
    assert after_call(measure) == gil.checks_after("CALL", len) is True


def test_a_call_that_raises_is_not_checked() -> None:
    """The check is passed by on the way to the handler."""

    def fails() -> None:
        try:
            [].pop()
        except IndexError:
            return

    assert not after_call(fails)


def test_the_interpreter_itself_says_which_forms_check() -> None:
    """The metadata that 3.13 is compiled with flags these forms, and no other."""
    header = Path(sysconfig.get_path("include")) / "internal" / "pycore_opcode_metadata.h"
    text = header.read_text(encoding="utf-8") if header.exists() else ""
    flagged = set(re.findall(r"\[(\w+)\] = \{ true, INSTR_FMT_\w+,[^}]*HAS_EVAL_BREAK_FLAG", text))
    if not flagged:
        pytest.skip("these headers do not tell")
    passed_on = {"INSTRUMENTED_CALL", "INSTRUMENTED_CALL_KW", "INSTRUMENTED_CALL_FUNCTION_EX", "RESUME_CHECK"}
    assert {form for check in gil.checks().values() for form in check.forms} - passed_on == flagged
    assert not {form for check in gil.checks().values() for form in check.silent} & flagged


def test_the_page_tells_the_table() -> None:
    """`docs/gil-model.md` names every instruction that checks, and has a row for every idiom."""
    page = (Path(__file__).parents[2] / "docs" / "gil-model.md").read_text(encoding="utf-8")
    named = {opname for version in gil.TAGS for opname in gil.checks(version)}
    assert {opname for opname in named if f"`{opname}`" not in page} == set()
    assert {idiom.name for idiom in IDIOMS if f"| {idiom.name} |" not in page.replace("\\_", "_")} == set()


def test_a_generator_is_not_entered_by_its_call() -> None:
    """Entry of a Python function checks, entry of a generator function does not happen."""
    assert {name: gil.switches_on_entry(called) for name, called in (("f", function), ("g", generator))} == {
        "f": True,
        "g": False,
    }
    assert generator.__code__ not in served(generator)
    assert function.__code__ in served(function)


def test_a_version_that_nobody_read_is_refused() -> None:
    """The table is not guessed for other versions."""
    with pytest.raises(LookupError, match=r"3\.10"):
        gil.checks((3, 10))


def test_library_code_is_asked_for_its_checks() -> None:
    """A leaf checks at its entry only, code that calls or loops may switch later, a generator has not begun."""

    def leaf(a: int) -> tuple[int, int]:
        b = a
        return a, b

    def calls(a: int) -> int:
        return int(a)

    assert not gil.switches_inside(leaf.__code__)
    assert gil.switches_inside(calls.__code__)
    assert not gil.switches_inside(generator.__code__)
