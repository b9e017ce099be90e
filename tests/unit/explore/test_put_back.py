"""What is older than the schedules, and goes on from call to call: each schedule meets it as the first one did."""

from __future__ import annotations

import collections
import contextvars
import functools
import hashlib
import io
import itertools
import random
import re
import threading
import types
from typing import Any, NamedTuple

import pytest

import threadbench

NUMBERS = itertools.count(1)
NEXT = itertools.count(10, -5).__next__
IN_A_LIST = [itertools.count(2.5)]
IN_A_DICTIONARY = {"ids": itertools.count()}
CHANCE = random.Random(7)
TEXT = io.StringIO("ab")
BYTES = io.BytesIO(b"ab")
TO_BE_CLOSED = io.BytesIO(b"ab")
COUNTED = collections.Counter("a")
ORDERED = collections.OrderedDict(a=1)


class Items(list):
    def __init__(self, *items):
        super().__init__(items)
        self.adds = 0

    def append(self, item):
        self.adds += 1
        super().append(item)
        return len(self), self.adds


ITEMS = Items("a")


class Job:
    __slots__ = ("ids",)
    numbers = itertools.count(3)

    def __init__(self):
        self.ids = itertools.count(4)


JOB = Job()


def by_default(ids=itertools.count(5)):  # noqa: B008 - one for all calls is the point
    return next(ids)


def by_keyword(*, ids=itertools.count(6)):  # noqa: B008 - that it is one for all calls is the point
    return next(ids)


def closed_over():
    ids = itertools.count(7)

    def number():
        return next(ids)

    return number


NUMBER = closed_over()


FACTORY = collections.defaultdict(itertools.count(8).__next__)
VIEWED = types.MappingProxyType({"seen": []})
VARIABLE = contextvars.ContextVar("VARIABLE", default=[])  # noqa: B039 - one for all is the point


def letters():
    yield from "abcdefghijklmnopqrstuvwxyz" * 9


LETTERS = letters()
LISTED = iter(list(range(99)))
CYCLE = itertools.cycle("abc")
DIGEST = hashlib.sha256()

STEPS = {
    "a count": lambda: next(NUMBERS),
    "a count's method": lambda: NEXT(),
    "a count in a list": lambda: next(IN_A_LIST[0]),
    "a count in a dictionary": lambda: next(IN_A_DICTIONARY["ids"]),
    "a count of a class": lambda: next(Job.numbers),
    "a count in a slot": lambda: next(JOB.ids),
    "a count by default": lambda: by_default(),
    "a count by keyword": lambda: by_keyword(),
    "a count in a closure": lambda: NUMBER(),
    "a count as a factory": lambda: FACTORY[len(FACTORY)],
    "a list behind a view": lambda: VIEWED["seen"].append(1) or len(VIEWED["seen"]),
    "a default of a context variable": lambda: VARIABLE.get().append(1) or len(VARIABLE.get()),
    "a random generator": lambda: CHANCE.random(),
    "a text in memory": lambda: (TEXT.read(1), TEXT.seek(0, 2), TEXT.write("c"), TEXT.getvalue())[3],
    "bytes in memory": lambda: BYTES.read(1).decode(),
    "bytes that are closed": lambda: (TO_BE_CLOSED.closed or TO_BE_CLOSED.read().decode(), TO_BE_CLOSED.close())[0],
    "a counter": lambda: COUNTED.update("a") or COUNTED["a"],
    "an ordered dictionary": lambda: ORDERED.setdefault(str(len(ORDERED)), len(ORDERED)),
    "a list of one's own": lambda: ITEMS.append("b"),
}

TOLD = {
    "a generator": (lambda: next(LETTERS), "the generator letters is older"),
    "an iterator": (lambda: next(LISTED), r"an object \(list_iterator\) is older"),
    "a cycle": (lambda: next(CYCLE), r"an object \(itertools.cycle\) is older"),
    "a hash": (lambda: DIGEST.update(b"a") or DIGEST.hexdigest(), r"an object \(_hashlib.HASH\) is older"),
}


def explored(step, strategy):
    """Two threads that take the step, which may come to what they come to one after the other."""
    seen = []

    def thread(_):
        seen.append(step())

    def outcome(_):
        came, seen[:] = list(seen), []
        return came

    return threadbench.explore(
        lambda: None, [thread, thread], outcome=outcome, strategy=strategy, model="sync", stop_on_first=False
    )


@pytest.mark.parametrize("strategy", ["dpor", "dfs"])
@pytest.mark.parametrize("name", STEPS)
def test_each_schedule_meets_it_as_it_was(name, strategy):
    """Whatever the schedules before it did; and so does a second search, and whoever comes after both."""
    step = STEPS[name]
    first = explored(step, strategy)
    assert first.exhaustive, first
    assert len(first.outcomes) == 1, first.outcomes
    assert first.schedules == 2
    again = explored(step, strategy)
    assert [end.value for end in again.outcomes] == [end.value for end in first.outcomes]
    by_hand = listed([step(), step()])
    assert listed(first.outcomes[0].value) == by_hand


def listed(value):
    return [list(each) if isinstance(each, tuple) else each for each in value]


@pytest.mark.parametrize("name", TOLD)
def test_what_cannot_be_put_back_is_told(name):
    """The search does not claim to know all, and says what went on."""
    step, reason = TOLD[name]
    found = explored(step, "dpor")
    assert found.verdict == "inconclusive"
    assert re.search(reason, found.reason), found.reason


def test_what_is_not_moved_needs_no_putting_back():
    """A generator that nobody advances keeps no search from knowing all."""
    assert explored(lambda: isinstance(LETTERS, types.GeneratorType), "dpor").exhaustive


class Pair(NamedTuple):
    lock: Any
    name: str


STRIPES = (threading.Lock(), (threading.Lock(), "inner"))
PAIR = Pair(threading.Lock(), "pair")
CALLED = threading.Lock()
TAKE = functools.partial(CALLED.acquire, timeout=-1)


def locked(take, release):
    def thread(seen):
        take()
        seen.append("in")
        seen.append("out")
        release()

    return thread


def with_default(seen, lock=threading.Lock()):  # noqa: B008 - one for all calls is the point
    with lock:
        seen.append("in")
        seen.append("out")


HELD = {
    "in a tuple": locked(lambda: STRIPES[0].acquire(), lambda: STRIPES[0].release()),
    "in a tuple in a tuple": locked(lambda: STRIPES[1][0].acquire(), lambda: STRIPES[1][0].release()),
    "in a named tuple": locked(lambda: PAIR.lock.acquire(), lambda: PAIR.lock.release()),
    "in a partial function": locked(lambda: TAKE(), lambda: CALLED.release()),
    "by default": with_default,
}


@pytest.mark.parametrize("name", HELD)
def test_locks_that_are_older_are_stood_for_where_nothing_can_be_stored(name):
    """A real lock that two virtual threads want would stop both; afterwards it is in its place, and free."""
    before = STRIPES, PAIR, with_default.__defaults__, TAKE.func
    found = threadbench.explore(
        list, [HELD[name], HELD[name]], outcome=lambda seen: seen, model="free-threaded", timeout=2, stop_on_first=False
    )
    assert found.exhaustive, found
    assert [end.value for end in found.outcomes] == [["in", "out"] * 2]
    assert all(now is then for now, then in zip((STRIPES, PAIR), before[:2], strict=True))
    assert (with_default.__defaults__, TAKE.func) == before[2:]
    assert not STRIPES[0].locked()
