"""A step as a recorder has it, while what it did is still being found out; it becomes a `Step`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .places import Caller


class Raw:
    """A step under way; its attributes are those of `Step` where nothing else is said."""

    __slots__ = (
        "caller",
        "choice",
        "column",
        "dull",
        "found",
        "key",
        "key_text",
        "mode",
        "rests",
        "thing",
        "thread",
        "value",
        "visit",
        "what",
    )

    def __init__(
        self, choice: int, thread: int, what: str, thing: Any, by: Caller, visit: int, column: str | None
    ) -> None:
        self.choice = choice
        self.column = column
        """For whom the thread acted, where not for itself."""
        self.thread = thread
        self.what = what
        self.thing = thing
        self.caller = by
        self.visit = visit
        self.key: Any = None
        self.key_text: str | None = None
        self.mode = 0
        self.value: str | None = None
        self.dull = False
        self.rests = False
        """Whether it is the last before the thread acts for somebody else."""
        self.found: int | None = None
        """Identity of what was read."""
