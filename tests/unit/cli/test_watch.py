"""What a person sees while cases run, with a console that is, or is not, a terminal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from fakes import FakeCase, FakeCaseResult, FakeSession, FakeTerminal, result, write_log

from threadbench.cli.console import Console
from threadbench.cli.watch import Progress

if TYPE_CHECKING:
    from collections.abc import Callable


class Clock:
    """A clock that stands until it is moved."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "NO_COLOR", "FORCE_COLOR", "CI"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def out(capsys: pytest.CaptureFixture[str]) -> Callable[[], str]:
    """What was written to standard output, which is no terminal, since last asked."""
    return lambda: capsys.readouterr().out


def test_a_session_prints_header_case_and_totals(out: Callable[[], str]) -> None:
    """One line before, one for each case, an empty one and one behind."""
    progress = Progress(Console(), ["a.yaml::a"], clock=Clock())
    progress.session_started(FakeSession())
    progress.run_started(FakeCase(), 1)
    progress.case_finished(FakeCaseResult((result(),)))
    progress.finish(interrupted=False)
    header, case, empty, totals = out().splitlines()
    assert header.startswith("threadbench 0.1.0 ")
    assert case.split() == ["passed", "a.yaml::a", "300ms"]
    assert empty == ""
    assert totals == "1 case in 0s: 1 passed"


def test_quiet_prints_the_last_line_only(out: Callable[[], str]) -> None:
    """`-q` leaves the totals, also where something failed."""
    progress = Progress(Console(quiet=True), ["a.yaml::a"], clock=Clock())
    progress.session_started(FakeSession())
    progress.case_finished(FakeCaseResult((result("failed"),), as_expected=False))
    progress.finish(interrupted=False)
    assert out() == "1 case in 0s: 1 FAILED\n"


def test_failures_are_repeated_before_the_totals(out: Callable[[], str]) -> None:
    """The block of a failure stands behind the lines of all cases."""
    progress = Progress(Console(), ["a.yaml::a", "b.yaml::b"], clock=Clock())
    crash = {"kind": "exit", "status": 3}
    failed = result("crashed", as_expected=False, crash=crash, counts={"events": 10_000_000})
    progress.case_finished(FakeCaseResult((failed,), as_expected=False))
    progress.case_finished(FakeCaseResult((result(case_id="b.yaml::b"),), case_id="b.yaml::b"))
    progress.finish(interrupted=False)
    lines = out().splitlines()
    assert lines[3] == "CRASHED a.yaml::a"
    assert lines[4] == "  exited with status 3"
    assert lines[-1].startswith("2 cases in 0s: 1 CRASHED, 1 passed")


def test_without_a_terminal_a_long_run_says_that_it_lives_every_half_minute(out: Callable[[], str]) -> None:
    """No carriage returns: a line each 30 s of silence."""
    clock = Clock()
    progress = Progress(Console(), ["a.yaml::a"], clock=clock)
    for clock.now in (1.0, 29.0, 30.0, 31.0, 59.0, 60.0):
        progress.tick(FakeCase(timeout=1000.0), clock.now)
    assert out() == "still running: a.yaml::a  30s\nstill running: a.yaml::a  1m 00s\n"


def test_a_run_that_takes_half_its_timeout_is_noted_once(out: Callable[[], str]) -> None:
    """SLOW tells what is spent of what there is."""
    progress = Progress(Console(), ["a.yaml::a"], clock=Clock())
    progress.run_started(FakeCase(), 1)
    for elapsed in (4.9, 5.0, 5.1):
        progress.tick(FakeCase(), elapsed)
    assert out() == "SLOW  a.yaml::a  5s of its 10s\n"


