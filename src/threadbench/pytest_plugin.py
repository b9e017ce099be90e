"""Scenario files as test items, and interleavings of Python tests: the hooks and the fixture that pytest finds.

pytest imports this module whenever it starts, whoever wants it or not: so nothing is imported here that pytest has not
imported itself, and what does the work (`threadbench.suite`) is imported when there is work.
"""

from __future__ import annotations

import argparse
from fnmatch import fnmatch
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

MODELS = ("sync", "gil", "free-threaded")
MODES = ("auto", "run", "explore")


class _Budget(argparse.Action):
    """`--threadbench-budget`, as it was written and as it is meant."""

    def __call__(self, _: argparse.ArgumentParser, namespace: argparse.Namespace, value: Any, *__: Any) -> None:
        from .suite.session import budget

        try:
            namespace.threadbench_budget = budget(value)
        except ValueError as error:
            raise argparse.ArgumentError(self, str(error)) from None
        namespace.threadbench_budget_text = value


def _seed(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"'{text}' is no whole number, 0 or more")
    return int(text)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options, and settings of the configuration file."""
    group = parser.getgroup("threadbench", "threads under threadbench")
    group.addoption(
        "--threadbench-mode",
        choices=MODES,
        help="Whether cases of scenario files are run, explored, or (auto) run, and explored too where their scenario "
        "says how or what a search must come to.",
    )
    group.addoption(
        "--threadbench-model",
        choices=MODELS,
        help="Where another thread may be scheduled, in every search; instead of what scenarios and tests say.",
    )
    group.addoption(
        "--threadbench-budget",
        action=_Budget,
        metavar="N|DURATION",
        help="How many schedules each search runs, or how long it goes on, at most: 500, 10s, or both: 500,10s; "
        "instead of what scenarios and tests say.",
    )
    group.addoption("--threadbench-seed", type=_seed, metavar="N", help="The seed of every run and of every search.")
    group.addoption(
        "--threadbench-replay",
        metavar="WITNESS",
        help="Run the schedule again that a test's search has stored; name that test too.",
    )
    parser.addini(
        "threadbench_files",
        "Which files are scenarios besides *.threadbench.yaml: names, or paths from the root folder, with wildcards.",
        type="args",
        default=[],
    )
    parser.addini("threadbench_mode", "As --threadbench-mode.", default="auto")
    parser.addini(
        "threadbench_plugins",
        "Plugins to load: modules, files ending in .py (from the root folder), or no:NAME to leave one out.",
        type="args",
        default=[],
    )


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known, and have pytest leave our asserts alone.

    It rewrites those of all of a distribution that has a plugin. Ours are no tests: to import would take longer, and
    the built-in kinds, which are code under test, would be other code here than for `threadbench replay`.
    """
    marked = getattr(getattr(config.pluginmanager, "rewrite_hook", None), "_must_rewrite", None)
    if isinstance(marked, set):
        marked.discard("threadbench")
    config.addinivalue_line(
        "markers",
        "threadbench(threads=2, model='free-threaded', ...): run the test's body in so many virtual threads, and "
        "explore their interleavings; the arguments are those of the fixture `explore`.",
    )


def pytest_sessionstart(session: pytest.Session) -> None:
    """Refuse a witness that cannot be replayed, before anything is run."""
    if session.config.option.threadbench_replay is not None:
        from .suite.session import suite_session

        suite_session(session.config)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A witness that was not replayed is no success."""
    if session.config.option.threadbench_replay is not None:
        from .suite.session import left_undone

        if left_undone(session.config) and session.exitstatus in {0, 1}:
            session.exitstatus = pytest.ExitCode.USAGE_ERROR


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say that a witness was not replayed."""
    if config.option.threadbench_replay is not None:
        from .suite.session import left_undone

        why = left_undone(config)
        if why:
            terminalreporter.write_line(f"threadbench: {why}", red=True)


def pytest_report_header(config: pytest.Config) -> str | None:
    """A line about threadbench, where an option asks for something."""
    option = config.option
    words = {
        "mode": option.threadbench_mode,
        "model": option.threadbench_model,
        "budget": getattr(option, "threadbench_budget_text", None),
        "seed": option.threadbench_seed,
        "replay": option.threadbench_replay,
    }
    said = [f"{name} {value}" for name, value in words.items() if value is not None]
    return f"threadbench: {', '.join(said)}" if said else None


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect scenario files: those that are called so, and those that the configuration names."""
    name = file_path.name
    if not name.endswith((".yaml", ".yml")):
        return None
    if not name.endswith((".threadbench.yaml", ".threadbench.yml")):
        root = parent.config.rootpath
        path = file_path.relative_to(root).as_posix() if file_path.is_relative_to(root) else file_path.as_posix()
        globs = parent.config.getini("threadbench_files")
        if not any(fnmatch(path if "/" in glob else name, glob) for glob in globs):
            return None
    from .suite.items import ScenarioFile

    return ScenarioFile.from_parent(parent, path=file_path)


@pytest.hookimpl(wrapper=True)
def pytest_pycollect_makeitem() -> Generator[None, Any, Any]:
    """Refuse tests that the marker does not fit, where they stand."""
    made = yield
    for item in made if isinstance(made, list) else ():
        if item.get_closest_marker("threadbench") is not None:
            from .suite.marked import refusal

            why = refusal(item)
            if why:
                raise pytest.Collector.CollectError(why)
    return made


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Explore what is marked."""
    if pyfuncitem.get_closest_marker("threadbench") is None:
        return None
    __tracebackhide__ = True
    from .suite.marked import call

    call(pyfuncitem)
    return True


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Refuse methods of unittest, which no other hook sees."""
    if type(item).__module__ == "_pytest.unittest" and item.get_closest_marker("threadbench") is not None:
        from .suite.marked import refusal

        pytest.fail(refusal(item) or "", pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(call: pytest.CallInfo[None]) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show failures of threadbench as it tells them."""
    report = yield
    error: Any = call.excinfo.value if call.excinfo is not None else None
    if type(error).__module__ == "threadbench.suite.failures":
        from .suite.failures import told

        report.longrepr = told(error)
    return report


@pytest.fixture
def explore(request: pytest.FixtureRequest) -> Any:
    """Search the interleavings of threads: explore(setup=Account, threads=[deposit, deposit], check=books_balance)."""
    from .suite.exploring import Explore

    return Explore(request.node)
