"""Litmus programs over conditions, barriers, and initialisation that is checked twice."""

from __future__ import annotations

import threading

from litmus import Litmus, State

SMALL = ("sync", "free-threaded")
ONLY_SYNC = ("sync",)


def condition():
    return State(condition=threading.Condition(), ready=False, items=[], log=[], a=None, b=None, woken=0)


def a_of(s):
    return s.a


def ab_of(s):
    return f"{s.a} {s.b}"


def woken_of(s):
    return s.woken


# -- lost wake-up
# The flag is read before the lock is taken. Read, set, notify, wait: nobody is left to notify. Otherwise the waiter
# either sees the flag, or waits before it is notified. With a GIL that same order is there: the switch is at the
# waiter's `__enter__`, after the flag has been read. In `sync` too, at the lock.


def wait_unless_ready(s):
    if not s.ready:
        with s.condition:
            s.condition.wait()
    s.a = "on"


def set_ready_and_notify(s):
    s.ready = True
    with s.condition:
        s.condition.notify()


lost_wakeup = Litmus(
    "lost wake-up", (wait_unless_ready, set_ready_and_notify), condition, a_of, {"on", "deadlock"}, {}, SMALL
)


def wait_until_ready(s):
    with s.condition:
        while not s.ready:
            s.condition.wait()
    s.a = "on"


def set_ready_inside(s):
    with s.condition:
        s.ready = True
        s.condition.notify()


# Two orders of the critical sections; if the waiter is first it is notified.
kept_wakeup = Litmus(
    "wake-up that cannot be lost",
    (wait_until_ready, set_ready_inside),
    condition,
    a_of,
    {"on"},
    dict.fromkeys(("sync", "gil", "free-threaded"), 2),
    SMALL,
)


def wait_for_ready(s):
    with s.condition:
        s.a = s.condition.wait_for(lambda: s.ready)


wait_for = Litmus("Condition.wait_for", (wait_for_ready, set_ready_inside), condition, a_of, {True}, {}, SMALL)


def wait_for_ready_a_while(s):
    with s.condition:
        s.a = s.condition.wait_for(lambda: s.ready, timeout=1)


wait_for_a_while = Litmus(
    "Condition.wait_for with a timeout",
    (wait_for_ready_a_while, set_ready_inside),
    condition,
    a_of,
    {True, False},
    {},
    ONLY_SYNC,
)


def wait_once(s):
    with s.condition:
        s.a = s.condition.wait(timeout=1)


def notify_once(s):
    with s.condition:
        s.condition.notify()


# Notified in time, or not: too early, too late.
wait_a_while = Litmus(
    "Condition.wait with a timeout", (wait_once, notify_once), condition, a_of, {True, False}, {}, SMALL
)

# -- notify and notify_all


def wait_to_be_woken(s):
    with s.condition:
        while not s.ready:
            s.condition.wait()
        s.woken += 1


def notify_all_inside(s):
    with s.condition:
        s.ready = True
        s.condition.notify_all()


# Two waiters, one notification: if both wait by then, one waits for ever; if one or none does, both get through.
notify_one_of_two = Litmus(
    "notify, and two wait",
    (wait_to_be_woken, wait_to_be_woken, set_ready_inside),
    condition,
    woken_of,
    {2, "deadlock"},
    {},
    ONLY_SYNC,
)
notify_all_of_two = Litmus(
    "notify_all, and two wait",
    (wait_to_be_woken, wait_to_be_woken, notify_all_inside),
    condition,
    woken_of,
    {2},
    {},
    ONLY_SYNC,
)

# -- `if` in place of `while`: what was waited for may be gone again


def take_one_if(s):
    with s.condition:
        if not s.items:
            s.condition.wait()
        s.a = s.items.pop() if s.items else "none"


def take_another_if(s):
    with s.condition:
        if not s.items:
            s.condition.wait()
        s.b = s.items.pop() if s.items else "none"


def add_item(s):
    with s.condition:
        s.items.append(7)
        s.condition.notify()


