"""What leaves the scheduler, and whom it asks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal, Protocol

import msgspec

if TYPE_CHECKING:
    from .thread import Resource, VirtualThread

Model = Literal["sync", "gil", "free-threaded"]
Cause = Literal["finished", "deadlock", "livelock", "crashed", "cut", "stopped"]
Recorder = Callable[[str, Any], None]
"""What the running thread does, and the lock, queue or thread it does it to; right after it was done, but for what
begins with `to `: a wait that may follow."""


class Chooser(Protocol):
    """What the scheduler asks; see `explore.strategies`."""

    def choose(self, options: Sequence[Any]) -> Any:
        """One of the options (threads that can go on, or the numbers of a `run.choose`); None cuts the schedule."""


class Execution(msgspec.Struct, frozen=True):
    """What one schedule came to.

    Attributes:
        cause: `finished`, or what ended it early; `stopped`: somebody called `stop`.
        value: what the main function returned, None unless it finished.
        choices: who went on at each choice, as the threads' numbers, or the number that `run.choose` was answered.
        points: choices made, and points that left none.
        threads: all of them, the main thread first.
        reason: for a person, None when finished.
        error: what the crashed thread raised.
    """

    cause: Cause
    value: Any
    choices: Sequence[int]
    points: int
    threads: Sequence[VirtualThread]
    reason: str | None = None
    error: BaseException | None = None
    crashed: VirtualThread | None = None
    blocked: Sequence[VirtualThread] = ()
    left: Sequence[tuple[VirtualThread, Resource | None]] = ()
    """Threads that had not ended, and what they waited for; daemons are cut off."""
