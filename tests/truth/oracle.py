"""After which instructions the running interpreter serves the eval breaker: observed, not inferred.

A signal is always pending: its handler, a Python function, notes which instruction of which code was interrupted, and
trips the signal again. So every check that is executed is seen, on any version and build, in whatever form the
instruction has. The handler must not serve the signal that it trips itself: it does so by the last thing it does,
through an operator, whose instruction checks nothing.

Two bounds. C code that looks for signals while it works (`PyErr_CheckSignals`, as `str(int)` does) is seen as a check
of the instruction that called it. And on 3.11 no profiler may be on: its RESUME would be served for ever, without being
executed.
"""

from __future__ import annotations

import _thread
import dis
import signal
from collections.abc import Callable
from types import CodeType, FrameType


class _Trip:
    """`-trip` makes SIGINT pending; a builtin is no descriptor, so it is called without arguments."""

    __neg__ = _thread.interrupt_main


def served(work: Callable[[], object]) -> dict[CodeType, list[dis.Instruction]]:
    """The instructions that checked while `work` ran, by the code they are of. In the main thread only."""
    found: dict[CodeType, set[int]] = {}
    trip, going, idle = _Trip(), True, False

    def handler(number: int, frame: FrameType | None) -> None:
        nonlocal idle
        if frame is not None:
            found.setdefault(frame.f_code, set()).add(frame.f_lasti)
        idle = not going
        if going:
            _ = -trip  # type: ignore[operator] # has the operator

    before = signal.signal(signal.SIGINT, handler)
    try:
        _ = -trip  # type: ignore[operator] # has the operator
        work()
    finally:
        going = False
        while not idle:
            pass
        signal.signal(signal.SIGINT, before)
    return {code: instructions(code, offsets) for code, offsets in found.items()}


def instructions(code: CodeType, offsets: set[int]) -> list[dis.Instruction]:
    """The instructions at these offsets; what a fused form of 3.11 did counts for the one that the table names."""
    listed = list(dis.get_instructions(code))
    found = []
    for instruction, following in zip(listed, [*listed[1:], None], strict=True):
        if instruction.offset in offsets:
            fused = instruction.opname in ("PRECALL", "COMPARE_OP")
            found.append(following if fused and following is not None else instruction)
    return found
