"""What the pages on pytest and on CI show is so: options exist and are told, and services would take the files."""

from __future__ import annotations

import configparser
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pages import BLOCKS, ROOT, Block

from threadbench import pytest_plugin

SCHEMAS = {".github/workflows/threads.yml": "vendor.github-workflows", ".gitlab-ci.yml": "vendor.gitlab-ci"}
RECIPES = [block for block in BLOCKS if block.language == "yml"]
PAGE = (ROOT / "docs" / "pytest.md").read_text(encoding="utf-8")


class Parser:
    """Hears which options and settings there are."""

    def __init__(self) -> None:
        self.options: dict[str, str] = {}
        self.settings: dict[str, str] = {}

    def getgroup(self, *_: Any) -> Parser:
        return self

    def addoption(self, name: str, **given: Any) -> None:
        self.options[name] = given["help"]

    def addini(self, name: str, text: str, **_: Any) -> None:
        self.settings[name] = text


@pytest.fixture(scope="module")
def parser() -> Parser:
    """What the plugin adds."""
    heard = Parser()
    stands_in: Any = heard  # for pytest's own, of which it has the two methods
    pytest_plugin.pytest_addoption(stands_in)
    return heard


def test_every_option_and_setting_is_documented(parser: Parser) -> None:
    """Each has a row in `docs/pytest.md`, and there is no row of another."""
    rows = re.findall(r"^\| `(?:(--threadbench-[a-z]+)|(threadbench_[a-z]+))", PAGE, re.MULTILINE)
    assert {option for option, _ in rows if option} == set(parser.options)
    assert {setting for _, setting in rows if setting} == set(parser.settings)


def test_every_argument_of_the_marker_is_documented() -> None:
    """What `@pytest.mark.threadbench` takes stands in the section about it, and in nothing else."""
    from threadbench.suite.marked import KNOWN

    section = PAGE.partition("\n## Mark a test\n")[2].partition("\n## ")[0].partition("The marker takes")[2]
    assert set(re.findall(r"`([a-z_]+)`", section.partition(". An argument")[0])) == set(KNOWN)


@pytest.mark.parametrize("block", RECIPES, ids=str)
def test_services_would_take_the_recipes(block: Block, tmp_path: Path) -> None:
    """Each recipe fits the schema of the service that its file is for."""
    assert block.file
    path = tmp_path / Path(block.file).name
    path.write_text(block.text, encoding="utf-8")
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", SCHEMAS[block.file], str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout


def test_both_services_have_a_recipe() -> None:
    """Neither recipe is lost by a change of its heading."""
    assert {block.file for block in RECIPES} == set(SCHEMAS)


@pytest.mark.parametrize("block", RECIPES, ids=str)
def test_commands_of_recipes_have_the_options_they_use(block: Block, parser: Parser, tmp_path: Path) -> None:
    """pytest takes every option that a recipe gives it, and so does threadbench."""
    commands = re.findall(r"(?:run: |- )((?:python -m pytest|threadbench) .+)", block.text)
    assert any("pytest" in command for command in commands)
    assert any(command.startswith("threadbench") for command in commands)
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "quick.yaml").write_text("kind: lock\nparams: {pause: 0s, updates: 1, workers: 1}\n")
    (tmp_path / "test_it.py").write_text("def test_it(): pass\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    for command in commands:
        words = command.split()
        words = words[1:] if words[0] == "python" else ["-m", *words]
        done = subprocess.run(
            [sys.executable, *words], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"


@pytest.mark.parametrize("block", [block for block in BLOCKS if block.language == "ini"], ids=str)
def test_settings_that_are_shown_exist(block: Block, parser: Parser) -> None:
    """Each key of a `pytest.ini` is one of the plugin's."""
    config = configparser.ConfigParser()
    config.read_string(block.text)
    assert config.sections() == ["pytest"]
    assert set(config["pytest"]) <= set(parser.settings)
