"""What plugins provide besides kinds and strategies, and what is asked of each; a leaf, for whoever uses one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

import msgspec

from .strategies import STRATEGIES

if TYPE_CHECKING:
    from concurrent.futures import Executor
    from pathlib import Path

What = Literal["strategy", "exporter", "executor"]

BUILTIN: Final[dict[What, tuple[str, ...]]] = {
    "strategy": STRATEGIES,
    "exporter": (),
    "executor": ("processes", "dask"),
}
"""Names that threadbench provides itself."""
ONE_FILE: Final = "threadbench_file_"
"""How the names of modules begin that are plugins in one file: no other process can import them by those."""
RESERVED: Final[dict[What, tuple[str, ...]]] = {**BUILTIN, "strategy": (*STRATEGIES, "replay")}
"""Names that no plugin may give its own."""

if TYPE_CHECKING:
    Exporter = Callable[[Path, Path], object]
    """An event log, and the file to write: reads the one (`threadbench.read_log` streams it), writes the other."""

    ExecutorFactory = Callable[[str], Executor]
    """What stood behind the name (`""`, `4`, `HOST:PORT`) -> an executor, shut down when all is done."""


class Observer(Protocol):
    """Is told what runs and searches come to, in the process of the command; a method that is missing is not called.

    One that raises is heard no more in that session, and whose it is, is said on standard error; what it watches goes
    on as if it were not there.
    """

    def started(self, session: Any, /) -> None:
        """Before the first run or search: `threadbench` version, Python, GIL, CPUs, seed, number of cases."""

    def events(self, case: str, batch: Sequence[Any], /) -> None:
        """Some more `Event`s of a run's log, many at a time and in order; the first is `run.started`, the last
        `run.finished`. The log's writer waits for it: whatever takes long belongs into a thread.
        """

    def finished(self, result: Any, /) -> None:
        """After each run, with its `Result`; after each search, with what it came to (`found`, `witness`, …)."""


OBSERVED: Final = ("started", "events", "finished")


class Extension(msgspec.Struct, frozen=True):
    """What a plugin provides by a name.

    Attributes:
        given: the factory of a strategy or executor, or the exporter.
        owner: whose it is, as a sentence has it: `exporter 'csv' of plugin 'a' of acme 1.1`.
    """

    what: What
    name: str
    given: Callable[..., Any]
    owner: str
