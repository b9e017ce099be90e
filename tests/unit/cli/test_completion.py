"""Completion scripts, asked in the shells themselves where they are installed."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from threadbench.cli import main
from threadbench.cli.group import VERBS
from threadbench.cli.shells import SHELLS, Option, Verb

if TYPE_CHECKING:
    from pathlib import Path

EVIL = Verb(("run",), (Option(("--x",), "it's a [bracket]: $(touch owned)", True, ("a", "b")),))


@pytest.fixture
def script(request: pytest.FixtureRequest, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """The completion script of the shell that the test is about."""
    if shutil.which(request.param) is None:
        pytest.skip(f"{request.param} is not installed")
    assert main(["completion", request.param]) == 0
    path = tmp_path / f"completion.{request.param}"
    path.write_text(capsys.readouterr().out, encoding="utf-8")
    return path


def ask(*command: str, cwd: Path | None = None) -> list[str]:
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60, cwd=cwd)
    assert done.stderr == ""
    return done.stdout.split("\n")


def bash_answers(script: Path, *words: str) -> list[str]:
    program = (
        'source "$0"; COMP_WORDS=(threadbench "$@"); COMP_CWORD=$#; _threadbench; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    return [answer for answer in ask("bash", "--norc", "-c", program, str(script), *words) if answer]


ASKED = [
    (["r"], {"run", "replay", "report"}),
    (["run", "--ti"], {"--timeout"}),
    (["run", "--color", ""], {"auto", "always", "never"}),
    (["plugins", "d"], {"doctor"}),
    (["completion", ""], {"bash", "zsh", "fish"}),
]


@pytest.mark.parametrize("script", ["bash"], indirect=True)
@pytest.mark.parametrize(("words", "answers"), [*ASKED, (["run", ""], set()), (["--v"], {"--version"})])
def test_bash_completes_verbs_options_and_choices(script: Path, words: list[str], answers: set[str]) -> None:
    """Where none of these fits, the shell falls back to files."""
    assert set(bash_answers(script, *words)) == answers


@pytest.mark.parametrize("script", ["fish"], indirect=True)
@pytest.mark.parametrize(("words", "answers"), ASKED)
def test_fish_completes_verbs_options_and_choices(script: Path, words: list[str], answers: set[str]) -> None:
    """With the help of each, which is behind a tab."""
    line = " ".join(["threadbench", *words])
    found = ask("fish", "--no-config", "-c", f'source {script}; complete -C "{line}"', cwd=script.parent)
    assert {answer.split("\t")[0] for answer in found if answer} == answers


@pytest.mark.parametrize("script", ["bash", "zsh", "fish"], indirect=True)
def test_scripts_are_what_their_shell_parses(script: Path) -> None:
    """Each shell reads its script without complaint."""
    assert ask(script.suffix[1:], "-n", str(script)) == [""]


@pytest.mark.parametrize("shell", SHELLS)
def test_every_verb_is_in_every_script(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The scripts are made from the tree of commands."""
    main(["completion", shell])
    shown = capsys.readouterr().out
    assert all(verb in shown for verb in VERBS)


@pytest.mark.parametrize("shell", SHELLS)
def test_help_texts_cannot_run_anything(shell: str, tmp_path: Path) -> None:
    """Quotes, brackets and substitutions in a help text stay text when the script is read."""
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    path = tmp_path / "script"
    path.write_text(SHELLS[shell]([Verb((), (), (("run", "it's $(touch owned)"),)), EVIL], "nowhere"), encoding="utf-8")
    subprocess.run([shell, "-c", f". {path}"], cwd=tmp_path, capture_output=True, check=False, timeout=60)
    assert not (tmp_path / "owned").exists()
    assert subprocess.run([shell, "-n", str(path)], check=False, timeout=60).returncode == 0
