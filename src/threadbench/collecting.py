"""The garbage collector while modules are imported: left out, since all that is imported stays. A leaf."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collecting_nothing(*, ever: bool = False) -> Iterator[None]:
    """Collect nothing in the body.

    Args:
        ever: nor ever after what is there at its end; for a process that has run nobody else's code so far.
    """
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if ever:
            gc.freeze()
        if before:
            gc.enable()
