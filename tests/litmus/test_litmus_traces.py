"""DPOR visits exactly one schedule of each class of interleavings: as many as are published, or counted here.

The published ones: Abdulla, Aronsson, Jonsson, Sagonas, Optimal Dynamic Partial Order Reduction, POPL 2014, table of
section 9 (readers, indexer, filesystem, lastzero, after Flanagan & Godefroid, POPL 2005). Source sets visit
the same classes, and give up some more schedules with nobody left to run: those are counted apart.
"""

from __future__ import annotations

import functools
import itertools
import math
import threading

import pytest

from litmus import Litmus, State, visited


def traces(threads, setup, model: str = "free-threaded") -> int:
    """Schedules that DPOR runs to their end, of all there are."""
    program = Litmus("", tuple(threads), setup, nothing, (), dfs=())
    found = visited(program, model)["dpor"]
    assert found.exhausted
    return found.schedules


def nothing(s):
    return None


def shared():
    return State(x=0, seen={}, lock=threading.Lock())


def write(number, s):
    s.x = number


def read(number, s):
    return s.x == number


def locked(s):
    with s.lock:
        pass


@pytest.mark.parametrize("readers", range(1, 9))
def test_readers_and_a_writer(readers: int) -> None:
    """Each of N readers is before or after the one writer: 2^N."""
    threads = [functools.partial(write, 1), *(functools.partial(read, n) for n in range(readers))]
    assert traces(threads, shared) == 2**readers


@pytest.mark.parametrize("writers", range(1, 6))
def test_writers_of_one_variable(writers: int) -> None:
    """N writers come in N! orders."""
    assert traces([functools.partial(write, n) for n in range(writers)], shared) == math.factorial(writers)


@pytest.mark.parametrize("model", ["sync", "gil", "free-threaded"])
@pytest.mark.parametrize("threads", range(1, 6))
def test_threads_that_take_one_lock(threads: int, model: str) -> None:
    """N threads take a lock in N! orders."""
    assert traces([locked] * threads, shared, model) == math.factorial(threads)


def own(number, s):
    s.slots[number].x += 1
    s.slots[number].x += 1


def slots():
    return State(slots=[State(x=0) for _ in range(8)])


@pytest.mark.parametrize("threads", range(1, 9))
def test_independent_threads(threads: int) -> None:
    """Threads that share nothing are one class, however many."""
    assert traces([functools.partial(own, n) for n in range(threads)], slots) == 1


def dine(left, right, s):
    with s.forks[left], s.forks[right]:
        pass


@pytest.mark.parametrize("philosophers", range(2, 8))
def test_dining_philosophers(philosophers: int) -> None:
    """Who of two neighbours takes their fork first is a choice for each of n forks; the choice in which everybody is
    first at the left one is the deadlock, that in which everybody is second there cannot be: 2^n - 1.
    """

    def table():
        return State(forks=[threading.Lock() for _ in range(philosophers)])

    threads = [functools.partial(dine, n, (n + 1) % philosophers) for n in range(philosophers)]
    program = Litmus("", tuple(threads), table, nothing, (), dfs=())
    found = visited(program, "sync")["dpor"]
    assert found.schedules == 2**philosophers - 1
    assert found.outcomes == {None, "deadlock"}


# -- published


def last_zero(s):
    number = s.size
    while s.array[number] != 0:
        number -= 1


def step_up(number, s):
    s.array[number] = s.array[number - 1] + 1


@pytest.mark.parametrize(("size", "published"), [(5, 64), (7, 320)])
def test_lastzero(size: int, published: int) -> None:
    """One thread looks for the last zero of an array, N others write their place from the one before it."""

    def array():
        return State(array=[0] * (size + 1), size=size)

    threads = [last_zero, *(functools.partial(step_up, n) for n in range(1, size + 1))]
    assert traces(threads, array) == published


def make_file(number, s):
    inode = number % 32
    with s.inode_locks[inode]:
        if s.inodes[inode] == 0:
            block = inode * 2 % 26
            while True:
                with s.block_locks[block]:
                    if not s.busy[block]:
                        s.busy[block] = True
                        s.inodes[inode] = block + 1
                        break
                block = (block + 1) % 26


def disk():
    return State(
        inode_locks=[threading.Lock() for _ in range(32)],
        block_locks=[threading.Lock() for _ in range(26)],
        inodes=[0] * 32,
        busy=[False] * 26,
    )


@pytest.mark.parametrize(("threads", "published"), [(13, 1), (14, 2), (16, 8), (18, 32)])
def test_filesystem(threads: int, published: int) -> None:
    """Threads give blocks to files: from the 14th on each looks at a block that another has taken, or is about to."""
    assert traces([functools.partial(make_file, n) for n in range(threads)], disk, "sync") == published


def insert(thread, s):
    for message in range(1, 5):
        word = message * 11 + thread
        place = word * 7 % 128
        while not s.table[place].acquire(False):  # compare and swap: who takes the place has it for good
            place = (place + 1) % 128


def hash_table():
    return State(table=[threading.Lock() for _ in range(128)])


@pytest.mark.parametrize(("threads", "published"), [(11, 1), (12, 8)])
def test_indexer(threads: int, published: int) -> None:
    """Threads insert into a hash table: from the 12th on some of their words have the same place."""
    assert traces([functools.partial(insert, n) for n in range(threads)], hash_table, "sync") == published


# -- every program of a shape, counted by an independent way: all interleavings, told apart by the order of conflicts


def classes(programs: list[str]) -> int:
    """Of threads that are strings of `x` `y` (reads) and `X` `Y` (writes)."""
    steps = [number for number, program in enumerate(programs) for _ in program]
    found = set()
    for order in set(itertools.permutations(steps)):
        places = [0] * len(programs)
        done = []
        for thread in order:
            done.append((thread, places[thread], programs[thread][places[thread]]))
            places[thread] += 1
        found.add(
            frozenset(
                (a[:2], b[:2])
                for a, b in itertools.combinations(done, 2)
                if a[2].lower() == b[2].lower() and (a[2].isupper() or b[2].isupper())
            )
        )
    return len(found)


def perform(program, s):
    seen = None
    for what in program:
        if what == "x":
            seen = s.x
        elif what == "y":
            seen = s.y
        elif what == "X":
            s.x = program
        else:
            s.y = program
    return seen


def variables():
    return State(x=0, y=0)


SHAPES = [
    ["X", "X", "x"],
    ["xX", "xX"],
    ["xX", "X", "x"],
    ["Xy", "Yx"],
    ["xY", "yX"],
    ["XY", "yx"],
    ["XYX", "xyx"],
    ["xXx", "XxX"],
    ["XX", "xx", "x"],
    ["XY", "YX", "xy"],
    ["X", "Y", "xy", "y"],
    ["xX", "xX", "x"],
    ["XyX", "YxY"],
    ["xy", "X", "Y", "X"],
]


@pytest.mark.parametrize("shape", SHAPES, ids=" ".join)
def test_reads_and_writes(shape: list[str]) -> None:
    """As many as an enumeration of all interleavings finds classes."""
    assert traces([functools.partial(perform, program) for program in shape], variables) == classes(shape)
