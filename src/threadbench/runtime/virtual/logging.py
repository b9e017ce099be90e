"""How a run on virtual threads writes its event log: into the same segments as native threads, with virtual times.

All virtual threads are one OS thread, so that the native recorder's `local` is one for all of them: its `put` and
`emit` are set to functions that write with the pen of whoever runs. To write is no point and reads no clock that moves,
so a schedule is the same with a log and without.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Raw

from ...events.buffer import NUMBER, PAYLOAD, PLAIN, START, Pen, Segments, what_word, where_word
from ...events.log import encode_json
from ...events.vocabulary import EVENT_IDS
from ..native.tracing import recorder
from ..native.tracing.threads import _pool_of, crash_facts
from . import streams
from .accesses import PLAIN_KEYS, WRITE
from .clock import MOMENT
from .points.current import current as hooks

if TYPE_CHECKING:
    from .execution import Execution
    from .points import Site
    from .running import RunClock, RunScheduler
    from .scheduler import Scheduler
    from .thread import VirtualThread

MOST_PENS = 200
"""Each pen has a segment, of which there are not many more: who has not written for longest gives theirs back."""

ACCESSES = (EVENT_IDS["data.read"], EVENT_IDS["data.write"])
"""By the lowest bit of an access's mode."""


class LiveSegments(Segments):
    """Segments that are written from within a schedule."""

    scheduler: Scheduler

    @property
    def start(self) -> int:
        """When the run began for its supervisor, monotonic nanoseconds."""
        return int(self._words[START])

    def _take(self, owner: int) -> Any:
        """As `Segments`: a wait for the reader is one of the process, and no `sleep` of a virtual thread."""
        scheduler = self.scheduler
        running, scheduler.running = scheduler.running, False
        try:
            return super()._take(owner)
        finally:
            scheduler.running = running


