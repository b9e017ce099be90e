"""Threads and what they wait for: a stack of open waits each, and all waiters of an object in the order they came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from .records import Lane, Life, Record, Sample, Span

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...events import Event

MOST: Final = 65_536
"""Threads, objects and holds that are followed at once; what comes while there are so many is not."""

BEGINS: Final = {
    "lock.waiting": "lock.acquire",
    "semaphore.waiting": "semaphore.acquire",
    "condition.waiting": "condition.wait",
    "barrier.waiting": "barrier.wait",
    "event.waiting": "event.wait",
    "thread.joining": "thread.join",
    "future.waiting": "future.result",
    "pool.closing": "pool.shutdown",
    "queue.waiting": "queue.",  # and the op of its data
}
ENDS: Final = {
    "lock.acquired": ("lock.acquire", "done"),
    "lock.timed_out": ("lock.acquire", "timed out"),
    "semaphore.acquired": ("semaphore.acquire", "done"),
    "semaphore.timed_out": ("semaphore.acquire", "timed out"),
    "condition.woke": ("condition.wait", "done"),
    "condition.timed_out": ("condition.wait", "timed out"),
    "barrier.passed": ("barrier.wait", "done"),
    "barrier.broken": ("barrier.wait", "broken"),
    "event.woke": ("event.wait", "done"),
    "event.timed_out": ("event.wait", "timed out"),
    "thread.joined": ("thread.join", "done"),
    "thread.timed_out": ("thread.join", "timed out"),
    "future.woke": ("future.result", "done"),
    "future.timed_out": ("future.result", "timed out"),
    "pool.closed": ("pool.shutdown", "done"),
    "queue.put": ("queue.put", "done"),
    "queue.got": ("queue.get", "done"),
    "queue.joined": ("queue.join", "done"),
    "queue.timed_out": ("queue.", "timed out"),  # and the op of its data
}
_AROUND_ANYTHING: Final = {"pool.shutdown", "barrier.wait"}
"""Waits in which workload code may run: what a pool cancels calls back, a barrier's last thread does its action."""
_DEEPEST: Final = 64


class Cause(msgspec.Struct, frozen=True):
    """The event that lets a waiter go on."""

    thread: str
    t: int
    seq: int
    certain: bool


class Wait(msgspec.Struct):
    """A wait that has not ended; `cause` is what will have ended it, as far as the log has come."""

    thread: str
    op: str
    object: str
    at: str | None
    start: int
    first: int
    timed: bool
    data: dict[str, Any]
    cause: Cause | None = None


class Thread(msgspec.Struct):
    """A thread that has not ended.

    `now` and `seq` are of its event that is looked at, `before` and `before_seq` of the one before; `since` is when it
    last went on, at the event `since_seq`.
    """

    name: str
    start: int
    first: int
    now: int
    seq: int
    since: int
    since_seq: int
    pool: str | None = None
    before: int = 0
    before_seq: int = -1
    events: int = 0
    crashed: bool = False
    waits: list[Wait] = msgspec.field(default_factory=list)