def test_a_terminal_has_a_live_line_that_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which case runs, of how many, for how long; nothing of it stays."""
    stream = FakeTerminal()
    monkeypatch.setattr(sys, "stdout", stream)
    console = Console(color="never", environ={"TERM": "xterm"})
    progress = Progress(console, ["a.yaml::a", "b"])
    progress.run_started(FakeCase(), 1)
    progress.tick(FakeCase(), 1.25)
    assert "[1/2] a.yaml::a  1.2s" in stream.getvalue()
    console.clear_live()
    assert stream.getvalue().endswith("\x1b[2K")


@pytest.mark.parametrize(
    ("terminal", "environ", "color", "colored", "live"),
    [
        (True, {}, "auto", True, True),
        (True, {"TERM": "dumb"}, "auto", False, False),
        (True, {"NO_COLOR": "1"}, "auto", False, True),
        (True, {"CI": "true"}, "auto", True, False),
        (True, {"NO_COLOR": "1"}, "always", True, True),
        (True, {}, "never", False, True),
        (False, {}, "auto", False, False),
        (False, {"FORCE_COLOR": "1"}, "auto", True, False),
        (False, {"FORCE_COLOR": "0"}, "auto", False, False),
        (False, {"FORCE_COLOR": "1", "NO_COLOR": "1"}, "auto", False, False),
        (False, {}, "always", True, False),
    ],
)
def test_colour_follows_the_environment_and_a_live_line_the_terminal(
    monkeypatch: pytest.MonkeyPatch,
    terminal: bool,
    environ: dict[str, str],
    color: str,
    colored: bool,
    live: bool,
) -> None:
    """FORCE_COLOR colours what goes into a pipe, and never draws a live line there."""
    monkeypatch.setattr(sys, "stdout", FakeTerminal(terminal=terminal))
    console = Console(color=color, environ=environ)  # type: ignore[arg-type]
    assert (console.colored, console.live) == (colored, live)


def test_coloured_lines_say_the_same(out: Callable[[], str]) -> None:
    """Without its escape sequences, a coloured line is the plain one, however long it is."""
    import re

    progress = Progress(Console(color="always"), ["a.yaml::a"])
    progress.case_finished(FakeCaseResult((result(outcome={"value": "[red]x" * 3}),)))
    long = "a.yaml::" + "x" * 300
    progress.case_finished(FakeCaseResult((result(case_id=long),), case_id=long))
    text = out()
    assert "\x1b[" in text
    first, second = re.sub(r"\x1b\[[0-9;]*m", "", text).splitlines()
    assert "[red]x[red]x[red]x" in first
    assert long in second


def test_with_json_people_read_standard_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines go to standard error, the document alone to standard output."""
    out, err = FakeTerminal(terminal=False), FakeTerminal(terminal=False)
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    progress = Progress(Console(json=True), ["a.yaml::a"])
    progress.case_finished(FakeCaseResult((result(),)))
    assert out.getvalue() == ""
    assert err.getvalue().startswith("passed ")


def test_verbose_shows_the_events_of_each_run(out: Callable[[], str], tmp_path) -> None:
    """`-v` reads the log of a run when it has ended, what the workload printed included."""
    said = {"event": "log", "thread": "T1", "data": {"stream": "stdout", "text": "hello\n"}}
    path = write_log(tmp_path / "a.jsonl", said)
    Progress(Console(verbose=True), ["a.yaml::a"]).run_finished(result(log_path=path))
    first, title, lane, _, second = out().splitlines()
    assert title.startswith("timeline")
    assert lane.startswith("T1")
    assert first == "events of a.yaml::a (repeat 1)"
    assert second.endswith("stdout | hello")


def test_on_github_failures_are_annotated_and_summed_up(
    out: Callable[[], str], monkeypatch: pytest.MonkeyPatch, tmp_path
) -> None:
    """An `::error` line at the expectation, and a page for the step."""
    page = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(page))
    failure = {"path": "outcome.lost", "expected": "== 0", "got": "1", "at": "a.yaml:2:3", "source": "  lost: 0"}
    failed = result("failed", failures=[failure], log_path=write_log(tmp_path / "a.jsonl"))
    progress = Progress(Console(), ["a.yaml::a"])
    progress.case_finished(FakeCaseResult((failed,), as_expected=False))
    progress.finish(interrupted=False)
    assert "::error file=a.yaml,line=2,col=3,title=a.yaml%3A%3Aa::outcome.lost: expected == 0, got 1\n" in out()
    assert "| ❌ FAILED | a.yaml::a | 300ms |" in page.read_text(encoding="utf-8")
