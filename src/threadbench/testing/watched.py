"""A workload that looks, when it is over, which processes it leaves behind: in the process of the run, which takes all
of them with it, so that nobody could see them later.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from ..plugins import Workload

GRACE: Final = 1.0
"""Seconds that processes have to end after the workload, as one that was just told to."""
_LIBRARY: Final = ("multiprocessing.resource_tracker", "multiprocessing.forkserver")
"""Processes of the standard library's own, which end with the process."""


class Watched(Workload, frozen=True):
    """A workload that writes what it leaves behind into a file.

    Attributes:
        original: what another process finds by its name.
        note: path of the file, a JSON list of commands.
    """

    original: Any = None
    note: str = ""

    def __call__(self, run: Any, params: Any) -> Any:
        """Run it, and look."""
        try:
            return self.function(run, params)
        finally:
            Path(self.note).write_text(json.dumps(_left()), encoding="utf-8")

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        """By the original's name."""
        return watched, (self.original, self.note)


def watched(original: Workload, note: str) -> Watched:
    """The workload, watched."""
    facts = original.kind, original.params, original.function, original.code, original.units, original.references
    return Watched(*facts, original, note)


def left_by(note: str) -> list[str]:
    """Commands of the processes that were left behind; none where nothing could be seen."""
    try:
        found: list[str] = json.loads(Path(note).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return found


def _left() -> list[str]:
    until = time.monotonic() + GRACE
    while True:
        children = [child for path in Path("/proc/self/task").glob("*/children") for child in _words(path)]
        found = [command for child in children if (command := _command(Path("/proc", child)))]
        if not found or time.monotonic() > until:
            return found
        time.sleep(0.02)


def _words(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").split()
    except OSError:  # the thread has ended
        return []


def _command(process: Path) -> str | None:
    """Its command line; None for one that has ended, or is the library's."""
    try:
        command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return None
    return None if not command or any(name in command for name in _LIBRARY) else command[:80]
