"""The pass over a log: each event to the books it concerns, and what they then know to whoever reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from .holds import Holds
from .records import Block, Mark, Record, Sample
from .waits import BEGINS, ENDS, MOST, Threads
from .waking import Waking

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ...events import Event
    from .waits import Thread, Wait

_FRAME: Final = {"run.started", "run.finished"}
_PARTS: Final = {
    *(set(BEGINS) | set(ENDS)) - {"barrier.broken"},
    *("thread.started", "thread.finished", "lock.released", "semaphore.created", "semaphore.released"),
    *("barrier.created", "queue.created", "queue.done", "pool.created", "object.named"),
    *("pool.submitted", "pool.started", "pool.finished", "pool.refused"),
}
"""Events that spans, holds, edges and samples are made of; every other one is a `Mark`."""


def follow(events: Iterable[Event]) -> Iterator[Record]:
    """The records of a log in the order in which they become known, in bounded memory.

    Spans and holds come at their end, and what has none at the end of the log, marked as open. A log that was cut off
    anywhere is followed as far as it goes; what does not fit together (a release without an acquire, a wait that ends
    without having begun) is passed over.

    More than 65,536 threads, objects or holds at once are not followed: the first are, in full.
    """
    books = Follower()
    for event in events:
        yield from books.add(event)
    yield from books.end()


class Follower:
    """`follow` for whoever has the events one by one: `add` each, then `end` once."""

    def __init__(self) -> None:
        self._out: list[Record] = []
        waiters: dict[str, dict[str, Wait]] = {}
        self._threads = Threads(self._out, waiters, self._ended)
        self._waking = Waking(self._out, waiters)
        self._holds = Holds(self._out, waiters)
        self._queued: dict[str, int] = {}  # tasks of each pool that nobody began
        self._now = self._seq = 0
        self._does: dict[str, Callable[[Event, Thread], None]] = {
            "thread.started": self._started,
            "thread.finished": self._finished,
            "thread.crashed": self._crashed,
            "lock.released": self._released,
            "semaphore.released": self._given,
            "condition.notified": self._notified,
            "barrier.created": self._barrier,
            "event.set": self._set,
            "queue.done": self._done,
            "queue.closed": self._closed,
            "pool.submitted": self._submitted,
            "pool.started": self._begun,
            "pool.finished": self._resolved,
            "pool.refused": self._refused,
            "future.cancelled": self._cancelled,
            "future.set": self._result_set,
            "object.named": self._named,
        }

    @property
    def unfollowed(self) -> int:
        """How many events came from threads that were too many to follow."""
        return self._threads.unfollowed

    def add(self, event: Event) -> list[Record]:
        """What is known now that was not before."""
        self._out.clear()
        self._seq = event.seq
        self._now = max(self._now, event.t)
        name = event.event
        if name in _FRAME:
            return self._out
        if event.thread is not None:
            thread = self._threads.at(event, event.thread)
            if thread is not None:
                self._of_thread(event, name, thread)
        if name not in _PARTS:
            self._out.append(Mark(event))
        return self._out

    def end(self) -> list[Record]:
        """What is open at the end of the log."""
        self._out.clear()
        self._holds.close(self._now, self._seq)
        self._threads.close(self._now)
        return self._out

    def _of_thread(self, event: Event, name: str, thread: Thread) -> None:
        begins = BEGINS.get(name)
        if begins is not None and (name != "pool.closing" or event.data.get("wait") is True):
            self._begin(event, thread, begins + _op(event) if begins[-1] == "." else begins)
            return
        ends = ENDS.get(name)
        if ends is not None:
            self._end(event, thread, ends[0] + _op(event) if ends[0][-1] == "." else ends[0], ends[1])
        else:
            self._threads.did(thread, name)
        does = self._does.get(name)
        if does is not None:
            does(event, thread)

    def _begin(self, event: Event, thread: Thread, op: str) -> None:
        wait = self._threads.begin(thread, event, op)
        if wait is not None:
            self._holds.waits(wait)
        if op == "barrier.wait":
            self._waking.arrived(event.object or "", thread, event)

    def _end(self, event: Event, thread: Thread, op: str, how: str) -> None:
        obj = event.object or ""
        wait = self._threads.finish(thread, op, obj, how)
        if wait is None:
            self._threads.did(thread, event.event)
        if how != "done":
            return
        if op == "lock.acquire":
            self._waking.acquired(obj, wait, thread, event)
            self._holds.acquired(thread, event, obj)
            return
        if wait is not None:
            self._waking.woke(wait, thread, event)
        if op == "semaphore.acquire":
            self._holds.permitted(thread, event, obj)
        elif op in {"queue.put", "queue.get"}:
            self._waking.first_of(obj, "queue.get" if op == "queue.put" else "queue.put", 1, thread, event)
            self._sample(obj, "size", thread, event.data.get("size"))

    def _ended(self, wait: Wait, now: int, how: str) -> None:
        self._holds.goes_on(wait, now)
        if wait.op == "thread.join" and wait.object != wait.thread:
            still = how == "open"
            self._out.append(
                Block(wait.op, wait.object, wait.object, wait.thread, wait.start, now, open=still, at=wait.at)
            )

    def _sample(self, obj: str, what: Any, thread: Thread, value: object) -> None:
        if isinstance(value, int):
            self._out.append(Sample(obj, what, thread.now, value))

    def _started(self, event: Event, thread: Thread) -> None:
        by = event.data.get("by")
        if isinstance(by, str):
            self._waking.started(by, thread, event)

    def _finished(self, event: Event, thread: Thread) -> None:
        self._waking.ended(thread, event)
        self._threads.gone(thread)

    def _crashed(self, _: Event, thread: Thread) -> None:
        thread.crashed = True

    def _released(self, event: Event, thread: Thread) -> None:
        obj = event.object or ""
        self._waking.released(obj, thread, event)
        self._holds.released(thread, event, obj)

    def _given(self, event: Event, thread: Thread) -> None:
        obj = event.object or ""
        n = _number(event, "n", 1)
        self._waking.first_of(obj, "semaphore.acquire", n, thread, event)
        self._holds.given(thread, event, obj, n)

    def _notified(self, event: Event, thread: Thread) -> None:
        obj = event.object or ""
        n = _number(event, "n", 1)
        if n < 0:
            self._waking.all_of(obj, "condition.wait", thread, event)
        else:
            self._waking.first_of(obj, "condition.wait", n, thread, event)

    def _barrier(self, event: Event, _: Thread) -> None:
        self._waking.barrier(event.object or "", event.data.get("parties"))

    def _set(self, event: Event, thread: Thread) -> None:
        self._waking.all_of(event.object or "", "event.wait", thread, event)

    def _result_set(self, event: Event, thread: Thread) -> None:
        self._waking.resolved(event.object or "", 0, thread, event)

    def _done(self, event: Event, thread: Thread) -> None:
        obj = event.object or ""
        for wait in self._threads.waiters.get(obj, {}).values():
            if wait.op == "queue.join":
                wait.cause = None  # the last one counts
        self._waking.all_of(obj, "queue.join", thread, event)

    def _closed(self, event: Event, thread: Thread) -> None:
        obj = event.object or ""
        for op in ("queue.put", "queue.get", "queue.join"):
            self._waking.all_of(obj, op, thread, event)

    def _submitted(self, event: Event, thread: Thread) -> None:
        obj = event.object or ""
        self._waking.submitted(obj, event.data.get("task"), thread, event)
        self._tasks(thread, obj, 1)

    def _begun(self, event: Event, thread: Thread) -> None:
        obj = event.object or ""
        self._waking.begun(obj, event.data.get("task"), thread, event)
        self._tasks(thread, obj, -1)

    def _resolved(self, event: Event, thread: Thread) -> None:
        obj = event.object or ""
        self._waking.resolved(obj, event.data.get("task"), thread, event)

    def _refused(self, event: Event, thread: Thread) -> None:
        obj = event.object or ""
        self._waking.dropped(obj, event.data.get("task"))
        self._tasks(thread, obj, -1)

    def _cancelled(self, event: Event, thread: Thread) -> None:
        obj = event.object or ""
        task = event.data.get("task")
        self._waking.resolved(obj, task, thread, event)
        if task:
            self._waking.dropped(obj, task)
            self._tasks(thread, obj, -1)

    def _tasks(self, thread: Thread, obj: str, change: int) -> None:
        if obj in self._queued or len(self._queued) < MOST:
            value = self._queued[obj] = max(0, self._queued.get(obj, 0) + change)
            self._sample(obj, "tasks", thread, value)

    def _named(self, event: Event, _: Thread) -> None:
        obj = event.object or ""
        was = event.data.get("was")
        if isinstance(was, str) and was != obj:
            for books in (self._threads, self._holds, self._waking):
                books.renamed(was, obj)
            if was in self._queued:
                self._queued[obj] = self._queued.pop(was)


def _op(event: Event) -> str:
    op = event.data.get("op")
    return op if op in ("put", "get", "join") else "get"


def _number(event: Event, name: str, default: int) -> int:
    value = event.data.get(name, default)
    return value if isinstance(value, int) else default
