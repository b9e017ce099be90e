"""`threadbench new`: what it writes is valid, runs and is tested as it is; what makes no sense is refused."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from wheels import index_is_reached, wheel_of_threadbench

import threadbench
from threadbench.plugins.sources import BUILTIN_KINDS

if TYPE_CHECKING:
    from collections.abc import Callable

    Command = Callable[..., subprocess.CompletedProcess[str]]

ROOT = Path(__file__).parents[2]
SHIPPED = sorted(path.parent for path in ROOT.glob("plugins/*/src"))


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """Run `python -m threadbench` in an empty folder, with the plugins that ship beside it."""

    def run(*arguments: str | Path, plugins: bool = False) -> subprocess.CompletedProcess[str]:
        roots = [str(Path(threadbench.__file__).parents[1]), *(str(project / "src") for project in SHIPPED)]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(roots), "NO_COLOR": "1"}
        for name in ("GITHUB_ACTIONS", "CI"):
            environment.pop(name, None)
        switches = [word for module in modules() for word in ("-p", module)] if plugins else []
        line = [sys.executable, "-m", "threadbench", *map(str, arguments), *switches]
        return subprocess.run(
            line, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=120
        )

    return run


def modules() -> list[str]:
    """Plugins under plugins/, by their modules."""
    return sorted(
        path.name for project in SHIPPED for path in (project / "src").iterdir() if (path / "py.typed").exists()
    )


def test_a_scenario_of_every_kind_runs_as_it_is_written(command, tmp_path):
    """For each kind, built in or shipped as a plugin: the file is valid, and what it expects is met."""
    told = json.loads(command("kinds", "--json", plugins=True).stdout)["kinds"]
    kinds = [each["kind"] for each in told]
    assert set(kinds) > set(BUILTIN_KINDS)
    for kind in kinds:
        done = command("new", "scenario", kind, plugins=True)
        assert done.returncode == 0, done.stdout + done.stderr
        assert f"wrote {kind}.yaml" in done.stdout
    files = [f"{kind}.yaml" for kind in kinds]
    valid = command("validate", *files, plugins=True)
    assert valid.returncode == 0, valid.stderr
    ran = command("run", *files, plugins=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    schema = json.loads((tmp_path / ".threadbench.schema.json").read_text(encoding="utf-8"))
    assert set(kinds) <= set(schema["definitions"])
    for kind in kinds:
        text = (tmp_path / f"{kind}.yaml").read_text(encoding="utf-8")
        assert text.startswith("# yaml-language-server: $schema=./.threadbench.schema.json\n")
        shown = json.loads(command("explain", kind, "--json", plugins=True).stdout)["params"]
        squeezed = " ".join(text.replace("#", " ").split())
        for param in shown:
            assert f"{param['name']}: " in text
            assert param["description"] in squeezed


def test_a_race_is_expected_to_lose(command, tmp_path):
    """The file expects what the kind comes to, not that it goes well; and says what each param may be."""
    assert command("new", "scenario", "race", "-o", "mine.yaml").returncode == 0
    text = (tmp_path / "mine.yaml").read_text(encoding="utf-8")
    assert "    no update lost: false\n" in text
    assert "  # threads of the pool that share the updates (integer, ≥ 1, ≤ 1000)\n  workers: 2\n" in text
    assert "  pause: 100ms\n" in text
    assert "#   threadbench run mine.yaml\n" in text


def test_nothing_is_written_over(command, tmp_path):
    """A file that is there stays, but with --force; so do a schema and a folder that is not empty."""
    (tmp_path / "race.yaml").write_text("mine", encoding="utf-8")
    (tmp_path / ".threadbench.schema.json").write_text("{}", encoding="utf-8")
    done = command("new", "scenario", "race", "--no-run")
    assert done.returncode == 2
    assert "'race.yaml' is there already" in done.stderr
    assert "--force" in done.stderr
    assert (tmp_path / "race.yaml").read_text(encoding="utf-8") == "mine"
    done = command("new", "scenario", "race", "--no-run", "--force", "--json")
    assert json.loads(done.stdout) == {
        "schema": "threadbench.new/1",
        "kind": "race",
        "written": ["race.yaml"],
        "verdict": None,
        "exit_code": 0,
    }
    assert (tmp_path / ".threadbench.schema.json").read_text(encoding="utf-8") == "{}"
    (tmp_path / "threadbench-gate").mkdir()
    (tmp_path / "threadbench-gate" / "mine").touch()
    done = command("new", "plugin", "gate")
    assert done.returncode == 2
    assert "'threadbench-gate' is there already" in done.stderr
    assert [path.name for path in (tmp_path / "threadbench-gate").iterdir()] == ["mine"]


def test_a_scenario_goes_to_standard_output(command, tmp_path):
    """`-o -` writes no file."""
    done = command("new", "scenario", "lock", "--no-run", "-o", "-")
    assert done.stdout.splitlines()[0].startswith("# yaml-language-server: ")
    assert "kind: lock\n" in done.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("scenario", "rase"), "did you mean 'race'?"),
        (("plugin", "Turn Stile"), "did you mean 'turn-stile'?"),
        (("plugin", "threadbench-race"), "kind 'race' is built in, and its name reserved"),
        (("plugin", "../turnstile"), "write turnstile -o FOLDER"),
        (("plugin", "9lives"), "did you mean 'lives'?"),
        (("plugin", "gate-"), "did you mean 'gate'?"),
        (("plugin", "x" * 61), "no more than 60"),
        (("plugin", "threadbench-"), "is no name for a kind"),
        (("scenari", "race"), "did you mean 'scenario'?"),
        (("race",), "new scenario race, or new plugin race"),
    ],
)
def test_what_makes_no_sense_is_refused(command, tmp_path, arguments, said):
    """Exit code 2, with what was probably meant, and nothing is written."""
    done = command("new", *arguments)
    assert done.returncode == 2, done.stdout
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["class", "threading", "two-words", "threadbench-gate_2"])
def test_a_plugins_project_is_sound(command, tmp_path, name):
    """Whatever it is called: the module can be imported, keeps the rules, and its scenario runs and explores."""
    done = command("new", "plugin", name, "-o", "made", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert [Path(path).is_relative_to("made") for path in told["written"]] == [True] * len(told["written"])
    module = f"threadbench_{told['kind'].replace('-', '_')}"
    program = (
        f"import sys; sys.path.insert(0, 'made/src')\n"
        f"from threadbench.testing import assert_conforms, Bench\n"
        f"assert_conforms('{module}')\n"
        f"bench = Bench('logs', ['{module}'])\n"
        f"assert bench.run('made/scenarios/{told['kind']}.yaml').as_expected\n"
        f"assert bench.explore('made/scenarios/{told['kind']}.yaml').exhaustive\n"
    )
    checked = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")
    for arguments in (["check"], ["format", "--check", "--line-length=120"]):
        tool = [sys.executable, "-m", "ruff", *arguments, "--no-cache", "--isolated"]
        linted = subprocess.run(tool, cwd=tmp_path / "made", capture_output=True, text=True, check=False)
        assert linted.returncode == 0, linted.stdout


def test_the_three_commands_it_prints_pass_unedited(command, tmp_path):
    """An environment of its own beside the built threadbench, the tests, the scenario: typed as they are printed."""
    if not index_is_reached(tmp_path):
        pytest.skip("no index is reached, and the project's build backend and pytest come from one; nox has it too")
    done = command("new", "plugin", "turnstile")
    assert done.returncode == 0, done.stderr
    steps = [line.strip() for line in done.stdout.partition("next:\n")[2].splitlines()]
    assert len(steps) == 3
    wheels = wheel_of_threadbench(tmp_path / "wheels")
    links = " ".join(filter(None, (os.environ.get("PIP_FIND_LINKS"), str(wheels))))
    programs = tmp_path / "bin"  # this Python, whatever else is called python3 here
    programs.mkdir()
    (programs / "python3").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n', encoding="utf-8")
    (programs / "python3").chmod(0o755)
    path = os.pathsep.join([str(programs), os.environ["PATH"]])
    environment = {**os.environ, "PATH": path, "PIP_FIND_LINKS": links, "NO_COLOR": "1"}
    for name in ("PYTHONPATH", "PYTEST_ADDOPTS", "PYTEST_CURRENT_TEST", "PYTEST_XDIST_WORKER", "CI", "GITHUB_ACTIONS"):
        environment.pop(name, None)
    program = "\n".join(
        ["set -e", *steps, ".venv/bin/threadbench explore scenarios", ".venv/bin/threadbench plugins list"]
    )
    typed = subprocess.run(
        ["bash", "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=600
    )
    assert typed.returncode == 0, typed.stdout + typed.stderr
    assert " passed in " in typed.stdout
    assert "1 case in " in typed.stdout
    assert "holds                exhaustive" in typed.stdout
    assert any(line.split()[:2] == ["turnstile", "turnstile"] for line in typed.stdout.splitlines())
    where = tmp_path / "threadbench-turnstile" / ".venv" / "bin" / "python"
    version = "{}.{}".format(*sys.version_info)
    assert f"CPython {version}" in typed.stdout
    found = subprocess.run(
        [where, "-c", "import threadbench; print(threadbench.__file__)"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(found.stdout.strip()).is_relative_to(tmp_path)
