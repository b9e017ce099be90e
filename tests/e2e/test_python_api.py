"""`threadbench.run` and `run_all` as a person calls them: what they take, and how they say what is wrong."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import threadbench


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with two scenarios."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "one.yaml").write_text("kind: lock\nparams: {pause: 0}\n", encoding="utf-8")
    (tmp_path / "wrong.yaml").write_text("kind: lock\nparams: {wrkers: 1}\n", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("paths", ["one.yaml", Path("one.yaml"), ["one.yaml"], (Path("one.yaml"),)])
def test_one_path_or_several_are_run(folder: Path, paths: Any) -> None:
    """A text is a path, and no list of characters."""
    assert [result.verdict for result in threadbench.run_all(paths)] == ["passed"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"timeout": 0}, "timeout must be seconds, more than 0 and at most 604800, not 0"),
        ({"timeout": "5s"}, "timeout must be seconds, more than 0 and at most 604800, not '5s'"),
        ({"timeout": float("nan")}, "timeout must be seconds, more than 0 and at most 604800, not nan"),
        ({"seed": -1}, "seed must be a whole number from 0 to 18446744073709551615, not -1"),
        ({"seed": "7"}, "seed must be a whole number from 0 to 18446744073709551615, not '7'"),
        ({"target": 3}, "3 names no case"),
        ({"target": b"one.yaml"}, "b'one.yaml' names no case"),
    ],
)
def test_an_argument_that_makes_no_sense_is_named(folder: Path, arguments: dict[str, Any], said: str) -> None:
    """It is a UsageError of ours before anything is run, and no accident further down."""
    with pytest.raises(threadbench.UsageError) as caught:
        threadbench.run(**{"target": "one.yaml", **arguments})
    assert str(caught.value) == said
    assert not (folder / ".threadbench").exists()


def test_an_error_in_a_file_has_its_place_in_a_traceback_too(folder: Path) -> None:
    """Who calls from Python sees the line, the caret and the hint that the command would show."""
    code = "import threadbench; threadbench.run('wrong.yaml')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120)
    told = subprocess.run(
        [sys.executable, "-m", "threadbench", "run", "wrong.yaml"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert told.stderr.startswith("wrong.yaml:2:10: error: unknown key 'wrkers'")
    assert told.stderr in done.stderr


def test_a_hint_is_seen_in_a_traceback(folder: Path) -> None:
    """How to mend it is not kept from those who do not catch the error."""
    code = "import threadbench; threadbench.explore(threads=[print], model='gill')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120)
    assert done.stderr.splitlines()[-2:] == [
        "threadbench.errors.UsageError: model 'gill' is unknown",
        "hint: did you mean 'gil'?",
    ]
