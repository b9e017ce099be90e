"""Correct programs, over every primitive: whatever the interleaving, nothing is wrong with them.

Each is a function that takes the `Shared` state, run by as many threads as its entry in `PROGRAMS` says, and a check of
the state at the end.
"""

from __future__ import annotations

import collections
import contextvars
import functools
import itertools
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed, wait
from typing import Any

TOTAL = 0
TOTAL_LOCK = threading.Lock()
CACHE: dict[str, int] = {}
LOCAL = threading.local()
CONTEXT = contextvars.ContextVar("CONTEXT", default=0)


class Shared:
    """Everything a program may use."""

    def __init__(self) -> None:
        self.x = 0
        self.y = 0
        self.ready = False
        self.turn = 0
        self.wants = [False, False]
        self.instance: Any = None
        self.items: list[Any] = []
        self.table: dict[Any, Any] = {}
        self.results: dict[Any, Any] = {}
        self.lock = threading.Lock()
        self.other = threading.Lock()
        self.rlock = threading.RLock()
        self.condition = threading.Condition()
        self.semaphore = threading.Semaphore(1)
        self.bounded = threading.BoundedSemaphore(1)
        self.empty = threading.Semaphore(0)
        self.event = threading.Event()
        self.answer = threading.Event()
        self.barrier = threading.Barrier(2)
        self.queue: queue.Queue[Any] = queue.Queue()
        self.small: queue.Queue[Any] = queue.Queue(1)
        self.simple: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.lifo: queue.LifoQueue[Any] = queue.LifoQueue()
        self.priority: queue.PriorityQueue[Any] = queue.PriorityQueue()
        self.deque: collections.deque[Any] = collections.deque()
        self.local = threading.local()
        self.numbers = itertools.count()


Step = Callable[[Shared], Any]
PROGRAMS: dict[str, tuple[tuple[Step, ...], Callable[[Shared], bool]]] = {}


def program(*more: Step, times: int = 1, ends: Callable[[Shared], bool]) -> Callable[[Step], Step]:
    """Enter a program: this thread so many times, and the others beside it."""

    def enter(function: Step) -> Step:
        PROGRAMS[function.__name__] = (*[function] * times, *more), ends
        return function

    return enter


# -- locks


@program(times=2, ends=lambda s: s.x == 2)
def with_lock(s):
    with s.lock:
        s.x += 1


@program(times=2, ends=lambda s: s.x == 2)
def acquire_release(s):
    s.lock.acquire()
    try:
        s.x += 1
    finally:
        s.lock.release()


@program(times=2, ends=lambda s: s.x == 2 and s.y == 2)
def locks_in_one_order(s):
    with s.lock, s.other:
        s.x += 1
        s.y += 1


@program(times=2, ends=lambda s: s.x == 4)
def with_rlock(s):
    with s.rlock:
        s.x += 1
        with s.rlock:
            s.x += 1


@program(times=2, ends=lambda s: s.x + s.y == 2)
def try_lock(s):
    if s.lock.acquire(blocking=False):
        s.x += 1
        s.lock.release()
    else:
        with s.other:
            s.y += 1


@program(times=2, ends=lambda s: s.x + s.y == 2)
def lock_with_timeout(s):
    if s.lock.acquire(timeout=0.1):
        s.x += 1
        s.lock.release()
    else:
        with s.other:
            s.y += 1


@program(times=2, ends=lambda s: s.x == 2)
def lock_until_free(s):
    while not s.lock.acquire(timeout=0.1):
        pass
    s.x += 1
    s.lock.release()


def add_lock(s):
    with s.lock:
        s.x += 1


@program(add_lock, ends=lambda s: s.x == 3)
def two_sections(s):
    with s.lock:
        s.x += 1
    with s.lock:
        s.x += 1


@program(times=2, ends=lambda s: s.x == 2)
def with_condition_as_lock(s):
    with s.condition:
        s.x += 1


@program(times=2, ends=lambda s: TOTAL == 2)
def module_lock(s):
    global TOTAL
    with TOTAL_LOCK:
        TOTAL += 1


@program(times=2, ends=lambda s: CACHE == {"k": 1})
def locked_cache(s):
    with TOTAL_LOCK:
        if "k" not in CACHE:
            CACHE["k"] = len(CACHE) + 1


@program(times=2, ends=lambda s: s.y == 1)
def checked_twice(s):
    if s.instance is None:
        with s.lock:
            if s.instance is None:
                s.y += 1
                s.instance = object()


def locked(function):
    @functools.wraps(function)
    def inside(s):
        with s.lock:
            return function(s)

    return inside


@program(times=2, ends=lambda s: s.x == 2)
@locked
def decorated(s):
    s.x = s.x + 1


# -- semaphores


@program(times=2, ends=lambda s: s.x == 2)
def with_semaphore(s):
    with s.semaphore:
        s.x += 1


