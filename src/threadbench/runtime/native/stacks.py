"""Reads what `faulthandler` wrote: the stacks of all threads, most recent call first."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING, Any, Final

from .tracing.recorder import is_library, is_own, shown_path

if TYPE_CHECKING:
    from pathlib import Path

_THREAD: Final = re.compile(r"^(?:Current thread|Thread) 0x([0-9a-f]+)")
_FRAME: Final = re.compile(r'^  File "(.*)", line (\d+|\?\?\?) in (.*)$')
MOST_FRAMES: Final = 12
ENTRIES: Final = frozenset({"perform", "_perform", "_bootstrap_inner", "_bootstrap"})
"""Functions of the library that call into workload code from outside of it."""


def read_stacks(path: Path, names: dict[int, str]) -> list[dict[str, Any]]:
    """The last dump in a file as `{"thread", "frames": ["file:line in function", …]}`, innermost frame first.

    Frames of threadbench itself, and those outside the workload, are left out. `names` maps thread idents to names;
    other threads are not of the run.
    """
    try:
        text = path.read_text(errors="backslashreplace")
    except OSError:
        return []
    stacks: dict[str, list[str]] = {}
    frames: list[str] | None = None
    for line in text.splitlines():
        thread = _THREAD.match(line)
        frame = _FRAME.match(line)
        if thread:
            name = names.get(int(thread[1], 16))
            frames = stacks[name] = [] if name else None  # type: ignore[index,assignment]
        elif frame and frames is not None and len(frames) < MOST_FRAMES:
            if is_library(frame[1]) and frame[3] in ENTRIES:
                frames = None  # further out is not the workload's: the thread's own beginning, or who started the bench
            elif not is_own(frame[1]) and not (frame[3] == "run" and frame[1] == threading.__file__):
                frames.append(f"{shown_path(frame[1])}:{frame[2]} in {frame[3]}")
    return [{"thread": name, "frames": lines} for name, lines in stacks.items() if name is not None]
