"""Litmus programs over threads that start threads, wait for them, time them, and fail."""

from __future__ import annotations

import contextvars
import threading
import time

from litmus import Litmus, State

SMALL = ("sync", "free-threaded")
ONLY_SYNC = ("sync",)


def blank():
    return State(x=0, a=None, b=None, log=[], lock=threading.Lock(), flag=False)


def a_of(s):
    return s.a


def ab_of(s):
    return f"{s.a} {s.b}"


def x_of(s):
    return s.x


def log_of(s):
    return "".join(map(str, s.log))


# -- threads inside threads


def start_and_join(s):
    def inner():
        s.x = 1

    thread = threading.Thread(target=inner)
    thread.start()
    thread.join()
    s.a = s.x


joined = Litmus("join", (start_and_join,), blank, a_of, {1}, dict.fromkeys(("sync", "gil", "free-threaded"), 1))


def start_and_look(s):
    def inner():
        s.x = 1

    thread = threading.Thread(target=inner)
    thread.start()
    s.a = s.x
    thread.join()


# What a thread does that has been started comes before or after what its maker does next. In `sync` nothing is a point
# between the start and the join. With a GIL `start` waits for the thread to have begun.
not_joined = Litmus(
    "not yet joined",
    (start_and_look,),
    blank,
    a_of,
    {"sync": {0}, "gil": {0, 1}, "free-threaded": {0, 1}},
    {"free-threaded": 2},
)


def start_and_ask(s):
    def inner():
        s.x = 1

    thread = threading.Thread(target=inner)
    s.a = thread.is_alive()
    thread.start()
    alive = thread.is_alive()
    s.b = alive, s.x
    thread.join()
    s.x += 1 + thread.is_alive()


def asked(s):
    return f"{s.a} {s.b[0]} {s.b[1]} {s.x}"


# Not before the start, not after the join; in between alive with or without its write, or dead with it.
is_alive = Litmus(
    "is_alive",
    (start_and_ask,),
    blank,
    asked,
    {
        "sync": {"False True 0 2", "False True 1 2", "False False 1 2"},
        "gil": {"False True 0 2", "False True 1 2", "False False 1 2"},
        "free-threaded": {"False True 0 2", "False True 1 2", "False False 1 2"},
    },
)


def join_for_a_while(s):
    def inner():
        with s.lock:
            s.x = 1

    thread = threading.Thread(target=inner)
    thread.start()
    thread.join(timeout=1)
    s.a = s.x


join_timeout = Litmus("join with a timeout", (join_for_a_while,), blank, a_of, {0, 1}, {}, SMALL)


def join_self(s):
    try:
        threading.current_thread().join()
    except RuntimeError:
        s.a = "refused"


self_join = Litmus("a thread joins itself", (join_self,), blank, a_of, {"refused"})


class Mutual(State):
    pass


def circle():
    made = Mutual(threads=[], a=None)

    def wait_for_other(number):
        try:
            made.threads[1 - number].join()
        except RuntimeError:
            made.a = "refused"

    made.threads[:] = [threading.Thread(target=wait_for_other, args=(number,)) for number in range(2)]
    return made


def start_circle(s):
    for thread in s.threads:
        thread.start()
    for thread in s.threads:
        thread.join()


# Each waits for the other's end. A thread that is not started yet cannot be joined: the first may ask before the second
# is started, and is refused; the second comes when both are. A start is a point in each model. Two classes: the first
# asks before the start of the second, or after it.
joining_each_other = Litmus(
    "threads that join each other",
    (start_circle,),
    circle,
    a_of,
    {"deadlock", "refused"},
    dict.fromkeys(("sync", "free-threaded"), 2),
    SMALL,
)


def grandparent(s):
    def child():
        def grandchild():
            s.log.append(3)

        inner = threading.Thread(target=grandchild)
        inner.start()
        s.log.append(2)
        inner.join()

    thread = threading.Thread(target=child)
    thread.start()
    s.log.append(1)
    thread.join()


# 1, 2 and 3 in any order: nobody has to wait for another to begin. In `sync` who starts a thread goes on to its join.
grandchildren = Litmus(
    "threads inside threads",
    (grandparent,),
    blank,
    log_of,
    {
        "sync": {"123"},
        "gil": {"123", "132", "213", "231", "312", "321"},
        "free-threaded": {"123", "132", "213", "231", "312", "321"},
    },
    {"free-threaded": 6},
    SMALL,
)


def leave_one_behind(s):
    def inner():
        s.x = 1

    threading.Thread(target=inner).start()
    s.a = s.x


# What a thread leaves behind ends before the outcome is read: x is 1.
left_behind = Litmus(
    "a thread left behind",
    (leave_one_behind,),
    blank,
    x_of,
    {1},
)

# -- ends


def fail(s):
    raise ValueError("no")


def write_x(s):
    s.x = 1


crash = Litmus("an exception in a thread", (fail, write_x), blank, x_of, {"crashed"}, {"free-threaded": 1})


def fail_if_flag(s):
    if s.flag:
        raise ValueError("no")


