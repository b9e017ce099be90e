"""Who makes an object: only what workload code makes has events of its own."""

from __future__ import annotations

from pathlib import Path
from types import FrameType

from ..native.tracing import recorder

_POINTS = str(Path(__file__).parent / "points")


def by_workload(frame: FrameType | None) -> bool:
    """Whether a frame is the workload's, or that of a hook in it."""
    while frame is not None and frame.f_code.co_filename.startswith(_POINTS):
        frame = frame.f_back
    return recorder.made_by_workload(frame)