@program(times=2, ends=lambda s: s.x == 2)
def with_bounded(s):
    with s.bounded:
        s.x += 1


def post(s):
    s.x = 7
    s.empty.release()


@program(post, ends=lambda s: s.y == 7)
def semaphore_signal(s):
    s.empty.acquire()
    s.y = s.x


@program(times=2, ends=lambda s: s.x + s.y == 2)
def try_semaphore(s):
    if s.semaphore.acquire(blocking=False):
        s.x += 1
        s.semaphore.release()
    else:
        with s.other:
            s.y += 1


# -- events


def announce(s):
    s.x = 7
    s.event.set()


@program(announce, ends=lambda s: s.y == 7)
def await_event(s):
    s.event.wait()
    s.y = s.x


@program(announce, ends=lambda s: s.y in (0, 7))
def ask_event(s):
    if s.event.is_set():
        s.y = s.x


@program(announce, ends=lambda s: s.y in (0, 7))
def await_event_a_while(s):
    if s.event.wait(timeout=0.1):
        s.y = s.x


@program(announce, ends=lambda s: s.y == 7)
def poll_event(s):
    while not s.event.wait(timeout=0.1):
        pass
    s.y = s.x


def reply(s):
    s.event.wait()
    s.y = s.x + 1
    s.answer.set()


@program(reply, ends=lambda s: s.results["r"] == 6)
def ask_and_answer(s):
    s.x = 5
    s.event.set()
    s.answer.wait()
    s.results["r"] = s.y


# -- conditions


def produce(s):
    with s.condition:
        s.items.append(7)
        s.condition.notify()


@program(produce, ends=lambda s: s.x == 7)
def consume(s):
    with s.condition:
        while not s.items:
            s.condition.wait()
        s.x = s.items.pop()


@program(produce, ends=lambda s: s.x == 7)
def consume_by_wait_for(s):
    with s.condition:
        s.condition.wait_for(lambda: s.items)
        s.x = s.items.pop()


@program(produce, ends=lambda s: s.x == 7)
def consume_with_timeout(s):
    with s.condition:
        while not s.items:
            s.condition.wait(timeout=0.1)
        s.x = s.items.pop()


def open_gate(s):
    with s.condition:
        s.ready = True
        s.condition.notify_all()


@program(open_gate, times=2, ends=lambda s: s.x == 2)
def gate(s):
    with s.condition:
        while not s.ready:
            s.condition.wait()
        s.x += 1


# -- barriers


def second_half(s):
    s.barrier.wait()
    s.y = s.x


@program(second_half, ends=lambda s: s.y == 7)
def first_half(s):
    s.x = 7
    s.barrier.wait()


@program(times=2, ends=lambda s: sorted(s.results.values()) == [0, 1])
def barrier_places(s):
    place = s.barrier.wait()
    s.results[place] = place


# -- queues


def put_one(s):
    s.queue.put(1)


@program(put_one, ends=lambda s: s.x == 1)
def get_one(s):
    s.x = s.queue.get()


def fill(s):
    s.small.put(1)
    s.small.put(2)


@program(fill, ends=lambda s: s.items == [1, 2])
def bounded_queue(s):
    s.items.append(s.small.get())
    s.items.append(s.small.get())


def fill_simple(s):
    s.simple.put(1)
    s.simple.put(2)
    s.simple.put(None)


@program(fill_simple, ends=lambda s: s.items == [1, 2])
def until_none(s):
    while (item := s.simple.get()) is not None:
        s.items.append(item)


@program(fill_simple, ends=lambda s: s.x in (0, 1))
def get_if_there(s):
    try:
        s.x = s.simple.get_nowait()
    except queue.Empty:
        s.x = 0


@program(times=2, ends=lambda s: sorted(s.items) == [1, 1])
def put_then_get(s):
    s.simple.put(1)
    s.items.append(s.simple.get())


@program(times=2, ends=lambda s: s.lifo.empty())
def stack(s):
    s.lifo.put(1)
    s.lifo.get()


@program(times=2, ends=lambda s: s.priority.empty())
def heap(s):
    s.priority.put((1, "a"))
    s.priority.get()


def do_work(s):
    s.x = s.queue.get()
    s.queue.task_done()


@program(do_work, ends=lambda s: s.y == 5)
def await_work(s):
    s.queue.put(5)
    s.queue.join()
    s.y = s.x


# -- containers whose single operations are whole


@program(times=3, ends=lambda s: len(s.items) == 3)
def appends(s):
    s.items.append(1)


@program(times=2, ends=lambda s: s.results["a"] == s.results["b"])
def set_default(s):
    value = s.table.setdefault("k", object())
    s.results.setdefault("a", value)
    s.results["b"] = value


@program(times=2, ends=lambda s: sorted(s.items) == [0, 1])
def counted(s):
    s.items.append(next(s.numbers))


