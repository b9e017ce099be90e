"""Workloads that deadlock, one for each primitive: each must be called a deadlock. And what looks like one and is
not.
"""

from __future__ import annotations

import _thread
import concurrent.futures
import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

Function = Callable[[Any, Any], Any]
DEADLOCKS: dict[str, Function] = {}
INNOCENT: dict[str, Function] = {}

PATIENCE = 0.9
"""Seconds, longer than anything a deadlock is looked at before it is called one."""


def deadlock(function: Function) -> Function:
    DEADLOCKS[function.__name__] = function
    return function


def innocent(function: Function) -> Function:
    INNOCENT[function.__name__] = function
    return function


def start(*functions: Callable[[], Any], daemon: bool = False) -> list[threading.Thread]:
    threads = [threading.Thread(target=function, name=function.__name__, daemon=daemon) for function in functions]
    for thread in threads:
        thread.start()
    return threads


def join(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.join()


def opposite(a: Any, b: Any) -> tuple[Callable[[], None], Callable[[], None]]:
    """Two functions that take two locks in opposite order, certain to meet."""
    gate = threading.Barrier(2)

    def left() -> None:
        with a:
            gate.wait()
            with b:
                pass

    def right() -> None:
        with b:
            gate.wait()
            with a:
                pass

    return left, right


@deadlock
def two_locks(run: Any, params: Any) -> None:
    join(start(*opposite(threading.Lock(), threading.Lock())))


@deadlock
def main_takes_part(run: Any, params: Any) -> None:
    left, right = opposite(threading.Lock(), threading.Lock())
    start(left)
    right()


@deadlock
def main_has_returned(run: Any, params: Any) -> None:
    start(*opposite(threading.Lock(), threading.Lock()))


@deadlock
def lock_taken_twice(run: Any, params: Any) -> None:
    lock = threading.Lock()
    with lock:
        lock.acquire()


@deadlock
def three_locks(run: Any, params: Any) -> None:
    locks = [threading.Lock() for _ in range(3)]
    gate = threading.Barrier(3)

    def take(i: int) -> None:
        with locks[i]:
            gate.wait()
            with locks[(i + 1) % 3]:
                pass

    join(start(*[lambda i=i: take(i) for i in range(3)]))


@deadlock
def reentrant_cycle_beside_a_worker(run: Any, params: Any) -> None:
    """A cycle that only its members can dissolve is a deadlock though a third thread goes on."""
    start(*opposite(threading.RLock(), threading.RLock()))
    while True:
        time.sleep(0.01)


@deadlock
def joins_in_a_circle(run: Any, params: Any) -> None:
    threads: list[threading.Thread] = []
    ready = threading.Event()

    def one() -> None:
        ready.wait()
        threads[1].join()

    def two() -> None:
        ready.wait()
        threads[0].join()

    threads += start(one, two)
    ready.set()
    while True:
        time.sleep(0.01)


@deadlock
def empty_queue(run: Any, params: Any) -> None:
    queue.Queue[int]().get()


@deadlock
def empty_simple_queue(run: Any, params: Any) -> None:
    items = queue.SimpleQueue[int]()
    items.put(1)
    items.get()
    items.get()


@deadlock
def full_queue(run: Any, params: Any) -> None:
    items = queue.PriorityQueue[int](1)
    items.put(1)
    items.put(2)


@deadlock
def queue_never_done(run: Any, params: Any) -> None:
    items = queue.LifoQueue[int]()
    items.put(1)
    items.put(2)
    items.get()
    items.task_done()
    items.join()


@deadlock
def event_never_set(run: Any, params: Any) -> None:
    event = threading.Event()
    event.set()
    event.clear()
    event.wait()


@deadlock
def lost_wakeup(run: Any, params: Any) -> None:
    condition = threading.Condition()
    with condition:
        condition.notify()
    with condition:
        condition.wait()


@deadlock
def one_notified_of_two(run: Any, params: Any) -> None:
    condition = threading.Condition(threading.Lock())
    arrived = threading.Semaphore(0)

    def waiter() -> None:
        with condition:
            arrived.release()
            condition.wait()

    threads = start(waiter, waiter)
    arrived.acquire()
    arrived.acquire()
    with condition:
        condition.notify()
    join(threads)


@deadlock
def woken_without_the_lock(run: Any, params: Any) -> None:
    """Notified, but the lock it needs to go on is never given back."""
    lock = threading.Lock()
    condition = threading.Condition(lock)
    arrived = threading.Event()

    def waiter() -> None:
        with condition:
            arrived.set()
            condition.wait()

    threads = start(waiter)
    arrived.wait()
    lock.acquire()
    condition.notify_all()
    join(threads)


@deadlock
def no_permit(run: Any, params: Any) -> None:
    semaphore = threading.BoundedSemaphore(2)
    semaphore.acquire()
    with semaphore:
        semaphore.acquire()


@deadlock
def barrier_one_short(run: Any, params: Any) -> None:
    barrier = threading.Barrier(3)
    join(start(barrier.wait, barrier.wait))


@deadlock
def future_never_set(run: Any, params: Any) -> None:
    Future[int]().result()


@deadlock
def task_awaits_task(run: Any, params: Any) -> None:
    """A pool of one whose task waits for a task behind it."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: pool.submit(int).result()).result()


@deadlock
def futures_of_each_other(run: Any, params: Any) -> None:
    """Two tasks wait for each other, a third worker is idle, main waits for both."""
    with ThreadPoolExecutor(3) as pool:
        futures: list[Future[int]] = []
        ready = threading.Event()

        def task(other: int) -> int:
            ready.wait()
            return futures[other].result()

        futures += [pool.submit(task, 1), pool.submit(task, 0)]
        pool.submit(int).result()
        ready.set()
        concurrent.futures.wait(futures)


@deadlock
def as_completed_of_a_stuck_task(run: Any, params: Any) -> None:
    with ThreadPoolExecutor(2) as pool:
        event = threading.Event()
        for future in concurrent.futures.as_completed([pool.submit(int), pool.submit(event.wait)]):
            future.result()


@deadlock
def shutdown_waits_for_a_stuck_task(run: Any, params: Any) -> None:
    pool = ThreadPoolExecutor(2, thread_name_prefix="w")
    lock = threading.Lock()
    lock.acquire()
    pool.submit(lock.acquire)
    pool.shutdown()


@deadlock
def daemons_included(run: Any, params: Any) -> None:
    items = queue.Queue[int]()
    start(lambda: items.get(), daemon=True)
    threading.Event().wait()


@deadlock
def named_objects(run: Any, params: Any) -> None:
    """Names given by the workload change nothing of what is known of the objects."""
    permits = run.name(threading.Semaphore(1), "permits")
    printer = run.name(threading.Lock(), "printer")
    printer.acquire()
    permits.acquire()
    start(printer.acquire)
    permits.acquire()


@deadlock
def handler_for_the_end(run: Any, params: Any) -> None:
    """Somebody may end the process, but nobody will wake its thread."""
    signal.signal(signal.SIGTERM, lambda *_: os._exit(1))
    threading.Event().wait()


@innocent
def idle_daemon_beside_main(run: Any, params: Any) -> None:
    items = queue.Queue[int]()
    start(items.get, daemon=True)
    time.sleep(PATIENCE)


@innocent
def joined_while_asleep(run: Any, params: Any) -> None:
    join(start(lambda: time.sleep(PATIENCE)))


@innocent
def plain_cycle_dissolved_by_a_third(run: Any, params: Any) -> None:
    a, b = threading.Lock(), threading.Lock()
    gate = threading.Barrier(3)

    def left() -> None:
        a.acquire()
        gate.wait()
        b.acquire()
        b.release()

    def right() -> None:
        b.acquire()
        gate.wait()
        a.acquire()

    def third() -> None:
        gate.wait()
        time.sleep(PATIENCE)
        b.release()  # a plain lock may be released by anybody
        a.release()

    join(start(left, right, third))


@innocent
def waiting_for_input(run: Any, params: Any) -> None:
    read, write = os.pipe()
    done = threading.Event()

    def reader() -> None:
        os.read(read, 1)
        done.set()

    def child() -> None:
        subprocess.run([sys.executable, "-S", "-c", f"import time; time.sleep({PATIENCE})"], check=True)
        os.write(write, b"!")

    threads = start(reader, child)
    done.wait()
    join(threads)


@innocent
def timed_cycle(run: Any, params: Any) -> None:
    a, b = threading.RLock(), threading.RLock()
    gate = threading.Barrier(2)

    def take(first: Any, second: Any) -> None:
        with first:
            gate.wait()
            second.acquire(timeout=PATIENCE)

    join(start(lambda: take(a, b), lambda: take(b, a)))


@innocent
def busy_while_main_waits(run: Any, params: Any) -> None:
    done = threading.Event()

    def compute() -> None:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            pass
        done.set()

    threads = start(compute)
    done.wait()
    join(threads)


@innocent
def untraced_thread_helps(run: Any, params: Any) -> None:
    lock = threading.Lock()
    lock.acquire()

    def helper() -> None:
        time.sleep(PATIENCE)
        lock.release()

    _thread.start_new_thread(helper, ())
    lock.acquire()


@innocent
def methods_that_are_whole_threads(run: Any, params: Any) -> None:
    lock, event, semaphore = threading.Lock(), threading.Event(), threading.Semaphore(0)
    items: queue.Queue[int] = queue.Queue()
    simple: queue.SimpleQueue[int] = queue.SimpleQueue()
    lock.acquire()
    for method, arguments in (
        (lock.release, ()),
        (event.set, ()),
        (event.wait, ()),
        (semaphore.release, ()),
        (items.put, (1,)),
        (simple.put, (1,)),
        (run.emit, ("whole",)),
    ):
        _thread.start_new_thread(method, arguments)
    lock.acquire()
    event.wait()
    semaphore.acquire()
    items.get()
    simple.get()


@innocent
def untraced_wait(run: Any, params: Any) -> None:
    raw = _thread.allocate_lock()
    raw.acquire()
    threading.Timer(PATIENCE, raw.release).start()
    raw.acquire()


@innocent
def callback_sleeps_in_an_idle_looking_worker(run: Any, params: Any) -> None:
    done = threading.Event()
    pool = ThreadPoolExecutor(1)

    def late(_: Any) -> None:
        time.sleep(PATIENCE)
        done.set()

    pool.submit(time.sleep, 0.01).add_done_callback(late)
    done.wait()


@innocent
def dropped_pool(run: Any, params: Any) -> None:
    """An executor that nobody shut down ends its idle workers with main."""
    pool = ThreadPoolExecutor(2)
    pool.submit(int).result()


@innocent
def alarm_wakes(run: Any, params: Any) -> None:
    lock = threading.Lock()
    lock.acquire()
    signal.signal(signal.SIGALRM, lambda *_: lock.release())
    signal.setitimer(signal.ITIMER_REAL, PATIENCE)
    lock.acquire()


@innocent
def exception_ends_the_wait(run: Any, params: Any) -> None:
    """Who was interrupted while waiting waits no more, though everybody else does."""
    locks = [threading.Lock(), threading.RLock()]
    events = [threading.Event() for _ in range(2)]
    waits: list[Callable[[], Any]] = [
        lambda: threading.Lock().acquire() and locks[0].acquire(),
        lambda: threading.Event().wait(),
        lambda: threading.Semaphore(0).acquire(),
        lambda: queue.Queue[int]().get(),
        lambda: queue.SimpleQueue[int]().get(),
        lambda: threading.Barrier(2).wait(),
        lambda: Future[int]().result(),
    ]
    locks[0].acquire()
    helper = start(lambda: events[0].wait())
    for wait in waits:
        threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT)).start()
        with contextlib.suppress(KeyboardInterrupt):
            wait()
        time.sleep(PATIENCE / 2)
    events[0].set()
    join(helper)


def ping_pong(exchange: Callable[[int], None]) -> None:
    """Two threads that hand over to each other for a while: at any moment, nearly everybody waits."""
    join(start(lambda: exchange(0), lambda: exchange(1)))


ROUNDS = 3000


@innocent
def events_set_and_cleared(run: Any, params: Any) -> None:
    events = [threading.Event(), threading.Event()]
    events[0].set()

    def exchange(me: int) -> None:
        for _ in range(ROUNDS):
            events[me].wait()
            events[me].clear()
            events[1 - me].set()

    ping_pong(exchange)


@innocent
def condition_turns(run: Any, params: Any) -> None:
    condition = threading.Condition()
    turn = [0]

    def exchange(me: int) -> None:
        for _ in range(ROUNDS):
            with condition:
                while turn[0] != me:
                    condition.wait()
                turn[0] = 1 - me
                condition.notify()

    ping_pong(exchange)


@innocent
def queue_hand_over(run: Any, params: Any) -> None:
    queues: Any = [queue.Queue(1), queue.SimpleQueue()]
    queues[0].put(0)

    def exchange(me: int) -> None:
        for _ in range(ROUNDS):
            queues[1 - me].put(queues[me].get())

    ping_pong(exchange)


@innocent
def semaphores_and_barriers(run: Any, params: Any) -> None:
    semaphores = [threading.Semaphore(1), threading.Semaphore(0)]
    barrier = threading.Barrier(2)

    def exchange(me: int) -> None:
        for _ in range(ROUNDS // 2):
            semaphores[me].acquire()
            semaphores[1 - me].release()
            barrier.wait()

    ping_pong(exchange)


@innocent
def contended_locks(run: Any, params: Any) -> None:
    lock, reentrant = threading.Lock(), threading.RLock()

    def exchange(me: int) -> None:
        for _ in range(ROUNDS * 3):
            with reentrant, reentrant, lock:
                pass

    ping_pong(exchange)


@innocent
def pools_and_futures(run: Any, params: Any) -> None:
    with ThreadPoolExecutor(2) as pool:
        for _ in range(50):
            futures = [pool.submit(int, "7") for _ in range(5)]
            concurrent.futures.wait(futures)
            assert sum(future.result() for future in concurrent.futures.as_completed(futures)) == 35
        assert list(pool.map(int, "123")) == [1, 2, 3]
