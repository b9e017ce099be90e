"""A fake for each seam: a clock that jumps, a strategy by script, an executor that does it at once, a runtime that
knows the end beforehand. Each keeps what it was asked.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ..runtime.base import Ending
from ..runtime.native.supervisor import Interrupts

if TYPE_CHECKING:
    from ..events.log import LogWriter
    from ..runtime.base import Check, Task, Tick


class FakeClock:
    """Time that passes only when it is told to, or slept: `with clock.installed():` replaces what `time` tells.

    Sleeping takes no time; it moves the clock. For code that sleeps and looks at the clock. What waits with a timeout
    inside `threading` or `queue` waits by the system's clock.

    Attributes:
        now: seconds since the clock was made.
        slept: how long each sleep was to be, in order.
    """

    _EPOCH = 1_000_000_000.0

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []
        self._lock = threading.Lock()

    def sleep(self, seconds: float) -> None:
        """Let the time pass.

        Raises:
            ValueError: less than nothing.
        """
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        with self._lock:
            self.slept.append(seconds)
            self.now += seconds

    def advance(self, seconds: float) -> None:
        """Let time pass that nobody slept."""
        with self._lock:
            self.now += seconds

    @contextmanager
    def installed(self) -> Iterator[FakeClock]:
        """Let `time.sleep`, `time`, `monotonic`, `perf_counter` and their `_ns` be this clock in the body.

        A module that has them as names of its own (`from time import sleep`) goes on with the system's.
        """
        table: dict[str, Callable[..., Any]] = {
            "sleep": self.sleep,
            "time": lambda: self._EPOCH + self.now,
            "time_ns": lambda: int((self._EPOCH + self.now) * 1e9),
        }
        for name in ("monotonic", "perf_counter"):
            table[name] = lambda: self.now
            table[f"{name}_ns"] = lambda: int(self.now * 1e9)
        originals = {name: getattr(time, name) for name in table}
        try:
            for name, function in table.items():
                setattr(time, name, function)
            yield self
        finally:
            for name, function in originals.items():
                setattr(time, name, function)


class FakeStrategy:
    """A strategy by script: one list of thread numbers a schedule; where it has none left, the running thread goes on.

    Attributes:
        begun: how many schedules there were.
        offered: the numbers among which each choice was made, schedule after schedule.
        ended: the cause of each schedule's end.
    """

    def __init__(self, *scripts: Iterable[int]) -> None:
        self.begun = 0
        self.offered: list[list[tuple[int, ...]]] = []
        self.ended: list[str] = []
        self._scripts = [list(script) for script in scripts]
        self._script: Iterator[int] = iter(())
        self._scheduler: Any = None

    def begin(self, scheduler: Any, /) -> bool:
        """One schedule for each script."""
        if self.begun >= len(self._scripts):
            return False
        self._script = iter(self._scripts[self.begun])
        self._scheduler = scheduler
        self.begun += 1
        self.offered.append([])
        return True

    def choose(self, options: Sequence[Any], /) -> Any:
        """The next of the script.

        Raises:
            ValueError: it is not offered.
        """
        numbers = tuple(each if isinstance(each, int) else int(each.number) for each in options)
        self.offered[-1].append(numbers)
        wanted = next(self._script, None)
        if wanted is None:
            running = self._scheduler.current
            return running if running in options else options[0]
        if wanted not in numbers:
            raise ValueError(f"the script wants {wanted}, and there are {numbers}")
        return options[numbers.index(wanted)]

    def end(self, execution: Any, /) -> None:
        """Keep how it ended."""
        self.ended.append(str(execution.cause))


class FakeExecutor(Executor):
    """Does what is submitted at once, in the calling thread.

    Args:
        broken: what every task ends with instead.

    Attributes:
        submitted: functions and their positional arguments, in order.
        closed: whether it was shut down.
    """

    def __init__(self, *, broken: BaseException | None = None) -> None:
        self.submitted: list[tuple[Callable[..., Any], tuple[Any, ...]]] = []
        self.closed = False
        self._broken = broken

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Do it.

        Raises:
            RuntimeError: it was shut down.
        """
        if self.closed:
            raise RuntimeError("cannot schedule new futures after shutdown")
        self.submitted.append((fn, args))
        future: Future[Any] = Future()
        future.set_running_or_notify_cancel()
        try:
            if self._broken is not None:
                raise self._broken
            future.set_result(fn(*args, **kwargs))
        except BaseException as error:
            future.set_exception(error)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: ARG002 - its signature
        """Take no more."""
        self.closed = True


class FakeRuntime:
    """Runs nothing: the log gets the events it was given, and the ending is known beforehand.

    Args:
        events: what each run writes, `(event, thread, data)` in order.
        outcome: what the workload would have returned.
        checks: what it would have stated.
        cause: what ends the run: `returned`, `deadlock`, `crashed`, …
        reason: one sentence about that.

    Attributes:
        tasks: what it was asked to run.
    """

    def __init__(
        self,
        events: Iterable[tuple[str, str, Mapping[str, Any]]] = (),
        *,
        outcome: Any = None,
        checks: Sequence[Check] = (),
        cause: Any = "returned",
        reason: str | None = None,
    ) -> None:
        self.tasks: list[Task] = []
        self.interrupts = Interrupts()
        self._events = tuple(events)
        self._ending = Ending(cause, reason, outcome, tuple(checks), {}, 0.0, {"counts": {"events": len(self._events)}})

    def __enter__(self) -> FakeRuntime:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def check(self, task: Task) -> None:
        """Anything can be run that is not."""

    def run(self, task: Task, log: LogWriter, tick: Tick | None = None) -> Ending:
        """Write the events and return the ending."""
        self.tasks.append(task)
        for t, (event, thread, data) in enumerate(self._events):
            log.state(event, data, t=t, thread=thread)
        if tick:
            tick(0.0)
        return self._ending
