"""A log as far as it can be read: what comes before the damage is reported, and the damage with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import LogError
from ..events import read_log

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ..events import Event


class Reading:
    """The events of a log; where a line is damaged they end, and `damage` says why.

    Attributes:
        damage: what was wrong with the line that could not be read, None while all could.
        complete: whether the last event was the last line of a run.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = str(path)
        self.damage: LogError | None = None
        self.complete = False

    def __iter__(self) -> Iterator[Event]:
        """Read it once more, from the beginning.

        Raises:
            LogError: nothing of it can be read: it is no event log.
        """
        event = None
        self.complete, self.damage = False, None
        try:
            for event in read_log(self.path):
                yield event
        except LogError as error:
            if event is None:
                raise
            self.damage = error
        self.complete = event is not None and event.event == "run.finished" and self.damage is None

    @property
    def missing(self) -> str | None:
        """What the log lacks, as a sentence without its end; None where it lacks nothing."""
        if self.damage is not None:
            return f"{self.damage}; what follows is left out"
        return None if self.complete else "it has no last line: it was cut off, or its run goes on"
