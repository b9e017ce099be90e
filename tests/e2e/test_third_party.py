"""Third parties' distributions, installed by pip: those that work run, those that do not are told from each other."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from wheels import install, wheel_of_project, write_wheel

import threadbench

if TYPE_CHECKING:
    from collections.abc import Callable

    Command = Callable[..., subprocess.CompletedProcess[str]]

DEADLOCK = Path(__file__).parents[2] / "plugins" / "threadbench-deadlock"

TURNSTILE = '''\
import threading
from pydantic import Field
from threadbench import Params, Run, hookimpl, workload

class TurnstileParams(Params):
    people: int = Field(10, ge=1, description="how many pass")

@workload("turnstile", params=TurnstileParams)
def turnstile(run: Run, params: TurnstileParams):
    """People pass one at a time."""
    gate, passed = threading.Lock(), 0
    def person():
        nonlocal passed
        with gate:
            passed += 1
    people = [threading.Thread(target=person) for _ in range(params.people)]
    for each in people:
        each.start()
    for each in people:
        each.join()
    run.check("everyone passed", passed == params.people)
    return {"passed": passed}

@hookimpl
def threadbench_workloads():
    yield turnstile
'''


def providing(kind: str) -> str:
    """The module of a plugin with one kind."""
    return TURNSTILE.replace('"turnstile"', f'"{kind}"')


PROJECTS = [
    # distribution, version, entry point, module
    ("threadbench-turnstile", "0.3", "turnstile", TURNSTILE),
    ("acme-broken", "0.4", "broken", "print('hello from a plugin')\nimport no_such_library\n"),
    ("acme-leaver", "0.5", "leaver", "import sys\nsys.exit('I leave')\n"),
    ("acme-twin", "1.0", "twin", providing("twin")),
    ("bolt-twin", "2.0", "twin", providing("twin")),
    ("acme-gate", "1.1", "gate-a", providing("gate")),
    ("bolt-gate", "2.1", "gate-b", providing("gate")),
    ("acme-greedy", "0.6", "greedy", providing("thread")),
    ("acme-future", "9.0", "future", 'THREADBENCH_API = ">=2,<3"\n' + providing("future")),
]


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Two installations: `fine` has the turnstile and the deadlock, `crowded` all that can go wrong beside them."""
    folder = tmp_path_factory.mktemp("wheels")
    wheels = [wheel_of_project(folder, DEADLOCK)]
    for distribution, version, point, source in PROJECTS:
        module = distribution.replace("-", "_")
        wheels.append(write_wheel(folder, distribution, version, {f"{module}/__init__.py": source}, {point: module}))
    found = {"fine": tmp_path_factory.mktemp("fine"), "crowded": tmp_path_factory.mktemp("crowded")}
    install(wheels[:2], found["fine"])
    install(wheels, found["crowded"])
    return found


@pytest.fixture
def command(sites: dict[str, Path], tmp_path: Path) -> Command:
    """Run `python -m threadbench` in an empty folder, where an installation is on the path."""

    def run(*arguments: str | Path, site: str = "crowded") -> subprocess.CompletedProcess[str]:
        roots = [str(sites[site]), str(Path(threadbench.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, roots)), "NO_COLOR": "1"}
        for name in ("THREADBENCH_DISABLE_PLUGINS", "GITHUB_ACTIONS", "CI"):
            environment.pop(name, None)
        line = [sys.executable, "-m", "threadbench", *map(str, arguments)]
        return subprocess.run(
            line, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=60
        )

    return run


@pytest.fixture
def scenario(tmp_path: Path) -> Callable[[str], Path]:
    """Write a scenario file of one kind."""

    def write(kind: str) -> Path:
        path = tmp_path / f"{kind}.yaml"
        path.write_text(f"kind: {kind}\n", encoding="utf-8")
        return path

    return write


def rows(done: subprocess.CompletedProcess[str]) -> dict[str, dict[str, Any]]:
    """Rows of a JSON document by distribution; what is built in is left out, what else is installed here ignored."""
    names = {"threadbench-deadlock", *(project[0] for project in PROJECTS)}
    return {row["distribution"]: row for row in json.loads(done.stdout)["plugins"] if row["distribution"] in names}


def test_list_tells_every_plugin_with_its_status(command):
    """All distributions are seen, each with the status that is true of it."""
    done = command("plugins", "list", "--json")
    assert done.returncode == 0, done.stderr
    assert {name: row["status"] for name, row in rows(done).items()} == {
        "acme-broken": "broken",
        "acme-future": "incompatible",
        "acme-gate": "conflict",
        "acme-greedy": "conflict",
        "acme-leaver": "broken",
        "acme-twin": "duplicate",
        "bolt-gate": "conflict",
        "bolt-twin": "duplicate",
        "threadbench-deadlock": "ok",
        "threadbench-turnstile": "ok",
    }
    assert "hello from a plugin" in done.stderr
    assert rows(done)["acme-broken"]["reason"].startswith("ModuleNotFoundError: No module named 'no_such_library' (")
    assert rows(done)["acme-leaver"]["reason"].startswith("SystemExit: I leave (")
    assert rows(done)["threadbench-deadlock"]["api"] == ">=1.0,<2"


def test_list_for_a_person_has_a_line_for_each(command):
    """Without `--json` the same rows are lines of text."""
    done = command("plugins")
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert any(line.split()[:4] == ["turnstile", "turnstile", "threadbench-turnstile", "0.3"] for line in lines)
    assert any(line.startswith("broken") and "acme-broken 0.4" in line for line in lines)


