"""Which modules are under test where nobody says so."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

from threadbench.suite.subjects import modules_of

FILES = {
    "conftest.py": "import tb_far",
    "tb_test.py": "import json, threading, tb_near, conftest\nfrom tb_pack.inner import Thing\nmade = Thing()",
    "tb_near.py": "import tb_far, installed",
    "tb_far.py": "import tb_near",
    "tb_unused.py": "",
    "tb_pack/__init__.py": "",
    "tb_pack/inner.py": "from tb_pack.deep import helper\nclass Thing: pass",
    "tb_pack/deep.py": "def helper(): pass",
    ".venv/lib/site-packages/installed.py": "import tb_unused",
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Modules that import each other, one of them installed below the same folder."""
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")
    before = dict(sys.modules)
    sys.modules.pop("conftest", None)
    monkeypatch.syspath_prepend(tmp_path / ".venv/lib/site-packages")
    monkeypatch.syspath_prepend(tmp_path)
    importlib.import_module("tb_test")
    yield tmp_path
    sys.modules.clear()
    sys.modules.update(before)


def test_the_projects_modules_are_followed(project: Path) -> None:
    """By imports of modules and of names, to the end; not what is installed, the library, or pytest's own files."""
    found = modules_of([sys.modules["tb_test"]], project)
    assert [module.__name__ for module in found] == ["tb_far", "tb_near", "tb_pack.deep", "tb_pack.inner", "tb_test"]


def test_values_lead_to_the_modules_of_their_classes(project: Path) -> None:
    """A fixture's value need not be named in the test's module."""
    found = modules_of([sys.modules["tb_test"].made], project)
    assert [module.__name__ for module in found] == ["tb_pack.deep", "tb_pack.inner"]


def test_nothing_leads_nowhere(tmp_path: Path) -> None:
    """A value of no module, and a module outside of the project, are no modules under test."""
    assert modules_of([None, 3, "text", sys], tmp_path) == []
