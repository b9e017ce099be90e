"""Who let whom go on, read from the order of the log; which of it is a guess stands at `Edge.certain`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .records import Edge, Record
from .waits import MOST, Cause, Wait

if TYPE_CHECKING:
    from ...events import Event
    from .waits import Thread


class Waking:
    """Notes at each event whom it wakes; what becomes known is appended to `out`."""

    def __init__(self, out: list[Record], waiters: dict[str, dict[str, Wait]]) -> None:
        self._out = out
        self._waiters = waiters
        self._released: dict[str, Cause] = {}  # of each lock the last release
        self._submitted: dict[tuple[str, int], Cause] = {}
        self._parties: dict[str, int] = {}

    def all_of(self, obj: str, op: str, thread: Thread, event: Event) -> None:
        """Wakes everybody who waits; the first to do so counts."""
        cause = Cause(thread.name, thread.now, event.seq, certain=True)
        for wait in self._waiters.get(obj, {}).values():
            if wait.op == op and wait.cause is None:
                wait.cause = cause

    def first_of(self, obj: str, op: str, n: int, thread: Thread, event: Event) -> None:
        """Wakes as many as `n`, those first who came first; certain where there is no choice."""
        waits = [wait for wait in self._waiters.get(obj, {}).values() if wait.op == op and wait.cause is None]
        cause = Cause(thread.name, thread.now, event.seq, certain=len(waits) <= n)
        for wait in waits[:n]:
            wait.cause = cause

    def released(self, obj: str, thread: Thread, event: Event) -> None:
        """A lock is about to be free: whoever has it next has it through this."""
        self._released.pop(obj, None)
        if len(self._released) >= MOST:
            del self._released[next(iter(self._released))]
        self._released[obj] = Cause(thread.name, thread.now, event.seq, certain=True)

    def acquired(self, obj: str, wait: Wait | None, thread: Thread, event: Event) -> None:
        """A lock was taken, after a wait or without."""
        cause = self._released.pop(obj, None)
        if wait is not None:
            wait.cause = cause
            self.woke(wait, thread, event)

    def woke(self, wait: Wait, thread: Thread, event: Event) -> None:
        """A wait ended as it should: an arrow from its cause, if the log has it."""
        if wait.cause is not None:
            self._edge(wait.op, wait.object, wait.cause, thread, event, thread.now - wait.start)

    def _edge(self, op: str, obj: str, cause: Cause, thread: Thread, event: Event, waited: int) -> None:
        self._out.append(
            Edge(
                op,
                obj,
                cause.thread,
                cause.t,
                cause.seq,
                thread.name,
                max(thread.now, cause.t),
                event.seq,
                waited,
                cause.certain,
            )
        )

    def barrier(self, obj: str, parties: object) -> None:
        """A barrier was made."""
        if isinstance(parties, int) and len(self._parties) < MOST:
            self._parties[obj] = parties

    def arrived(self, obj: str, thread: Thread, event: Event) -> None:
        """The last to arrive at a barrier lets the others go."""
        waiting = [wait for wait in self._waiters.get(obj, {}).values() if wait.op == "barrier.wait"]
        here = [wait for wait in waiting if wait.cause is None]
        if len(here) == self._parties.get(obj, -1):
            for wait in here:
                if wait.thread != thread.name:
                    wait.cause = Cause(thread.name, thread.now, event.seq, certain=True)

    def submitted(self, obj: str, task: Any, thread: Thread, event: Event) -> None:
        """A task is handed to a pool."""
        if isinstance(task, int) and len(self._submitted) < MOST:
            self._submitted[obj, task] = Cause(thread.name, thread.now, event.seq, certain=True)

    def begun(self, obj: str, task: Any, thread: Thread, event: Event) -> None:
        """A worker begins a task."""
        cause = self._submitted.pop((obj, task), None) if isinstance(task, int) else None
        if cause is not None:
            idle = thread.now - thread.before if thread.before_seq < cause.seq else 0
            self._edge("pool.task", obj, cause, thread, event, max(0, idle))

    def dropped(self, obj: str, task: Any) -> None:
        """A task was refused or cancelled."""
        if isinstance(task, int):
            self._submitted.pop((obj, task), None)

    def resolved(self, obj: str, task: Any, thread: Thread, event: Event) -> None:
        """A result is there: of a task of a pool, or (task 0) of a future that was set by hand."""
        for wait in self._waiters.get(obj, {}).values():
            if wait.op != "future.result":
                continue
            tasks = wait.data.get("tasks")
            if "count" not in wait.data:
                if wait.data.get("task", 0) == task and wait.cause is None:
                    wait.cause = Cause(thread.name, thread.now, event.seq, certain=True)
            elif not isinstance(tasks, list):
                wait.cause = Cause(thread.name, thread.now, event.seq, certain=False)
            elif task in tasks and (wait.cause is None or wait.data.get("all") is True):
                wait.cause = Cause(thread.name, thread.now, event.seq, certain=True)

    def started(self, by: str, thread: Thread, event: Event) -> None:
        """A thread was started by another: the moment is that of the new one's first event."""
        self._edge("thread.start", thread.name, Cause(by, thread.now, event.seq, certain=True), thread, event, 0)

    def ended(self, thread: Thread, event: Event) -> None:
        """A thread's end lets go who joins it, and with the last worker who shuts its pool down."""
        self.all_of(thread.name, "thread.join", thread, event)
        if thread.pool is not None:
            for wait in self._waiters.get(thread.pool, {}).values():
                if wait.op == "pool.shutdown":
                    wait.cause = Cause(thread.name, thread.now, event.seq, certain=True)

    def renamed(self, was: str, name: str) -> None:
        """What was called `was` is called `name` from now on."""
        if was in self._released:
            self._released[name] = self._released.pop(was)
        if was in self._parties:
            self._parties[name] = self._parties.pop(was)
        if self._submitted:
            for key in [key for key in self._submitted if key[0] == was]:
                self._submitted[name, key[1]] = self._submitted.pop(key)
