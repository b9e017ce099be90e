"""A search in a process of its own: whatever that process does, there is something to say."""

from __future__ import annotations

import os
import time

import pytest

from threadbench.errors import InternalError, UsageError
from threadbench.explore import supervisor
from threadbench.explore.found import Found, unfinished
from threadbench.explore.limits import Limits
from threadbench.explore.parts import End
from threadbench.explore.program import Threads
from threadbench.explore.search import Search
from threadbench.explore.strategies.base import Diverged
from threadbench.explore.supervisor import Interrupts, search_apart
from threadbench.explore.worker import Progress

LIMITS = Limits()


def apart(job, *, limits: Limits = LIMITS, timeout: float = 30.0, interrupts: Interrupts | None = None, ticks=None):
    heard = [] if ticks is None else ticks
    return search_apart(job, limits, timeout, interrupts or Interrupts(), lambda progress, _: heard.append(progress))


def test_what_was_found_comes_back() -> None:
    """As it was in the other process."""
    assert apart(lambda tick: unfinished(LIMITS, "as it is", schedules=3)) == unfinished(
        LIMITS, "as it is", schedules=3
    )


def test_state_stays_where_it_was_changed() -> None:
    """The process that asked is not the one that searched."""
    state = []

    def job(tick) -> Found:
        state.append(os.getpid())
        return unfinished(LIMITS, str(state))

    assert str(os.getpid()) not in apart(job).reason
    assert state == []


def test_errors_for_people_stay_so() -> None:
    """A usage error is raised again, with its hint."""

    def job(tick) -> Found:
        raise UsageError("not like this", hint="like that")

    with pytest.raises(UsageError, match="not like this") as caught:
        apart(job)
    assert caught.value.hint == "like that"


def test_a_bug_of_ours_is_one_here_too() -> None:
    """With the traceback of the other process."""

    def job(tick) -> Found:
        raise KeyError("never")

    with pytest.raises(InternalError, match="KeyError"):
        apart(job)


@pytest.mark.parametrize("bad", [True, False])
def test_what_was_found_is_waited_for(monkeypatch: pytest.MonkeyPatch, bad: bool) -> None:
    """A schedule that takes long to be run again is not taken for one that hangs, though the time is up."""
    monkeypatch.setattr(supervisor, "GRACE", 0.2)

    def job(tick) -> Found:
        program = Threads([print])
        search = Search(program, model="sync", ordered=False)
        search.ends = {("livelock", None, "no end"): End("livelock", None, "no end", 1)} if bad else {}
        tick(search)
        time.sleep(2)
        return unfinished(LIMITS, "found", verdict="livelock")

    found = apart(job, limits=Limits(time_limit=0.1))
    assert (found.reason == "found") is bad


def test_non_determinism_is_undecided() -> None:
    """And says what differed."""

    def job(tick) -> Found:
        raise Diverged("choice 2 was possible")

    found = apart(job)
    assert (found.verdict, found.reason) == (
        "inconclusive",
        "what is explored is non-deterministic: choice 2 was possible, after 0 schedules",
    )


@pytest.mark.parametrize(("status", "said"), [(7, "left with status 7"), (None, "killed by SIGKILL")])
def test_a_process_that_dies_crashed(status: int | None, said: str) -> None:
    """By itself or by a signal."""

    def job(tick) -> Found:
        if status is None:
            os.kill(os.getpid(), 9)
        os._exit(status or 0)

    found = apart(job)
    assert found.verdict == "crashed"
    assert said in found.reason


def test_a_process_that_says_nothing_is_ended() -> None:
    """After the time that one schedule may take; and where it stood is told."""

    def job(tick) -> Found:
        while True:
            time.sleep(0.01)

    found = apart(job, timeout=0.5)
    assert found.verdict == "inconclusive"
    assert "MainThread has not come to a point for" in found.reason
    assert "in job" in (found.explanation or "")


def test_ctrl_c_ends_a_search_that_does_not_listen() -> None:
    """After a grace, with what was known."""
    interrupts = Interrupts()
    interrupts.count = 2

    def job(tick) -> Found:
        while True:
            time.sleep(0.01)

    assert apart(job, interrupts=interrupts).reason == "interrupted, after 0 schedules"


def test_news_arrive() -> None:
    """What a search says of itself reaches who watches."""

    class Search:
        schedules, points, ends, trouble = 12, 34, {}, None

    def job(tick) -> Found:
        tick(Search())
        time.sleep(0.3)
        return unfinished(LIMITS, "done")

    ticks: list[Progress] = []
    apart(job, ticks=ticks)
    assert Progress(12, 34, 0, 0) in ticks
