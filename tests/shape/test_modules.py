"""Modules are small and say what they are; tests say what they hold."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from threadbench.runtime.virtual.running import RunScheduler
from threadbench.runtime.virtual.scheduler import Scheduler
from threadbench.runtime.virtual.timely import OrderedScheduler

ROOT = Path(__file__).parents[2]
SOURCES = sorted([*(ROOT / "src").rglob("*.py"), *ROOT.glob("plugins/*/src/**/*.py"), *(ROOT / "tools").glob("*.py")])
TESTS = sorted([*(ROOT / "tests").rglob("test_*.py"), *ROOT.glob("plugins/*/tests/**/test_*.py")])

MOST_LINES = 350
"""Where a module grows beyond, it is two ideas."""


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_a_module_says_what_it_is_and_stays_small(path: Path) -> None:
    """Each module opens with a docstring of at least a sentence, and fits its bounds."""
    text = path.read_text(encoding="utf-8")
    about = ast.get_docstring(ast.parse(text)) or ""
    assert about.splitlines()[:1], f"{name(path)} has no docstring"
    assert len(about.split()) >= 4
    assert text.count("\n") <= MOST_LINES


@pytest.mark.parametrize("path", TESTS, ids=name)
def test_a_test_is_one_sentence_of_behaviour(path: Path) -> None:
    """Each test function says in its docstring what holds when it passes."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]
    assert functions
    assert [node.name for node in functions if not (ast.get_docstring(node) or "").strip()] == []


def test_names_are_told_once() -> None:
    """No two test modules share a name: pytest would import one for the other."""
    names = [path.name for path in TESTS if ROOT / "plugins" not in path.parents]
    assert sorted(names) == sorted(set(names))


def test_packages_that_are_typed_say_so() -> None:
    """`py.typed` lies in every package that is shipped."""
    packages = [ROOT / "src" / "threadbench", *ROOT.glob("plugins/*/src/*")]
    assert [name(package) for package in packages if not (package / "py.typed").exists()] == []


@pytest.mark.parametrize("scheduler", [Scheduler, OrderedScheduler, RunScheduler])
def test_schedulers_have_slots(scheduler: type) -> None:
    """One class without them would give every instance a dictionary, and each step of a search would look in it."""
    assert [base.__name__ for base in scheduler.__mro__[:-1] if "__slots__" not in vars(base)] == []
    assert scheduler.__dictoffset__ == 0
