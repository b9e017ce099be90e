"""Who has which lock or permit, since when, and who waits for it meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import msgspec

from .records import Block, Hold, Record
from .waits import MOST

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ...events import Event
    from .waits import Thread, Wait

_MOST_TIMES: Final = 64


class Held(msgspec.Struct):
    """A hold that has not ended; `waited` is since when somebody waits for the lock, None while nobody does."""

    thread: str
    start: int
    first: int
    at: str | None
    depth: int = 1
    waited: int | None = None
    contended: list[tuple[int, int]] = msgspec.field(default_factory=list)


class Holds:
    """Locks have one holder, semaphores as many as permits are out; what becomes known is appended to `out`."""

    def __init__(self, out: list[Record], waiters: dict[str, dict[str, Wait]]) -> None:
        self._out = out
        self._waiters = waiters
        self._locks: dict[str, Held] = {}
        self._permits: dict[str, list[Held]] = {}
        self._count = 0

    def acquired(self, thread: Thread, event: Event, obj: str) -> None:
        """A lock was taken."""
        held = self._locks.get(obj)
        if held is not None:
            if held.thread == thread.name:
                held.depth += 1
                return
            self._end_lock(obj, held, thread.now, event.seq, "lost", None)
        if len(self._locks) < MOST:
            waited = thread.now if self._waited_for(obj, "lock.acquire") else None
            self._locks[obj] = Held(thread.name, thread.now, event.seq, event.at, waited=waited)

    def released(self, thread: Thread, event: Event, obj: str) -> None:
        """A lock was given back, by its holder or by somebody else."""
        held = self._locks.get(obj)
        if held is None:
            return
        held.depth -= 1
        if held.depth == 0:
            self._end_lock(obj, held, thread.now, event.seq, "released", thread.name)

    def _end_lock(self, obj: str, held: Held, now: int, seq: int, how: str, by: str | None) -> None:
        del self._locks[obj]
        end = max(held.start, now)
        for wait in self._waiters.get(obj, {}).values():
            self._block(wait, held, end, still=how == "open")
        self._out.append(_hold(obj, "lock", held, end, seq, how, by))

    def waits(self, wait: Wait) -> None:
        """Somebody begins to wait for a lock or a permit."""
        for held in self._of(wait):
            if held.waited is None and held.thread != wait.thread:
                held.waited = max(held.start, wait.start)

    def goes_on(self, wait: Wait, now: int) -> None:
        """Somebody waits for a lock or a permit no more; others may have it."""
        for held in self._of(wait):
            self._block(wait, held, max(now, held.start), still=False)
            if held.waited is not None and not self._waited_for(wait.object, wait.op):
                _contend(held, max(now, held.waited))

    def _of(self, wait: Wait) -> Iterable[Held]:
        if wait.op == "lock.acquire":
            held = self._locks.get(wait.object)
            return () if held is None else (held,)
        return self._permits.get(wait.object, ()) if wait.op == "semaphore.acquire" else ()

    def _waited_for(self, obj: str, op: str) -> bool:
        return any(wait.op == op for wait in self._waiters.get(obj, {}).values())

    def _block(self, wait: Wait, held: Held, end: int, *, still: bool) -> None:
        start = max(wait.start, held.start)
        if wait.op == "lock.acquire" and held.thread != wait.thread and end > start:
            self._out.append(Block(wait.op, wait.object, held.thread, wait.thread, start, end, still, wait.at, held.at))

    def permitted(self, thread: Thread, event: Event, obj: str) -> None:
        """A permit was taken."""
        if self._count < MOST:
            self._count += 1
            waited = thread.now if self._waited_for(obj, "semaphore.acquire") else None
            held = Held(thread.name, thread.now, event.seq, event.at, waited=waited)
            self._permits.setdefault(obj, []).append(held)

    def given(self, thread: Thread, event: Event, obj: str, n: int) -> None:
        """Permits were given back."""
        permits = self._permits.get(obj)
        while permits and n > 0:
            n -= 1
            own = next((held for held in permits if held.thread == thread.name), permits[0])
            permits.remove(own)
            self._count -= 1
            end = max(own.start, thread.now)
            self._out.append(_hold(obj, "semaphore", own, end, event.seq, "released", thread.name))
        if permits is not None and not permits:
            del self._permits[obj]

    def close(self, now: int, seq: int) -> None:
        """The log has ended."""
        for obj, held in [*self._locks.items()]:
            self._end_lock(obj, held, now, seq, "open", None)
        for obj, permits in self._permits.items():
            for held in permits:
                self._out.append(_hold(obj, "semaphore", held, max(held.start, now), seq, "open", None))
        self._permits.clear()

    def renamed(self, was: str, name: str) -> None:
        """What was called `was` is called `name` from now on."""
        if was in self._locks:
            self._locks[name] = self._locks.pop(was)
        if was in self._permits:
            self._permits[name] = self._permits.pop(was)


def _contend(held: Held, end: int) -> None:
    assert held.waited is not None
    if len(held.contended) < _MOST_TIMES:
        held.contended.append((held.waited, end))
    else:
        held.contended[-1] = (held.contended[-1][0], end)
    held.waited = None


def _hold(
    obj: str, kind: Literal["lock", "semaphore"], held: Held, end: int, seq: int, how: str, by: str | None
) -> Hold:
    if held.waited is not None:
        _contend(held, max(end, held.waited))
    return Hold(obj, kind, held.thread, held.start, end, held.first, seq, how, held.at, by, tuple(held.contended))
