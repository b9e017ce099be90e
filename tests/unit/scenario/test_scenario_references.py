"""What a scenario names of the user's code is looked for without being imported."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from threadbench.scenario.references import wrong_with

BANK = '''
"""Raises, when it is imported."""
import json as coding
from collections import Counter, deque as line

raise RuntimeError("imported")

if coding:
    def plain(): ...
else:
    plain = None
try:
    import tomllib
except ImportError as missing:
    tomllib = None
for month in "jan", "feb":
    pass
with open("x") as file, open("y") as (one, two):
    total: int = 0
if (walrus := 1) and [inner for inner in line()]:
    async def later(): ...
match coding:
    case {"a": first, **rest}:
        pass
    case [second, *others] as whole:
        pass

def setting():
    global set_elsewhere
    set_elsewhere = 1
    local = 2

class Account:
    rate: float = 1.0

    def withdraw(self): ...
    if rate:
        def deposit(self): ...

class Child(Account): ...

@plain
class Wrapped: ...

Account.added = plain
'''
THERE = """
    plain coding Counter line tomllib missing month file one two total walrus later first rest second others whole
    set_elsewhere setting Account Account.withdraw Account.deposit Account.rate Account.added Account.__init__
    Child Child.anything Wrapped.anything __name__ plain.anything
"""
NOT_THERE = {
    "plian": "did you mean 'plain'?",
    "Acount": "did you mean 'Account'?",
    "local": None,
    "deque": None,
    "withdraw": None,
    "Account.withdrew": "did you mean 'withdraw'?",
    "Account.x": "it has: deposit, rate, withdraw",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A folder with modules, packages, folders of modules, and some that nobody can read."""
    (tmp_path / "bank.py").write_text(BANK)
    (tmp_path / "src" / "branch" / "desk").mkdir(parents=True)
    (tmp_path / "src" / "branch" / "__init__.py").write_text("")
    (tmp_path / "src" / "branch" / "teller.py").write_text("def serve(): ...\n")
    (tmp_path / "src" / "loose").mkdir()
    (tmp_path / "src" / "loose" / "end.py").write_text("def tie(): ...\n")
    (tmp_path / "star.py").write_text("from bank import *\n")
    (tmp_path / "lazy.py").write_text("def __getattr__(name): return print\n")
    (tmp_path / "broken.py").write_text("def f(:\n")
    (tmp_path / "latin.py").write_bytes(b"# \xff\n")
    (tmp_path / "queue.py").write_text("")
    monkeypatch.chdir(tmp_path)
    return str(tmp_path)


@pytest.mark.parametrize("name", THERE.split())
def test_what_a_module_may_have_is_taken_to_be_there(folder: str, name: str) -> None:
    """However its text binds it."""
    assert wrong_with(f"bank:{name}", folder, []) is None
    assert "bank" not in sys.modules


@pytest.mark.parametrize(("name", "hint"), NOT_THERE.items())
def test_what_a_module_cannot_have_is_wrong(folder: str, name: str, hint: str | None) -> None:
    """And what comes close is told."""
    wrong = wrong_with(f"bank:{name}", folder, [])
    assert wrong is not None
    assert "bank.py) has no '" in wrong.message
    assert hint is None or wrong.hint == hint
    assert "bank" not in sys.modules


@pytest.mark.parametrize(
    ("reference", "message", "hint"),
    [
        ("bnak:f", "there is no module 'bnak' in ., src, nor where Python looks", "did you mean 'bank'?"),
        ("nothing", "there is no module 'nothing' in ., src, nor where Python looks", "`path` names more folders"),
        ("branch.tellr:f", "package 'branch' has no module 'tellr'", "did you mean 'teller'?"),
        ("branch.teller:f", "module 'branch.teller' (src/branch/teller.py) has no 'f'", "it has: serve"),
        ("bank.account:f", "module 'bank' is no package: it has no 'account'", "write bank:…"),
        ("loose.ned:f", "package 'loose' has no module 'ned'", "did you mean 'end'?"),
        ("loose.end:f", "module 'loose.end' (src/loose/end.py) has no 'f'", "it has: tie"),
    ],
)
def test_modules_are_looked_for_as_an_import_would(folder: str, reference: str, message: str, hint: str) -> None:
    """In the scenario's folder, then in those that it names; in packages, and in folders of modules."""
    wrong = wrong_with(reference, folder, ["src"])
    assert wrong is not None
    assert wrong.message == message
    assert (wrong.hint or "").startswith(hint)


UNKNOWN = """
    bank branch branch.teller:serve branch:teller branch.desk.x:f loose.end:tie star:f lazy:f broken:f latin:f
    queue:Queue os.path:join _thread:allocate_lock collections:Counter.update builtins:dict xml.etree.ElementTree:parse
"""


@pytest.mark.parametrize("reference", UNKNOWN.split())
def test_what_cannot_be_known_is_left_to_the_run(folder: str, reference: str) -> None:
    """Names that other code makes, that are not written in Python, or that an import would not take from there."""
    assert wrong_with(reference, folder, ["src"]) is None