def test_doctor_names_each_ill_plugin_with_its_cure(command):
    """`plugins doctor` leaves with 1, and tells of each what to do."""
    done = command("plugins", "doctor")
    assert done.returncode == 1
    assert "8 of " in done.stdout
    for cure in (
        "upgrade or uninstall acme-broken, or leave it out with -p no:broken",
        "uninstall one of them, or use -p no:acme-twin or -p no:bolt-twin",
        "decide with -p no:gate-a or -p no:gate-b",
        "pip install --upgrade threadbench acme-future, or leave it out with -p no:future",
    ):
        assert f"cure: {cure}" in done.stdout
    document = json.loads(command("plugins", "doctor", "--json").stdout)
    assert not document["healthy"]
    assert all(row["reason"] and row["cure"] for row in document["plugins"])


def test_doctor_is_content_with_plugins_that_work(command):
    """With nothing broken, and with what is broken left out, the doctor leaves with 0."""
    assert command("plugins", "doctor", site="fine").returncode == 0
    ill = ("broken", "leaver", "twin", "gate-a", "greedy", "future")
    done = command("plugins", "doctor", *(word for name in ill for word in ("-p", f"no:{name}")))
    assert done.returncode == 0, done.stdout


def test_info_tells_where_a_plugin_comes_from(command, sites):
    """`plugins info` names file, kinds and what they show."""
    done = command("plugins", "info", "turnstile", "--json")
    (found,) = json.loads(done.stdout)["plugins"]
    assert found["summaries"] == {"turnstile": "People pass one at a time."}
    assert found["location"] == str(sites["crowded"] / "threadbench_turnstile" / "__init__.py")
    assert "ModuleNotFoundError" in command("plugins", "info", "broken", "-v").stdout
    assert command("plugins", "info", "turnstyle").returncode == 3


def test_a_third_partys_scenario_runs_among_the_broken(command, scenario):
    """The contract's example runs, whatever else is installed."""
    done = command("run", scenario("turnstile"), "--json")
    assert done.returncode == 0, done.stderr
    assert '"passed": 10' in done.stdout


def test_a_built_in_kind_runs_among_the_broken(command, scenario):
    """A built-in kind imports no third party, and is not taken over by one that claims its name."""
    done = command("run", scenario("thread"))
    assert done.returncode == 0, done.stderr
    assert "hello from a plugin" not in done.stdout + done.stderr


def test_kinds_names_who_really_provides_a_kind(command):
    """A claim that is refused does not show as the provider: a reserved kind stays the built-in's."""
    shown = {row["kind"]: row for row in json.loads(command("kinds", "--json").stdout)["kinds"]}
    assert "acme-greedy" not in json.dumps(shown["thread"])
    assert "threadbench-turnstile" in json.dumps(shown["turnstile"])


@pytest.mark.parametrize("verb", ["run", "validate"])
@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (
            "broken",
            ["'broken' of acme-broken 0.4", "is broken: ModuleNotFoundError: No module named 'no_such_library'"],
        ),
        ("leaver", ["'leaver' of acme-leaver 0.5", "is broken: SystemExit: I leave"]),
        ("twin", ["acme-twin 1.0 and bolt-twin 2.0 both provide a plugin 'twin'", "-p no:acme-twin"]),
        ("gate", ["'gate-a' of acme-gate 1.1 and plugin 'gate-b' of bolt-gate 2.1", "-p no:gate-a or -p no:gate-b"]),
        ("future", ["'future' of acme-future 9.0", "needs plugin API >=2,<3", "pip install --upgrade threadbench"]),
    ],
)
def test_who_needs_a_plugin_that_cannot_be_used_is_told(command, scenario, verb, kind, said):
    """Exit code 3, and an error that names provider, distribution, version, reason and the doctor; no traceback."""
    done = command(verb, scenario(kind))
    assert done.returncode == 3, done.stdout + done.stderr
    for each in (*said, "threadbench plugins doctor"):
        assert each in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("kind", "dropped"), [("gate", "gate-a"), ("gate", "bolt-gate"), ("twin", "acme-twin")])
def test_leaving_one_out_lets_the_other_run(command, scenario, kind, dropped):
    """The switch that the error names resolves it."""
    done = command("run", scenario(kind), "-p", f"no:{dropped}")
    assert done.returncode == 0, done.stderr


def test_no_plugins_imports_none(command, scenario):
    """--no-plugins acts before any import: what needs a third party is told of the switch."""
    done = command("run", scenario("turnstile"), "--no-plugins")
    assert done.returncode == 3
    assert "--no-plugins" in done.stderr
    assert "hello from a plugin" not in done.stdout + done.stderr


def test_an_unknown_kind_is_a_mistake_in_the_file(command, scenario):
    """A kind that nobody provides is an error located in the YAML, with the one that was probably meant."""
    done = command("run", scenario("turnstil"), site="fine")
    assert done.returncode == 2
    assert "turnstil.yaml:1:7" in done.stderr
    assert "did you mean 'turnstile'?" in done.stderr


def test_a_plugin_of_one_file_runs(command, scenario, tmp_path):
    """`--plugin FILE.py` runs a workload without packaging; a file that fails is named with its line."""
    (tmp_path / "mine.py").write_text(providing("mine"), encoding="utf-8")
    done = command("run", scenario("mine"), "--plugin", "mine.py")
    assert done.returncode == 0, done.stderr
    (tmp_path / "bad.py").write_text("x = 1\n1/0\n", encoding="utf-8")
    done = command("run", scenario("thread"), "--plugin", "bad.py")
    assert done.returncode == 3
    assert "bad.py:2)" in done.stderr


def test_the_deadlock_distribution_does_what_its_scenarios_say(command):
    """The plugin that ships beside threadbench works as a third party's: one deadlock expected, one avoided."""
    done = command("run", DEADLOCK / "scenarios", site="fine")
    assert done.returncode == 0, done.stdout + done.stderr
