"""Splits a sampled search over an executor: batches of schedules, each with a seed of its own.

What a batch finds depends on its seed alone, and batches are put together in their order: with `random` and `pct`, one
job or ten, the same seed comes to the same. Whoever runs them speaks `concurrent.futures.Executor`; where none is
given, they are processes forked from this one, which know closures and lambdas as they are.
"""

from __future__ import annotations

import importlib
import io
import multiprocessing
import pickle
import sys
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import islice
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from ..attribution import told
from ..errors import UsageError
from ..runtime.virtual import originals
from .search import End, Judge, Search
from .strategies.batches import batches, sampler, seed_of

if TYPE_CHECKING:
    from ..strategies import Provided
    from .limits import Limits
    from .program import Program


class Job(NamedTuple):
    """What a process must know to run batches."""

    number: int
    """By which a process that was forked for it finds the rest."""
    limits: Limits
    payload: bytes | None
    """Program, code, judge and strategy, pickled, for a process of somebody else's executor; else None."""
    opened: frozenset[str]
    """Parts of the standard library that tell what they do."""


class Part(msgspec.Struct, frozen=True):
    """What a batch came to."""

    ends: list[End]
    schedules: int
    points: int
    cut: int
    unfair: bool


Inherited = tuple["Program", Sequence[Any], Judge | None, "Provided | None"]

_inherited: dict[int, Inherited] = {}
"""What forked processes find by the job's number."""

_prepared: tuple[int, Search, Provided | None] | None = None
"""The search that this process, forked for it, is prepared for: instrumenting once is enough."""
_context = ExitStack()
_turn = threading.Lock()
"""Of batches in one process, where an executor has threads."""


def sample(
    search: Search,
    given: Inherited,
    limits: Limits,
    *,
    jobs: int,
    executor: Executor | None,
    until: float,
) -> bool:
    """Run the schedules of a search in batches; returns whether the time was up before they were done.

    Args:
        search: takes up what the batches find; not prepared.
        given: program, code, judge, and the strategy if it is none of ours.
        limits: how; each batch has its own seed, made of theirs.
        jobs: batches under way at a time.
        executor: runs them; None forks.
        until: when the time is up, by the monotonic clock.

    Raises:
        UsageError: the program cannot be sent to the executor.
    """
    number = len(_inherited) + 1
    _inherited[number] = given
    try:
        with _executor(executor, jobs) as pool:
            job = Job(number, limits, None if executor is None else _pickled(given), search.opened)
            return _collect(search, pool, job, jobs, until)
    finally:
        del _inherited[number]


def _collect(search: Search, pool: Executor, job: Job, jobs: int, until: float) -> bool:
    left = job.limits.max_schedules - search.schedules
    todo = batches(left)
    under_way: deque[Future[Part]] = deque()
    while True:
        for batch, schedules in islice(todo, 2 * jobs - len(under_way)):
            under_way.append(pool.submit(run_batch, job, batch, schedules, until))
        if not under_way:
            return False
        search.add(under_way.popleft().result())
        over = search.interrupted or originals.monotonic() > until
        if over or (search.bad is not None and job.limits.stop_on_first):
            for future in under_way:
                future.cancel()
            return over


@contextmanager
def _executor(given: Executor | None, jobs: int) -> Iterator[Executor]:
    if given is not None:
        yield given
        return
    if "fork" not in multiprocessing.get_all_start_methods():
        raise UsageError("jobs need processes that can be forked", hint="give an executor, or leave `jobs` out")
    with ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("fork")) as pool:
        yield pool


class _Pickler(pickle.Pickler):
    """Also of modules, and of functions in whose place there is now what a decorator made of them: by their names."""

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, ModuleType):
            return importlib.import_module, (obj.__name__,)
        if isinstance(obj, FunctionType):
            decorated = getattr(sys.modules.get(obj.__module__), obj.__qualname__, obj)
            for attribute in ("function", "__wrapped__"):
                if getattr(decorated, attribute, None) is obj:
                    return getattr, (decorated, attribute)
        return NotImplemented


def _pickled(given: Inherited) -> bytes:
    """What another process needs, and where this one finds modules: a scenario's folder is on nobody else's path."""
    whole = io.BytesIO()
    try:
        _Pickler(whole).dump(given)
        return pickle.dumps((sys.path, whole.getvalue()))
    except Exception as error:
        raise UsageError(
            f"the program cannot be sent to other processes: {error}",
            hint="use functions of modules, or leave the executor out: forked processes take closures",
        ) from None


def _unpickled(payload: bytes) -> Inherited:
    folders, whole = pickle.loads(payload)
    sys.path.extend(folder for folder in folders if folder not in sys.path)
    try:
        found: Inherited = pickle.loads(whole)
    except Exception as error:
        raise UsageError(
            f"the executor's process cannot import what is explored: {told(error)}",
            hint="install it where the executor runs, plugins too; or leave the executor out",
        ) from None
    return found


def run_batch(job: Job, batch: int, schedules: int, until: float) -> Part:
    """Run one batch; called in a process of the executor.

    One that is somebody else's has other things to do afterwards, other searches among them: there everything is put
    back after each batch.
    """
    from .preparation import prepared

    global _prepared
    if job.payload is not None:
        with _turn:
            program, code, judge, provided = _unpickled(job.payload)
            search = Search.under(job.limits, program, judge)
            search.opened = job.opened
            with prepared(search, code):
                return _visited(search, provided, job, batch, schedules, until)
    if _prepared is None or _prepared[0] != job.number:
        _context.close()
        program, code, judge, provided = _inherited[job.number]
        search = Search.under(job.limits, program, judge)
        search.opened = job.opened
        _context.enter_context(prepared(search, code))
        _prepared = job.number, search, provided
    _, search, provided = _prepared
    search.forget()
    return _visited(search, provided, job, batch, schedules, until)


def _visited(search: Search, provided: Provided | None, job: Job, batch: int, schedules: int, until: float) -> Part:
    strategy = sampler(job.limits.strategy, seed_of(job.limits, batch), provided)
    search.visit(strategy, schedules=schedules, until=until, stop_on_first=job.limits.stop_on_first)
    return Part(list(search.ends.values()), search.schedules, search.points, search.cut, search.unfair)
