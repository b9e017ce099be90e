"""Litmus programs over locks, semaphores, events and queues.

`A` takes the lock, `r` releases it, the thread's number behind. A thread that has to wait is not in the way of others.
"""

from __future__ import annotations

import queue
import threading

from litmus import Litmus, State

EVERYWHERE = ("sync", "gil", "free-threaded")
SMALL = ("sync", "free-threaded")
"""Where all interleavings are few enough to be visited one by one."""


def all_models(number: int) -> dict[str, int]:
    return dict.fromkeys(EVERYWHERE, number)


def log_of(s):
    return "".join(map(str, s.log))


def seen(s):
    return f"{s.a} {s.b}"


# -- order of lock acquisition
# Critical sections are in one order or another: n! of n threads.


def one_lock():
    return State(lock=threading.Lock(), rlock=threading.RLock(), log=[], x=0, a=None, b=None)


def first_in(s):
    with s.lock:
        s.log.append(1)


def second_in(s):
    with s.lock:
        s.log.append(2)


def third_in(s):
    with s.lock:
        s.log.append(3)


lock_order = Litmus("lock order", (first_in, second_in), one_lock, log_of, {"12", "21"}, all_models(2), SMALL)
lock_order_of_three = Litmus(
    "lock order of three",
    (first_in, second_in, third_in),
    one_lock,
    log_of,
    {"123", "132", "213", "231", "312", "321"},
    all_models(6),
    ("sync",),
)


def locked_add(s):
    with s.lock:
        s.x += 1


def x_of(s):
    return s.x


locked_update = Litmus("locked update", (locked_add, locked_add), one_lock, x_of, {2}, all_models(2), SMALL)


def nested_first(s):
    with s.rlock, s.rlock:
        s.log.append(1)


def nested_second(s):
    with s.rlock:
        s.log.append(2)
        with s.rlock:
            s.log.append(2)


# The inner acquisition waits for nobody, and nobody gets in between.
rlock_order = Litmus(
    "rlock order", (nested_first, nested_second), one_lock, log_of, {"122", "221"}, all_models(2), SMALL
)


def twice_in(s):
    with s.lock:
        s.log.append(1)
    with s.lock:
        s.log.append(1)


# A0r0 A0r0 and A1r1: the second thread before, between or after.
lock_twice = Litmus(
    "lock taken twice", (twice_in, second_in), one_lock, log_of, {"211", "121", "112"}, all_models(3), SMALL
)

# -- deadlock


def two_locks():
    return State(left=threading.Lock(), right=threading.Lock(), log=[])


def left_right(s):
    with s.left, s.right:
        s.log.append(1)


def right_left(s):
    with s.right, s.left:
        s.log.append(2)


# T0 wholly first, T1 wholly first, or each has one lock: 3 classes, one a deadlock.
deadly_embrace = Litmus(
    "deadly embrace", (left_right, right_left), two_locks, log_of, {"12", "21", "deadlock"}, all_models(3), SMALL
)


def take_again(s):
    with s.lock, s.lock:
        s.log.append(1)


self_deadlock = Litmus("lock taken again by its holder", (take_again,), one_lock, log_of, {"deadlock"}, all_models(1))


def take_and_keep(s):
    s.lock.acquire()
    s.log.append(1)


# Whoever is second waits for ever; alone, nothing is amiss.
kept_lock = Litmus(
    "lock never released", (take_and_keep, second_in), one_lock, log_of, {"deadlock", "21"}, all_models(2), SMALL
)

# -- attempts


def hold(s):
    with s.lock:
        pass


def attempt(s):
    s.a = s.lock.acquire(False)
    if s.a:
        s.lock.release()


def a_of(s):
    return s.a


# A0 r0 and one look at the lock: before A0 (free), between (taken), after r0 (free): 3 classes.
nonblocking = Litmus("non-blocking acquire", (hold, attempt), one_lock, a_of, {True, False}, all_models(3), SMALL)


def attempt_for_a_while(s):
    s.a = s.lock.acquire(timeout=0.5)
    if s.a:
        s.lock.release()


