"""Workloads for runs on virtual threads: their module is imported in each worker, so it imports little."""

from __future__ import annotations

import queue
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any


def sleeps_for_hours(run: Any, params: Any) -> dict[str, Any]:
    """Three sleepers wake in the order of their hours, while a fourth thread does not rest."""
    woken: list[int] = []
    done = threading.Event()

    def sleeper(hours: int) -> None:
        time.sleep(hours * 3600)
        woken.append(hours)

    def restless() -> None:
        while not done.is_set():
            time.sleep(600)

    started = time.monotonic()
    threads = [threading.Thread(target=sleeper, args=(hours,)) for hours in (3, 1, 2)]
    watch = threading.Thread(target=restless)
    for thread in [*threads, watch]:
        thread.start()
    for thread in threads:
        thread.join()
    done.set()
    watch.join()
    return {"woken": woken, "hours": (time.monotonic() - started) // 3600}


def busy_beside_a_sleeper(run: Any, params: Any) -> int:
    """Main sleeps for a hundredth of a second, and a daemon counts without end."""
    counted = [0]

    def count() -> None:
        while True:
            counted[0] += 1

    threading.Thread(target=count, daemon=True).start()
    time.sleep(0.01)
    return counted[0]


class Flags:
    """Two flags that wait for each other."""

    def __init__(self) -> None:
        self.a = self.b = False


def polite_for_ever(run: Any, params: Any) -> None:
    """Each waits for the other's flag, looking."""
    flags = Flags()

    def left() -> None:
        while not flags.a:
            pass
        flags.b = True

    def right() -> None:
        while not flags.b:
            pass
        flags.a = True

    for function in (left, right):
        threading.Thread(target=function, name=function.__name__).start()


def of_everything(run: Any, params: Any) -> list[int]:
    """Some of each primitive, with random numbers and prints."""
    items: queue.Queue[int] = queue.Queue(2)
    ready, gate, permits = threading.Event(), threading.Barrier(3), threading.Semaphore(1)
    condition, simple = threading.Condition(), queue.SimpleQueue[int]()
    turns: list[int] = []

    def worker(number: int) -> None:
        ready.wait()
        gate.wait()
        for _ in range(3):
            with permits:
                items.put(run.rng.randrange(10) + run.choose(3))
            with condition:
                turns.append(number)
                condition.notify()
        simple.put(number)
        print("done", number)

    threads = [threading.Thread(target=worker, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    ready.set()
    got = [items.get() for _ in range(9)]
    with condition:
        while len(turns) < 9:
            condition.wait()
    for _ in threads:
        simple.get()
    with ThreadPoolExecutor(2) as pool:
        futures = [pool.submit(pow, number, 2) for number in got]
        run.emit("squares", values=[future.result(timeout=5) for future in futures])
    for thread in threads:
        thread.join()
    return [*got, *turns]


def patient(run: Any, params: Any) -> list[bool]:
    """Each of four threads has time enough to wait for all others."""
    lock = threading.Lock()
    got: list[bool] = []

    def hold() -> None:
        taken = lock.acquire(timeout=5)
        got.append(taken)
        if taken:
            time.sleep(1)
            lock.release()

    threads = [threading.Thread(target=hold) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return got
