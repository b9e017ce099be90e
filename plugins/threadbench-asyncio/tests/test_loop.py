"""The loop comes to every order that it says, to no other, and to all that asyncio's own loop comes to."""

import asyncio
import random
import threading

import pytest

from threadbench_asyncio.loop import Loop, run_tasks


class Enumerated:
    """A `Run` of adversarial time that gives prescribed choices, then zeros, and keeps what could have been chosen."""

    runtime = "virtual"
    time = "adversarial"

    def __init__(self, prefix=()):
        self.prefix = prefix
        self.chosen = []
        self.emitted = []

    def choose(self, n, names=()):
        assert len(names) in (0, n)
        if n == 1:
            return 0
        at = len(self.chosen)
        self.chosen.append((self.prefix[at] if at < len(self.prefix) else 0, n))
        return self.chosen[-1][0]

    def emit(self, name, **data):
        self.emitted.append((name, data))

    def act_as(self, name):
        pass

    def name(self, thing, name):
        return thing


class Native(Enumerated):
    """A `Run` of real time, with chance from a seed."""

    runtime = "native"
    time = "real"

    def __init__(self, seed=0):
        super().__init__()
        self.random = random.Random(seed)

    def choose(self, n, names=()):
        return self.random.randrange(n)


def every(order, make):
    """What a program comes to under every list of choices; each list once."""
    ends = []
    prefix = []
    while True:
        run = Enumerated(prefix)
        ends.append(run_tasks(run, make(), order))
        chosen = run.chosen
        while chosen and chosen[-1][0] == chosen[-1][1] - 1:
            chosen.pop()
        if not chosen:
            return ends
        prefix = [choice for choice, _ in chosen[:-1]] + [chosen[-1][0] + 1]


def steps(*pauses):
    """A program of tasks that note their steps, with an await before each but the first."""

    async def work(name, noted, waits):
        noted.append(name)
        for wait in waits:
            await asyncio.sleep(wait() if callable(wait) else wait)
            noted.append(name)

    async def main():
        noted = []
        works = {chr(97 + number): waits for number, waits in enumerate(pauses)}
        tasks = [asyncio.create_task(work(name, noted, waits), name=name) for name, waits in works.items()]
        await asyncio.gather(*tasks)
        return "".join(noted)

    return main


def test_in_asyncios_order_timers_end_as_they_like():
    """Two tasks with a sleep each begin in their order, and may go on in either."""
    assert set(every("fifo", steps([1e-6], [1e-6]))) == {"abab", "abba"}


def test_in_asyncios_order_without_timers_there_is_but_one():
    """`sleep(0)` goes to the end of the queue: nothing is left to choose."""
    assert every("fifo", steps([0, 0], [0, 0], [0])) == ["abcabcab"]


def test_in_any_order_tasks_go_on_as_they_like():
    """Two tasks of two steps: six orders, each of them once."""
    assert sorted(every("any", steps([0], [0]))) == ["aabb", "abab", "abba", "baab", "baba", "bbaa"]


def test_any_order_has_all_of_asyncios():
    """What is free may also be as it was."""
    program = steps([1e-6, 0], [1e-6])
    assert set(every("fifo", program)) <= set(every("any", program))


def test_every_order_of_asyncios_own_loop_is_visited():
    """Whatever sleeps longest: what asyncio's own loop comes to is among what was visited."""
    chance = random.Random(7)

    def some():
        return chance.choice([1e-6, 1e-5, 1e-4, 5e-4, 1e-3])

    pauses = [[1e-6, 1e-6], [1e-6], [1e-6, 1e-6]]
    visited = set(every("fifo", steps(*pauses)))
    seen = {asyncio.run(steps(*([some for _ in waits] for waits in pauses))()) for _ in range(150)}
    assert len(seen) > 5
    assert seen <= visited


def test_a_timeout_may_come_first_or_not():
    """Both ends are visited, and the timer that lost is gone."""

    async def main():
        try:
            async with asyncio.timeout(2e-3):  # not over yet when it begins
                await asyncio.sleep(1e-3)
        except TimeoutError:
            return "late"
        return "in time"

    assert set(every("fifo", main)) == {"late", "in time"}
    assert set(every("any", main)) == {"late", "in time"}


@pytest.mark.parametrize("order", ["fifo", "any"])
def test_calls_of_one_future_keep_their_order(order):
    """What asyncio promises is kept: callbacks of a future, and of call_soon, come in the order of their making."""

    async def main():
        noted = []
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        for number in range(3):
            future.add_done_callback(lambda _, number=number: noted.append(number))
        future.set_result(None)
        for number in range(3, 6):
            loop.call_soon(noted.append, number)
        while len(noted) < 6:
            await asyncio.sleep(0)
        return noted

    ends = every(order, main)
    assert ends == [[0, 1, 2, 3, 4, 5]] * len(ends)


@pytest.mark.parametrize("order", ["fifo", "any"])
def test_what_another_thread_hands_in_is_called(order):
    """In real time the loop waits for threads, and wakes for them."""

    async def main():
        return await asyncio.get_running_loop().run_in_executor(None, threading.get_ident)

    assert run_tasks(Native(), main(), order) != threading.get_ident()


def test_tasks_that_main_leaves_behind_are_cancelled():
    """As `asyncio.run` does; they see it, and nobody complains."""
    seen = []

    async def behind():
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            seen.append("cancelled")
            raise

    async def main():
        asyncio.create_task(behind(), name="behind")  # noqa: RUF006 - that it is left is what is looked at
        await asyncio.sleep(0)

    run = Native()
    run_tasks(run, main())
    assert seen == ["cancelled"]
    ended = {data["task"]: data["how"] for name, data in run.emitted if name == "task.finished"}
    assert ended == {"main": "returned", "behind": "cancelled"}


def test_tasks_without_a_name_have_that_of_their_function():
    """The same in each run, whatever ran before; two of one function are told apart."""

    async def work():
        await asyncio.sleep(0)

    async def main():
        await asyncio.gather(work(), work())

    for _ in range(2):
        run = Native()
        run_tasks(run, main())
        started = [data["task"] for name, data in run.emitted if name == "task.started"]
        assert started == ["main", "work", "work#2"]


def test_an_exception_of_main_comes_out():
    """With the loop closed behind it."""

    async def main():
        raise LookupError("not there")

    with pytest.raises(LookupError, match="not there"):
        run_tasks(Native(), main())


def test_a_loop_that_is_closed_takes_nothing_in():
    """As asyncio's."""
    loop = Loop(Native())
    loop.close()
    with pytest.raises(RuntimeError, match="closed"):
        loop.call_soon_threadsafe(print)