def push(s):
    s.deque.append(1)


@program(push, ends=lambda s: len(s.deque) + s.x == 1)
def pop_or_not(s):
    try:
        s.x = s.deque.popleft()
    except IndexError:
        s.x = 0


# -- nothing shared, or nothing that changes

SQUARES = tuple(number * number for number in range(4))


@program(times=3, ends=lambda s: set(s.results.values()) == {9})
def immutable(s):
    s.results[threading.get_ident()] = SQUARES[3]


@program(times=2, ends=lambda s: sorted(s.items) == [1, 1])
def own_variables(s):
    mine = 0
    for number in range(2):
        mine += number
    s.items.append(mine)


@program(times=2, ends=lambda s: sorted(s.items) == [1, 1])
def local_state(s):
    s.local.count = 0
    s.local.count += 1
    s.items.append(s.local.count)


@program(times=2, ends=lambda s: sorted(s.items) == [1, 1])
def module_local(s):
    LOCAL.count = getattr(LOCAL, "count", 0) + 1
    s.items.append(LOCAL.count)


@program(times=2, ends=lambda s: sorted(s.items) == [1, 1])
def context_variable(s):
    CONTEXT.set(CONTEXT.get() + 1)
    s.items.append(CONTEXT.get())


# -- threads, timers, pools


def write_x(s):
    s.x += 1


@program(ends=lambda s: s.x == 2)
def started_and_joined(s):
    for _ in range(2):
        thread = threading.Thread(target=write_x, args=(s,))
        thread.start()
        thread.join()


@program(ends=lambda s: s.x == 2)
def started_both(s):
    threads = [threading.Thread(target=with_lock, args=(s,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@program(ends=lambda s: s.x == 1)
def polled(s):
    thread = threading.Thread(target=write_x, args=(s,))
    thread.start()
    while thread.is_alive():
        time.sleep(0.01)
    s.x = s.x + 0


@program(ends=lambda s: s.x == 1)
def timer(s):
    later = threading.Timer(0.1, write_x, args=(s,))
    later.start()
    later.join()


@program(ends=lambda s: s.x == 1)
def daemon(s):
    thread = threading.Thread(target=write_x, args=(s,), daemon=True)
    thread.start()
    thread.join()


def square(number):
    return number * number


@program(ends=lambda s: s.x == 9)
def pool_submit(s):
    with ThreadPoolExecutor(1) as pool:
        s.x = pool.submit(square, 3).result()


@program(ends=lambda s: s.items == [1, 4])
def pool_map(s):
    with ThreadPoolExecutor(1) as pool:
        s.items.extend(pool.map(square, [1, 2]))


@program(ends=lambda s: s.x == 4)
def pool_completed(s):
    with ThreadPoolExecutor(1) as pool:
        for future in as_completed([pool.submit(square, 2)]):
            s.x = future.result()


@program(ends=lambda s: s.x == 4)
def pool_wait(s):
    with ThreadPoolExecutor(1) as pool:
        done, _ = wait([pool.submit(square, 2)])
        s.x = sum(future.result() for future in done)


# -- waiting by looking


def raise_flag(s):
    s.x = 7
    s.ready = True


@program(raise_flag, ends=lambda s: s.y == 7)
def spin(s):
    while not s.ready:
        pass
    s.y = s.x


@program(raise_flag, ends=lambda s: s.y == 7)
def spin_asleep(s):
    while not s.ready:
        time.sleep(0.01)
    s.y = s.x


def peterson(me: int) -> Step:
    """Peterson, Myths About the Mutual Exclusion Problem, 1981: who came last lets the other go first."""

    def thread(s: Shared) -> None:
        s.wants[me] = True
        s.turn = 1 - me
        while s.wants[1 - me] and s.turn == 1 - me:
            pass
        x = s.x
        s.x = x + 1
        s.wants[me] = False

    return thread


PROGRAMS["mutual exclusion by Peterson"] = (peterson(0), peterson(1)), lambda s: s.x == 2


def dekker(me: int) -> Step:
    """Dekker, in Dijkstra, Cooperating Sequential Processes, 1965: whose turn it is not gives way."""

    def thread(s: Shared) -> None:
        s.wants[me] = True
        while s.wants[1 - me]:
            if s.turn != me:
                s.wants[me] = False
                while s.turn != me:
                    pass
                s.wants[me] = True
        x = s.x
        s.x = x + 1
        s.turn = 1 - me
        s.wants[me] = False

    return thread


PROGRAMS["mutual exclusion by Dekker"] = (dekker(0), dekker(1)), lambda s: s.x == 2


def raise_flag_and_get(s):
    s.x = 7
    s.ready = True
    s.items.append(s.simple.get())


@program(raise_flag_and_get, ends=lambda s: s.items == [7])
def spin_for_another_that_waits(s):
    while not s.ready:
        pass
    s.simple.put(s.x)
