"""One fact that happened: the record that the log, the reader and every report speak."""

from __future__ import annotations

from typing import Any, Final

import msgspec

SCHEMA: Final = "threadbench.events/1"


class Event(msgspec.Struct, frozen=True, omit_defaults=True):
    """A line of the event log.

    Attributes:
        seq: place in the total order of the log, gapless from 0.
        t: nanoseconds since `run.started`, monotonic.
        event: dotted lower-case name, such as `lock.acquired`.
        thread: unique name of the thread, None for what the supervisor itself states.
        object: unique name of the lock, queue, pool, … or None.
        at: `file:line` in the workload, or None.
        data: small JSON object.
    """

    seq: int
    t: int
    event: str
    thread: str | None = None
    object: str | None = None
    at: str | None = None
    data: dict[str, Any] = {}
