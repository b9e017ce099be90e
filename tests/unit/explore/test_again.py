"""Searches one after the other: what is kept from one to the next is never taken for what has changed since."""

from __future__ import annotations

import contextvars
import gc
import queue
import random
import sys
import threading
import time
import types
import weakref
from concurrent.futures import _base
from typing import Any

import greenlet
import pytest

import threadbench
from threadbench.explore.strategies.dependency import Step
from threadbench.runtime.virtual import bodies
from threadbench.runtime.virtual.points import heap
from threadbench.runtime.virtual.points.borrowed import borrowed
from threadbench.runtime.virtual.points.looked import Look

MODULE = """
import threading

value = 0
kept = []

class Account:
    def add(self):
        global value
        value = value + 1

def add():
    global value
    value = value + 1

def look():
    return value
"""


def module(source: str = MODULE) -> Any:
    """A new module with this source."""
    made = types.ModuleType("made_for_a_test")
    exec(source, vars(made))
    return made


def ends(made: Any, name: str = "add", **options: Any) -> dict[Any, int]:
    """What two threads that call a function of a module come to, whichever it has by that name now."""
    found = threadbench.explore(
        threads=[getattr(made, name)] * 2, outcome=made.look, strategy="dpor", stop_on_first=False, **options
    )
    assert found.exhaustive
    return {outcome.value: outcome.count for outcome in found.outcomes}


def test_a_function_that_was_defined_again_is_looked_at_again() -> None:
    """As in a notebook: the name is the same, the code is other code, and has its points."""
    made = module()
    assert ends(made).keys() == {1, 2}
    exec("def add():\n    global value\n    read = value\n    value = read + 10", vars(made))
    assert ends(made).keys() == {10, 20}


def test_other_code_of_the_same_function_is_looked_at_again() -> None:
    """Whoever has swapped a function's code meanwhile is explored, and has that code back afterwards."""
    made = module()
    assert ends(made).keys() == {1, 2}
    other = module(MODULE.replace("value + 1", "value + 5")).add.__code__
    made.add.__code__ = other
    assert ends(made).keys() == {5, 10}
    assert made.add.__code__ is other


RATES = """
class Account:
    pass

def own():
    account = Account()
    account.rate = 1
    return account

def use(account):
    account.total = account.rate

def change(account):
    Account.rate = 5

def drop(account):
    del Account.rate

def look(account):
    return account.total
"""


def totals(made: Any, setup: str, *threads: str) -> list[Any]:
    """What such threads come to."""
    found = threadbench.explore(
        getattr(made, setup),
        [getattr(made, name) for name in threads],
        outcome=made.look,
        strategy="dpor",
        stop_on_first=False,
    )
    assert found.exhaustive
    return sorted(outcome.value for outcome in found.outcomes)


def test_an_attribute_that_the_class_has_got_since_is_read_there() -> None:
    """Objects had it, and the class did not: now it is the other way round, and who changes the class's races."""
    made = module(RATES)
    assert totals(made, "own", "use", "use") == [1]
    made.Account.rate = 1
    assert totals(made, "Account", "use", "change") == totals(made, "Account", "use", "change") == [1, 5]


def test_an_attribute_that_a_class_has_within_a_schedule_alone_is_found_each_time() -> None:
    """One thread gives it to the class, another takes it or what stands for it; the next schedule begins without."""
    made = module(RATES.replace("account.rate\n\n", "getattr(account, 'rate', 0)\n\n"))
    for _ in range(3):
        assert totals(made, "own", "use", "use") == [1]
        assert totals(made, "Account", "use", "change") == [0, 5]
        assert not hasattr(made.Account, "rate")


def test_an_attribute_that_a_class_lost_within_a_schedule_is_read_there_again() -> None:
    """What was seen while it was gone, that objects alone have it, is not taken over."""
    made = module(RATES)
    made.Account.rate = 1
    assert totals(made, "own", "drop", "use") == [1]
    assert totals(made, "Account", "use", "change") == [1, 5]


