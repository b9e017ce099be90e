"""The seam between engine and runtimes: a `Task` goes in, an `Ending` comes out, events stream to the log."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal, Protocol

import msgspec

if TYPE_CHECKING:
    from ..events.log import LogWriter

Cause = Literal["returned", "deadlock", "livelock", "timeout", "crashed", "error", "interrupted"]


class Task(msgspec.Struct, frozen=True):
    """One run of one case, as a runtime needs it: a callable and its surroundings, nothing of YAML or plugins.

    Attributes:
        kind: prefix of the events that the workload itself emits.
        function: the workload, `(run, params) -> outcome`; its `code`, if it has one, tells of params the names of the
            modules whose accesses are points of virtual threads, which otherwise are its own.
        params: what the workload is handed as its second argument.
        seed: the number that fixes `run.rng` and `run.choose`.
        salt: what tells this run's random numbers from those of another cell or repeat with the same seed.
        timeout: wall time in seconds until the last non-daemon thread has ended.
        folder: folder of the scenario file, first on the workload's `sys.path`; None leaves the path alone.
        model: where virtual threads have points; None for native threads.
        place: where it is said what its outcome is, for a person.
    """

    kind: str
    function: Callable[[Any, Any], Any]
    params: Any
    seed: int
    salt: str
    timeout: float
    folder: str | None = None
    model: Literal["sync", "gil", "free-threaded"] | None = None
    place: str | None = None


class Check(msgspec.Struct, frozen=True):
    """A named yes/no that the workload stated; `at` is the file:line that stated it last, or that first said no."""

    name: str
    ok: bool
    at: str | None = None
    data: Mapping[str, Any] = msgspec.field(default_factory=dict)


class Ending(msgspec.Struct, frozen=True):
    """What a run came to, before anybody judges it.

    Attributes:
        cause: `returned` when the workload ended by itself, else what ended it.
        reason: one sentence for a person, None when it returned.
        outcome: the JSON value that the workload returned, None unless it returned.
        checks: each name once, in the order first stated.
        metrics: flat names to numbers, times in seconds (`lock.wait.p95`).
        duration: wall time in seconds.
        facts: JSON for the log's last line: `deadlock`, `stacks`, `running`, `crash`, `counts`, where they apply.
    """

    cause: Cause
    reason: str | None
    outcome: Any
    checks: tuple[Check, ...]
    metrics: Mapping[str, float]
    duration: float
    facts: Mapping[str, Any]


Tick = Callable[[float], None]
"""Called with the seconds since a run's start, many times a second."""


class Runtime(Protocol):
    """Where a workload's threads live."""

    def run(self, task: Task, log: LogWriter, tick: Tick | None = None) -> Ending:
        """Run a task to its end, whatever that is, and stream its events to the log; never raises for what a workload
        does.
        """
