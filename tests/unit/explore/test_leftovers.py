"""What a schedule leaves behind is gone before the next one begins, and does nothing in it."""

from __future__ import annotations

import _thread
import threading
import types
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

import threadbench


class State:
    def __init__(self):
        self.ready = False
        self.lock = threading.Lock()
        self.pools = []
        self.seen = []


class Last:
    """Takes a lock when it goes: at a point, wherever that is one."""

    def __init__(self, state):
        self.state = state

    def __del__(self):
        with self.state.lock:
            self.state.seen.append("gone")


def wait_and_drop(state):
    last = Last(state)
    while not state.ready:
        pass
    assert last.state is state


def make_ready(state):
    state.ready = True


def wait_with_a_pool(state):
    pool = ThreadPoolExecutor(1)
    pool.submit(int)
    while not state.ready:
        pass


def keep_a_pool(state):
    pool = ThreadPoolExecutor(1)
    state.pools.append(pool)
    pool.submit(state.seen.append, "done")


def drop_a_pool(state):
    ThreadPoolExecutor(1).submit(state.seen.append, "done")


def submit_from_another(state):
    def late():
        try:
            state.pools[0].submit(state.seen.append, "late")
        except RuntimeError as error:
            state.seen.append(str(error))

    keep_a_pool(state)
    threading.Thread(target=late).start()


@pytest.mark.parametrize("strategy", ["dfs", "pct", "pos", "random"])
@pytest.mark.parametrize("first", [wait_and_drop, wait_with_a_pool])
def test_what_goes_between_two_schedules_is_in_neither(first, strategy):
    """A thread that was looked at while it waits leaves its local variables to the next schedule, and no more."""
    found = threadbench.explore(
        State, [first, make_ready], strategy=strategy, stop_on_first=False, max_schedules=300, model="gil"
    )
    assert {outcome.cause for outcome in found.outcomes} == {"finished"}, found


@pytest.mark.parametrize("strategy", ["dpor", "dfs", "pct"])
@pytest.mark.parametrize("thread", [keep_a_pool, drop_a_pool])
def test_a_pool_that_nobody_shuts_down_ends_with_the_main_thread(thread, strategy):
    """As at the interpreter's exit, where its workers are told to end, whether anybody still holds it or not."""
    found = threadbench.explore(
        State, [thread], outcome=lambda state: state.seen, strategy=strategy, stop_on_first=False, max_schedules=2_000
    )
    assert [(outcome.cause, outcome.value) for outcome in found.outcomes] == [("finished", ["done"])], found


def test_a_pool_takes_no_task_once_the_main_thread_has_returned():
    """Its tasks come before that end or fail: both are explored."""
    found = threadbench.explore(
        State,
        [submit_from_another],
        outcome=lambda state: sorted(state.seen),
        strategy="dpor",
        stop_on_first=False,
        model="sync",
    )
    refused = [f"cannot schedule new futures after {what}" for what in ("interpreter shutdown", "shutdown")]
    ends = sorted(outcome.value for outcome in found.outcomes)
    assert ends == [*([text, "done"] for text in refused), ["done", "late"]], ends
    assert found.exhaustive


def start_and_keep(state):
    thread = threading.Thread(target=make_ready, args=[state], daemon=True)
    never = threading.Thread(target=make_ready, args=[state])
    state.seen += [thread, never, threading.current_thread()]
    thread.start()
    _thread.start_new_thread(lambda: state.seen.append(threading.current_thread()), ())


def test_the_threads_of_a_schedule_are_over_for_whoever_keeps_them():
    """The library answers for them as for any thread that has ended, and knows those that were never started."""
    keeper = types.ModuleType("keeper")
    exec("kept = []\ndef keep(value): list.append(kept, value)", vars(keeper))
    found = threadbench.explore(
        State, [start_and_keep], outcome=lambda state: keeper.keep(state.seen), stop_on_first=False, max_schedules=50
    )
    assert found.verdict == "holds", found
    assert keeper.kept
    for started, never, *others in keeper.kept:
        for thread in started, *others:
            assert not thread.is_alive()
            assert " stopped" in repr(thread)
            thread.join()
            assert thread not in threading.enumerate()
        assert not never.is_alive()
        with pytest.raises(RuntimeError, match="before it is started"):
            never.join()


SEEN: list[str] = []
KEPT: dict[str, list[str]] = {"seen": SEEN}


def see_a():
    SEEN.append("a")


def see_b():
    SEEN.append("b")


@pytest.mark.parametrize("outcome", [lambda: SEEN, lambda: KEPT["seen"], lambda: {"all": [tuple(SEEN)]}])
def test_an_outcome_is_what_it_was_when_the_schedule_ended(outcome):
    """It may be of what is older than the schedules, which is put back before the outcome is judged or shown."""
    found = threadbench.explore(threads=[see_a, see_b], outcome=outcome, stop_on_first=False)
    assert found.exhaustive
    assert len(found.outcomes) == 2
    assert {"ab", "ba"} == {"".join(filter(str.isalpha, str(end.value).replace("all", ""))) for end in found.outcomes}
    assert SEEN == []


@dataclass
class Uncopied:
    seen: str

    def __deepcopy__(self, _memo):
        raise ValueError("there is one of me")


def test_an_outcome_need_not_be_copied():
    """One that does not let itself be is what it is."""
    found = threadbench.explore(threads=[see_a], outcome=lambda: Uncopied("".join(SEEN)), stop_on_first=False)
    assert found.verdict == "holds"
    assert [outcome.value.seen for outcome in found.outcomes] == ["a"]


class Visits(threading.local):
    count = 0

    def __init__(self, first):
        self.count = first


class Making(threading.local):
    made = 0

    def __new__(cls):
        Making.made += 1
        return super().__new__(cls)


def visit(state):
    visits, seen = state
    visits.count += 1
    seen.append(visits.count)


@pytest.mark.parametrize("strategy", ["dpor", "dfs"])
@pytest.mark.parametrize("make", [lambda: Visits(5), Making])
def test_a_local_is_each_threads_own_whose_class_is_older(make, strategy):
    """A subclass of `threading.local` that was made at import, and an object of it that a schedule makes."""
    base = 5 if make is not Making else 0
    type.__setattr__(Making, "count", 0)
    found = threadbench.explore(
        lambda: (make(), []), [visit, visit], outcome=lambda state: state[1], strategy=strategy, stop_on_first=False
    )
    assert [outcome.value for outcome in found.outcomes] == [[base + 1, base + 1]]
    assert found.exhaustive
    assert "__new__" not in vars(Visits)
    assert Making().made