# The same: an attempt may last until the lock is free, or not.
acquire_timeout = Litmus(
    "acquire with a timeout", (hold, attempt_for_a_while), one_lock, a_of, {True, False}, all_models(3), SMALL
)


def look(s):
    s.a = s.lock.locked()


# locked() before, between, after: True only between.
locked_asked = Litmus("locked()", (hold, look), one_lock, a_of, {True, False}, all_models(3), SMALL)


def attempt_rlock(s):
    s.a = s.rlock.acquire(blocking=False)
    if s.a:
        s.rlock.release()


def hold_rlock(s):
    with s.rlock, s.rlock:
        pass


nonblocking_rlock = Litmus(
    "non-blocking acquire of an rlock", (hold_rlock, attempt_rlock), one_lock, a_of, {True, False}, all_models(3), SMALL
)


def attempt_a(s):
    s.a = s.lock.acquire(False)


def attempt_b(s):
    s.b = s.lock.acquire(False)


# Nobody releases it: one of the two gets it.
two_attempts = Litmus(
    "two attempts", (attempt_a, attempt_b), one_lock, seen, {"True False", "False True"}, all_models(2), SMALL
)


def taken_lock():
    s = one_lock()
    s.lock.acquire()
    return s


def release_a(s):
    try:
        s.lock.release()
        s.a = "freed"
    except RuntimeError:
        s.a = "was free"


def release_b(s):
    try:
        s.lock.release()
        s.b = "freed"
    except RuntimeError:
        s.b = "was free"


# A lock belongs to nobody: either frees it, and the other is told that it is free.
two_releases = Litmus(
    "two releases of one lock",
    (release_a, release_b),
    taken_lock,
    seen,
    {"freed was free", "was free freed"},
    all_models(2),
    SMALL,
)


def acquire_taken(s):
    s.lock.acquire()
    s.a = "in"


def release_for_other(s):
    s.lock.release()


# A lock as a signal: who waits for it goes on when another thread releases it. One order.
handover = Litmus("release by another thread", (acquire_taken, release_for_other), taken_lock, a_of, {"in"}, {}, SMALL)


def release_foreign_rlock(s):
    try:
        s.rlock.release()
        s.a = "freed"
    except RuntimeError:
        s.a = "not mine"


foreign_rlock = Litmus(
    "release of another's rlock", (hold_rlock, release_foreign_rlock), one_lock, a_of, {"not mine"}, {}, SMALL
)

# -- semaphores


def semaphores():
    return State(one=threading.Semaphore(1), two=threading.Semaphore(2), none=threading.Semaphore(0),
                 bounded=threading.BoundedSemaphore(1), log=[], inside=0, most=0, x=0, a=None, b=None)  # fmt: skip


def sem_first(s):
    with s.one:
        s.log.append(1)


def sem_second(s):
    with s.one:
        s.log.append(2)


semaphore_order = Litmus("semaphore order", (sem_first, sem_second), semaphores, log_of, {"12", "21"}, {}, SMALL)


def enter_two(s):
    with s.two:
        s.inside += 1
        s.most = max(s.most, s.inside)
        s.inside -= 1


def most_of(s):
    return s.most


# Two at a time are let in, so both read-modify-writes overlap, unless they do not: 1 or 2 at most at once.
# `inside` may
# also lose an update and be seen as 0 (T1 stores 0 after T0 has stored its 1, before T0 reads it); most is then still
# what the other has seen, 1; or both read 0 in turn... T1's `most` was made of its own `inside`, which was 1 after its
# own store unless T0 stored in between, and T0 stores 1 or 2, or 0 at its end. 0: each must have seen 0, and
# whose -= 1
# came first stored a 0 having read 1, and saw ≥ 1 itself unless the other, which had not come to its -= 1,
# stored 0. So
# who is first to store with -= 1 has seen ≥ 1. But it may store it into `most` before the other, which read `most` as
# 0, stores 0 over it: 0 it is, then.
semaphore_of_two = Litmus(
    "semaphore of two",
    (enter_two, enter_two),
    semaphores,
    most_of,
    {"sync": {1}, "gil": {1, 2}, "free-threaded": {0, 1, 2}},
    {},
    ("sync",),
)