class EventLog:
    """What the run under way writes with.

    Args:
        scheduler: whose threads write.
        clock: what tells it the time.
        segments: where to; they know what monotonic time stands for the virtual 0.
    """

    def __init__(self, scheduler: RunScheduler, clock: RunClock, segments: LiveSegments) -> None:
        self.scheduler = scheduler
        self._clock = clock
        self._segments = segments
        self._start = segments.start
        self._numbers: dict[VirtualThread, int] = {}
        self._pens: dict[VirtualThread, Pen] = {}
        self._as_objects: dict[VirtualThread, int] = {}
        self._places: dict[int, tuple[Site, int]] = {}
        self._objects: dict[int, tuple[object, int]] = {}
        segments.scheduler = scheduler

    # -- pens ---------------------------------------------------------------------------------------------------------

    def now(self) -> int:
        """The virtual time, which does not go on for being asked."""
        scheduler = self.scheduler
        return self._start + self._clock.skipped + MOMENT * (len(scheduler.choices) + scheduler.lone_points)

    def put(self, what: int, where: int) -> None:
        """As `Pen.put`, of the running thread."""
        if not self.scheduler.is_over:
            self.pen_of(self.scheduler.current).put(what, where)

    def put_data(self, what: int, where: int, data: Any) -> None:
        """As `Pen.put_data`, of the running thread."""
        if not self.scheduler.is_over:
            self.pen_of(self.scheduler.current).put_data(what, where, data)

    def emit(self, event: int, obj: int, at: int, flag: int = PLAIN, arg: int = 0, payload: bytes = b"") -> None:
        """As `Pen.emit`, of the running thread."""
        if not self.scheduler.is_over:
            pen = self.pen_of(self.scheduler.current)
            if payload:
                pen.put_data(what_word(event, obj, PAYLOAD), at, Raw(payload))
            else:
                pen.put(what_word(event, obj, NUMBER if flag == NUMBER else PLAIN), where_word(at, arg))

    def pen_of(self, thread: VirtualThread) -> Pen:
        """The pen of a thread."""
        pen = self._pens.get(thread)
        if pen is None:
            pen = self._pens[thread] = self._make(self._numbers[thread])
            if len(self._pens) > MOST_PENS:
                oldest = next(iter(self._pens))
                self._pens.pop(oldest).end()
        return pen

    def _make(self, number: int) -> Pen:
        # A pen keeps the clock that it finds where it is made.
        real = time.monotonic_ns
        time.monotonic_ns = self.now
        try:
            return self._segments.pen(number)
        finally:
            time.monotonic_ns = real

    # -- threads ------------------------------------------------------------------------------------------------------

    def begin(self, thread: VirtualThread, facts: dict[str, Any], at: int = 0) -> None:
        """Log that a thread, which runs, has started."""
        self._numbers[thread] = recorder.number_of("thread", thread.name)
        number = thread.number + 1
        facts = {"ident": number, "native_id": number, "daemon": thread.daemon, **facts}
        self.emit(EVENT_IDS["thread.started"], 0, at, PAYLOAD, 0, encode_json(facts))

    def heritage(self, args: tuple[Any, ...]) -> dict[str, Any]:
        """What is known of a thread before it begins: who starts it, and the pool whose worker it is."""
        facts = {"by": self.scheduler.current.name}
        pool = _pool_of(args[0]) if args and isinstance(args[0], threading.Thread) else 0
        return {"pool": recorder.object_name(pool), **facts} if pool else facts

    def crashed(self, error: BaseException) -> None:
        """Log that an exception leaves the running thread's function."""
        if not self.scheduler.is_over:
            facts = crash_facts(type(error), error, error.__traceback__)
            facts["traceback"] = [line for line in facts["traceback"] if _HOOKS not in line]
            recorder.emit(EVENT_IDS["thread.crashed"], 0, 0, facts)

    def thread_object(self, thread: VirtualThread) -> int:
        """The number by which a thread is the `object` of another thread's wait."""
        number = self._as_objects.get(thread)
        if number is None:
            number = self._as_objects[thread] = recorder.number_of("object", thread.name)
        return number

    def finish(self, thread: VirtualThread) -> None:
        """Log that a thread, which runs, has ended."""
        if not self.scheduler.is_over:
            streams.finish(thread)
            self.emit(EVENT_IDS["thread.finished"], 0, 0)
            self._pens.pop(thread).end()

    def close(self, execution: Execution) -> None:
        """Log how it all ended."""
        facts = {
            "cause": execution.cause,
            "reason": execution.reason,
            "standing": self.scheduler.stuck,
            "circle": [thread.name for thread in self._clock.circle],
        }
        self.pen_of(self.scheduler.main).emit(EVENT_IDS["~ended"], 0, 0, PAYLOAD, 0, encode_json(facts))

    # -- what the workload says itself --------------------------------------------------------------------------------

    def emitted(self, name: str, _obj: Any, data: dict[str, Any]) -> None:
        """See `handle.Emit`."""
        if self.scheduler.forked:
            raise RuntimeError(
                "run.emit and run.check work in the process of the run only: "
                "return what a child process found out, and emit it in the parent"
            )
        event = EVENT_IDS["check"] if name == "check" else recorder.own_event(name)
        at = recorder.where(sys._getframe(2))
        self.emit(event, 0, at, PAYLOAD if data else PLAIN, 0, encode_json(data) if data else b"")

    def renamed(self, obj: Any, name: str) -> None:
        """See `handle.Rename`.

        Raises:
            TypeError: the object has no events.
        """
        number = getattr(obj, "_number", 0) or _traced(obj)
        if not number:
            raise TypeError(
                f"cannot name {obj!r}: it is not an object of this run that is traced (a lock, queue, event, …)"
            )
        recorder.renumber(obj, recorder.rename(number, name))

    # -- accesses of code under test ----------------------------------------------------------------------------------

    def note(self, obj: object, key: Any, mode: int, site: Site) -> None:
        """Log an access that is about to be made."""
        event, number, place = ACCESSES[mode & WRITE], self._object(obj, site), self._place(site)
        shown = _shown(key, obj, site)
        if shown is None:
            self.put(what_word(event, number), place)
        else:
            self.put_data(what_word(event, number, PAYLOAD), place, {"key": shown})

    def _place(self, site: Site) -> int:
        known = self._places.get(id(site))
        if known is None:
            place = f"{recorder.shown_path(site.file)}:{site.line}"
            known = self._places[id(site)] = site, recorder.number_of("at", place)
        return known[1]

    def _object(self, obj: object, site: Site) -> int:
        """The number of an object that has no events but its accesses."""
        known = self._objects.get(id(obj))
        if known is None:
            if obj is site.scope:
                number = recorder.number_of("object", f"module {site.scope.get('__name__', '?')}")
            elif isinstance(obj, type):
                number = recorder.number_of("object", f"class {obj.__qualname__}")
            else:
                number = _traced(obj) or recorder.new_object(_kind(obj))
            known = self._objects[id(obj)] = obj, number  # kept: its id must not be given to another
        return known[1]

    @contextmanager
    def accesses(self) -> Iterator[None]:
        """Within it, what instrumented code announces is logged after the point in front of it."""
        access, together = hooks.access, hooks.together
        scheduler = self.scheduler
        note = self.note

        def logged(obj: object, key: object, mode: int, site: Site) -> None:
            access(obj, key, mode, site)
            if not scheduler.quiet:
                note(obj, key, mode, site)

        def logged_together(accesses: Sequence[tuple[object, object, int]], site: Site) -> None:
            together(accesses, site)
            if not scheduler.quiet:
                for obj, key, mode in accesses:
                    note(obj, key, mode, site)

        hooks.access, hooks.together = logged, logged_together
        try:
            yield
        finally:
            hooks.access, hooks.together = access, together

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Within it, the recorder writes what the running virtual thread does."""
        recorder.begin(self._segments, everyone=False)  # what is named stays known to later runs of this process
        local = recorder.local
        local.emit, local.put, local.put_data = self.emit, self.put, self.put_data
        try:
            yield
        finally:
            recorder.end()
            local.__dict__.clear()


_HOOKS = str(Path("threadbench", "runtime", "virtual", "points", ""))


def _traced(obj: object) -> int:
    """The number of an object whose own events are logged."""
    try:
        number = object.__getattribute__(obj, "_threadbench")
    except AttributeError:
        return 0
    return number if type(number) is int else 0


def _kind(obj: object) -> str:
    return "closure" if type(obj).__name__ == "cell" else type(obj).__name__


def _shown(key: Any, obj: object, site: Site) -> Any:
    """An attribute or key as JSON; None for all of a container."""
    if key is None:
        return site.name if type(obj).__name__ == "cell" else None
    if type(key) in PLAIN_KEYS and type(key) is not bytes:
        return key
    return f"<{type(key).__name__}>"
