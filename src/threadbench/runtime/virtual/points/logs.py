"""What a call that logs reads and writes: what it is to format, and where its handlers put it.

Levels, filters and the lists of handlers are told of by `opened`. A handler whose `emit` is code under test has points
of its own; what pytest and other tools listen with is no part of what is tested.
"""

from __future__ import annotations

import logging
import types
from collections.abc import Iterator, Mapping
from typing import Any, Final

from threadbench.runtime.virtual.points import effects, hidden
from threadbench.runtime.virtual.points.containers import kind_of
from threadbench.runtime.virtual.points.contents import nested, touched, used
from threadbench.runtime.virtual.points.current import current
from threadbench.runtime.virtual.points.sites import READ, WRITE, Access

_LEVELS: Final = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "warn": logging.WARNING,
    "error": logging.ERROR,
    "exception": logging.ERROR,
    "critical": logging.CRITICAL,
    "fatal": logging.CRITICAL,
}
_BY_NUMBER: Final = frozenset({"log", "_log"})
_RECORDS: Final = frozenset({"handle", "emit", "callHandlers", "flush"})


def written(function: Any, arguments: tuple[Any, ...], keywords: Mapping[str, Any]) -> Iterator[Access]:
    """What a function or method of `logging` does besides looking at settings."""
    name = function.__name__
    owner = getattr(function, "__self__", logging.root)
    if isinstance(owner, logging.LoggerAdapter):
        owner = owner.logger
    if isinstance(owner, logging.Handler):
        if name in _RECORDS:
            yield from _handled(owner)
        return
    level = _LEVELS.get(name)
    if level is None and name in _BY_NUMBER and arguments and type(arguments[0]) is int:
        level = arguments[0]
    if not isinstance(owner, logging.Logger) or (level is None and name not in _RECORDS):
        return
    if level is not None and not _is_enabled(owner, level):
        return
    for value in (*arguments, *keywords.values()):
        if type(value) not in effects.ATOMS:
            yield from nested(value, READ)
    logger: Any = owner
    while logger is not None:
        for handler in list(logger.handlers):
            yield from _handled(handler)
        logger = logger.parent if logger.propagate else None


def _is_enabled(logger: Any, level: int) -> bool:
    # Not by `isEnabledFor`, which remembers its answer, and takes a lock to.
    if logger.disabled or logger.manager.disable >= level:
        return False
    while logger is not None and not logger.level:
        logger = logger.parent
    return logger is None or level >= logger.level


def _handled(handler: Any, deep: int = 3) -> Iterator[Access]:
    """What handling a record writes to."""
    kind = type(handler)
    emit = getattr(kind, "emit", None)
    if kind.__module__.partition(".")[0] in effects.TOOLS:
        return
    if type(emit) is types.FunctionType and id(emit.__globals__) in current.scopes:
        return
    if isinstance(handler, logging.FileHandler):
        yield from hidden.outside(WRITE)
    for value in list(vars(handler).values()):
        if isinstance(value, logging.Handler):
            if deep:
                yield from _handled(value, deep - 1)
        elif kind_of(value):
            yield from touched(value, WRITE)
        elif type(value) not in effects.ATOMS:
            yield from used(value)