def sem_wait(s):
    s.none.acquire()
    s.a = s.x


def sem_post(s):
    s.x = 1
    s.none.release()


semaphore_signal = Litmus("semaphore as a signal", (sem_wait, sem_post), semaphores, a_of, {1}, {}, SMALL)


def sem_wait_b(s):
    s.none.acquire()
    s.b = s.x


def outcome_ab(s):
    return f"{s.a} {s.b}"


semaphore_short = Litmus(
    "semaphore one short", (sem_wait, sem_wait_b, sem_post), semaphores, outcome_ab, {"deadlock"}, {}, ("sync",)
)


def sem_attempt(s):
    s.a = s.one.acquire(blocking=False)
    if s.a:
        s.one.release()


semaphore_nonblocking = Litmus(
    "non-blocking semaphore", (sem_first, sem_attempt), semaphores, a_of, {True, False}, {}, SMALL
)


def sem_attempt_for_a_while(s):
    s.a = s.one.acquire(timeout=1)
    if s.a:
        s.one.release()


semaphore_timeout = Litmus(
    "semaphore with a timeout", (sem_first, sem_attempt_for_a_while), semaphores, a_of, {True, False}, {}, ("sync",)
)


def bounded_a(s):
    s.bounded.acquire()
    s.bounded.release()


def bounded_b(s):
    try:
        s.bounded.release()
        s.b = "more"
    except ValueError:
        s.b = "full"


def b_of(s):
    return s.b


# The stray release is well only while the first thread is inside, and then that one's own release is too many:
# crashed.
bounded_semaphore = Litmus(
    "bounded semaphore", (bounded_a, bounded_b), semaphores, b_of, {"full", "crashed"}, {}, SMALL
)

# -- events


def one_event():
    return State(event=threading.Event(), x=0, a=None, b=None, log=[])


def set_event(s):
    s.x = 1
    s.event.set()


def wait_event(s):
    s.event.wait()
    s.a = s.x


event_wait = Litmus("event", (wait_event, set_event), one_event, a_of, {1}, {}, SMALL)


def ask_event(s):
    s.a = s.event.is_set()
    s.b = s.x


# Not set yet: x may be there already (0 or 1); set: x is.
event_is_set = Litmus(
    "Event.is_set",
    (ask_event, set_event),
    one_event,
    seen,
    {
        "sync": {"False 0", "False 1", "True 1"},
        "gil": {"False 0", "False 1", "True 1"},
        "free-threaded": {"False 0", "False 1", "True 1"},
    },
    {},
    SMALL,
)


def wait_event_for_a_while(s):
    s.a = s.event.wait(timeout=1)


event_timeout = Litmus(
    "Event.wait with a timeout", (wait_event_for_a_while, set_event), one_event, a_of, {True, False}, {}, SMALL
)


def set_and_clear(s):
    s.event.set()
    s.event.clear()


# Who waits before the set is woken by it, whatever the clear; who comes after the clear waits for ever.
event_cleared = Litmus(
    "event cleared again", (wait_event, set_and_clear), one_event, a_of, {0, "deadlock"}, {}, ("sync",)
)
event_never = Litmus("event never set", (wait_event,), one_event, a_of, {"deadlock"}, all_models(1))

# -- queues


def fifo():
    return State(queue=queue.Queue(), a=None, b=None, log=[])


def simple():
    return State(queue=queue.SimpleQueue(), a=None, b=None, log=[])


def lifo():
    return State(queue=queue.LifoQueue(), a=None, b=None, log=[])


def priority():
    return State(queue=queue.PriorityQueue(), a=None, b=None, log=[])


def one_place():
    return State(queue=queue.Queue(1), a=None, b=None, log=[])


def put_one_two(s):
    s.queue.put(1)
    s.queue.put(2)


def put_two_one(s):
    s.queue.put(2)
    s.queue.put(1)


def get_two(s):
    s.a = s.queue.get()
    s.b = s.queue.get()


