"""Splits a sampled search over an executor: batches of schedules, each with a seed of its own.

What a batch finds depends on its seed, and with `rff` on what batches well before it have learned; batches are put
together in their order. So two jobs or ten come to the same, and but for `rff` and `auto` one job too. Whoever runs
them speaks `concurrent.futures.Executor`; where none is given, they are processes forked from this one, which know
closures and lambdas as they are.
"""

from __future__ import annotations

import importlib
import io
import pickle
import sys
import threading
import traceback
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import BrokenExecutor, Executor
from contextlib import ExitStack
from functools import partial
from importlib.machinery import SourceFileLoader, SourcelessFileLoader
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import ExecutorError, InternalError, ThreadbenchError, UsageError
from ..executors import Calls, Processes, calls
from ..runtime.virtual import originals
from ..shipping import CURE, Parcel, opened, packed
from .fingerprint import digests_of, told_changes
from .parts import Part
from .preparation import prepared
from .search import Judge, Search
from .strategies.batches import batches, lessons, name_of_sampler, sampler, seed_of
from .strategies.learned import Lessons

if TYPE_CHECKING:
    from ..strategies import Provided
    from .journal import Journal
    from .limits import Limits
    from .program import Program
    from .strategies.learned import Learned


class Job(NamedTuple):
    """What a process must know to run batches."""

    number: int
    """By which a process that was forked for it finds the rest."""
    limits: Limits
    parcel: Parcel | None
    """Program, code, judge and strategy, for a process of somebody else's executor; else None."""
    digests: Mapping[str, str]
    """Of the code under test, for such a process."""
    opened: frozenset[str]
    """Parts of the standard library that tell what they do."""
    listens: bool
    """Whether the search can begin again with more of them."""
    timeout: float | None
    """Seconds within which each schedule has to come to a point; None: for ever."""
    own: bool
    """Whether the strategy is one of ours."""

    def learns(self, batch: int) -> bool:
        """Whether a batch begins from what others have learned."""
        return self.own and name_of_sampler(self.limits.strategy, seed_of(self.limits, batch)) == "rff"


Inherited = tuple["Program", Sequence[Any], Judge | None, "Provided | None"]

_inherited: dict[int, Inherited] = {}
"""What forked processes find by the job's number."""

_prepared: tuple[int, Search, Provided | None] | None = None
"""The search that this process, forked for it, is prepared for: instrumenting once is enough."""
_context = ExitStack()
_turn = threading.Lock()
"""Of batches in one process, where an executor has threads."""


Batch = tuple[int, int]
"""Number, and how many schedules."""
BEHIND = 16
"""Batches for each that is under way, at most, that have come back and wait for one before them."""
NAP = 0.1
"""Seconds between two looks at the time."""


def sample(
    search: Search,
    given: Inherited,
    limits: Limits,
    *,
    jobs: int,
    executor: Executor | Callable[[], Executor] | None,
    schedules: int,
    until: float,
    timeout: float | None = None,
    journal: Journal | None = None,
) -> bool:
    """Run the schedules of a search in batches; returns whether the time was up before they were done.

    Args:
        search: takes up what the batches find; not prepared.
        given: program, code, judge, and the strategy if it is none of ours.
        limits: how; each batch has its own seed, made of theirs.
        jobs: batches under way at a time; 0: as many as the executor can.
        executor: runs them, or makes who does, again where workers are lost; None forks.
        schedules: how many.
        until: when the time is up, by the monotonic clock.
        timeout: seconds within which each schedule has to come to a point; None: for ever.
        journal: what batches came to before, and what is told of each that is run.

    Raises:
        UsageError: the program cannot be sent to the executor.
        ExecutorError: the executor is gone, or loses whatever it is given.
    """
    number = len(_inherited) + 1
    _inherited[number] = given
    fixed = isinstance(executor, Executor)
    maker: Any = (lambda: executor) if fixed else executor or partial(Processes, jobs)
    try:
        parcel = None if executor is None else _parcel(given)
        digests = {} if executor is None else _digests(search, given[1])
        job = Job(number, limits, parcel, digests, search.opened, search.listens, timeout, given[3] is None)
        with calls(maker, attempted, _named, fixed=fixed) as under_way:
            return _collect(search, under_way, job, jobs, schedules, until, journal)
    finally:
        del _inherited[number]


def died(error: ExecutorError) -> bool:
    """Whether processes that ran batches have ended, one after the other."""
    return isinstance(error.__cause__, BrokenExecutor)


def _named(batch: Batch) -> str:
    number, schedules = batch
    return f"a batch of {schedules} schedules, number {number + 1}"


