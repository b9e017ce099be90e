"""`docs/plugin-author.md` is one session: its files are laid down, its commands typed, and they print what is shown."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from pages import AUTHOR, blocks, is_of_shape, laid_out, steps
from wheels import index_is_reached, wheel_of_threadbench


def test_the_page_is_one_session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From `new plugin` to a wheel, in an environment of its own beside the built threadbench."""
    if not index_is_reached(tmp_path):
        pytest.skip("no index is reached, and the project's build backend and pytest come from one")
    links = " ".join(filter(None, (os.environ.get("PIP_FIND_LINKS"), str(wheel_of_threadbench(tmp_path / "wheels")))))
    folder = laid_out(tmp_path, monkeypatch)
    monkeypatch.setenv("PIP_FIND_LINKS", links)
    monkeypatch.setenv("NO_COLOR", "1")
    for name in (
        "PYTHONPATH",
        "PYTEST_ADDOPTS",
        "PYTEST_CURRENT_TEST",
        "PYTEST_XDIST_WORKER",
        "PYTEST_XDIST_TESTRUNUID",
    ):
        monkeypatch.delenv(name, raising=False)
    typed = []
    for block in blocks(AUTHOR):
        if block.file:
            path = tmp_path / "desk" / block.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
        for command, shown in steps(block) if block.language == "console" else ():
            typed.append(command)
            if command.startswith("cd "):
                folder = folder / command.removeprefix("cd ")
                continue
            done = subprocess.run(
                ["bash", "-c", command],
                cwd=folder,
                capture_output=True,  # what pip thinks of this machine's indexes is not the page's
                text=True,
                check=False,
                timeout=600,
            )
            assert is_of_shape(shown, done.stdout.splitlines()), f"$ {command}\n{done.stdout}{done.stderr}"
            assert done.returncode == 0, f"$ {command}\n{done.stdout}{done.stderr}"
    assert any("new plugin" in command for command in typed)
    assert any("pytest" in command for command in typed)
