"""Programs with a bug each, and the fewest preemptions that show it, as counted by hand."""

from __future__ import annotations

import queue
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from threadbench.explore.program import Threads


@dataclass(frozen=True)
class Buggy:
    """A program whose bug is known.

    Attributes:
        verdict: what a search must come to.
        preemptions: the fewest that show it.
    """

    name: str
    program: Threads
    verdict: str
    preemptions: int


class Box:
    """What the threads of a program share."""

    def __init__(self) -> None:
        self.value = 0
        self.made = 0
        self.flag = False
        self.data: Any = None
        self.x = self.y = self.z = 0
        self.items: dict[str, object] = {}
        self.lock = threading.Lock()
        self.other = threading.Lock()
        self.changed = threading.Condition()
        self.queue: queue.Queue[int] = queue.Queue(1)
        self.event = threading.Event()


def add(box: Box) -> None:
    value = box.value
    box.value = value + 1


def add_fifty(box: Box) -> None:
    for _ in range(50):
        box.value += 1


def total(expected: int) -> Callable[[Box], bool]:
    return lambda box: box.value == expected


def more_than_one_left(box: Box) -> bool:
    return box.value > 1


def get_or_make(box: Box) -> None:
    if "key" not in box.items:
        box.made += 1
        box.items["key"] = object()


def made_once(box: Box) -> bool:
    return box.made == 1


def philosophers(count: int) -> Threads:
    def eat(left: int) -> Callable[[list[threading.Lock]], None]:
        def philosopher(forks: list[threading.Lock]) -> None:
            with forks[left], forks[(left + 1) % count]:
                pass

        return philosopher

    return Threads([eat(n) for n in range(count)], lambda: [threading.Lock() for _ in range(count)])


def wait_for_flag(box: Box) -> None:
    if not box.flag:
        with box.changed:
            box.changed.wait()


def set_flag(box: Box) -> None:
    box.flag = True
    with box.changed:
        box.changed.notify()


def take_if_any(box: Box) -> None:
    if not box.queue.empty():
        box.queue.get()


def with_one_item() -> Box:
    box = Box()
    box.queue.put(1)
    return box


class Node:
    def __init__(self, name: str, below: Node | None) -> None:
        self.name = name
        self.below = below


class Stack:
    """C on B on A; `pop` compares and swaps, and cannot tell that a node has been away."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.freed: list[str] = []
        self.top: Node | None = None
        for name in "ABC":
            self.top = Node(name, self.top)

    def swap(self, old: Node | None, new: Node | None) -> bool:
        with self.lock:
            if self.top is not old:
                return False
            self.top = new
            return True


def pop(stack: Stack) -> None:
    top = stack.top
    assert top is not None
    below = top.below
    stack.swap(top, below)


def pop_two_push_one(stack: Stack) -> None:
    first = stack.top
    assert first is not None
    second = first.below
    assert second is not None
    if stack.swap(first, second) and stack.swap(second, second.below):
        stack.freed.append(second.name)
        first.below = stack.top
        stack.swap(stack.top, first)


def no_freed_on_top(stack: Stack) -> bool:
    return stack.top is None or stack.top.name not in stack.freed


def get_instance(box: Box) -> None:
    if box.data is None:
        with box.lock:
            if box.data is None:
                box.data = Box()
                box.data.flag = True
    if not box.data.flag:
        raise RuntimeError("not ready")


def initialise(box: Box) -> None:
    box.data = [1]


def use(box: Box) -> None:
    box.value = len(box.data)


def stage(number: int, threads: int, last: int) -> Callable[[Box], None]:
    """A thread of a chain: each stage is another thread's, and needs the one before."""

    def thread(box: Box) -> None:
        for this in range(number, last, threads):
            if box.value == this:
                box.value = this + 1
        if box.value == last and last % threads == number:
            raise RuntimeError("needle")

    return thread


def chain(threads: int, last: int) -> Threads:
    return Threads([stage(n, threads, last) for n in range(threads)], Box)


def same(value: int) -> int:
    return value


class Dials:
    """Four numbers, each of which is right for a moment."""

    def __init__(self) -> None:
        self.a = self.b = self.c = self.d = 0


def turn(dials: Dials) -> None:
    dials.a = 1
    dials.a = 2
    dials.b = 1
    dials.b = 2
    dials.c = 1
    dials.c = 2
    dials.d = 1
    dials.d = 2


def look(dials: Dials) -> None:
    if dials.a == 1 and dials.b == 1 and dials.c == 1 and dials.d == 1:
        raise RuntimeError("needle")


def combination() -> Threads:
    """Four reads in a row must each read from the right one of three writes."""
    return Threads([turn, look], Dials)


def stage_of_calls(number: int, threads: int, last: int) -> Callable[[Box], None]:
    """As `stage`, with calls between what is read and what is done: there CPython with a GIL switches."""

    def thread(box: Box) -> None:
        for this in range(number, last, threads):
            if same(box.value) == this:
                box.value = this + 1
        if same(box.value) == last and last % threads == number:
            raise RuntimeError("needle")

    return thread


def chain_of_calls(threads: int, last: int) -> Threads:
    return Threads([stage_of_calls(n, threads, last) for n in range(threads)], Box)


def produce(box: Box) -> None:
    for item in range(3):
        box.queue.put(item)


def consume_until_event(box: Box) -> None:
    while not box.event.is_set():
        box.queue.get()


def stop(box: Box) -> None:
    box.event.set()


