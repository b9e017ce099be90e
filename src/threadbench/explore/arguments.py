"""Looks at what a caller hands over before a search begins: arguments go in, a program and limits come out."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from types import FunctionType
from typing import Any

from ..durations import is_seconds
from ..errors import UsageError, did_you_mean
from ..seeds import MAX_SEED, is_seed
from ..strategies import NO_ORDER, NO_ORDER_HINT, STRATEGIES, Provided
from .limits import MODELS, Limits
from .program import Threads

TIMES = ("adversarial", "ordered")

_SUSPENDED = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR


def program_of(setup: Any, threads: Any, check: Any, outcome: Any) -> Threads:
    """The program of these callables.

    Raises:
        UsageError: one of them is none, or there is no thread.
    """
    if callable(threads):
        raise UsageError("threads is one callable", hint="threads takes a list: threads=[deposit, withdraw]")
    try:
        functions = list(threads)
    except TypeError:
        raise UsageError(f"threads takes a list of callables, not {threads!r}") from None
    if not functions:
        raise UsageError("threads is empty: there is nothing to explore", hint="threads=[deposit, withdraw]")
    for number, function in enumerate(functions):
        _callable(f"threads[{number}]", function)
    for name, function in (("setup", setup), ("check", check), ("outcome", outcome)):
        if function is not None:
            _callable(name, function)
    return Threads(functions, setup, check, outcome)


def _callable(name: str, function: Callable[..., Any]) -> None:
    if type(function) is FunctionType and not (function.__code__.co_flags & _SUSPENDED or function.__dict__):
        return  # what is asked below takes ten times as long
    if type(function) is type:
        return  # to call a class makes an object of it
    if not callable(function):
        raise UsageError(f"{name} cannot be called: {function!r}")
    if inspect.iscoroutinefunction(function) or inspect.isgeneratorfunction(function):
        what = "a coroutine function" if inspect.iscoroutinefunction(function) else "a generator function"
        raise UsageError(f"{name} is {what}: to call it runs nothing of it", hint="hand over a function that runs it")


def limits_of(
    *,
    strategy: str,
    model: str,
    time: str,
    max_schedules: int,
    time_limit: float,
    stop_on_first: bool,
    seed: int,
    preemptions: int | None = None,
    provided: bool = False,
) -> Limits:
    """How a search is done; the strategy may be anybody's where it is `provided`.

    Raises:
        UsageError: a value makes no sense.
    """
    if not provided:
        _known("strategy", strategy, STRATEGIES)
    _known("model", model, MODELS)
    _known("time", time, TIMES)
    if not _whole(max_schedules) or max_schedules < 1:
        raise UsageError(f"max_schedules must be a whole number, 1 or more, not {max_schedules!r}")
    if not (is_seconds(time_limit) and time_limit > 0):
        raise UsageError(f"time_limit must be seconds, more than 0, not {time_limit!r}")
    if not is_seed(seed):
        raise UsageError(f"seed must be a whole number from 0 to {MAX_SEED}, not {seed!r}")
    if preemptions is not None and strategy != "dfs":
        raise UsageError(f"preemptions bounds strategy 'dfs', not '{strategy}'", hint="strategy='dfs'")
    if preemptions is not None and (not _whole(preemptions) or preemptions < 0):
        raise UsageError(f"preemptions must be a whole number, 0 or more, not {preemptions!r}")
    if strategy == "dpor" and time == "ordered":
        raise UsageError(NO_ORDER, hint=NO_ORDER_HINT)
    return Limits(
        strategy=strategy,
        model=model,  # type: ignore[arg-type] # one of MODELS
        time=time,  # type: ignore[arg-type] # one of TIMES
        max_schedules=max_schedules,
        time_limit=time_limit,
        stop_on_first=stop_on_first,
        seed=seed,
        preemptions=preemptions,
    )


def require_split(limits: Limits) -> None:
    """A reduction goes by what it has seen, and is one search.

    Raises:
        UsageError: its schedules cannot be run by several.
    """
    if limits.strategy in {"dpor", "dfs"}:
        raise UsageError(
            f"strategy {limits.strategy!r} does not split over jobs", hint="use auto, rff, pct, pos or random with jobs"
        )


def provided_by(strategy: Any) -> Provided:
    """A strategy that the caller has made, named after its class.

    Raises:
        UsageError: it is none.
    """
    if isinstance(strategy, type) or not callable(getattr(strategy, "choose", None)):
        raise UsageError(
            f"strategy {strategy!r} is neither a name nor an object that chooses",
            hint=f"one of: {', '.join(STRATEGIES)}; or an object with the methods begin, choose and end",
        )
    name = type(strategy).__name__
    return Provided(name, f"strategy {name}", lambda _: strategy, single=True)


def _known(what: str, given: Any, known: Sequence[str]) -> None:
    if given not in known:
        meant = did_you_mean(given, known) if isinstance(given, str) else None
        raise UsageError(f"{what} {given!r} is unknown", hint=meant or f"one of: {', '.join(known)}")


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