# In order, whatever the order of putting and getting.
fifo_order = Litmus("Queue order", (put_one_two, get_two), fifo, seen, {"1 2"}, {}, ("sync",))
simple_order = Litmus("SimpleQueue order", (put_one_two, get_two), simple, seen, {"1 2"}, all_models(1), SMALL)
one_place_order = Litmus("Queue of one place", (put_one_two, get_two), one_place, seen, {"1 2"}, {}, ("sync",))
# The first get comes after both puts (2 1), or between them (1 2).
lifo_order = Litmus("LifoQueue order", (put_one_two, get_two), lifo, seen, {"1 2", "2 1"}, {}, ("sync",))
# Both there: the smaller first; else in order of putting.
priority_order = Litmus("PriorityQueue order", (put_two_one, get_two), priority, seen, {"1 2", "2 1"}, {}, ("sync",))


def put_one(s):
    s.queue.put(1)


def put_two(s):
    s.queue.put(2)


# Two producers: whose item is first is a choice; 2 classes, as getting comes after putting.
simple_producers = Litmus(
    "two producers", (put_one, put_two, get_two), simple, seen, {"1 2", "2 1"}, all_models(2), ("sync",)
)


def get_a(s):
    s.a = s.queue.get()


def get_b(s):
    s.b = s.queue.get()


# Two consumers of 1 2: who gets what is a choice.
simple_consumers = Litmus(
    "two consumers", (put_one_two, get_a, get_b), simple, seen, {"1 2", "2 1"}, all_models(2), ("sync",)
)
queue_consumers = Litmus("two consumers of a Queue", (put_one_two, get_a, get_b), fifo, seen, {"1 2", "2 1"}, {}, ())
# One item for two: the second waits for ever.
queue_short = Litmus("queue one short", (put_one, get_a, get_b), simple, seen, {"deadlock"}, {}, ("sync",))
queue_full = Litmus("put into a full queue", (put_one_two,), one_place, seen, {"deadlock"}, all_models(1))


def get_if_any(s):
    try:
        s.a = s.queue.get_nowait()
    except queue.Empty:
        s.a = "empty"


def get_for_a_while(s):
    try:
        s.a = s.queue.get(timeout=1)
    except queue.Empty:
        s.a = "empty"


get_nowait = Litmus("SimpleQueue.get_nowait", (put_one, get_if_any), simple, a_of, {1, "empty"}, all_models(2), SMALL)
get_timeout = Litmus(
    "SimpleQueue.get with a timeout", (put_one, get_for_a_while), simple, a_of, {1, "empty"}, all_models(2), SMALL
)
queue_nowait = Litmus("Queue.get_nowait", (put_one, get_if_any), fifo, a_of, {1, "empty"}, {}, SMALL)
queue_timeout = Litmus("Queue.get with a timeout", (put_one, get_for_a_while), fifo, a_of, {1, "empty"}, {}, ("sync",))


def full_place():
    s = one_place()
    s.queue.put(0)
    return s


def put_if_room(s):
    try:
        s.queue.put_nowait(1)
        s.b = "put"
    except queue.Full:
        s.b = "full"


put_nowait = Litmus("Queue.put_nowait", (put_if_room, get_a), full_place, seen, {"0 put", "0 full"}, {}, SMALL)


def ask_size(s):
    s.a = s.queue.qsize()


queue_size = Litmus("SimpleQueue.qsize", (put_one_two, ask_size), simple, a_of, {0, 1, 2}, all_models(3), SMALL)
real_queue_size = Litmus("Queue.qsize", (put_one_two, ask_size), fifo, a_of, {0, 1, 2}, {}, ("sync",))


def work(s):
    s.log.append(s.queue.get())
    s.queue.task_done()


def await_all(s):
    s.queue.join()
    s.a = len(s.log)


def put_before():
    s = fifo()
    s.queue.put(1)
    return s


queue_join = Litmus("Queue.join", (work, await_all), put_before, a_of, {1}, {}, SMALL)
PROGRAMS = tuple(value for value in list(globals().values()) if isinstance(value, Litmus))
