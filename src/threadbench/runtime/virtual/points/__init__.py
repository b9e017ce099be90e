"""Points: code under test that says, before it does so, what it is about to access, and where the GIL may change hands.

In come modules and callables and an observer; the code in them is replaced by the same with hooks, and put back
afterwards. The virtual runtime imports it; it knows neither threads nor schedules.
"""

from __future__ import annotations

from threadbench.runtime.virtual.points.sites import (
    KEYED_READ,
    KEYED_WRITE,
    READ,
    WRITE,
    Access,
    Observer,
    Site,
)
from threadbench.runtime.virtual.points.swapping import instrumented

__all__ = ["KEYED_READ", "KEYED_WRITE", "READ", "WRITE", "Access", "Observer", "Site", "instrumented"]
