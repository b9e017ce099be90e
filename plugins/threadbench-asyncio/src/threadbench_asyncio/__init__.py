"""Tasks of asyncio: the race, the lock, the pool, and producers and consumers, on an event loop instead of threads.

Each kind is a module of its own that teaches one thing; this one tells threadbench of them. `loop.py` has the event
loop that all of them run on.
"""

from collections.abc import Iterator

from threadbench import Workload, hookimpl

from .lock import lock
from .pool import pool
from .prodcons import prodcons
from .race import race

THREADBENCH_API = ">=1.0,<2"


@hookimpl
def threadbench_workloads() -> Iterator[Workload]:
    """Provide the kinds."""
    yield race
    yield lock
    yield pool
    yield prodcons