def test_a_method_and_a_closure_that_came_later_have_points() -> None:
    """A class that got a method, and a function that no name leads to."""
    made = module()
    assert ends(made).keys() == {1, 2}
    exec("def more(self):\n    global value\n    value = value + 3\nAccount.more = more\ndel more", vars(made))
    exec("def make():\n    return [lambda: one.more()]\none = Account()\nhidden = make()", vars(made))
    made.call = made.hidden[0]
    assert ends(made, "call").keys() == {3, 6}


@pytest.mark.parametrize("young", [0, 3 * heap.MOST_YOUNG])
def test_what_was_made_among_many_young_objects_is_found(young: int) -> None:
    """However many objects the process has made since the last search."""
    made = module()
    assert ends(made).keys() == {1, 2}
    held: list[Any] = [[] for _ in range(young)]
    exec("def make():\n    def inner():\n        global value\n        value = value + 7\n    return inner", vars(made))
    inner = made.make()
    made.call = lambda: inner()
    assert ends(made, "call").keys() == {7, 14}
    held += [[] for _ in range(young)]
    assert ends(made, "call").keys() == {7, 14}


def test_names_that_new_code_stores_are_points_of_old_code() -> None:
    """Old code that reads what nobody stored has other points once somebody does."""
    made = module("flag = False\nseen = 0\ndef read():\n    global seen\n    seen = flag\ndef look():\n    return seen")
    assert ends(made, "read").keys() == {False}
    exec("def write():\n    global flag\n    flag = True", vars(made))
    found = threadbench.explore(
        threads=[made.read, made.write], outcome=made.look, strategy="dpor", stop_on_first=False
    )
    assert {outcome.value for outcome in found.outcomes} == {False, True}
    del made.write
    gc.collect()
    assert ends(made, "read").keys() == {False}


def test_state_is_put_back_to_what_it_is_now() -> None:
    """What a caller wrote between two searches is what the second begins with and leaves behind."""
    made = module()
    assert ends(made).keys() == {1, 2}
    made.value, made.kept = 40, [1, threading.Lock()]
    assert ends(made).keys() == {41, 42}
    assert made.value == 40
    assert type(made.kept[1]) is type(threading.Lock())


KEEPING = """
import math

value = 0
held = [[0]]
limits = {"most": [0]}

class Base:
    shared = [0]

class Other:
    shared = [0]

class Kept(Base):
    pass

def close(over):
    def inner(given=[0], *, named=[0]):
        return over, given, named
    return inner

inner = close([0])

def find():
    return held[0], limits["most"], Kept.shared, *inner()

def add():
    for found in find():
        found[0] += 1

def look():
    return [found[0] for found in find()]
"""


@pytest.mark.parametrize(
    "change",
    [
        "held[0] = [7]",
        "held.insert(0, [7])",
        "limits['most'] = [7]",
        "limits = {'most': [7]}",
        "Kept.shared = [7]",
        "Base.shared = [7]",
        "Kept.__bases__ = (Other,)\nOther.shared = [7]",
        "inner.__closure__[0].cell_contents = [7]",
        "inner.__defaults__ = ([7],)",
        "inner.__kwdefaults__['named'] = [7]",
        "inner = close([7])",
        "find = (lambda before: lambda: before())(find)\nheld[0] = [7]",
    ],
)
def test_old_state_that_came_later_is_put_back(change: str) -> None:
    """Wherever in a module it was put between two searches of the same functions: each schedule begins with it."""
    made = module(KEEPING)

    def after_one() -> set[str]:
        found = threadbench.explore(
            threads=[made.add], outcome=lambda: str(made.look()), strategy="dpor", stop_on_first=False
        )
        assert found.exhaustive
        return {outcome.value for outcome in found.outcomes}

    for _ in range(3):
        assert after_one() == {str([1] * 6)}
    exec(change, vars(made))
    before = made.look()
    assert 7 in before
    for _ in range(2):
        assert after_one() == {str([held + 1 for held in before])}
        assert made.look() == before


