"""What a person sees while cases are explored, with a console that is, or is not, a terminal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from fakes import FakeSession, FakeTerminal

from threadbench.cli.console import Console
from threadbench.cli.searching import SearchProgress
from threadbench.explore.found import Found, Outcome
from threadbench.explore.schedule import Schedule
from threadbench.explore.worker import Progress
from threadbench.results import SearchResult
from threadbench.scenario import Expect, Failure

if TYPE_CHECKING:
    from collections.abc import Callable


class FakeCase(msgspec.Struct, frozen=True):
    """As `scenario.Case`, as far as it is watched."""

    id: str = "a.yaml::a"
    expect: Expect = Expect()
    repeat: int = 1


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


def schedule(cause: str, value: Any) -> Schedule:
    return Schedule(
        model="gil",
        time="adversarial",
        cause=cause,
        outcome=value,
        preemptions=1,
        points=10,
        fingerprint="f",
        threads=(),
        choices=(1, 2),
    )


def result(
    verdict: Any = "holds", *, model: str = "free-threaded", good: bool | None = None, **more: Any
) -> SearchResult:
    """A search of the engine's that came to this verdict."""
    bad = verdict == "violated"
    outcomes = [Outcome(2, "finished", None, 5, True, schedule("finished", 2), 1)]
    if bad:
        outcomes.append(Outcome(1, "violated", "too few", 3, False, schedule("violated", 1), 2))
    found = Found(
        verdict=verdict,
        exhaustive=verdict == "holds",
        schedules=8,
        outcomes=tuple(outcomes),
        witness=outcomes[-1].witness if bad else None,
        reason="too few" if bad else "in every interleaving",
        strategy="auto",
        model=model,
        seed=7,
        points=80,
        duration=0.5,
        explanation="one thread\nand another" if bad else None,
        **more,
    )
    fine = verdict == "holds" if good is None else good
    failures = () if fine else (Failure("explore", "holds", verdict),)
    return SearchResult(
        "a.yaml::a", "code", model, 7, found, failures, fine, 0 if fine else 1, "w.json" if bad else None
    )


def shown(*results: SearchResult, console: Console | None = None, models: int = 1) -> None:
    progress = SearchProgress(console or Console(), ["a.yaml::a"], models, clock=Clock())
    progress.session_started(FakeSession())
    for each in results:
        progress.search_finished(FakeCase(), each)
    progress.finish(interrupted=False)


def test_a_search_that_holds_is_a_line_and_its_table(out: Callable[[], str]) -> None:
    """Verdict, strength, schedules, case, model, duration; below it each outcome."""
    shown(result())
    header, line, head, row, empty, totals = out().splitlines()
    assert header.startswith("threadbench 0.1.0 ")
    assert line.split() == ["holds", "exhaustive", "8", "schedules", "a.yaml::a", "free-threaded", "500ms"]
    assert head.split() == ["outcome", "count", "expected", "preemptions", "points"]
    assert row.split() == ["2", "5", "yes"]
    assert (empty, totals) == ("", "1 search in 0s: 1 holds; 8 schedules")


def test_what_is_wrong_comes_last_and_first_in_its_table(out: Callable[[], str]) -> None:
    """The table begins with what is not as it should be; the block at the end has reason, steps and replay."""
    shown(result("violated"))
    text = out()
    assert text.index("too few") < text.index("yes")
    block = text[text.index("VIOLATED a.yaml::a") :]
    assert "explore: expected holds, got violated" in block
    assert "  one thread\n  and another\n" in block
    assert "  replay: threadbench replay w.json\n" in block
    assert text.rstrip().endswith("1 search in 0s: 1 VIOLATED; 8 schedules")


def test_an_expected_violation_names_its_witness_only(out: Callable[[], str]) -> None:
    """It is no failure: no block, but the command that shows it."""
    shown(result("violated", good=True))
    text = out()
    assert "violated (expected)" in text
    assert text.count("replay: threadbench replay w.json") == 1
    assert "one thread" not in text


@pytest.mark.parametrize(
    ("gil", "free", "sentence"),
    [
        ("holds", "violated", "safe with the GIL on CPython 3.13, broken free-threaded"),
        ("violated", "violated", "broken with the GIL on CPython 3.13 and free-threaded alike"),
        ("holds", "inconclusive", "safe with the GIL on CPython 3.13, undecided free-threaded"),
        ("holds", "holds", "safe with the GIL on CPython 3.13 and free-threaded alike"),
    ],
)
def test_models_are_put_together(out: Callable[[], str], gil: str, free: str, sentence: str) -> None:
    """One sentence after the last model of a case."""
    shown(result(gil, model="gil"), result(free), models=2)
    assert f"a.yaml::a: {sentence}" in out()


def test_quiet_prints_the_last_line_only(out: Callable[[], str]) -> None:
    """`-q` leaves the totals."""
    shown(result("violated"), console=Console(quiet=True))
    assert out() == "1 search in 0s: 1 VIOLATED; 8 schedules\n"


def test_off_a_terminal_a_heartbeat_tells_of_life(out: Callable[[], str]) -> None:
    """Every half minute, with what was done so far; nothing in between."""
    clock = Clock()
    progress = SearchProgress(Console(), ["a.yaml::a"], 1, clock=clock)
    for seconds in (1, 29, 31, 40):
        clock.now = seconds
        progress.search_tick(FakeCase(), "gil", Progress(schedules=1000, outcomes=2, bad=1), seconds)
    (line,) = out().splitlines()
    assert line == ("still exploring: a.yaml::a  gil  31s  1,000 schedules  32/s  2 outcomes, 1 not as they should be")


def test_a_terminal_shows_how_it_gets_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """The live line is drawn over, and taken away."""
    terminal = FakeTerminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stdout", terminal)
    progress = SearchProgress(Console(), ["a.yaml::a"], 1, clock=Clock())
    progress.search_tick(FakeCase(), "gil", Progress(schedules=1000), 0.5)
    progress.finish(interrupted=True)
    assert "[1/1] " in terminal.getvalue()
    assert "2,000/s" in terminal.getvalue()
    assert "interrupted after 0 of 1 search" in terminal.getvalue()


def test_what_runs_are_judged_by_is_named(out: Callable[[], str]) -> None:
    """Expectations that a search passes over are told once, before the totals."""
    progress = SearchProgress(Console(), ["a.yaml::a"], 1, clock=Clock())
    progress.session_started(FakeSession())
    progress.search_finished(FakeCase(repeat=3), result())
    progress.finish(interrupted=False)
    assert "not judged when exploring: repeat" in out()
