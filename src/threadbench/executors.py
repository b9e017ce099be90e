"""Executors: what a user names enters, a `concurrent.futures.Executor` leaves; and calls on one that loses its workers.

Who samples schedules and who sweeps over cases imports this. Nothing here knows what a call does.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from multiprocessing import get_all_start_methods, get_context
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from .attribution import asked, shown, told
from .cluster import Cluster
from .errors import ExecutorError, PluginError, UsageError
from .extensions import Extension
from .runtime.native import kernel
from .shipping import CURE

if TYPE_CHECKING:
    from .plugins import Registry

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)

PATIENCE: Final = 3
"""How often a call is made again whose worker was lost: what ends three of them would end a fourth."""


class Processes(ProcessPoolExecutor):
    """Processes forked from this one, which know its closures and lambdas, and end with it whatever ends it."""

    def __init__(self, count: int) -> None:
        if "fork" not in get_all_start_methods():
            raise UsageError("processes need to be forked, which this system does not do", hint="use another executor")
        kernel.load()
        super().__init__(count, mp_context=get_context("fork"), initializer=_begin, initargs=(os.getpid(),))
        self.width = count
        """How many calls it makes at a time."""

    def kill(self) -> None:
        """End it now, whatever it does."""
        for process in list((self._processes or {}).values()):
            process.kill()
        self.shutdown(cancel_futures=True)


def _begin(parent: int) -> None:
    """In each process: a terminal's Ctrl-C is the parent's to answer; who is left behind would wait for ever."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    kernel.die_with_parent(parent)


def _processes(argument: str) -> Processes:
    return Processes(int(argument) if argument else os.cpu_count() or 1)


BUILTIN: Final = {
    "processes": Extension("executor", "processes", _processes, "executor 'processes'"),
    "dask": Extension("executor", "dask", Cluster, "executor 'dask'"),
}


def parsed(text: str) -> tuple[str, str]:
    """An executor as a user writes it: its name, and what stands behind it.

    Raises:
        UsageError: the number of processes is none.
    """
    name, colon, argument = text.partition(":")
    if name == "processes" and colon and not (argument.isascii() and argument.isdigit() and int(argument)):
        raise UsageError(f"'{argument}' is no number of processes, 1 or more")
    return name, argument.removeprefix("//")


def agreed(jobs: int | None, executor: tuple[str, str] | None) -> int:
    """How many batches are under way at a time, by both options; 0: as many as the executor can.

    Raises:
        UsageError: they do not agree.
    """
    if executor is None:
        return jobs or 1
    name, argument = executor
    count = int(argument) if name == "processes" and argument else None
    if jobs is not None and count is not None and jobs != count:
        raise UsageError(f"{jobs} jobs and an executor of {count} processes do not agree", hint="leave one of them out")
    if name == "dask":
        return jobs or 0
    return jobs or count or os.cpu_count() or 1


def provided_executor(executor: tuple[str, str], registry: Registry) -> tuple[Extension, str]:
    """Who provides an executor that was `parsed`, and what stood behind its name.

    Raises:
        UsageError: nobody provides it.
        PluginError: its provider cannot be used.
    """
    from .plugins import provided

    name, argument = executor
    return provided("executor", name, registry) or BUILTIN[name], argument


def make(executor: tuple[Extension, str]) -> Executor:
    """The executor that a user named, and what stood behind the name.

    Raises:
        PluginError: its factory fails, or makes something else.
        UsageError: one of ours cannot be made like this.
        ExecutorError: nobody answers.
    """
    extension, argument = executor
    if extension is BUILTIN.get(extension.name):
        mine: Executor = extension.given(argument)
        return mine
    pool = asked(extension.owner, extension.given, argument)
    if not isinstance(pool, Executor):
        raise PluginError(f"{extension.owner} made {shown(pool)}, which is no concurrent.futures.Executor")
    return pool


