"""What a command imports before it does anything: a list of modules, because milliseconds differ by machine."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from suites import Suite

HEAVY = {
    "asyncio",
    "concurrent.futures",
    "difflib",
    "faulthandler",
    "importlib.metadata",
    "jinja2",
    "logging",
    "msgspec",
    "multiprocessing",
    "pluggy",
    "pydantic",
    "queue",
    "rich",
    "socket",
    "subprocess",
    "threadbench.engine",
    "threadbench.events",
    "threadbench.plugins",
    "threadbench.runtime",
    "threadbench.scenario",
    "xml",
    "yaml",
}
"""What no help text needs; sub-modules are meant too."""

BARE = set(
    subprocess.run(
        [sys.executable, "-c", "import runpy, typing, __future__, sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
)
"""What an interpreter in this environment imports by itself, and what `typing` brings along, which click needs too."""


def imported(*arguments: str) -> set[str]:
    """Modules that a command has imported when it leaves, beyond those of a bare interpreter."""
    return left_behind("sys.modules", *arguments) - BARE


def left_behind(names: str, *arguments: str) -> set[str]:
    """Names that an expression comes to when a command leaves."""
    program = (
        "import atexit, runpy, sys\n"
        f"atexit.register(lambda: sys.stderr.write('\\n'.join({names})))\n"
        f"sys.argv = ['threadbench', *{list(arguments)!r}]\n"
        "runpy.run_module('threadbench', run_name='__main__')\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return set(done.stderr.split())


def heavy(modules: set[str]) -> set[str]:
    """Those on the list, or below one that is."""
    return {name for name in modules if any(name == each or name.startswith(f"{each}.") for each in HEAVY)}


@pytest.mark.parametrize(
    "arguments", [["--help"], ["run", "--help"], ["report", "--help"], ["plugins", "--help"], ["explain", "--help"]]
)
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    """Help needs click, and nothing that scenarios, plugins, runs or reports need."""
    assert heavy(imported(*arguments)) == set()


def test_the_help_of_the_group_imports_no_verb() -> None:
    """The table of verbs is static."""
    ours = {name for name in imported("--help") if name.startswith("threadbench.cli.")}
    assert ours == {f"threadbench.cli.{name}" for name in ("failures", "group", "leaving", "stopping")}


@pytest.mark.parametrize("option", ["--version", "-V"])
def test_the_version_imports_nothing(option: str) -> None:
    """What prints a version is the package, its entry and the version itself."""
    assert imported(option) <= {"threadbench", "threadbench.__main__", "threadbench._version", "atexit"}


UNUSED = {
    "ctypes", "difflib", "importlib.metadata", "json", "multiprocessing", "rich", "shutil", "socket", "subprocess",
    "tempfile", "threadbench.api", "threadbench.explore", "threadbench.runtime.virtual", "threadbench.searches",
    "unicodedata", "zipfile",
}  # fmt: skip
"""What a run of a built-in kind that goes well has no use for."""


@pytest.fixture
def smallest(tmp_path: Path) -> tuple[str, ...]:
    """A run of the smallest scenario."""
    path = tmp_path / "smallest.yaml"
    path.write_text("kind: race\nparams: {pause: 0, updates: 1, workers: 1}\nexpect: {outcome: {lost: 0}}\n")
    return "run", str(path), "--events", str(tmp_path / "log.jsonl")


def test_a_run_imports_what_it_needs(smallest: tuple[str, ...]) -> None:
    """No search, no drawing, no look at what is installed, and nothing for what may go wrong."""
    modules = imported(*smallest)
    assert {name for name in modules if any(name == each or name.startswith(f"{each}.") for each in UNUSED)} == set()
    assert "threadbench.kinds.race" in modules


def test_a_run_reads_no_source(smallest: tuple[str, ...]) -> None:
    """Nobody looks for descriptions of params in the source of a built-in kind."""
    read = left_behind("sys.modules['linecache'].cache", *smallest)
    assert {name for name in read if name.endswith(".py")} == set()


def test_the_largest_pattern_of_pyyaml_is_compiled_the_short_way() -> None:
    """What PyYAML holds is the pattern that takes little time, and it finds the same characters."""
    program = (
        "import re; compile_as_is = re.compile\n"
        "from threadbench.scenario.pyyaml import FORBIDDEN, NOT_ALLOWED, yaml\n"
        "assert re.compile is compile_as_is\n"
        "assert yaml.reader.Reader.NON_PRINTABLE.pattern == FORBIDDEN\n"
        "every = ''.join(map(chr, range(sys.maxunicode + 1)))\n"
        "assert re.findall(FORBIDDEN, every) == re.findall(NOT_ALLOWED, every)\n"
    )
    subprocess.run([sys.executable, "-c", f"import sys\n{program}"], check=True, timeout=60)


def test_the_pytest_plugin_imports_nothing() -> None:
    """Whoever has threadbench installed pays for one module at each start of pytest."""
    program = (
        "import pytest, sys\n"
        "before = set(sys.modules)\n"
        "import threadbench.pytest_plugin\n"
        "print(*sorted(set(sys.modules) - before))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == ["threadbench", "threadbench._version", "threadbench.pytest_plugin"]


def test_tests_that_use_nothing_of_it_import_nothing_of_it(tmp_path: Path) -> None:
    """Options, hooks and the search for scenario files need none of what does the work."""
    suite = Suite(tmp_path)
    suite.write("conftest.py", "import sys\ndef pytest_unconfigure():\n    print('modules', *sorted(sys.modules))\n")
    suite.write("tests/test_it.py", "def test_it(tmp_path):\n    pass\n")
    suite.write("tests/foreign.yaml", "kind: Deployment\n")
    code, output = suite.pytest()
    (modules,) = [set(line.split()[1:]) for line in output.splitlines() if line.startswith("modules ")]
    ours = {name for name in modules if name.partition(".")[0] == "threadbench"}
    assert (code, ours) == (0, {"threadbench", "threadbench._version", "threadbench.pytest_plugin"})
    assert not {"pydantic", "yaml", "msgspec", "greenlet", "rich"} & modules
