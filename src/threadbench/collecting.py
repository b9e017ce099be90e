"""The garbage collector while modules are imported: left out, since all that is imported stays. A leaf."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_frozen = False
"""Whether `ever` has been here: the collector would count what is frozen one by one, which takes longer than a fork."""


@contextmanager
def collecting_nothing(*, ever: bool = False) -> Iterator[None]:
    """Collect nothing in the body.

    Args:
        ever: nor ever after what is there at its end; for a process that has run nobody else's code so far.
    """
    global _frozen
    before, modules = gc.isenabled(), len(sys.modules)
    gc.disable()
    try:
        yield
    finally:
        if ever:
            gc.freeze()
            _frozen = True
        elif len(sys.modules) > modules and not _frozen and not gc.get_freeze_count():
            gc.freeze()
            gc.unfreeze()  # now all of it is of the oldest generation, which is looked at last
        if before:
            gc.enable()
