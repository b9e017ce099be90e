"""Imports run downhill only: the direction of `docs/architecture.md`, held by reading every import in the source."""

from __future__ import annotations

import ast
import graphlib
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "threadbench"
PLUGINS = sorted(path.parent for path in ROOT.glob("plugins/*/pyproject.toml"))

LEAVES = {
    "_version",
    "attribution",
    "collecting",
    "durations",
    "errors",
    "extensions",
    "hashing",
    "outcomes",
    "seeds",
    "shipping",
    "strategies",
    "verdicts",
}
"""They import each other at most, and whoever needs them may."""

BELOW = {
    "events": set(),
    "runtime": {"events"},
    "cluster": set(),
    "executors": {"cluster", "plugins", "runtime"},
    "explore": {"executors", "runtime"},
    "report": {"events"},
    "plugins": set(),
    "scenario": {"plugins"},
    "results": {"events", "explore", "scenario"},
    "lookup": {"plugins", "scenario"},
    "places": {"scenario"},
    "observing": {"events", "plugins"},
    "engine": {"events", "observing", "places", "plugins", "results", "runtime", "scenario"},
    "sweep": {"engine", "events", "executors", "places", "results", "runtime", "scenario"},
    "exploring": {"executors", "explore", "scenario"},
    "searches": {"exploring", "engine", "explore", "observing", "places", "results", "scenario"},
    "bench": {"engine", "events", "lookup", "plugins", "report", "results", "scenario"},
    "api": {
        "engine",
        "executors",
        "explore",
        "observing",
        "places",
        "plugins",
        "results",
        "scenario",
        "sweep",
    },
    "scaffold": {"engine", "plugins", "results", "scenario"},
    "cli": {
        "scaffold",
        "bench",
        "engine",
        "events",
        "executors",
        "lookup",
        "observing",
        "places",
        "plugins",
        "report",
        "results",
        "scenario",
        "searches",
        "sweep",
    },
    "__main__": {"cli"},
    "suite": {
        "api",
        "cli",
        "engine",
        "explore",
        "observing",
        "places",
        "plugins",
        "report",
        "results",
        "runtime",
        "scenario",
        "searches",
    },
    "pytest_plugin": {"suite"},
    "__init__": {"api", "events", "explore", "plugins", "results", "scenario"},
    "kinds": {"__init__"},
    "testing": {
        "__init__",
        "api",
        "engine",
        "events",
        "explore",
        "exploring",
        "plugins",
        "results",
        "runtime",
        "scenario",
        "searches",
    },
}
"""What each part may import besides leaves. A runtime knows no plugin and no scenario, a report no runtime, a scenario
and a plugin neither runtime nor engine; kinds have the public API alone, as any third party's plugin."""


@dataclass(frozen=True)
class Import:
    """One imported module: by whom, which (dotted, below `threadbench`, or `__init__` for the package), and when."""

    by: str
    path: Path
    line: int
    target: str
    at_import: bool

    @property
    def part(self) -> str:
        """The part of the house it belongs to."""
        return self.target.partition(".")[0]

    def __str__(self) -> str:
        return f"{self.path.relative_to(ROOT)}:{self.line} imports {self.target}"


def modules() -> dict[str, Path]:
    """Every module below `threadbench`, by dotted name; a package by its own name, `threadbench` itself `__init__`."""
    found = {}
    for path in sorted(SOURCE.rglob("*.py")):
        parts = path.relative_to(SOURCE).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)] = path
    return found


MODULES = modules()


def imports(by: str, path: Path) -> Iterator[Import]:
    """All imports of ours in a file: those in functions and those for type checkers too."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    now = set(executed(tree))
    for node in ast.walk(tree):
        if not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        for target in targets(by, path, node):
            yield Import(by, path, node.lineno, target, node in now)


def executed(tree: ast.AST) -> Iterator[ast.AST]:
    """What runs when the module is imported: not bodies of functions, nor what stands under TYPE_CHECKING."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            continue
        yield node
        yield from executed(node)


def targets(by: str, path: Path, node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    """Modules of ours that a statement imports; a name that is no module counts for the module that holds it.

    `by` is empty for files that are no part of threadbench.
    """
    if isinstance(node, ast.Import):
        for alias in node.names:
            if alias.name.split(".")[0] == "threadbench":
                yield below(alias.name)
    elif node.level and not by:
        return  # inside a distribution of its own
    else:
        if node.level:
            package = ["threadbench", *by.split(".")] if by != "__init__" else ["threadbench"]
            if path.name != "__init__.py":
                package.pop()
            package = package[: len(package) - node.level + 1]
            base = ".".join([*package, *filter(None, [node.module])])
        else:
            base = node.module or ""
        if base.split(".")[0] == "threadbench":
            for alias in node.names:
                inner = below(f"{base}.{alias.name}")
                yield inner if inner in MODULES else below(base)


def below(name: str) -> str:
    """The name below `threadbench`."""
    return name.partition(".")[2] or "__init__"


IMPORTS = [each for name, path in MODULES.items() for each in imports(name, path)]


def test_no_way_to_import_is_overlooked(tmp_path: Path) -> None:
    """Relative and absolute, of modules and of names, in functions and for type checkers."""
    source = """
        import threadbench.engine
        from .. import errors, Event
        from .log import LogWriter
        if TYPE_CHECKING:
            from threadbench.runtime.native import NativeRuntime
        class Kind:
            from threadbench import hookimpl
            def run(self):
                import threadbench, json
        """
    path = tmp_path / "record.py"
    path.write_text(textwrap.dedent(source), encoding="utf-8")
    assert {(each.line, each.target, each.at_import) for each in imports("events.record", path)} == {
        (2, "engine", True),
        (3, "errors", True),
        (3, "__init__", True),
        (4, "events.log", True),
        (6, "runtime.native", False),
        (8, "__init__", True),
        (10, "__init__", False),
    }


def test_every_part_has_its_place() -> None:
    """A new part of the house gets a line in the direction before it gets an import."""
    assert {name.partition(".")[0] for name in MODULES} == LEAVES | set(BELOW)


def test_the_direction_has_no_way_back() -> None:
    """No part stands below itself."""
    assert list(graphlib.TopologicalSorter(BELOW).static_order())


@pytest.mark.parametrize("part", sorted(LEAVES | set(BELOW)))
def test_imports_run_downhill(part: str) -> None:
    """A part imports itself, what stands below it, and leaves; in functions and for type checkers too."""
    allowed = {part} | BELOW.get(part, set())
    if part != "kinds":
        allowed |= LEAVES
    uphill = [each for each in IMPORTS if each.by.partition(".")[0] == part and each.part not in allowed]
    assert not uphill, "\n".join(map(str, uphill))


def test_only_the_public_api_serves_plugins() -> None:
    """Kinds and the distributions under plugins/ import `threadbench`, and nothing below it but, in tests, the kit."""
    shipped = [each for name, path in MODULES.items() if name.startswith("kinds.") for each in imports(name, path)]
    for project in PLUGINS:
        for path in project.rglob("*.py"):
            kit = {"testing"} if "tests" in path.relative_to(project).parts else set()
            shipped += [each for each in imports("", path) if each.target not in kit]
    assert shipped
    assert not [str(each) for each in shipped if each.target != "__init__"]


def test_nothing_is_imported_in_a_circle() -> None:
    """What is executed when modules are imported has an order."""
    graph: dict[str, set[str]] = {name: set() for name in MODULES}
    for each in IMPORTS:
        if each.at_import and each.target != each.by:
            graph[each.by].add(each.target)
    assert list(graphlib.TopologicalSorter(graph).static_order())
