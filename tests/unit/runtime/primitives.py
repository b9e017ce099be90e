"""Workloads that use each primitive in the ways that people do, for what the log then says."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import queue
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from threading import Lock, RLock
from typing import Any

EARLY = threading.Lock()
"""Made when this module is imported, which in a worker is within the run: it is the first traced lock."""


@dataclasses.dataclass
class Account:
    lock: Lock = dataclasses.field(default_factory=Lock)
    balance: int = 0


def contended(run: Any, params: Any) -> None:
    lock = Lock()
    entered = threading.Event()

    def second() -> None:
        entered.set()
        with lock:
            pass

    thread = threading.Thread(target=second, name="second")
    with lock:
        thread.start()
        entered.wait()
        while not run_waits(thread):
            pass
    thread.join()


def run_waits(thread: threading.Thread) -> bool:
    """Whether a thread sleeps in the kernel: it waits for the lock."""
    stat = Path(f"/proc/self/task/{thread.native_id}/stat")
    return stat.read_text().rpartition(")")[2].split()[0] == "S"


def held_by_name(run: Any, params: Any) -> list[str]:
    """Locks by every way to come by one."""
    made = [threading.Lock(), Lock(), Account().lock, RLock(), threading.RLock()]
    for number, lock in enumerate(made):
        run.name(lock, f"lock-{number}")
        with lock:
            pass
    return [type(lock).__name__ for lock in made]


def made_at_import(run: Any, params: Any) -> None:
    with EARLY:
        pass


def classes_are_classes(run: Any, params: Any) -> list[bool]:
    class Mine(threading.Thread):
        def __init__(self) -> None:
            super().__init__(name="mine")

        def run(self) -> None:
            pass

    mine = Mine()
    mine.start()
    mine.join()
    return [
        isinstance(threading.Lock(), threading.Lock),
        isinstance(threading.RLock(), type(threading.RLock())),
        (Lock | None) is not None,
        (threading.Lock | None) is not None,
        isinstance(threading.Event(), threading.Event),
        isinstance(queue.SimpleQueue(), queue.SimpleQueue),
        issubclass(queue.PriorityQueue, queue.Queue),
        queue.SimpleQueue[int] is not None,
    ]


def inner_parts(run: Any, params: Any) -> None:
    """Each is one object of the workload, with library locks and conditions inside."""
    items: queue.Queue[int] = queue.Queue(2)
    items.put(1)
    items.get()
    items.task_done()
    items.join()
    threading.Event().set()
    threading.Barrier(1).wait()
    with threading.Semaphore(2):
        pass
    logging.getLogger("t").warning("by the library's own lock")
    timer = threading.Timer(0, int)
    timer.start()
    timer.join()


def reentrant(run: Any, params: Any) -> None:
    lock = threading.RLock()
    with lock, lock:
        lock.acquire()
        lock.release()


def condition(run: Any, params: Any) -> None:
    ready = threading.Condition()
    items: list[int] = []

    def consumer() -> None:
        with ready:
            while not items:
                ready.wait()

    thread = threading.Thread(target=consumer, name="consumer")
    thread.start()
    while not run_waits(thread):
        pass
    with ready:
        items.append(1)
        ready.notify()
    thread.join()
    with ready:
        ready.wait(0.001)


def full_and_empty(run: Any, params: Any) -> None:
    items: queue.Queue[int] = queue.Queue(1)

    def consumer() -> None:
        for _ in range(3):
            items.get()

    thread = threading.Thread(target=consumer, name="consumer")
    thread.start()
    while not run_waits(thread):
        pass
    for number in range(3):
        items.put(number)
    thread.join()
    with contextlib.suppress(queue.Empty):
        items.get(timeout=0.001)
    with contextlib.suppress(queue.Empty):
        items.get_nowait()


def pool(run: Any, params: Any) -> list[int]:
    with ThreadPoolExecutor(2, thread_name_prefix="worker") as executor:
        futures = [executor.submit(pow, 2, n) for n in range(3)]
        wait(futures)
        doomed = executor.submit(int, "x")
        with contextlib.suppress(ValueError):
            doomed.result(timeout=5)
        return [future.result() for future in futures]


def same_names(run: Any, params: Any) -> None:
    threads = [threading.Thread(target=int, name="worker") for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def timed_out(run: Any, params: Any) -> None:
    lock = threading.Lock()
    with lock:
        lock.acquire(timeout=0.001)
        lock.acquire(blocking=False)
    threading.Event().wait(0.001)
    threading.Semaphore(0).acquire(timeout=0.001)
    sleeper = threading.Thread(target=threading.Event().wait, args=(0.05,), name="sleeper")
    sleeper.start()
    sleeper.join(0.001)
    sleeper.join()


class Journal(queue.Queue[Any]):
    """A queue of somebody's own, on the hooks that are there for it."""

    def _init(self, maxsize: int) -> None:
        self.queue: Any = []

    def _put(self, item: Any) -> None:
        if item is None:
            raise TypeError("nothing to note")
        self.queue.append(item)

    def _get(self) -> Any:
        return self.queue.pop()


