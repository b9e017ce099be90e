"""The public API is what the documentation says it is."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from importlib import metadata, resources
from pathlib import Path
from types import ModuleType

import pytest

import threadbench
import threadbench.testing
from threadbench.events import event_schema

ROOT = Path(__file__).parents[2]
API = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")


def documented() -> list[str]:
    """Names in the first column of the API's tables."""
    arguments = re.compile(r"^\| (argument|rule|fixture) \|.*\n(\|.*\n)+", re.MULTILINE)
    rows = [line.split("|")[1] for line in arguments.sub("", API).splitlines() if line.startswith("| `")]
    return [row.strip().strip("`").partition("(")[0] for row in rows]


def test_the_exports_are_those_of_the_documentation() -> None:
    """What can be imported from `threadbench` and its kit is in the tables of `docs/python.md`, and the other way."""
    kit = [f"testing.{name}" for name in threadbench.testing.__all__]
    assert sorted([*threadbench.__all__, *kit]) == sorted(documented())
    for module in (threadbench, threadbench.testing):
        assert sorted(module.__all__) == sorted(set(module.__all__))
        assert dir(module) == sorted(module.__all__)


@pytest.mark.parametrize(
    ("module", "name"), [(module, name) for module in (threadbench, threadbench.testing) for name in module.__all__]
)
def test_an_export_resolves(module: ModuleType, name: str) -> None:
    """Names that are imported when first used can be, and say what they are for."""
    value = getattr(module, name)
    assert isinstance(value, str) or getattr(value, "__doc__", None)


@pytest.mark.parametrize("module", [threadbench, threadbench.testing], ids=lambda module: module.__name__)
def test_type_checkers_see_what_runs(module: ModuleType) -> None:
    """The imports for type checkers give the same names, from the same places, as those made on first use."""
    tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
    seen = {
        alias.name: node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    assert {name: seen[name] for name in module._HOMES} == module._HOMES


def test_an_unknown_name_is_no_export() -> None:
    """What does not exist is an AttributeError, as of any module."""
    with pytest.raises(AttributeError, match=r"module 'threadbench' has no attribute 'explode'"):
        threadbench.explode  # noqa: B018


def test_importing_threadbench_imports_next_to_nothing() -> None:
    """`import threadbench` brings the version along and nothing else of ours."""
    program = "import sys, threadbench; print(*sorted(m for m in sys.modules if m.startswith('threadbench')))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["threadbench", "threadbench._version"]


def test_importing_the_kit_imports_next_to_nothing() -> None:
    """The fixtures of a test that uses none of them cost nothing, and the kit itself next to nothing."""
    ours = "*sorted(m for m in sys.modules if m.startswith('threadbench'))"
    program = f"import sys, threadbench.testing.fixtures; print({ours})"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    own = ["threadbench", "threadbench._version", "threadbench.testing", "threadbench.testing.fixtures"]
    assert done.stdout.split() == own


def test_the_schema_of_the_log_is_in_the_package() -> None:
    """Whoever has threadbench, from source or from a wheel, has the JSON Schema of its event log as a file."""
    shipped = resources.files("threadbench.events").joinpath("schema.json").read_text(encoding="utf-8")
    assert json.loads(shipped) == event_schema()


def test_there_is_one_version() -> None:
    """pyproject.toml, the package and the installed distribution agree."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == threadbench.__version__
    installed = {each.version for each in metadata.distributions(name="threadbench")}
    assert installed <= {threadbench.__version__}
