"""Who waits for what, followed from the event log: what a deadlock is read from.

A thread is *stuck* when its last word was that it waits without a timeout on something traced, and nothing logged
since can let it go on. Events are logged such that this errs to one side only: whatever could wake a thread is logged
before, or under the lock of, the act that wakes it; so a thread that is called stuck and is not, is one whose waking
is under way, which the operating system shows (see `quiescence`).

A thread that was never heard of, waits with a timeout, sleeps, reads a socket or computes is able to run.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from ...events.scribe import Observer


GOING_ON: Final = (
    *("lock.timed_out", "semaphore.timed_out", "condition.timed_out", "event.timed_out", "thread.timed_out"),
    *("queue.timed_out", "future.timed_out", "condition.woke", "event.woke", "future.woke", "barrier.passed"),
    *("thread.joined", "queue.joined", "pool.closed", "check", "log"),
)
"""Events that a thread logs only when it does not wait, and that change nothing else."""


class Wait(msgspec.Struct):
    """An untimed wait that a thread said it begins.

    `woken` is set by an event that ends it, whoever of the waiting is chosen by it.
    """

    op: str
    object: str
    at: str
    since: int
    data: Mapping[str, Any] = msgspec.field(default_factory=dict)
    woken: bool = False


class Thread(msgspec.Struct):
    """A live thread of the run."""

    name: str
    daemon: bool
    native_id: int
    ident: int
    pool: str | None = None
    wait: Wait | None = None
    held: dict[str, str] = msgspec.field(default_factory=dict)


class Holder(msgspec.Struct):
    """Who holds a lock; only a reentrant lock is surely released by nobody else."""

    thread: str
    at: str
    owned: bool


class Waits:
    """The books; `observers()` is what a `Scribe` shows events to."""

    def __init__(self) -> None:
        self.threads: dict[str, Thread] = {}
        self._locks: dict[str, Holder] = {}
        self._amounts: dict[str, int] = {}  # permits, items, waiting tasks
        self._bounds: dict[str, int] = {}  # maxsize of a queue, parties of a barrier
        self._unfinished: dict[str, int] = {}
        self._tasks: dict[str, set[int]] = {}
        self._set: set[str] = set()

    # What is asked

    def deadlocked(self) -> list[Thread]:
        """All live threads, when every one is stuck and at least one keeps the process alive; else none."""
        threads = list(self.threads.values())
        if all(thread.daemon for thread in threads) or not all(map(self.is_stuck, threads)):
            return []
        return threads

    def owned_cycle(self) -> list[Thread]:
        """A cycle of stuck threads, each waiting for what only the next can give: a reentrant lock it holds, or its
        end.
        """
        return self._find_cycle(owned=True)

    def cycle(self) -> list[Thread]:
        """A cycle of stuck threads through locks of any kind and joins; the explanation of a deadlock."""
        return self._find_cycle(owned=False)

    def is_stuck(self, thread: Thread) -> bool:
        """Whether nothing logged so far lets the thread go on."""
        wait = thread.wait
        if wait is None or wait.woken:
            return False
        match wait.op:
            case "lock.acquire":
                return wait.object in self._locks
            case "semaphore.acquire" | "queue.get" | "pool.idle":
                return self._amounts.get(wait.object, 0) <= 0
            case "queue.put":
                bound = self._bounds.get(wait.object, 0)
                return 0 < bound <= self._amounts.get(wait.object, 0)
            case "queue.join":
                return self._unfinished.get(wait.object, 0) > 0
            case "thread.join":
                return wait.object in self.threads
            case "pool.shutdown":
                return any(other.pool == wait.object for other in self.threads.values())
            case "future.result":
                return self._awaits_result(wait)
            case _:  # condition, barrier, event: ended by being woken
                return True

    def _awaits_result(self, wait: Wait) -> bool:
        unfinished = self._tasks.get(wait.object, set())
        if "tasks" in wait.data:
            open_tasks = unfinished.intersection(wait.data["tasks"])
            return bool(open_tasks) if wait.data["all"] else len(open_tasks) == len(wait.data["tasks"])
        task = wait.data.get("task")
        return task in unfinished if task else task == 0 and wait.object not in self._set

    def _next(self, thread: Thread, *, owned: bool) -> str | None:
        """The one thread that a stuck thread waits for, if there is just one."""
        wait = thread.wait
        if wait is None or not self.is_stuck(thread):
            return None
        if wait.op == "thread.join":
            return wait.object
        if wait.op == "lock.acquire":
            holder = self._locks[wait.object]
            return holder.thread if holder.owned or not owned else None
        return None

    def _find_cycle(self, *, owned: bool) -> list[Thread]:
        done: set[str] = set()
        for start in self.threads:
            path: list[str] = []
            name: str | None = start
            while name is not None and name in self.threads and name not in done and name not in path:
                path.append(name)
                name = self._next(self.threads[name], owned=owned)
            if name in path:
                return [self.threads[member] for member in path[path.index(name) :]]
            done.update(path)
        return []

    def row(self, thread: Thread) -> dict[str, Any]:
        """A waiting thread as data: what it holds and what it waits for."""
        wait = thread.wait
        return {
            "thread": thread.name,
            "holds": [{"object": name, "at": at or None} for name, at in thread.held.items()],
            "waits": {"op": wait.op, "object": wait.object or None, "at": wait.at or None} if wait else None,
        }

    # What is told

    def _go_on(self, t: int, thread: str, obj: str, at: str, data: Mapping[str, Any]) -> None:
        if thread in self.threads:
            self.threads[thread].wait = None

    def _waiting(self, op: str) -> Observer:
        def waiting(t: int, thread: str, obj: str, at: str, data: Mapping[str, Any]) -> None:
            who = self.threads.get(thread)
            if who:
                timed = data.get("timeout") is not None
                who.wait = None if timed else Wait(f"{op}{data.get('op', '')}", obj, at, t, data)

        return waiting

    def _wake(self, op: str) -> Observer:
        """Everybody who waits on the object goes on."""

        def wake(t: int, thread: str, obj: str, at: str, data: Mapping[str, Any]) -> None:
            for who in self.threads.values():
                if who.wait and who.wait.object == obj and who.wait.op.startswith(op):
                    who.wait.woken = True

        return wake

    def _add(self, amount: int, key: str | None = None) -> Observer:
        def add(t: int, thread: str, obj: str, at: str, data: Mapping[str, Any]) -> None:
            change = amount if key is None else amount * int(data[key])
            self._amounts[obj] = self._amounts.get(obj, 0) + change

        return add

    def _bound(self, key: str) -> Observer:
        def bound(t: int, thread: str, obj: str, at: str, data: Mapping[str, Any]) -> None:
            self._bounds[obj] = int(data[key])

        return bound

    def _unfinish(self, amount: int) -> Observer:
        def unfinish(t: int, thread: str, obj: str, at: str, data: Mapping[str, Any]) -> None:
            self._unfinished[obj] = self._unfinished.get(obj, 0) + amount

        return unfinish

    def _thread_started(self, t: int, thread: str, obj: str, at: str, data: Mapping[str, Any]) -> None:
        self.threads[thread] = Thread(
            thread, bool(data["daemon"]), int(data["native_id"]), int(data["ident"]), data.get("pool")
        )

    def _thread_finished(self, t: int, thread: str, obj: str, at: str, data: Mapping[str, Any]) -> None:
        self.threads.pop(thread, None)

    def _acquired(self, t: int, thread: str, obj: str, at: str, data: Mapping[str, Any]) -> None:
        self._locks[obj] = Holder(thread, at, "depth" in data)
        if thread in self.threads:
            self.threads[thread].held[obj] = at

    def _released(self, t: int, thread: str, obj: str, at: str, data: Mapping[str, Any]) -> None:
        holder = self._locks.pop(obj, None)
        if holder and holder.thread in self.threads:
            self.threads[holder.thread].held.pop(obj, None)

    def _notified(self, t: int, thread: str, obj: str, at: str, data: Mapping[str, Any]) -> None:
        """The first n untimed waiters may be the ones that wake: waiters are woken in the order they came."""
        waits = [who.wait for who in self.threads.values() if who.wait and not who.wait.woken]
        waits = [wait for wait in waits if wait.op == "condition.wait" and wait.object == obj]
        waits.sort(key=lambda wait: wait.since)
        for wait in waits if data["n"] < 0 else waits[: data["n"]]:
            wait.woken = True

    def _at_barrier(self, t: int, thread: str, obj: str, at: str, data: Mapping[str, Any]) -> None:
        """The last to arrive lets all go; arrivals are logged before they count, so none is stuck for too long."""
        self._amounts[obj] = self._amounts.get(obj, 0) + 1
        if self._amounts[obj] >= self._bounds.get(obj, 0):
            self._amounts[obj] = 0
            self._wake("barrier.")(t, thread, obj, at, data)

    def _barrier_broken(self, t: int, thread: str, obj: str, at: str, data: Mapping[str, Any]) -> None:
        self._amounts[obj] = 0
        self._wake("barrier.")(t, thread, obj, at, data)

    def _task_submitted(self, t: int, thread: str, obj: str, at: str, data: Mapping[str, Any]) -> None:
        self._tasks.setdefault(obj, set()).add(data["task"])

    def _task_ended(self, t: int, thread: str, obj: str, at: str, data: Mapping[str, Any]) -> None:
        self._tasks.setdefault(obj, set()).discard(data["task"])
        for who in self.threads.values():
            wait = who.wait
            # A wait for several futures that does not say which: any end may be the one.
            if wait and wait.op == "future.result" and "count" in wait.data and "tasks" not in wait.data:
                wait.woken = True

    def _future_set(self, t: int, thread: str, obj: str, at: str, data: Mapping[str, Any]) -> None:
        self._set.add(obj)
        self._task_ended(t, thread, obj, at, {"task": 0})

    def _closing(self, t: int, thread: str, obj: str, at: str, data: Mapping[str, Any]) -> None:
        if data["wait"]:
            self._waiting("pool.shutdown")(t, thread, obj, at, data)

    def _named(self, t: int, thread: str, obj: str, at: str, data: Mapping[str, Any]) -> None:
        was = data["was"]
        books: tuple[dict[str, Any], ...] = (self._locks, self._amounts, self._bounds, self._unfinished, self._tasks)
        for book in books:
            if was in book:
                book[obj] = book.pop(was)
        for who in self.threads.values():
            if was in who.held:
                who.held[obj] = who.held.pop(was)
            if who.pool == was:
                who.pool = obj

    def observers(self) -> dict[str, tuple[Observer, ...]]:
        """Event name to the functions to show it to, in this order."""
        table: dict[str, tuple[Observer, ...]] = dict.fromkeys(GOING_ON, (self._go_on,))
        return table | {
            "thread.started": (self._thread_started,),
            "thread.finished": (self._thread_finished,),
            "thread.joining": (self._waiting("thread.join"),),
            "lock.waiting": (self._waiting("lock.acquire"),),
            "lock.acquired": (self._acquired, self._go_on),
            "lock.released": (self._released,),  # also within a wait for the lock's condition
            "semaphore.created": (self._add(1, "value"),),
            "semaphore.waiting": (self._waiting("semaphore.acquire"),),
            "semaphore.acquired": (self._add(-1), self._go_on),
            "semaphore.released": (self._add(1, "n"),),
            "condition.waiting": (self._waiting("condition.wait"),),
            "condition.notified": (self._notified,),
            "barrier.created": (self._bound("parties"),),
            "barrier.waiting": (self._waiting("barrier.wait"), self._at_barrier),
            "barrier.broken": (self._barrier_broken, self._go_on),
            "event.waiting": (self._waiting("event.wait"),),
            "event.set": (self._wake("event."),),
            "queue.created": (self._bound("maxsize"),),
            "queue.waiting": (self._waiting("queue."),),
            "queue.put": (self._add(1), self._unfinish(1), self._go_on),
            "queue.got": (self._add(-1), self._go_on),
            "queue.done": (self._unfinish(-1),),
            "queue.closed": (self._wake("queue."),),
            "pool.submitted": (self._task_submitted,),
            "pool.refused": (self._task_ended,),
            "pool.finished": (self._task_ended,),
            "pool.closing": (self._closing,),
            "future.waiting": (self._waiting("future.result"),),
            "future.cancelled": (self._task_ended,),
            "future.set": (self._future_set,),
            "object.named": (self._named,),
            "~awake": (self._go_on,),
            "~idle": (self._waiting("pool.idle"),),
            "~work": (self._add(1),),
            "~took": (self._add(-1), self._go_on),
        }