def each_at_its_place(run: Any, params: Any) -> list[Any]:
    """Each operation twice, from one line and then from another: as it goes at once, and as the library does it."""
    event, semaphore, condition = threading.Event(), threading.BoundedSemaphore(2), threading.Condition()
    items: queue.Queue[int] = queue.Queue(3)
    simple: queue.SimpleQueue[int] = queue.SimpleQueue()
    event.set()
    event.wait()
    event.clear()
    event.set()
    event.wait(5)
    semaphore.acquire()
    semaphore.release()
    with semaphore:
        semaphore.acquire(timeout=5)
        semaphore.release(1)
    with condition:
        condition.notify()
    condition.acquire()
    condition.notify_all()
    condition.release()
    items.put(1)
    items.put_nowait(2)
    items.put(3, timeout=5)
    items.get()
    items.get_nowait()
    items.get(timeout=5)
    simple.put(1)
    simple.put_nowait(2)
    simple.get()
    simple.get_nowait()
    return [event.is_set(), semaphore._value, items.qsize(), simple.qsize()]


def refused(run: Any, params: Any) -> list[str]:
    """What a primitive refuses has not happened."""
    items: queue.Queue[int] = queue.Queue(1)
    journal = Journal()
    semaphore, condition, lock = threading.BoundedSemaphore(1), threading.Condition(), threading.RLock()
    items.put(1)
    errors = []
    for call in (
        lambda: items.put_nowait(2),
        lambda: items.put(2, timeout=-1),
        lambda: journal.get(timeout=-1),
        lambda: journal.put(None),
        lambda: semaphore.release(),
        lambda: semaphore.release(0),
        lambda: condition.notify(),
        lambda: condition.notify_all(),
        lambda: lock.release(),
        lambda: queue.SimpleQueue[int]().get_nowait(),
    ):
        try:
            call()
        except Exception as error:
            errors.append(type(error).__name__)
    journal.put(3)
    journal.get()
    return errors


def asked_at_once(run: Any, params: Any) -> str:
    """A timeout of nothing has passed at once."""
    try:
        queue.SimpleQueue[int]().get(timeout=0)
    except queue.Empty:
        return "Empty"
    return "something"


def renamed(run: Any, params: Any) -> None:
    """Named after its first use, from the same line as before."""
    event, semaphore, items = threading.Event(), threading.Semaphore(), queue.Queue[int]()
    condition, simple, lock = threading.Condition(), queue.SimpleQueue[int](), threading.RLock()
    for turn in range(2):
        event.set()
        with semaphore, condition, lock:
            condition.notify()
        items.put(turn)
        simple.put(turn)
        if turn == 0:
            for number, obj in enumerate((event, semaphore, items, condition, simple, lock)):
                run.name(obj, f"named-{number}")