class Calls(Generic[K, T]):
    """Calls under way on an executor, each with a key; one whose worker is lost is made again.

    What a function raises is taken for its worker's end: it has to return what may go wrong with it.

    Args:
        maker: makes the executor, and another one where that is broken.
        function: what is called.
        named: what a call with such a key is for, in an error.
        fixed: the executor is somebody else's: a broken one cannot be made again.
    """

    def __init__(
        self,
        maker: Callable[[], Executor],
        function: Callable[..., T],
        named: Callable[[K], str],
        *,
        fixed: bool = False,
    ) -> None:
        self.lost = 0
        """Calls that were made again."""
        self._maker = maker
        self._function = function
        self._named = named
        self._fixed = fixed
        self._pool = maker()
        self._calls: dict[Future[T], tuple[K, tuple[Any, ...]]] = {}
        self._tries: dict[K, int] = {}
        self._breaks = 0
        """Times in a row that the executor broke before anything came of it."""

    def __len__(self) -> int:
        return len(self._calls)

    def width(self, said: int | None) -> int:
        """How many calls are made at a time: as somebody said, else as the executor knows."""
        known: int | None = getattr(self._pool, "width", None)
        return said or known or os.cpu_count() or 1

    def trouble(self) -> str | None:
        """Why nothing comes back, where the executor knows."""
        told: str | None = getattr(self._pool, "trouble", lambda: None)()
        return told

    def submit(self, key: K, *arguments: Any) -> None:
        """Make a call.

        Raises:
            ExecutorError: nobody takes it.
        """
        try:
            self._calls[self._pool.submit(self._function, *arguments)] = key, arguments
        except BrokenExecutor as error:
            self._again([(key, arguments)], error)
        except Exception as error:
            raise ExecutorError(f"the executor takes no more calls: {told(error)}") from error

    def finished(self, seconds: float) -> Iterator[tuple[K, T]]:
        """What has come back, in no order; waits for something up to so long.

        Raises:
            ExecutorError: the executor does not get on, however often its calls are made.
        """
        done, _ = wait(self._calls, seconds, FIRST_COMPLETED)
        gone = None if done else self._gone()
        if gone:
            raise ExecutorError(gone)
        broken: BrokenExecutor | None = None
        for future in done:
            error = None if future.cancelled() else future.exception()
            if isinstance(error, BrokenExecutor):
                broken = error
                continue
            key, arguments = self._calls.pop(future)
            if error is not None or future.cancelled():
                self._failed(key, arguments, error)
                continue
            self._breaks = 0
            self._tries.pop(key, None)
            yield key, future.result()
        if broken is not None:
            again, self._calls = list(self._calls.values()), {}
            self._again(again, broken)

    def _gone(self) -> str | None:
        gone: str | None = getattr(self._pool, "gone", lambda: None)()
        return gone

    def _failed(self, key: K, arguments: tuple[Any, ...], error: BaseException | None) -> None:
        gone = self._gone()
        if gone:
            raise ExecutorError(gone) from error
        why = told(error) if isinstance(error, Exception) else "it was cancelled"
        tries = self._tries[key] = self._tries.get(key, 0) + 1
        final: str | None = getattr(self._pool, "final", lambda _: None)(error)
        if isinstance(error, ImportError):
            raise ExecutorError(f"the executor's process cannot import what it is sent: {why}; {CURE}") from error
        if final or tries >= PATIENCE:
            why = final or f"{tries} times, {why}"
            raise ExecutorError(f"the executor gives up {self._named(key)}: {why}") from error
        self.lost += 1
        self.submit(key, *arguments)

    def _again(self, calls: list[tuple[K, tuple[Any, ...]]], error: BrokenExecutor) -> None:
        """With another executor."""
        self._breaks += 1
        if self._fixed or self._breaks >= PATIENCE:
            times = f" {self._breaks} times in a row" if self._breaks > 1 else ""
            raise ExecutorError(f"the executor broke{times}: {told(error)}") from error
        self._pool.shutdown()
        self._pool = self._maker()
        self.lost += len(calls)
        for key, arguments in calls:
            self.submit(key, *arguments)

    def close(self) -> None:
        """Give up what is under way, and the executor, where that is ours."""
        for future in self._calls:
            future.cancel()
        if not self._fixed:
            kill = getattr(self._pool, "kill", None)
            if self._calls and kill is not None:
                kill()
            else:
                self._pool.shutdown(cancel_futures=True)
        self._calls = {}


@contextmanager
def calls(
    maker: Callable[[], Executor], function: Callable[..., T], named: Callable[[K], str], *, fixed: bool = False
) -> Iterator[Calls[K, T]]:
    """Calls on an executor, given up at the end of the body."""
    made = Calls(maker, function, named, fixed=fixed)
    try:
        yield made
    finally:
        made.close()
