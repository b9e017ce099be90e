"""A workload that runs lists of steps: its module is imported in each worker, so it imports little."""

from __future__ import annotations

import contextlib
import queue
import threading
from typing import Any

Step = tuple[str, int]


def program(run: Any, params: list[list[Step]]) -> str:
    """Run each list of steps on a thread; what is taken by a step is held to the end of the list."""
    locks = [threading.Lock(), threading.Lock()]
    rlocks = [threading.RLock(), threading.RLock()]
    semaphores = [threading.Semaphore(1), threading.Semaphore(0)]
    queues: list[queue.Queue[int]] = [queue.Queue(), queue.Queue(1)]
    events = [threading.Event(), threading.Event()]
    conditions = [threading.Condition(), threading.Condition(threading.Lock())]

    def perform(steps: list[Step]) -> None:
        with contextlib.ExitStack() as held:
            for name, which in steps:
                match name:
                    case "lock":
                        held.enter_context(locks[which])
                    case "rlock":
                        held.enter_context(rlocks[which])
                    case "semaphore":
                        held.enter_context(semaphores[which])
                    case "release":
                        semaphores[which].release()
                    case "put":
                        queues[which].put(1)
                    case "get":
                        queues[which].get()
                    case "set":
                        events[which].set()
                    case "clear":
                        events[which].clear()
                    case "wait":
                        events[which].wait()
                    case "notify":
                        with conditions[which]:
                            conditions[which].notify_all()

    threads = [threading.Thread(target=perform, args=(steps,)) for steps in params]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return "done"
