"""A thread that comes to no point: where it is, and what is said of it; for searches in any process."""

from __future__ import annotations

from collections.abc import Sequence
from types import CodeType, FrameType
from typing import Final

from ..durations import format_duration
from .places import is_own, shown_path

MOST_FRAMES: Final = 20

UNCONTROLLED: Final = (
    "threads are switched at locks, queues, sleeps, joins and accesses of the code under test; "
    "what waits elsewhere (sockets, files, processes, C code), or loops without an access, cannot be controlled"
)


class Uncontrolled(Exception):  # noqa: N818 - what happened to a schedule, no error of a caller
    """A thread does what no schedule controls; the text says which thread, what and where.

    Attributes:
        explanation: its stack, and what can be controlled.
    """

    def __init__(self, message: str, explanation: str) -> None:
        super().__init__(message)
        self.explanation = explanation

    def __reduce__(self) -> tuple[type[Uncontrolled], tuple[str, str]]:
        """With both of what it is made of: it travels from processes that run batches."""
        return type(self), (str(self), self.explanation)


def frames_of(frame: FrameType | None) -> tuple[str, ...]:
    """A stack as `file:line in function`, innermost first, without our own."""
    frames: list[str] = []
    called: CodeType | None = None
    while frame is not None and len(frames) < MOST_FRAMES:
        code = frame.f_code
        stub = called is not None and frame.f_lineno == code.co_firstlineno and _alike(code, called)
        if not (stub or is_own(code.co_filename)):
            frames.append(f"{shown_path(code.co_filename)}:{frame.f_lineno} in {code.co_name}")
            called = code
        frame = frame.f_back
    return tuple(frames)


def _alike(stub: CodeType, code: CodeType) -> bool:
    """Whether one could stand for the other until that is instrumented."""
    return (stub.co_filename, stub.co_qualname) == (code.co_filename, code.co_qualname)


def told(thread: str, frames: Sequence[str], seconds: float) -> str:
    """One sentence: who stands still, for how long, and where."""
    place = f" in {frames[0]}" if frames else ""
    return f"{thread} has not come to a point for {format_duration(round(seconds, 1))}{place}"


def explained(frames: Sequence[str]) -> str:
    """The stack, and why nobody can do anything about it."""
    return "\n".join([*(f"  {frame}" for frame in frames), UNCONTROLLED])
