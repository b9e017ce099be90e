"""Litmus programs over when threads start and end, as others see it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from litmus import Litmus, State

LARGE = ()
"""Too many interleavings to visit one by one."""


def blank():
    return State(a=None, b=None, x=0, y=0, log=[], thread=None)


def ab_of(s):
    return f"{s.a} {s.b}"


# -- a thread that somebody else starts


def with_thread():
    return State(a=None, thread=threading.Thread(target=nothing))


def nothing():
    pass


def start_it(s):
    s.thread.start()


def join_it(s):
    try:
        s.thread.join()
        s.a = "joined"
    except RuntimeError:
        s.a = "not started"


def join_it_for(s):
    try:
        s.thread.join(timeout=1)
        s.a = "joined"
    except RuntimeError:
        s.a = "not started"


def a_of(s):
    return s.a


# The start is no access of the thread's end: that it has been started is looked at as well.
joined_by_another = Litmus("joined by another", (start_it, join_it), with_thread, a_of, {"joined", "not started"})
joined_for_a_while = Litmus(
    "joined by another for a while", (start_it, join_it_for), with_thread, a_of, {"joined", "not started"}
)


def with_stuck_daemon():
    taken = threading.Lock()
    taken.acquire()
    return State(a=None, thread=threading.Thread(target=taken.acquire, daemon=True))


# Who comes after the start waits for ever, and never gets to the step that saw the start.
joined_for_ever = Litmus(
    "joined by another for ever", (start_it, join_it), with_stuck_daemon, a_of, {"deadlock", "not started"}
)


# -- what comes before the join of a thread that has ended does not come after its end
#
#   w           b = how many are in the log
#   T1          start w, put it in the log, join it
#   T2          a = is it in the log, and alive?


def start_log_join(s):
    def w():
        s.b = len(s.log)

    thread = threading.Thread(target=w)
    thread.start()
    s.log.append(thread)
    thread.join()


def alive_if_logged(s):
    s.a = s.log[0].is_alive() if s.log else "-"


BOTH = {f"{a} {b}" for a in ("-", True, False) for b in (0, 1)}
# In `sync` there is no point between the start of w and its coming into the log.
logged_then_joined = Litmus(
    "logged, then joined",
    (start_log_join, alive_if_logged),
    blank,
    ab_of,
    {"sync": {"- 1", "True 1", "False 1"}, "gil": BOTH, "free-threaded": BOTH},
)


def submit_log_await(s):
    def w():
        s.b = len(s.log)

    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(w)
        s.log.append(future)
        future.result()


def done_if_logged(s):
    s.a = s.log[0].done() if s.log else "-"


logged_then_awaited = Litmus(
    "logged, then awaited",
    (submit_log_await, done_if_logged),
    blank,
    ab_of,
    {"free-threaded": BOTH},
    dfs=LARGE,
    models=("free-threaded",),
)


# -- daemons


def start_daemon(s):
    def daemon():
        threading.Thread(target=write, args=(s,), daemon=False).start()

    threading.Thread(target=daemon, daemon=True).start()


def write(s):
    s.a = 1


# A daemon that has got to start a thread which is none is outlived by that; one that has not is cut off.
daemon_with_child = Litmus("a daemon starts a thread", (start_daemon,), blank, a_of, {1, None})


# -- one thread fails, and a schedule in which that is nothing new is given up


def look_from_within(s):
    def w():
        s.b = s.log[0].is_alive() if s.log else "-"

    thread = threading.Thread(target=w)
    thread.start()
    s.log.append(thread)
    thread.join()


def look_and_fail(s):
    look_from_within(s)
    s.a = s.log[0].is_alive()
    raise ValueError


fails = Litmus("one fails", (look_and_fail, look_from_within), blank, ab_of, {"crashed"}, dfs=LARGE)

PROGRAMS = tuple(value for value in list(globals().values()) if isinstance(value, Litmus))