def transfer(box: Box) -> None:
    with box.lock, box.other:
        box.value += 1


def transfer_back(box: Box) -> None:
    with box.other, box.lock:
        box.value -= 1


def add_locked_twice(box: Box) -> None:
    with box.lock:
        value = box.value
    with box.lock:
        box.value = value + 1


def set_both(box: Box) -> None:
    box.x = 1
    box.y = -1


def check_both(box: Box) -> None:
    x, y = box.x, box.y
    if (x, y) not in {(0, 0), (1, -1)}:
        raise RuntimeError(f"x is {x} and y {y}")


def reorder(threads: int) -> Threads:
    """The family `reorder_N` of the benchmarks that POS and RFF were compared on: many write, one reads in between."""
    return Threads([set_both] * threads + [check_both], Box)


def write_once(box: Box) -> None:
    box.z += 1
    box.made = box.z


def work_alone(box: Box) -> None:
    for number in range(30):
        box.items[str(number)] = number
    box.z += 1


def late(box: Box) -> str:
    return "late" if box.made > 1 else "early"


def two_of_three() -> Threads:
    """A thread with one conflicting step, and one that comes to its own after many steps of which nobody knows."""
    return Threads([write_once, work_alone], Box, outcome=late)


class Connection:
    def __init__(self) -> None:
        self.users = 0


class Pool:
    """Hands out one connection; who was woken does not look whether another was quicker."""

    def __init__(self) -> None:
        self.free = [Connection()]
        self.available = threading.Condition()

    def acquire(self) -> Connection:
        with self.available:
            if not self.free:
                self.available.wait()
            return self.free.pop()

    def release(self, connection: Connection) -> None:
        with self.available:
            self.free.append(connection)
            self.available.notify()


def use_connection(pool: Pool) -> None:
    pool.release(pool.acquire())


class Cache:
    """Holds two entries, and looks whether there are as many before it adds one."""

    def __init__(self) -> None:
        self.entries: OrderedDict[str, str] = OrderedDict()

    def get(self, key: str) -> str:
        if key in self.entries:
            return self.entries[key]
        if len(self.entries) >= 2:
            self.entries.popitem(last=False)
        self.entries[key] = key.upper()
        return key.upper()


def get_two(first: str, second: str) -> Callable[[Cache], None]:
    def get(cache: Cache) -> None:
        cache.get(first)
        cache.get(second)

    return get


def two_entries(cache: Cache) -> bool:
    return len(cache.entries) <= 2


class Tasks:
    """A deque from which thieves steal at one end, under a lock, and the owner takes at the other, without."""

    def __init__(self) -> None:
        self.tasks = ["a", "b"]
        self.top = 0
        self.bottom = 2
        self.lock = threading.Lock()
        self.done: list[str] = []


def take_two(tasks: Tasks) -> None:
    for _ in range(2):
        bottom = tasks.bottom - 1
        tasks.bottom = bottom
        if tasks.top <= bottom:
            tasks.done.append(tasks.tasks[bottom])


def steal(tasks: Tasks) -> None:
    with tasks.lock:
        top = tasks.top
        if top < tasks.bottom:
            tasks.top = top + 1
            tasks.done.append(tasks.tasks[top])


def done_once_each(tasks: Tasks) -> bool:
    return len(tasks.done) == len(set(tasks.done))


ALL = [
    *(Buggy(f"lost update of {n}", Threads([add] * n, Box, total(n)), "violated", 1) for n in (2, 3, 4)),
    Buggy("all but one lost of 3", Threads([add] * 3, Box, more_than_one_left), "violated", 1),
    Buggy("2 x 50 increments", Threads([add_fifty] * 2, Box, total(100)), "violated", 1),
    Buggy("two critical sections", Threads([add_locked_twice] * 2, Box, total(2)), "violated", 1),
    Buggy("check then act", Threads([get_or_make] * 2, Box, made_once), "violated", 1),
    *(Buggy(f"{n} philosophers", philosophers(n), "deadlock", 1) for n in (2, 3, 4, 5)),
    Buggy("opposite orders", Threads([transfer, transfer_back], Box), "deadlock", 1),
    Buggy("lost wakeup", Threads([wait_for_flag, set_flag], Box), "deadlock", 1),
    Buggy("two takers of one item", Threads([take_if_any] * 2, with_one_item), "deadlock", 1),
    Buggy("ABA", Threads([pop, pop_two_push_one], Stack, no_freed_on_top), "violated", 1),
    Buggy("double-checked initialisation", Threads([get_instance] * 2, Box), "crashed", 1),
    Buggy("use before initialisation", Threads([initialise, use], Box), "crashed", 0),
    Buggy("chain of 2 threads", chain(2, 3), "crashed", 2),
    Buggy("longer chain of 2 threads", chain(2, 4), "crashed", 3),
    Buggy("chain of 3 threads", chain(3, 5), "crashed", 3),
    Buggy("reordered writes", reorder(1), "crashed", 1),
    Buggy("reordered writes of 2", reorder(2), "crashed", 1),
    Buggy("pool that wakes up too sure", Threads([use_connection] * 3, Pool), "crashed", 2),
    Buggy("cache that grows", Threads([get_two("a", "b"), get_two("c", "d")], Cache, two_entries), "violated", 1),
    Buggy("stolen and taken", Threads([take_two, steal], Tasks, done_once_each), "violated", 1),
    Buggy("stopped by an event only", Threads([produce, consume_until_event, stop], Box), "deadlock", 0),
]
