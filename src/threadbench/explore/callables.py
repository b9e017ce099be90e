"""A search of callables, in this process: what is handed over goes in, what the search came to comes out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .arguments import limits_of, program_of, provided_by
from .explorer import explore
from .found import NONDETERMINISTIC, Found, unfinished
from .strategies.base import Diverged

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Executor
    from types import ModuleType

    from ..strategies import Provided, Strategy


def explored(
    setup: Callable[[], Any] | None,
    threads: Sequence[Callable[..., Any]],
    check: Callable[..., Any] | None,
    outcome: Callable[..., Any] | None,
    *,
    strategy: str | Strategy,
    provided: Provided | None,
    model: str,
    max_schedules: int,
    time_limit: float,
    seed: int,
    stop_on_first: bool,
    instrument: Sequence[ModuleType | Callable[..., Any]],
    time: str,
    preemptions: int | None,
    timeout: float,
    jobs: int,
    executor: Executor | Callable[[], Executor] | None,
) -> Found:
    """Search the interleavings of threads that share a state; see `threadbench.explore`.

    Args:
        provided: the strategy that is named, where it is none of ours.
        executor: runs the batches, or makes who does.

    Raises:
        ExecutorError: the executor is gone, or loses whatever it is given.
        UsageError: an argument makes no sense, or a search is under way in this process already.
        PluginError: a strategy that is none of ours failed.
    """
    program = program_of(setup, threads, check, outcome)
    if not isinstance(strategy, str):
        strategy, provided = type(strategy).__name__, provided_by(strategy)
    limits = limits_of(
        strategy=strategy,
        model=model,
        time=time,
        max_schedules=max_schedules,
        time_limit=time_limit,
        stop_on_first=stop_on_first,
        seed=seed,
        preemptions=preemptions,
        provided=provided is not None,
    )
    code = [*program.code, *instrument]
    try:
        return explore(
            program,
            code,
            limits,
            timeout=timeout,
            batch_timeout=timeout,
            jobs=jobs,
            executor=executor,
            provided=provided,
        )
    except Diverged as error:
        return unfinished(limits, NONDETERMINISTIC.format(error))
