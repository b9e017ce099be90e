"""One run as a report needs it: what the first and the last line of its log say, as typed records.

The JSON of a log enters, `Account`s leave. A log comes from anywhere: a line that is not what threadbench writes is
refused here with a `LogError`, so that what draws can rely on the types.
"""

# Annotations are not put off here: to read them from text takes msgspec as long as the rest of a short run's report.

from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from ..errors import LogError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ..events import Event


class Record(msgspec.Struct, frozen=True):
    """Base of what the lines of a log hold; keys of later versions are passed over."""


class Hold(Record, frozen=True):
    """A lock that a thread held, and where it took it."""

    object: str
    at: str | None = None


class Wait(Record, frozen=True):
    """What a thread waited for, and where."""

    op: str
    object: str | None = None
    at: str | None = None


class Waiter(Record, frozen=True):
    """A thread of a deadlock: what it held while it waited."""

    thread: str
    waits: Wait
    holds: list[Hold] = []


class Deadlock(Record, frozen=True):
    """Threads in a cycle, where there is one, and all that waited."""

    cycle: list[Waiter] = []
    waiting: list[Waiter] = []


class Stack(Record, frozen=True):
    """Where a thread stood: `file:line in function`, innermost first."""

    thread: str
    frames: list[str] = []


class Last(Record, frozen=True):
    """The last event of a thread."""

    event: str
    seq: int | None = None
    object: str | None = None
    at: str | None = None


class Running(Record, frozen=True):
    """A thread that had not ended, what it did and for how long."""

    thread: str
    state: str = "running"
    at: str | None = None
    seconds: float | None = None
    last: Last | None = None


class Crash(Record, frozen=True):
    """What ended a process or a thread: an exception, a signal, or an exit status."""

    kind: str
    thread: str | None = None
    type: str | None = None
    message: str | None = None
    traceback: list[str] = []
    signal: str | int | None = None
    status: int | None = None
    at: str | None = None


class Check(Record, frozen=True):
    """A named yes/no that the workload stated."""

    name: str
    ok: bool
    at: str | None = None
    data: dict[str, Any] = {}


class Failure(Record, frozen=True):
    """An expectation that was not met: where it stands in the file, its source line, what came instead."""

    path: str
    expected: Any = None
    got: Any = None
    at: str | None = None
    source: str | None = None
    width: int = 1


class Counts(Record, frozen=True):
    """How much was logged, and what logging itself met."""

    events: int = 0
    threads: int = 0
    objects: int = 0
    back_pressure: int = 0
    late: int = 0
    by_event: dict[str, int] = {}


class Opening(Record, frozen=True):
    """Data of `run.started`, the first line of a log."""

    case: str
    scenario: str = ""
    kind: str = ""
    params: Any = None
    seed: int = 0
    repeat: int = 1
    runtime: str = "native"
    model: str | None = None
    python: str = ""
    gil: bool | None = None
    platform: str = ""
    cpus: int | None = None
    threadbench: str = ""
    started: str = ""
    timeout: float | None = None


class Closing(Record, frozen=True):
    """Data of `run.finished`, the last line of a log."""

    verdict: str
    as_expected: bool = False
    expected: list[str] = []
    cause: str | None = None
    reason: str | None = None
    outcome: Any = None
    checks: list[Check] = []
    metrics: dict[str, float | None] = {}
    failures: list[Failure] = []
    duration: float = 0.0
    counts: Counts = Counts()
    deadlock: Deadlock | None = None
    stacks: list[Stack] = []
    running: list[Running] = []
    crash: Crash | None = None
    replay: str | None = None
    deterministic: bool = False


class Account(msgspec.Struct, frozen=True):
    """One run: which it was, how it ended, and where its events lie.

    `case` can be pasted back onto the command line; `closing` is None only for a log without a last line.
    """

    case: str
    kind: str
    repeat: int
    seed: int
    log: str
    closing: Closing | None
    opening: Opening | None = None

    @property
    def file(self) -> str:
        """The scenario file of the case, as the user gave it."""
        return self.case.partition("::")[0]

    @property
    def verdict(self) -> str:
        """How the run ended, in one word."""
        return self.closing.verdict if self.closing else "unfinished"

    @property
    def as_expected(self) -> bool:
        """Whether the verdict is the one that was asked for."""
        return self.closing is not None and self.closing.as_expected


class CaseAccount(msgspec.Struct, frozen=True):
    """A case with all its repeats; `failures` are those of its pass rate."""

    case: str
    runs: tuple[Account, ...]
    as_expected: bool
    pass_rate: float
    failures: tuple[Failure, ...] = ()

    @property
    def duration(self) -> float:
        """Wall time of all repeats in seconds."""
        return sum(run.closing.duration for run in self.runs if run.closing)


_R = TypeVar("_R", bound=Record)


def typed(data: "Mapping[str, Any]", record: type[_R], where: str) -> _R:
    """JSON from a log as a record.

    Raises:
        LogError: it is not what threadbench writes; the message names `where` and the field.
    """
    try:
        return msgspec.convert(data if isinstance(data, dict) else dict(data), record)
    except msgspec.ValidationError as error:
        raise LogError(f"{where}: not what threadbench writes: {error}") from error


def account_of(events: "Iterable[Event]", path: str) -> Account:
    """The account of a log, from its first and its last event; reads all of them, keeps two.

    Raises:
        LogError: the log does not begin with `run.started`, or a line is not what threadbench writes.
    """
    first: Event | None = None
    last: Event | None = None
    for last in events:
        if first is None:
            first = last
    if first is None or last is None or first.event != "run.started":
        raise LogError(f"{path}: not an event log: its first line is no 'run.started'")
    opening = typed(first.data, Opening, f"{path}: first line")
    closing = typed(last.data, Closing, f"{path}: last line") if last.event == "run.finished" else None
    return Account(opening.case, opening.kind, opening.repeat, opening.seed, path, closing, opening)
