"""Deadlocks, and five ways out: the kinds `deadlock` (two holders, a printer and a disk) and `philosophers`.

Each kind is a module of its own that teaches one thing; this one tells threadbench of them.
"""

from collections.abc import Iterator

from threadbench import Workload, hookimpl

from .holders import deadlock
from .table import philosophers

THREADBENCH_API = ">=1.0,<2"


@hookimpl
def threadbench_workloads() -> Iterator[Workload]:
    """Provide the kinds `deadlock` and `philosophers`."""
    yield deadlock
    yield philosophers
