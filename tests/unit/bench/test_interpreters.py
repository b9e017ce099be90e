"""Pythons that are given: what each says of itself, and why one will not do; most are scripts that answer."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest

from threadbench.bench.interpreters import probe_all
from threadbench.errors import UsageError

ANSWER = {
    "version": "3.14.0", "implementation": "CPython", "free_threaded": False, "old": False, "threadbench": "0.1.0",
    "pyperf": "2.9.0", "gil": True,
}  # fmt: skip


def answering(folder: Path, name: str = "python", **rest: Any) -> str:
    """A program that answers whatever it is asked as this Python would."""
    return script(folder, name, f"echo {shlex.quote(json.dumps({**ANSWER, **rest}))}")


def script(folder: Path, name: str, *lines: str) -> str:
    path = folder / name
    path.write_text("\n".join(["#!/bin/sh", *lines]) + "\n", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


def refused(path: str) -> UsageError:
    with pytest.raises(UsageError) as error:
        probe_all([path])
    assert str(error.value).startswith(f"--interpreter {path}: ")
    return error.value


def test_this_python_says_what_it_is() -> None:
    """The probe itself, in a real interpreter."""
    (found,) = probe_all([sys.executable])
    assert (found.path, found.version) == (sys.executable, sys.version.split()[0])
    assert "GIL o" in found.about


@pytest.mark.parametrize(
    ("gil", "label", "about"),
    [
        (False, "CPython 3.14.0 without GIL", "CPython 3.14.0, GIL off, threadbench 0.1.0"),
        (True, "CPython 3.14.0", "CPython 3.14.0, GIL on (free-threaded build), threadbench 0.1.0"),
    ],
)
def test_a_free_threaded_python_says_whether_its_lock_is_on(tmp_path: Path, gil: bool, label: str, about: str) -> None:
    """An import may have switched the lock on again: what counts is how it is when it measures."""
    (found,) = probe_all([answering(tmp_path, free_threaded=True, gil=gil)])
    assert (found.free_threaded, found.gil) == (True, gil)
    assert (found.label, found.about) == (label, about)


def test_pythons_that_say_the_same_are_numbered(tmp_path: Path) -> None:
    """Labels tell them apart in tables and in names of benchmarks."""
    paths = [answering(tmp_path, "one"), answering(tmp_path, "two"), answering(tmp_path, "three", version="3.13.0")]
    assert [each.label for each in probe_all(paths)] == ["CPython 3.14.0#1", "CPython 3.14.0#2", "CPython 3.13.0"]


@pytest.mark.parametrize("version", ["2.7.18", "3.10.13"])
def test_one_that_is_too_old_is_not_told_to_install_anything(tmp_path: Path, version: str) -> None:
    """It lacks threadbench, and could not have it."""
    error = refused(answering(tmp_path, version=version, old=True, threadbench=None, pyperf=None))
    assert f"CPython {version} is too old: threadbench needs 3.11 or later" in str(error)
    assert "pip install" not in str(error.hint)


@pytest.mark.parametrize("package", ["threadbench", "pyperf"])
def test_what_is_missing_is_named_with_its_cure(tmp_path: Path, package: str) -> None:
    """The extra brings both, into the Python that was given."""
    path = answering(tmp_path, **{package: {"missing": f"ModuleNotFoundError: No module named '{package}'"}})
    error = refused(path)
    assert f"cannot import {package} (ModuleNotFoundError: No module named '{package}')" in str(error)
    assert error.hint == f"{path} -m pip install 'threadbench[bench]'"


def test_what_cannot_be_executed_is_told_from_what_is_not_there(tmp_path: Path) -> None:
    """A folder, a file, a link to nowhere, nothing at all: each says what it is."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    (tmp_path / "link").symlink_to(tmp_path / "gone")
    assert f"is a folder; a Python in it would be {tmp_path / 'bin' / 'python'}" in str(refused(str(tmp_path)))
    assert "is no program: it may not be executed" in str(refused(str(tmp_path / "file")))
    assert f"is a link to {tmp_path / 'gone'}, which does not exist" in str(refused(str(tmp_path / "link")))
    assert str(refused(str(tmp_path / "none"))).endswith("there is no such program")
    assert str(refused("no-such-python")).endswith("there is no such program on PATH")


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["exit 3"], "it ended with 3, and said nothing of itself"),
        (["echo oops >&2", "exit 1"], "as a Python does: oops"),
        (["echo hello"], "it ended with 0"),
        (["echo '{}'"], "it ended with 0"),
        (["echo '[1]'"], "it ended with 0"),
    ],
)
def test_another_program_is_no_python(tmp_path: Path, lines: list[str], said: str) -> None:
    """Whatever it prints."""
    error = refused(script(tmp_path, "other", *lines))
    assert "it does not answer as a Python does" in str(error)
    assert said in str(error)