def raise_flag(s):
    s.flag = True


def nothing_of(s):
    return "well"


crash_by_race = Litmus(
    "an exception by a race", (fail_if_flag, raise_flag), blank, nothing_of, {"well", "crashed"}, {"free-threaded": 2}
)


def fail_with_lock(s):
    with s.lock:
        raise ValueError("no")


def take_lock(s):
    with s.lock:
        s.x = 1


# `with` gives the lock back, whatever happens in it.
crash_in_with = Litmus("an exception in with", (fail_with_lock, take_lock), blank, x_of, {"crashed"}, {}, SMALL)


def leave(s):
    raise SystemExit


def leave_inside(s):
    thread = threading.Thread(target=leave, args=(s,))
    thread.start()
    thread.join()
    s.a = "on"


system_exit = Litmus("SystemExit in a thread", (leave_inside,), blank, a_of, {"on"})

# -- daemon threads


def daemon_writes(s):
    def inner():
        s.x = 1

    thread = threading.Thread(target=inner, daemon=True)
    thread.start()
    thread.join()
    s.a = s.x


daemon_joined = Litmus("daemon that is joined", (daemon_writes,), blank, a_of, {1})


def daemon_waits(s):
    taken = threading.Lock()
    taken.acquire()
    threading.Thread(target=taken.acquire, daemon=True).start()
    s.a = "done"


# Nobody waits for a daemon: that it waits for ever is no deadlock.
daemon_stuck = Litmus("daemon that waits for ever", (daemon_waits,), blank, a_of, {"done"})

# -- time


def timer_sets(s):
    timer = threading.Timer(1, raise_flag, args=(s,))
    timer.start()
    s.a = s.flag
    timer.join()
    s.b = s.flag


timer = Litmus(
    "timer",
    (timer_sets,),
    blank,
    ab_of,
    {"sync": {"False True"}, "gil": {"False True", "True True"}, "free-threaded": {"False True", "True True"}},
    {},
    SMALL,
)


def timer_cancelled(s):
    timer = threading.Timer(1, raise_flag, args=(s,))
    timer.start()
    timer.cancel()
    timer.join()
    s.a = s.flag


# Cancelled in time, or too late.
cancelled_timer = Litmus("timer cancelled", (timer_cancelled,), blank, a_of, {True, False}, {}, ONLY_SYNC)


def sleep_then_read(s):
    time.sleep(1)
    s.a = s.x


def sleep_then_write(s):
    time.sleep(2)
    s.x = 1


# A sleep may last as long as it likes: no order comes of it.
sleeps = Litmus("sleep is no order", (sleep_then_read, sleep_then_write), blank, a_of, {0, 1}, {"free-threaded": 2})

# -- spinning


def spin(s):
    while not s.flag:
        pass
    s.a = "on"


spin_for_ever = Litmus("spin that never ends", (spin,), blank, a_of, {"livelock"}, max_points=2_000)


def spin_politely(s):
    while not s.flag:
        time.sleep(0.01)
    s.a = "on"


polling_for_ever = Litmus("polling that never ends", (spin_politely,), blank, a_of, {"livelock"}, max_points=2_000)

# -- what belongs to one thread

LOCAL = threading.local()
CONTEXT = contextvars.ContextVar("CONTEXT", default=0)


def write_local_a(s):
    LOCAL.value = 1
    with s.lock:
        pass
    s.a = LOCAL.value


def write_local_b(s):
    LOCAL.value = 2
    with s.lock:
        pass
    s.b = LOCAL.value


thread_local = Litmus("threading.local", (write_local_a, write_local_b), blank, ab_of, {"1 2"}, {}, SMALL)


def own_local():
    return State(local=threading.local(), lock=threading.Lock(), a=None, b=None)


def write_own_a(s):
    s.local.value = 1
    with s.lock:
        pass
    s.a = s.local.value


def look_own_b(s):
    with s.lock:
        pass
    s.b = hasattr(s.local, "value")


own_thread_local = Litmus(
    "threading.local of the state",
    (write_own_a, look_own_b),
    own_local,
    ab_of,
    {"1 False"},
    {},
    SMALL,
)


def write_context_a(s):
    CONTEXT.set(1)
    with s.lock:
        pass
    s.a = CONTEXT.get()


def read_context_b(s):
    with s.lock:
        pass
    s.b = CONTEXT.get()


context_variable = Litmus("contextvars", (write_context_a, read_context_b), blank, ab_of, {"1 0"}, {}, SMALL)


def who_a(s):
    before = threading.get_ident(), threading.current_thread()
    with s.lock:
        pass
    s.a = before == (threading.get_ident(), threading.current_thread())
    s.log.append(before[0])


identity = Litmus(
    "get_ident and current_thread",
    (who_a, who_a),
    blank,
    lambda s: f"{s.a} {len(set(s.log))}",
    {"True 2"},
    {},
    ONLY_SYNC,
)
PROGRAMS = tuple(value for value in list(globals().values()) if isinstance(value, Litmus))
