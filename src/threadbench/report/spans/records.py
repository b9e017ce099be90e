"""The records that a log is turned into; each is given out at the moment when the last thing in it is known.

Times are nanoseconds since `run.started`, and never go back within a thread: of an event that was logged late, the time
is that of the event before it. `first` and `last` are the `seq` of the events that a record begins and ends with.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from ...events import Event  # noqa: TC001 - msgspec reads it off the annotations

State = Literal["running", "waiting"]


class Lane(msgspec.Struct, frozen=True):
    """A thread appears; before any other record that names it.

    `started` is False where the log has events of the thread and no `thread.started`: its beginning is not known.
    """

    thread: str
    start: int
    first: int
    started: bool
    at: str | None = None
    by: str | None = None
    pool: str | None = None
    daemon: bool = False
    ident: int | None = None
    native_id: int | None = None


class Life(msgspec.Struct, frozen=True):
    """A thread ended, or the log did before it (`open`)."""

    thread: str
    start: int
    end: int
    first: int
    last: int
    events: int
    open: bool
    crashed: bool


class Span(msgspec.Struct, frozen=True):
    """What a thread did for a while.

    `running` is everything that is no traced wait: it may be computing, sleeping, reading a socket, or ready and
    without a processor. Waits nest (a condition's wait ends in a wait for its lock); `depth` is how many are around
    this one, and a running span is always between waits of depth 0.

    `op` is `lock.acquire`, `semaphore.acquire`, `condition.wait`, `barrier.wait`, `event.wait`, `queue.put`,
    `queue.get`, `queue.join`, `thread.join`, `future.result` or `pool.shutdown`; `object` what was waited for.

    `how` it ended: a wait in `done`, `timed out`, `broken` (a barrier), `left` (an event that a waiting thread cannot
    log came from it: an exception ended the wait at some moment before) or `open` (the log ended first; `end` is then
    the log's). Of a running span it is `waits`, `finished` or `open`.
    """

    thread: str
    state: State
    start: int
    end: int
    first: int
    last: int
    how: str
    op: str | None = None
    object: str | None = None
    at: str | None = None
    depth: int = 0


class Hold(msgspec.Struct, frozen=True):
    """A thread had a lock, or a permit of a semaphore.

    `contended` are the times in it when another thread waited for the same object (at most 64; what comes after them
    is joined to the last). `by` is who released it, and differs from `thread` where another did. `how` is `released`,
    `lost` (another thread has the lock, and its release was not logged) or `open`. Holds of a lock are certain; which
    permit of a semaphore is given back is a guess: the oldest of the releasing thread, else the oldest of all.
    """

    object: str
    kind: Literal["lock", "semaphore"]
    thread: str
    start: int
    end: int
    first: int
    last: int
    how: str
    at: str | None = None
    by: str | None = None
    contended: tuple[tuple[int, int], ...] = ()


class Block(msgspec.Struct, frozen=True):
    """`waiter` waited while `holder` had what it waited for: a lock, or its own life (`thread.join`).

    A wait is made of one for each holder there was meanwhile; what is left of it is hand-over. `at` is where the waiter
    waits, `holder_at` where the holder took the lock.
    """

    op: str
    object: str
    holder: str
    waiter: str
    start: int
    end: int
    open: bool = False
    at: str | None = None
    holder_at: str | None = None


class Edge(msgspec.Struct, frozen=True):
    """An event of one thread let another go on: where the arrow begins, and where it ends.

    `op` is that of the wait that ended, or `pool.task` (submitted to started) or `thread.start`. `waited` is how long
    the woken had waited; of a task, how long its worker had had none, 0 where the task had to wait for the worker.

    `certain` is whether it follows from the log: the release before an acquire, the `event.set` that came first, the
    end of the thread or task that was waited for, the last arrival at a barrier, the last `queue.done` for a join. Else
    it is the likeliest by the rules of the standard library, which wakes waiters in the order they came: one of several
    got a permit, an item, a notification.
    """

    op: str
    object: str
    source: str
    source_t: int
    source_seq: int
    target: str
    target_t: int
    target_seq: int
    waited: int
    certain: bool


class Sample(msgspec.Struct, frozen=True):
    """A number from now on: `size` of a queue, `waiters` of an object, `tasks` of a pool that no worker began."""

    object: str
    what: Literal["size", "waiters", "tasks"]
    t: int
    value: int


class Mark(msgspec.Struct, frozen=True):
    """An event that is a moment and no part of a span: checks, log lines, a plugin's own, accesses to data, …"""

    event: Event


Record = Lane | Life | Span | Hold | Block | Edge | Sample | Mark
