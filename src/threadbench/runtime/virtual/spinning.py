"""Threads that wait by looking again and again: `while not ready: pass`.

A thread that comes back to where it was, with the same local variables in every frame, and in between neither it nor
anybody else changed anything, will come back there for ever, unless another thread changes something. Such a thread
stands still until somebody has: what it would do meanwhile is nothing. If nobody can, that is a livelock.
"""

from __future__ import annotations

import dis
import sys
from functools import cache
from types import CodeType, FrameType
from typing import Any

REPEATS = 3
"""How often a thread must have come back."""

_PLAIN = frozenset({int, float, str, bytes, bool, complex})
_OWN = "threadbench."
_KINDS = "threadbench.kinds"

Place = tuple[CodeType, int, dict[str, Any]]


class Probe:
    """Watches one thread, from a point on."""

    __slots__ = ("_frames", "_seen")

    def __init__(self) -> None:
        self._frames = _frames(sys._getframe(1))
        self._seen = 0

    def is_back(self) -> bool:
        """Whether the thread has come back to where it was, often enough; asked at each of its points."""
        if not self._frames:
            return False
        code, lasti, _ = self._frames[0]
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and _is_own(frame):
            frame = frame.f_back
        if frame is None or frame.f_code is not code or frame.f_lasti != lasti:
            return False
        if not _same(self._frames, _frames(frame)):
            return False
        self._seen += 1
        return self._seen >= REPEATS

    @property
    def place(self) -> str:
        """file:line of the loop."""
        if not self._frames:
            return "?"
        code, lasti, _ = self._frames[0]
        return f"{code.co_filename}:{_line(code, lasti)}"


class Spin:
    """What a thread waits for that stands still: any change."""

    __slots__ = ("place", "timed")

    def __init__(self, place: str, timed: bool = False) -> None:
        self.place = place
        self.timed = timed
        """Whether it has looked at the time: that is a change too."""

    def described(self) -> str:
        """See `Resource`."""
        return f"a change of what it looks at in {self.place}"

    def wanted(self) -> list[Any]:
        """See `Resource`."""
        return []


def _is_own(frame: FrameType) -> bool:
    name = frame.f_globals.get("__name__", "")
    return bool(name.startswith(_OWN)) and not name.startswith(_KINDS)


def _frames(frame: FrameType | None) -> list[Place]:
    """Where a thread is, innermost first, our own code left out; nothing where an iterator moves on unseen."""
    places: list[Place] = []
    while frame is not None:
        if not _is_own(frame):
            if _iterates(frame.f_code, frame.f_lasti):
                return []
            places.append((frame.f_code, frame.f_lasti, dict(frame.f_locals)))
        frame = frame.f_back
    return places


def _same(one: list[Place], other: list[Place]) -> bool:
    return len(one) == len(other) and all(
        code_a is code_b
        and lasti_a == lasti_b
        and locals_a.keys() == locals_b.keys()
        and all(_equal(value, locals_b[name]) for name, value in locals_a.items())
        for (code_a, lasti_a, locals_a), (code_b, lasti_b, locals_b) in zip(one, other, strict=True)
    )


def _equal(one: Any, other: Any) -> bool:
    return one is other or (type(one) is type(other) and type(one) in _PLAIN and one == other)


@cache
def _loops(code: CodeType) -> tuple[tuple[int, int], ...]:
    """Where its `for` loops are, as offsets."""
    return tuple(
        (instruction.offset, instruction.argval)
        for instruction in dis.get_instructions(code)
        if instruction.opname == "FOR_ITER"
    )


def _iterates(code: CodeType, lasti: int) -> bool:
    return any(start <= lasti < end for start, end in _loops(code))


def _line(code: CodeType, lasti: int) -> int:
    for start, end, line in code.co_lines():
        if start <= lasti < end and line is not None:
            return line
    return code.co_firstlineno