def _collect(
    search: Search,
    under_way: Calls[Batch, Part | BaseException],
    job: Job,
    jobs: int,
    schedules: int,
    until: float,
    journal: Journal | None,
) -> bool:
    """Batches are begun and taken up in their order, in whatever order they come back."""
    todo = batches(schedules)
    batch = next(todo, None)
    learning = Lessons()
    begun: deque[Batch] = deque()
    back: dict[Batch, Part | BaseException] = {}
    while True:
        width = under_way.width(jobs or None)
        free = 2 * width
        while batch and len(under_way) < free and len(begun) < BEHIND * width and learning.ready(batch[0]):
            begun.append(batch)
            learned = learning.for_batch(batch[0])
            if journal and (known := journal.done.get((*batch, job.opened))):
                back[batch] = known
            else:
                given = learned if job.learns(batch[0]) else None
                under_way.submit(batch, job, *batch, until - originals.monotonic(), given)
            batch = next(todo, None)
        if not begun:
            return False
        while begun and begun[0] in back:
            came = back.pop(begun.popleft())
            if isinstance(came, BaseException):
                raise came
            search.add(came)
            learning.add(came.learned)
            if search.discovered or (search.bad is not None and job.limits.stop_on_first):
                return False
            if came.late:
                return True
        search.trouble = under_way.trouble() if under_way else None
        search.tell()
        if search.interrupted or originals.monotonic() > until:
            return bool(begun) or batch is not None
        for number, came in under_way.finished(NAP) if under_way else ():
            back[number] = came
            if journal and isinstance(came, Part) and not came.late:
                journal.add(*number, job.opened, came)


class _Pickler(pickle.Pickler):
    """Also of modules, and of functions in whose place there is now what a decorator made of them: by their names."""

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, ModuleType):
            return importlib.import_module, (obj.__name__,)
        if isinstance(obj, FunctionType):
            decorated = getattr(sys.modules.get(obj.__module__), obj.__qualname__, obj)
            if getattr(decorated, "__wrapped__", None) is obj:
                return getattr, (decorated, "__wrapped__")
        return NotImplemented


def _parcel(given: Inherited) -> Parcel:
    """What another process needs."""
    whole = io.BytesIO()
    try:
        _Pickler(whole).dump(given)
        return packed(whole.getvalue())
    except Exception as error:
        raise UsageError(
            f"the program cannot be sent to other processes: {error}",
            hint="use functions of modules, or leave the executor out: forked processes take closures",
        ) from None


def _digests(search: Search, code: Sequence[Any]) -> Mapping[str, str]:
    """Of modules that are as their files have them: others, as pytest makes them of tests, are others elsewhere."""
    with prepared(search, code) as subject:
        digests = digests_of(subject.named)
    loaders = {name: getattr(module, "__loader__", None) for name, module in sys.modules.items()}
    return {
        name: digest
        for name, digest in digests.items()
        if isinstance(loaders.get(name.partition(":")[0]), SourceFileLoader | SourcelessFileLoader)
    }


def _require_same(job: Job, digests: Mapping[str, str]) -> None:
    modules = {name.partition(":")[0] for name in job.digests}
    here = {name: digest for name, digest in digests.items() if name.partition(":")[0] in modules}
    if job.digests != here:
        raise UsageError(
            f"the executor's process has other code than the one that asks: {told_changes(job.digests, here)}",
            hint=CURE,
        )


def attempted(job: Job, batch: int, schedules: int, seconds: float, learned: Learned | None) -> Part | BaseException:
    """Run one batch, within so many seconds, in a process of the executor; what goes wrong with it is returned.

    Seconds, because the clock of another machine is another one.
    """
    try:
        return run_batch(job, batch, schedules, originals.monotonic() + seconds, learned)
    except BaseException as error:
        if not isinstance(error, ThreadbenchError):
            error.add_note(f"in a process of the executor:\n{traceback.format_exc()}")
        return _sendable(error)


def _sendable(error: BaseException) -> BaseException:
    """An error that arrives: what cannot be read where it was asked for would be taken for the process's end."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return InternalError(f"in a process of the executor: {''.join(traceback.format_exception(error))}")
    return error


def run_batch(job: Job, batch: int, schedules: int, until: float, learned: Learned | None = None) -> Part:
    """Run one batch, which begins from what others have learned.

    One that is somebody else's has other things to do afterwards, other searches among them: there everything is put
    back after each batch.
    """
    global _prepared
    if job.parcel is not None:
        with _turn:
            program, code, judge, provided = opened(job.parcel)
            search = Search.under(job.limits, program, judge)
            search.opened, search.listens = job.opened, job.listens
            with prepared(search, code, job.timeout) as subject:
                _require_same(job, digests_of(subject.named))
                return _visited(search, provided, job, batch, schedules, until, learned)
    if _prepared is None or _prepared[0] != job.number:
        _context.close()
        program, code, judge, provided = _inherited[job.number]
        search = Search.under(job.limits, program, judge)
        search.opened, search.listens = job.opened, job.listens
        _context.enter_context(prepared(search, code, job.timeout))
        _prepared = job.number, search, provided
    _, search, provided = _prepared
    search.forget()
    return _visited(search, provided, job, batch, schedules, until, learned)


def _visited(
    search: Search,
    provided: Provided | None,
    job: Job,
    batch: int,
    schedules: int,
    until: float,
    learned: Learned | None,
) -> Part:
    strategy = sampler(job.limits.strategy, seed_of(job.limits, batch), provided, learned)
    search.visit(strategy, schedules=schedules, until=until, stop_on_first=job.limits.stop_on_first)
    ends, discovered = list(search.ends.values()), sorted(search.discovered)
    late = originals.monotonic() > until
    return Part(ends, search.schedules, search.points, search.cut, search.unfair, discovered, lessons(strategy), late)