STORING = """
import queue

def set_up():
    queue.Empty = queue.made = 0

def add():
    queue.made = queue.made + 1

def look():
    return queue.made
"""


def test_what_is_stored_in_a_module_of_the_library_is_put_back() -> None:
    """To what it is when a search begins, whatever it was when one began before."""
    made = module(STORING)
    empty = queue.Empty
    for before in ({"made": 7}, {"made": 9}, {}):
        vars(queue).pop("made", None)
        vars(queue).update(before)
        for _ in range(2):
            found = threadbench.explore(
                setup=made.set_up,
                threads=[lambda _: made.add()] * 2,
                outcome=lambda _: made.look(),
                strategy="dpor",
                stop_on_first=False,
            )
            assert {outcome.value for outcome in found.outcomes} == {1, 2}
            assert vars(queue).get("made") == before.get("made")
            assert queue.Empty is empty


LENDING = """
class Box:
    def fill(self):
        self.full = True
"""

LENT = """
import queue

class Own:
    pass

def look():
    return queue.Box().full
"""


def test_what_a_module_of_the_library_holds_is_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A class by the same name as before is a library's now, which stores what code under test reads."""
    made, beside = module(LENT), types.ModuleType("beside")
    monkeypatch.setitem(sys.modules, "beside", beside)
    exec(LENDING, vars(beside))
    look = Look({id(vars(made)): vars(made)})
    for box, lent in ((made.Own, None), (beside.Box, {"full"}), (made.Own, None)):
        monkeypatch.setattr(queue, "Box", box, raising=False)
        for _ in range(2):
            assert borrowed(look, [made.look.__code__], unspelled=False) == lent


def test_what_a_module_held_goes_when_it_is_dropped() -> None:
    """A search that has ended holds no object of a module's, nor of one that the module imports."""

    class Held:
        pass

    made, beside = module(), types.ModuleType("beside")
    vars(made).update(beside=beside)
    for holder in (made, beside):
        vars(holder).update(one=Held())
        gone = weakref.ref(vars(holder)["one"])
        ends(made)
        ends(made)
        del vars(holder)["one"]
        gc.collect()
        assert gone() is None


def test_code_is_its_own_after_every_end() -> None:
    """After a crash, an interrupt, and an outcome that cannot be told."""
    made = module(MODULE + "\ndef fail():\n    raise ValueError\n\ndef stop():\n    raise KeyboardInterrupt")
    before = {name: value.__code__ for name, value in vars(made).items() if isinstance(value, types.FunctionType)}
    assert threadbench.explore(threads=[made.fail, made.add]).verdict == "crashed"
    threadbench.explore(threads=[made.stop, made.add])
    assert "JSON" in threadbench.explore(threads=[made.add], outcome=lambda: object()).reason
    now = {name: value.__code__ for name, value in vars(made).items() if isinstance(value, types.FunctionType)}
    assert now == before
    assert all(now[name] is code for name, code in before.items())


def test_the_library_is_as_it_was_whatever_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """What somebody else has put in its place between two searches stays there, and is used."""
    made = module()
    ends(made)
    logger = object()
    monkeypatch.setattr(_base, "LOGGER", logger)
    before = {name: value for name, value in vars(threading).items() if name != "__builtins__"}
    thread = dict(vars(threading.Thread))
    assert ends(made).keys() == {1, 2}
    assert _base.LOGGER is logger
    assert {name: value for name, value in vars(threading).items() if name != "__builtins__"} == before
    assert dict(vars(threading.Thread)) == thread


def test_chance_is_the_same_in_each_schedule_and_goes_on_afterwards() -> None:
    """Also where a distribution keeps its second number for the next call."""
    random.seed(5)
    random.gauss(0, 1)
    before = random.getstate()
    drawn: list[Any] = []

    def draw() -> None:
        drawn.append((random.random(), random.gauss(0, 1), random.randint(0, 9)))

    found = threadbench.explore(
        threads=[draw, lambda: None], outcome=lambda: repr(drawn), max_schedules=30, strategy="random"
    )
    assert len(found.outcomes) == 1
    assert random.getstate() == before


