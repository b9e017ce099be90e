"""Litmus programs over numbers that a schedule chooses, pools whose tasks wait for each other, and daemons cut off."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from litmus import Litmus, State
from threadbench.runtime.virtual.threads import here

SMALL = ("sync", "free-threaded")


def blank():
    return State(x=0, a=None, b=None, log=[], futures=[], lock=threading.Lock())


def a_of(s):
    return s.a


def ab_of(s):
    return f"{s.a} {s.b}"


def x_of(s):
    return s.x


def log_of(s):
    return "".join(map(str, s.log))


# -- numbers that a schedule chooses


def choose(n: int) -> int:
    """As `run.choose` of a workload, for the threads of a litmus program."""
    scheduler = here()
    assert scheduler is not None
    return scheduler.choose_number(n)


def choose_a(s):
    s.a = choose(3)


# Nobody else is there: one class for each number.
one_choice = Litmus("a number", (choose_a,), blank, a_of, {0, 1, 2}, dict.fromkeys(("sync", "gil", "free-threaded"), 3))


def choose_b(s):
    s.b = choose(2)


# 3 numbers times 2, in an order that does not matter.
two_choices = Litmus(
    "two numbers",
    (choose_a, choose_b),
    blank,
    ab_of,
    {f"{a} {b}" for a in range(3) for b in range(2)},
    dict.fromkeys(("sync", "gil", "free-threaded"), 6),
)


def write_if_chosen(s):
    s.a = choose(2)
    if s.a:
        s.x = 1


def read_x(s):
    s.b = s.x


# With 0 there is no write, and no order that matters: b is 0. With 1 the read comes before the write or after it.
chosen_race = Litmus(
    "a number that decides whether there is a race",
    (write_if_chosen, read_x),
    blank,
    ab_of,
    {"0 0", "1 0", "1 1"},
    {"free-threaded": 3},
)


def choose_with_lock(s):
    with s.lock:
        s.a = choose(2)


def look_with_lock(s):
    with s.lock:
        s.b = s.a


# Who takes the lock first, times the number.
chosen_in_lock = Litmus(
    "a number chosen with a lock",
    (choose_with_lock, look_with_lock),
    blank,
    ab_of,
    {"0 None", "1 None", "0 0", "1 1"},
    dict.fromkeys(("sync", "gil", "free-threaded"), 4),
)


def choose_again(s):
    s.log.append(choose(2))
    if s.log[0]:
        s.log.append(choose(2))


# 0; 1 and then 0 or 1.
chosen_twice = Litmus("a number after a number", (choose_again,), blank, log_of, {"0", "10", "11"})

# -- pools


def await_inner(workers):
    def run(s):
        with ThreadPoolExecutor(workers) as pool:
            s.a = pool.submit(lambda: pool.submit(int, "1").result()).result()

    return run


# The one worker waits for a task that only it could do.
awaited_in_pool_of_one = Litmus(
    "a task that awaits a task, in a pool of one", (await_inner(1),), blank, a_of, {"deadlock"}, {}, ("sync",), SMALL
)
# A second worker is started for it, as the first is not idle.
awaited_in_pool_of_two = Litmus(
    "a task that awaits a task, in a pool of two", (await_inner(2),), blank, a_of, {1}, {}, (), ("sync",)
)


def await_each_other(s):
    def task(other):
        with s.lock:
            future = s.futures[other]
        return future.result()

    with ThreadPoolExecutor(2) as pool, s.lock:
        s.futures += [pool.submit(task, 1), pool.submit(task, 0)]


# Each has the other's future, for the lock is held until both are there; neither can ever be done.
futures_of_each_other = Litmus(
    "futures that await each other", (await_each_other,), blank, a_of, {"deadlock"}, {}, (), ("sync",)
)


def submit_from_task(s):
    def task():
        s.log.append(1)
        pool.submit(s.log.append, 2)

    with ThreadPoolExecutor(1) as pool:
        pool.submit(task)


# The block may have been left before the task submits: then it is refused, and its future keeps the error.
nested_submit = Litmus("a task that submits a task", (submit_from_task,), blank, log_of, {"1", "12"}, {}, (), SMALL)

# -- daemons


def daemon_races(s):
    def inner():
        s.x = 1
        s.x = 2

    threading.Thread(target=inner, daemon=True).start()


# Cut off with the end of the thread that started it: before it begins, between its writes, or after them. Without a
# point between the writes there are both or none.
daemon_and_outcome = Litmus(
    "daemon that races with the outcome",
    (daemon_races,),
    blank,
    x_of,
    {"sync": {0, 2}, "gil": {0, 2}, "free-threaded": {0, 1, 2}},
)


def daemon_with_lock(s):
    def inner():
        with s.lock:
            s.x = 1
        with s.lock:
            s.x = 2

    threading.Thread(target=inner, daemon=True).start()


# A point wherever a lock is taken or released: in each model it may be cut between the writes.
daemon_with_lock_and_outcome = Litmus(
    "daemon with a lock that races with the outcome", (daemon_with_lock,), blank, x_of, {0, 1, 2}
)


def daemon_against_reader(s):
    thread = threading.Thread(target=write_x, args=(s,), daemon=True)
    thread.start()
    s.a = s.x
    s.b = s.x


def write_x(s):
    s.x = 1


# The daemon may never write, before both reads, between them, or after: what is seen never goes back.
daemon_and_reader = Litmus(
    "daemon that is read",
    (daemon_against_reader,),
    blank,
    ab_of,
    {"sync": {"0 0"}, "gil": {"0 0", "1 1"}, "free-threaded": {"0 0", "0 1", "1 1"}},
)

PROGRAMS = tuple(value for value in list(globals().values()) if isinstance(value, Litmus))
