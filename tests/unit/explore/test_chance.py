"""The generator of the module `random` in schedules: it stands for the real one wherever that is held."""

from __future__ import annotations

import copy
import pickle
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from random import choice
from typing import Any

import pytest

import threadbench

draw = random.random
FIRST, SECOND = (random.Random(0).random(), (lambda one: (one.random(), one.random())[1])(random.Random(0)))


class Seen:
    """What threads drew, and what they counted."""

    keep = random.random

    def __init__(self) -> None:
        self.drawn: list[float] = []
        self.count = 0


def through_the_module(seen: Seen) -> None:
    seen.drawn.append(random.random())


def by_another_name(seen: Seen) -> None:
    seen.drawn.append(draw())


def as_a_default(seen: Seen, draw: Any = random.random) -> None:
    seen.drawn.append(draw())


def from_a_class(seen: Seen) -> None:
    seen.drawn.append(Seen.keep())


def in_an_iterator(seen: Seen) -> None:
    seen.drawn += [next(iter(random.random, None))]


def in_a_pool(seen: Seen) -> None:
    with ThreadPoolExecutor(1) as pool:
        seen.drawn.append(pool.submit(random.random).result())


def outcomes(threads: list[Any], outcome: Any, **options: Any) -> list[Any]:
    """All that threads come to, by a search that ended."""
    found = threadbench.explore(Seen, threads, outcome=outcome, stop_on_first=False, **options)
    assert found.exhaustive
    return sorted(outcome.value for outcome in found.outcomes)


@pytest.mark.parametrize("model", ["gil", "free-threaded"])
@pytest.mark.parametrize("drawing", [by_another_name, as_a_default, from_a_class, in_an_iterator, in_a_pool])
def test_whoever_draws_first_draws_the_first_number_however_they_hold_the_generator(drawing: Any, model: str) -> None:
    """By another name, as a default, in a class, within an iterator, or in a pool; the process's own stays as it is."""
    before = random.getstate()
    drawn = outcomes(
        [through_the_module, drawing], lambda seen: [x == FIRST for x in seen.drawn], strategy="dpor", model=model
    )
    assert drawn == [[False, True], [True, False]]
    assert random.getstate() == before


def split(seen: Seen) -> None:
    count = seen.count
    random.random()
    seen.count = count + 1


def split_by_a_default(seen: Seen, draw: Any = random.random) -> None:
    count = seen.count
    draw()
    seen.count = count + 1


def split_by_a_choice(seen: Seen) -> None:
    count = seen.count
    choice([1])
    seen.count = count + 1


@pytest.mark.parametrize("strategy", ["dpor", "dfs"])
@pytest.mark.parametrize("model", ["gil", "free-threaded"])
@pytest.mark.parametrize("body", [split, split_by_a_default, split_by_a_choice])
def test_another_thread_may_come_between_where_one_draws(body: Any, model: str, strategy: str) -> None:
    """A call of a function in C is followed by a look whether another thread is to run, and so are its stand-ins."""
    assert outcomes([body, body], lambda seen: seen.count, strategy=strategy, model=model) == [1, 2]


def read_and_draw(seen: Seen, draw: Any = random.random) -> None:
    seen.drawn = [seen.count, draw()]


def write_and_draw(seen: Seen, draw: Any = random.random) -> None:
    seen.count = 1
    draw()


@pytest.mark.parametrize("strategy", ["dpor", "dfs"])
def test_to_draw_is_a_step_of_its_own(strategy: str) -> None:
    """Between a read and a draw the other may write and draw: then zero was read, and the second number drawn."""
    ends = outcomes(
        [read_and_draw, write_and_draw],
        lambda seen: [seen.drawn[0], seen.drawn[1] == SECOND],
        strategy=strategy,
        model="free-threaded",
    )
    assert ends == [[0, False], [0, True], [1, False], [1, True]]


def test_other_threads_of_the_process_draw_from_their_own() -> None:
    """And what they draw is no chance in a schedule."""
    random.seed(5)
    expected, drawn = random.Random(5), []
    over = threading.Event()
    started = threading.Event()

    def draw_on() -> None:
        while not over.is_set():
            drawn.append((random.random(), random.gauss(0, 1), random.randint(0, 9)))
            started.set()

    thread = threading.Thread(target=draw_on)
    thread.start()
    started.wait()
    try:
        for _ in range(20):
            found = outcomes([through_the_module] * 2, lambda seen: [x == FIRST for x in seen.drawn], strategy="dpor")
            assert found == [[False, True], [True, False]]
    finally:
        over.set()
        thread.join()
    assert drawn == [(expected.random(), expected.gauss(0, 1), expected.randint(0, 9)) for _ in drawn]


def test_a_state_that_is_set_within_a_schedule_ends_with_it() -> None:
    """The next one, and the next search, begin with the first number again."""

    def seeded(seen: Seen) -> None:
        state = random.getstate()
        random.seed(7)
        one = random.random()
        random.setstate(state)
        seen.drawn = [one == random.Random(7).random(), random.random() == FIRST]

    assert outcomes([seeded], lambda seen: seen.drawn, strategy="dpor") == [[True, True]]
    assert outcomes([through_the_module], lambda seen: seen.drawn[0] == FIRST, strategy="dpor") == [True]


def test_what_is_copied_draws_as_it_would_and_what_is_pickled_for_itself() -> None:
    """As with the real one: a function of it is the same in a copy, and in a pickle it has a generator of its own."""
    before = random.getstate()

    def copied(seen: Seen) -> None:
        sent = pickle.loads(pickle.dumps(random.random))
        same = copy.deepcopy(random.random)
        seen.drawn = [sent() == FIRST, same() == FIRST, random.random() == SECOND, sent() == SECOND]

    assert outcomes([copied], lambda seen: seen.drawn, strategy="dpor") == [[True] * 4]
    assert random.getstate() == before
