"""What is explored: something that runs once for each schedule, and says what came of it."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from ..outcomes import spelled
from ..runtime.naming import unique
from ..runtime.virtual.announcing import announced
from .places import shown_path

if TYPE_CHECKING:
    from ..runtime.virtual.scheduler import Scheduler


class Came(NamedTuple):
    """What a schedule came to that ended by itself."""

    outcome: Any
    violation: str | None
    """What did not hold, None when all did."""


class Program(Protocol):
    """What runs once for each schedule."""

    @property
    def place(self) -> str | None:
        """Where it is said what its outcome is, for a person."""

    def run(self, scheduler: Scheduler) -> Came:
        """One schedule, in its main thread."""


class Threads:
    """State, threads that share it, and what must hold of it when they have ended.

    Args:
        threads: each called with the state, in a thread of its own.
        setup: makes the state; None makes none, and the callables get no argument.
        check: state -> bool, or raises AssertionError; None checks nothing.
        outcome: state -> JSON value: what the schedule came to.
    """

    def __init__(
        self,
        threads: Sequence[Callable[..., Any]],
        setup: Callable[[], Any] | None = None,
        check: Callable[..., Any] | None = None,
        outcome: Callable[..., Any] | None = None,
    ) -> None:
        self.threads = tuple(threads)
        self.setup = setup
        self.check = check
        self.outcome = outcome
        counts: dict[str, int] = {}
        names = [unique(name, counts, first=name) for name in map(_thread_name, self.threads)]
        self._named = list(zip(map(announced, self.threads), names, strict=True))

    @property
    def place(self) -> str | None:
        """See `Program`."""
        code = getattr(self.outcome, "__code__", None)
        return None if code is None else f"{shown_path(code.co_filename)}:{code.co_firstlineno}"

    @property
    def code(self) -> list[Any]:
        """The callables: what is under test, with the modules they stand in."""
        return [f for f in (*self.threads, self.setup, self.check, self.outcome) if f is not None]

    def run(self, scheduler: Scheduler) -> Came:
        """See `Program`."""
        state = () if self.setup is None else (self.setup(),)
        spawn = scheduler.spawn
        scheduler.wait_for([spawn(function, state, name) for function, name in self._named])
        scheduler.await_all()
        scheduler.quiet += 1  # what follows reads the end of it all
        violation = None
        if self.check is not None:
            try:
                if self.check(*state) is False:
                    violation = f"{name_of(self.check)} returned False"
            except AssertionError as error:
                violation = f"{name_of(self.check)}: {error}" if str(error) else f"{name_of(self.check)} does not hold"
        outcome = detached(self.outcome(*state)) if self.outcome is not None else None
        scheduler.quiet -= 1
        return Came(outcome, violation)


class WorkloadProgram:
    """A plugin's workload: its main thread is the schedule's.

    Args:
        function: the workload, `(run, params) -> outcome`.
        params: what it is handed.
        kind, seed, salt: see `runtime.base.Task`.
        judge: name of each check to whether it held -> what is wrong, or None.
        place: see `Program`.
    """

    def __init__(
        self,
        function: Callable[[Any, Any], Any],
        params: Any,
        *,
        kind: str,
        seed: int,
        salt: str,
        judge: Callable[[Mapping[str, bool]], str | None],
        place: str | None = None,
    ) -> None:
        from ..runtime.virtual.handle import VirtualRun  # callables do without

        self.place = place
        self._handle = VirtualRun
        self._function = function
        self._params = params
        # Imports what it takes to seed by a text: the first schedule is not to differ from the others.
        random.Random("")
        self._run: dict[str, Any] = {"kind": kind, "seed": seed, "salt": salt}
        self._judge = judge

    def run(self, scheduler: Scheduler) -> Came:
        """See `Program`."""
        handle = self._handle(scheduler, **self._run)
        outcome = self._function(handle, self._params)
        scheduler.await_all()  # a check may be stated by a thread that ends after the main one
        scheduler.quiet += 1  # daemons are not to go on between a look at the outcome and the end
        came = Came(detached(outcome), _with_message(self._judge(handle.checks), handle.messages))
        scheduler.quiet -= 1
        return came


def detached(outcome: Any) -> Any:
    """The outcome as it is now: what it is made of may be older than the schedule, and is put back after it."""
    try:
        return spelled(outcome, copy.deepcopy)
    except Exception:  # whatever a class's own way to be copied raises
        return outcome  # where it is no JSON value, that is told when it is encoded


def _with_message(violation: str | None, messages: Mapping[str, str]) -> str | None:
    """What did not hold, and what the check said of it."""
    if violation is None:
        return None
    said = next((text for name, text in messages.items() if f"checks.{name}:" in violation), None)
    return violation if said is None else f"{violation}: {said}"


def name_of(function: Callable[..., Any]) -> str:
    """What a person calls it."""
    return getattr(function, "__qualname__", repr(function)).rpartition("<locals>.")[2]


def _thread_name(function: Callable[..., Any]) -> str:
    return str(getattr(function, "__name__", "thread")).strip("<>")
