"""The marker `threadbench`: the body of an ordinary test function, run by several virtual threads at a time.

A test item comes in; it is refused where that cannot be done, or its interleavings are explored.
"""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any

from ..errors import UsageError, did_you_mean
from ..explore.arguments import limits_of
from ..strategies import STRATEGIES
from .exploring import Explore
from .session import suite_session

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pytest

THREADS = 2
MOST_THREADS = 1000
_LIMITS = {
    "strategy": "auto",
    "model": "free-threaded",
    "time": "adversarial",
    "max_schedules": 10_000,
    "time_limit": 60.0,
    "seed": 0,
    "stop_on_first": True,
    "preemptions": None,
}
KNOWN = ("threads", "expect", "instrument", "timeout", *_LIMITS)
"""What the marker takes."""


def refusal(item: pytest.Item) -> str | None:
    """Why a test that is marked cannot be run so, with its place; None where it can."""
    why = _why_not(item)
    if why is None:
        return None
    path, line = place_of(item)
    return f"{path}:{line}: {item.name}: {why}"


def _why_not(item: pytest.Item) -> str | None:
    mark = item.get_closest_marker("threadbench")
    assert mark is not None
    function = getattr(item, "obj", None)
    if type(item).__module__ == "_pytest.unittest":
        return "a method of unittest.TestCase cannot be marked with threadbench; a function or a plain class can"
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        return (
            "a coroutine function cannot be marked with threadbench: threads call it, and run nothing of it; "
            "orders of tasks are explored by the kind async-code of the plugin threadbench-asyncio"
        )
    if inspect.isgeneratorfunction(function):
        return "a generator function cannot be marked with threadbench: threads call it, and run nothing of it"
    if mark.args:
        return f"the marker threadbench takes no {mark.args[0]!r}: its arguments have names, such as threads=8"
    for name in mark.kwargs:
        if name not in KNOWN:
            meant = did_you_mean(name, KNOWN) or f"known: {', '.join(KNOWN)}"
            return f"the marker threadbench has no argument '{name}'; {meant}"
    threads = mark.kwargs.get("threads", THREADS)
    if isinstance(threads, bool) or not isinstance(threads, int) or not 1 <= threads <= MOST_THREADS:
        return f"threads must be a whole number from 1 to {MOST_THREADS}, not {threads!r}"
    try:
        given: dict[str, Any] = {**_LIMITS, **_named(mark.kwargs, _LIMITS)}
        limits_of(**given, provided=given["strategy"] not in STRATEGIES)
    except UsageError as error:
        return f"{error}; {error.hint}" if error.hint else str(error)
    if "explore" in getattr(item, "fixturenames", ()):
        return "a test that is marked with threadbench is explored as a whole, and cannot use the fixture explore"
    return None


def call(item: pytest.Function) -> None:
    """Explore a test.

    Raises:
        UnexpectedError: not every interleaving is as it should be.
    """
    __tracebackhide__ = True
    mark = item.get_closest_marker("threadbench")
    assert mark is not None
    names = item._fixtureinfo.argnames  # noqa: SLF001 - what pytest itself calls a test with
    values = {name: item.funcargs[name] for name in names}
    # By position, where that can be: the explanation then calls them as the test does.
    kinds = inspect.signature(item.obj).parameters
    placed = [name for name in kinds if name in values and kinds[name].kind is not inspect.Parameter.KEYWORD_ONLY]
    named = {name: value for name, value in values.items() if name not in placed}
    body: Any = functools.partial(item.obj, *[values[name] for name in placed], **named)
    body.__name__ = body.__qualname__ = item.originalname
    settings = {name: value for name, value in mark.kwargs.items() if name not in {"threads", "expect", "instrument"}}
    Explore(item).search(
        (None, [body] * mark.kwargs.get("threads", THREADS), None, None),
        mark.kwargs.get("expect", "holds"),
        mark.kwargs.get("instrument"),
        settings,
        place_of(item),
        values.values(),
    )


def place_of(item: pytest.Item) -> tuple[str, int]:
    """Where a test begins, the line from 1."""
    _, line, _ = item.reportinfo()
    return suite_session(item.config).shown(item.path), (line or 0) + 1


def _named(given: Mapping[str, Any], names: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name in names}