class Threads:
    """All that are alive.

    Args:
        out: what becomes known is appended here.
        waiters: of each object those who wait for it, in the order they came; kept here, read by others.
        ended: told of each wait that ends, when, and how.
    """

    def __init__(
        self, out: list[Record], waiters: dict[str, dict[str, Wait]], ended: Callable[[Wait, int, str], None]
    ) -> None:
        self._out = out
        self._ended = ended
        self.live: dict[str, Thread] = {}
        self.waiters = waiters
        self.unfollowed = 0

    def at(self, event: Event, name: str) -> Thread | None:
        """The thread of an event, at its time; None where there are too many."""
        thread = self.live.get(name)
        if thread is None:
            if len(self.live) >= MOST:
                self.unfollowed += 1
                return None
            thread = self._appear(event, name)
        thread.before, thread.before_seq = thread.now, thread.seq
        if event.t > thread.now:
            thread.now = event.t
        thread.seq = event.seq
        thread.events += 1
        return thread

    def _appear(self, event: Event, name: str) -> Thread:
        started = event.event == "thread.started"
        data = event.data if started else {}
        by, pool = data.get("by"), data.get("pool")
        lane = Lane(
            name,
            event.t,
            event.seq,
            started,
            event.at if started else None,
            by if isinstance(by, str) else None,
            pool if isinstance(pool, str) else None,
            data.get("daemon") is True,
            _integer(data.get("ident")),
            _integer(data.get("native_id")),
        )
        self._out.append(lane)
        thread = Thread(name, event.t, event.seq, event.t, event.seq, event.t, event.seq, lane.pool)
        self.live[name] = thread
        return thread

    def begin(self, thread: Thread, event: Event, op: str) -> Wait | None:
        """The thread waits; one that waits for the same again goes on waiting, and so it is None."""
        obj = event.object or ""
        while thread.waits:
            top = thread.waits[-1]
            if top.op == op and top.object == obj:  # it was woken, and another had been quicker
                top.cause = None
                return None
            around = top.op in _AROUND_ANYTHING or (top.op == "condition.wait" and op == "lock.acquire")
            if around and len(thread.waits) < _DEEPEST:
                break
            self._end(thread, top, "left")
        if not thread.waits:
            self._ran(thread, "waits")
        wait = Wait(
            thread.name, op, obj, event.at, thread.now, event.seq, event.data.get("timeout") is not None, event.data
        )
        thread.waits.append(wait)
        waiters = self.waiters.setdefault(obj, {})
        waiters[thread.name] = wait
        self._out.append(Sample(obj, "waiters", thread.now, len(waiters)))
        return wait

    def finish(self, thread: Thread, op: str, obj: str, how: str) -> Wait | None:
        """The end of a wait, which is given back; None where the thread had not waited for it."""
        for place in range(len(thread.waits) - 1, -1, -1):
            wait = thread.waits[place]
            if wait.op == op and wait.object == obj:
                while thread.waits[-1] is not wait:
                    self._end(thread, thread.waits[-1], "left")
                self._end(thread, wait, how)
                return wait
        return None

    def did(self, thread: Thread, event: str) -> None:
        """The thread logged what is no end of its wait: then it waits no more, unless that belongs to the wait."""
        while thread.waits:
            top = thread.waits[-1]
            if top.op in _AROUND_ANYTHING or (top.op == "condition.wait" and event.startswith("lock.")):
                return
            self._end(thread, top, "left")

    def _end(self, thread: Thread, wait: Wait, how: str) -> None:
        thread.waits.pop()
        self._out.append(_span(thread, wait, how, len(thread.waits)))
        waiters = self.waiters.get(wait.object)
        if waiters is not None and waiters.get(thread.name) is wait:
            del waiters[thread.name]
            if not waiters:
                del self.waiters[wait.object]
            self._out.append(Sample(wait.object, "waiters", thread.now, len(waiters)))
        if not thread.waits:
            thread.since, thread.since_seq = thread.now, thread.seq
        self._ended(wait, thread.now, how)

    def _ran(self, thread: Thread, how: str) -> None:
        if thread.now > thread.since or how != "waits":
            self._out.append(Span(thread.name, "running", thread.since, thread.now, thread.since_seq, thread.seq, how))

    def gone(self, thread: Thread) -> None:
        """The thread has ended."""
        while thread.waits:
            self._end(thread, thread.waits[-1], "left")
        self._ran(thread, "finished")
        self._life(thread, thread.now, open_ended=False)
        del self.live[thread.name]

    def close(self, now: int) -> None:
        """The log has ended."""
        for thread in self.live.values():
            thread.now = max(thread.now, now)
            if not thread.waits:
                self._ran(thread, "open")
            for depth, wait in enumerate(thread.waits):  # the outer ones begin first, and none has an end
                self._out.append(_span(thread, wait, "open", depth))
                self._ended(wait, thread.now, "open")
            self._life(thread, thread.now, open_ended=True)
        self.live.clear()

    def _life(self, thread: Thread, end: int, *, open_ended: bool) -> None:
        self._out.append(
            Life(thread.name, thread.start, end, thread.first, thread.seq, thread.events, open_ended, thread.crashed)
        )

    def renamed(self, was: str, name: str) -> None:
        """What was called `was` is called `name` from now on."""
        if was in self.waiters:
            waiters = self.waiters.setdefault(name, {})
            for who, wait in self.waiters.pop(was).items():
                wait.object = name
                waiters[who] = wait
        for thread in self.live.values():
            if thread.pool == was:
                thread.pool = name


def _span(thread: Thread, wait: Wait, how: str, depth: int) -> Span:
    return Span(
        thread.name,
        "waiting",
        wait.start,
        thread.now,
        wait.first,
        thread.seq,
        how,
        wait.op,
        wait.object or None,
        wait.at,
        depth,
    )


def _integer(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