# Waiter a is notified, but b comes first and takes the item: a goes on with none (and the other way round). Or the one
# takes it, and the other waits for ever.
stolen_item = Litmus(
    "if in place of while",
    (take_one_if, take_another_if, add_item),
    condition,
    ab_of,
    {"7 none", "none 7", "deadlock"},
    {},
    ONLY_SYNC,
)


def notify_without_lock(s):
    s.condition.notify()


unlocked_notify = Litmus("notify without the lock", (notify_without_lock,), condition, a_of, {"crashed"})

# -- barriers


def barrier():
    return State(barrier=threading.Barrier(2), log=[], a=None, b=None, x=0)


def meet_a(s):
    s.x = 1
    s.a = s.barrier.wait()


def meet_b(s):
    s.b = s.barrier.wait()
    s.x += 1


def meeting_of(s):
    return f"{s.a} {s.b} {s.x}"


# Whoever is first gets 0, the other 1; what was written before the barrier is seen after it.
barrier_of_two = Litmus("barrier", (meet_a, meet_b), barrier, meeting_of, {"0 1 2", "1 0 2"}, {}, SMALL)


def meet(s):
    s.barrier.wait()


def log_of(s):
    return "".join(s.log)


barrier_one_short = Litmus("barrier one short", (meet,), barrier, log_of, {"deadlock"})
# Three meet at a barrier of two: two pass, whoever they are, and the third waits for ever.
barrier_of_two_for_three = Litmus(
    "barrier of two for three", (meet, meet, meet), barrier, log_of, {"deadlock"}, {}, ONLY_SYNC
)


def meet_a_while(s):
    try:
        s.barrier.wait(timeout=1)
        s.a = "met"
    except threading.BrokenBarrierError:
        s.a = "broken"


def meet_too(s):
    try:
        s.barrier.wait()
        s.b = "met"
    except threading.BrokenBarrierError:
        s.b = "broken"


# Both in time; or the first gives up, which breaks it for both: for one that waits as for one that comes late.
# The two sides of one meeting agree, but for a waiter whose time is up when the other has come and has not yet
# woken it:
# the time of one that was let through no longer matters, so they agree.
barrier_timeout = Litmus(
    "barrier with a timeout", (meet_a_while, meet_too), barrier, ab_of, {"met met", "broken broken"}, {}, ONLY_SYNC
)


def break_it(s):
    s.barrier.abort()


# The abort comes while it waits, or before.
barrier_aborted = Litmus("barrier aborted", (meet_too, break_it), barrier, ab_of, {"None broken"}, {}, SMALL)

# -- initialisation that is checked twice


def no_instance():
    return State(lock=threading.Lock(), instance=None, made=0, a=None, b=None)


def made_of(s):
    return s.made


def make_unlocked(s):
    if s.instance is None:
        s.made += 1
        s.instance = object()


def make_locked_once_checked(s):
    if s.instance is None:
        with s.lock:
            s.made += 1
            s.instance = object()


def make_checked_twice(s):
    if s.instance is None:
        with s.lock:
            if s.instance is None:
                s.made += 1
                s.instance = object()


# 2: both have found nothing; 1 free-threaded also when they lose one of two increments. `object()` is called
# in C: with
# a GIL the switch after it comes before the store.
lazily = Litmus(
    "lazy initialisation",
    (make_unlocked, make_unlocked),
    no_instance,
    made_of,
    {"sync": {1}, "gil": {1, 2}, "free-threaded": {1, 2}},
)
# The lock comes after the check: both may be past it.
checked_once = Litmus(
    "initialisation checked outside the lock",
    (make_locked_once_checked, make_locked_once_checked),
    no_instance,
    made_of,
    {1, 2},
    {},
    SMALL,
)
checked_twice = Litmus(
    "initialisation checked twice", (make_checked_twice, make_checked_twice), no_instance, made_of, {1}, {}, SMALL
)
PROGRAMS = tuple(value for value in list(globals().values()) if isinstance(value, Litmus))
