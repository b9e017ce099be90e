"""Who makes an object: only what workload code makes has events of its own."""

from __future__ import annotations

import os
from sys import _getframe
from typing import TYPE_CHECKING, Any

from ..native.tracing import recorder, sync

if TYPE_CHECKING:
    from types import FrameType

_POINTS = __file__.rpartition(os.sep)[0] + os.sep + "points"


def by_workload(frame: FrameType | None) -> bool:
    """Whether a frame is the workload's, or that of a hook in it."""
    return recorder.made_by_workload(_past_hooks(frame))


def mark(obj: Any, *words: int) -> int:
    """As `sync.mark`: number an object that workload code is creating; the caller is the patched `__init__`."""
    frame, inner = _past_hooks(_getframe(2)), None
    while frame is not inner:
        inner = frame
        frame = _past_hooks(sync.creator(frame, obj))
    if not recorder.made_by_workload(frame):
        return 0
    number = recorder.new_object(type(obj).__name__)
    obj._threadbench_words = words
    recorder.renumber(obj, number)
    return number


def is_hook(filename: str) -> bool:
    """Whether a file is of the hooks that stand in code under test."""
    return filename.startswith(_POINTS)


def _past_hooks(frame: FrameType | None) -> FrameType | None:
    while frame is not None and (is_hook(frame.f_code.co_filename) or recorder.is_generated(frame.f_code)):
        frame = frame.f_back
    return frame
