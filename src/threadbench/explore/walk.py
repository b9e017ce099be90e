"""A schedule to walk through: line by line of code as threads executed it, with what each found and left.

What `explain` makes text of, as records: for whoever shows it step by step, forwards and back.
"""

from __future__ import annotations

import msgspec


class Stop(msgspec.Struct, frozen=True, kw_only=True):
    """A line of code that a thread executed.

    Attributes:
        thread: its number among `Walk.threads`.
        file: as shown; None where threadbench itself did it.
        source: the line, without its comment.
        notes: what happened there, each with what explains the end in it, or None.
        kind: `end` and `wait`: the thread stands still afterwards.
        values: what was read or written, by name.
    """

    thread: int
    file: str | None
    line: int
    source: str
    notes: tuple[tuple[str, str | None], ...]
    kind: str
    values: dict[str, str]


class Walk(msgspec.Struct, frozen=True, kw_only=True):
    """A schedule as a walk.

    Attributes:
        files: source lines by file and number: those that a thread came past, and some around.
        ending: who waits for whom at the end, or what was raised.
        left_out: lines executed before the first stop.
    """

    threads: tuple[str, ...]
    stops: tuple[Stop, ...]
    files: dict[str, dict[int, str]]
    ending: tuple[str, ...]
    left_out: int = 0
