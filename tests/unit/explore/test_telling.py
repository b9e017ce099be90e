"""What explanations say of what people's modules are made of."""

from __future__ import annotations

import functools
import textwrap
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import threadbench
from threadbench.plugins import Registry
from threadbench.scenario import load_cases
from threadbench.searches import SearchOptions, explore_cases


@dataclass
class Cache:
    """As a data class has it: its fields are written by a method without lines of its own."""

    size: int = 1
    entries: OrderedDict[str, str] = field(default_factory=OrderedDict)

    def add(self, key: str) -> None:
        if key not in self.entries and len(self.entries) < self.size:
            self.entries[key] = key


@dataclass
class Entry:
    """Made within a thread."""

    key: str


def explained(setup: Callable[[], Any], *threads: Callable[..., Any], check: Callable[..., Any] | None = None) -> str:
    text = threadbench.explore(setup, threads, check).explanation
    assert text is not None
    return text


def test_what_is_not_there_is_told_so_and_what_is_in_a_container_shown() -> None:
    """Also in an ordered dictionary."""
    text = explained(
        Cache, lambda cache: cache.add("a"), lambda cache: cache.add("b"), check=lambda cache: len(cache.entries) == 1
    )
    assert "['a'] is not there" in text
    assert " = {'b': 'b', 'a': 'a'}" in text


def test_generated_methods_are_told_where_they_are_called() -> None:
    """A line of `<string>` is nobody's."""

    def add(made: list[Entry]) -> None:
        made.append(Entry("a"))
        if len(made) > 1:
            raise RuntimeError("one too many")

    text = explained(list, add, add)
    assert "<string>" not in text
    assert 'made.append(Entry("a"))' in text


def test_an_exception_stands_where_it_was_raised() -> None:
    """Among the steps, after what its thread did before; what the others did afterwards is left out."""

    def take(items: list[int]) -> None:
        if items:
            items.pop()

    lines = explained(lambda: [1], take, take).splitlines()
    (raised,) = [number for number, line in enumerate(lines) if "raises IndexError: pop from empty list" in line]
    assert any("items.pop()" in line for line in lines[:raised])
    assert lines[raised + 1] == ""


def test_a_cache_of_results_is_called_by_its_function() -> None:
    """`functools.lru_cache` has no name of its own, and nothing to show."""
    loaded: list[str] = []

    @functools.lru_cache
    def load(key: str) -> str:
        loaded.append(key)
        return key

    text = explained(lambda: loaded, lambda _: load("a"), lambda _: load("a"), check=lambda loaded: len(loaded) == 1)
    assert "changes the cache of load" in text
    assert "_lru_cache_wrapper" not in text


def test_last_columns_have_room_for_their_text() -> None:
    """Three threads side by side: nothing is cut where the lines would fit."""

    def move(locks: list[threading.Lock], source: int, target: int) -> None:
        with locks[source], locks[target]:
            pass

    moves = [functools.partial(move, source=n, target=(n + 1) % 3) for n in range(3)]
    text = explained(lambda: [threading.Lock() for _ in range(3)], *moves)
    assert text.count("with locks[source], locks[target]:") >= 3
    assert "…" not in text


def test_what_an_assertion_said_is_the_reason(tmp_path: Path) -> None:
    """The check of a scenario of kind `code` fails with its message, in the table and in the verdict."""
    (tmp_path / "counting.py").write_text(
        textwrap.dedent("""
            class Counter:
                value = 0

            def add(counter):
                value = counter.value
                counter.value = value + 1

            def two(counter):
                assert counter.value == 2, f"{counter.value} were counted"
        """)
    )
    scenario = tmp_path / "counting.yaml"
    scenario.write_text(
        "kind: code\nparams:\n  setup: counting:Counter\n  check: counting:two\n"
        "  threads: [{call: 'counting:add', count: 2}]\n"
    )
    summary = explore_cases(load_cases([str(scenario)], Registry()), SearchOptions(seed=1))
    found = summary.searches[0].found
    assert found.reason.endswith("checks.counting:two: expected true, got false: 1 were counted")
