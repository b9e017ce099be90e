"""Errors become text and an exit code; click's, ours, everybody's."""

from __future__ import annotations

import json
import re

import click
import pytest

from threadbench.cli.failures import guarded
from threadbench.errors import (
    Diagnostic,
    InternalError,
    LogError,
    NothingSelectedError,
    PluginError,
    Position,
    ScenarioError,
    UsageError,
)

WRONG = ScenarioError(
    [Diagnostic(Position("a.yaml", 2, 3), "unknown key 'kin'", "did you mean 'kind'?", "  kin: x", 3)]
)


def raising(error: BaseException):
    def command(arguments):
        raise error

    return command


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    monkeypatch.delenv("THREADBENCH_DEBUG", raising=False)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError("x"), 2),
        (WRONG, 2),
        (LogError("x"), 2),
        (PluginError("x"), 3),
        (NothingSelectedError("x"), 5),
        (InternalError("x"), 70),
        (RuntimeError("x"), 70),
        (RecursionError("x"), 70),
        (MemoryError(), 70),
        (KeyboardInterrupt(), 130),
        (BrokenPipeError(), 141),
        (click.exceptions.Exit(5), 5),
        (click.UsageError("x"), 2),
    ],
)
def test_every_error_has_its_exit_code_and_no_traceback(error, code: int, capfd: pytest.CaptureFixture[str]) -> None:
    """A user's mistake never shows a traceback, and neither does a bug of ours unless asked."""
    assert guarded(raising(error), []) == code
    assert "Traceback" not in capfd.readouterr().err


def test_an_error_is_shown_with_its_hint(capsys: pytest.CaptureFixture[str]) -> None:
    """The message, then how to mend it."""
    guarded(raising(UsageError("no such thing", hint="take another")), [])
    assert capsys.readouterr().err == "error: no such thing\n  hint: take another\n"


def test_diagnostics_are_shown_with_their_place(capsys: pytest.CaptureFixture[str]) -> None:
    """file:line:column, source line, caret, hint."""
    guarded(raising(WRONG), [])
    assert capsys.readouterr().err == (
        "a.yaml:2:3: error: unknown key 'kin'\n  2 |   kin: x\n    |   ^^^\n  hint: did you mean 'kind'?\n"
    )


def test_hostile_messages_are_inert(capsys: pytest.CaptureFixture[str]) -> None:
    """What a file smuggles into a message reaches no terminal as it is."""
    guarded(raising(PluginError("evil\x1b[2J\ud800")), [])
    assert capsys.readouterr().err == "error: evil\\x1b[2J\\ud800\n"


def test_on_github_diagnostics_are_annotations_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An invalid file is marked at its line."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    guarded(raising(WRONG), [])
    assert "::error file=a.yaml,line=2,col=3,title=threadbench::unknown key 'kin'%0A" in capsys.readouterr().err


def test_an_internal_error_asks_for_a_report(capsys: pytest.CaptureFixture[str]) -> None:
    """One paragraph with the error, the versions, and what to send."""
    guarded(raising(ZeroDivisionError("division by zero")), [])
    err = capsys.readouterr().err
    assert err.startswith("internal error: ZeroDivisionError: division by zero\nPlease report it ")
    assert re.search(r"threadbench \d+\.\d+\.\d+, Python 3\.\d+", err)


@pytest.mark.parametrize("how", ["-v", "--verbose", "environment"])
def test_the_traceback_of_an_internal_error_is_there_when_asked_for(
    how: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`-v` or THREADBENCH_DEBUG show where it happened."""
    if how == "environment":
        monkeypatch.setenv("THREADBENCH_DEBUG", "1")
    guarded(raising(ZeroDivisionError()), [how])
    assert "Traceback (most recent call last)" in capsys.readouterr().err


@pytest.mark.parametrize("error", [WRONG, UsageError("x"), click.UsageError("x"), ZeroDivisionError()])
def test_with_json_an_error_is_a_document_too(error, capsys: pytest.CaptureFixture[str]) -> None:
    """Standard output holds exactly one document, whatever happens."""
    code = guarded(raising(error), ["run", "--json"])
    document = json.loads(capsys.readouterr().out)
    assert document["schema"] == "threadbench.error/1"
    assert document["exit_code"] == code


def test_the_document_of_invalid_files_has_their_diagnostics(capsys: pytest.CaptureFixture[str]) -> None:
    """Place, message and hint of each."""
    guarded(raising(WRONG), ["--json"])
    (diagnostic,) = json.loads(capsys.readouterr().out)["diagnostics"]
    assert (diagnostic["file"], diagnostic["line"], diagnostic["column"]) == ("a.yaml", 2, 3)
    assert diagnostic["hint"] == "did you mean 'kind'?"