def test_each_thread_begins_in_an_empty_context() -> None:
    """Though it may live in the greenlet of one that has ended, of this schedule or another."""
    variable = contextvars.ContextVar("variable", default=0)
    seen: list[int] = []

    def use() -> None:
        seen.append(variable.get())
        variable.set(variable.get() + 1)

    def start() -> None:
        for _ in range(3):
            thread = threading.Thread(target=use)
            thread.start()
            thread.join()

    found = threadbench.explore(
        setup=lambda: seen.clear(),
        threads=[lambda _: use(), lambda _: start()],
        outcome=lambda _: list(seen),
        strategy="random",
        max_schedules=50,
    )
    assert [outcome.value for outcome in found.outcomes] == [[0, 0, 0, 0]]
    assert variable.get() == 0


def test_nothing_of_a_schedule_lives_into_the_next() -> None:
    """Where threads have ended, what they were called with is gone before the next state is made."""

    class State:
        value = 0

    def write(state: State) -> None:
        state.value = 1

    beside: Any = types.ModuleType("beside")  # no module under test: what is written there stays
    beside.made, beside.alive = None, []

    def setup() -> State:
        beside.alive.append(beside.made is not None and beside.made() is not None)
        state = State()
        beside.made = weakref.ref(state)
        return state

    threadbench.explore(setup, [write, write], strategy="random", max_schedules=20)
    assert beside.alive == [False] * 20


def test_what_a_reduction_remembered_does_not_wait_for_the_collector() -> None:
    """It is gone when the search is: each one looks at all young objects of the process."""
    made = module()
    ends(made)
    gc.collect()
    gc.disable()
    try:
        ends(made)
        assert not [value for value in gc.get_objects() if isinstance(value, Step)]
    finally:
        gc.enable()


def test_a_schedule_that_is_forgotten_lets_go_of_its_program() -> None:
    """Until then it can be replayed."""
    shared = [0]

    def add() -> None:
        shared[0] += 1

    found = threadbench.explore(threads=[add, add], outcome=lambda: shared[0], max_schedules=5)
    function = weakref.ref(add)
    del add
    assert found.outcomes[0].witness.replay().verdict == "holds"
    gc.collect()
    assert function() is not None
    del found
    gc.collect()
    assert function() is None


def test_greenlets_go_with_the_search_where_others_could_not_switch_to_them() -> None:
    """In a thread of its own, or a greenlet of its own, a search leaves none; in the main one it leaves a few."""
    made = module()
    greenlet.getcurrent()  # this thread's main one comes into being when it is first asked for
    gc.collect()

    def greenlets() -> set[int]:
        return {id(value) for value in gc.get_objects() if isinstance(value, greenlet.greenlet) and value}

    def explore() -> None:
        threadbench.explore(threads=[made.add] * 3, outcome=made.look, max_schedules=5)

    before = greenlets()
    runner = threading.Thread(target=lambda: [explore(), seen.append(greenlets())])
    seen: list[set[int]] = []
    runner.start()
    runner.join()
    greenlet.greenlet(explore).switch()
    # A join returns before the system has ended the thread, and its main greenlet goes with it.
    deadline = time.monotonic() + 30
    while not greenlets() <= before and time.monotonic() < deadline:
        time.sleep(0.01)
        gc.collect()
    assert greenlets() <= before
    for _ in range(3):
        threadbench.explore(threads=[made.add] * 40, outcome=made.look, max_schedules=2, strategy="random")
    assert len(greenlets() - before) <= bodies.MOST_KEPT


def test_threads_that_never_began_leave_nothing() -> None:
    """Where main crashes first, they have a greenlet and no life; the next search is none the worse."""
    made = module()

    def never() -> None:
        threading.Thread(target=made.add).start()
        raise ValueError

    for _ in range(3):
        assert threadbench.explore(threads=[lambda: None], check=never, max_schedules=20).verdict == "crashed"
        assert ends(made).keys() == {1, 2}
    reference = weakref.ref(never)
    del never
    gc.collect()
    assert reference() is None
