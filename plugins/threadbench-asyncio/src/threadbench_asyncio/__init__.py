"""Tasks of asyncio: the race, the lock, the pool, producers and consumers, and your own, on an event loop.

Each kind is a module of its own that teaches one thing; this one tells threadbench of them. `loop.py` has the event
loop that all of them run on.
"""

from collections.abc import Iterator

from threadbench import Workload, hookimpl

from .code import code
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
    yield code
