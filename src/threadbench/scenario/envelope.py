"""What a well-formed envelope looks like, told without pydantic: a mapping enters, a `Scenario` leaves, or None.

To build the model's validator takes longer than a short run, and nearly every envelope is well-formed. So this says yes
to what the model would accept, and to nothing else; whatever it does not say yes to, the model judges. Where a field
gets a new bound, both get it: a test holds that what is accepted here the model accepts, and comes to the same.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from ..durations import parse_duration
from ..seeds import MAX_SEED
from .model import MAX_TIMEOUT, NAME, TAG, Exploration, Scenario

_No = ValueError


def envelope_of(plain: Mapping[str, Any]) -> Scenario | None:
    """The scenario of a mapping as JSON has it; None where the model has to look at it."""
    try:
        if "kind" not in plain:
            return None
        return Scenario.model_construct(None, **_read(plain, _SCENARIO))
    except (KeyError, ValueError, OverflowError):
        return None


def _read(plain: Mapping[str, Any], fields: Mapping[str, Callable[[Any], Any]]) -> dict[str, Any]:
    return {key: fields[key](value) for key, value in plain.items()}


def _text(value: Any) -> str:
    if type(value) is not str:
        raise _No
    value.encode()  # a ValueError: half of a surrogate pair, which JSON has not
    return value


def _matching(pattern: str, longest: int) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if not (len(_text(value)) <= longest and re.fullmatch(pattern, value)):
            raise _No
        return str(value)

    return read


def _integer(least: int, most: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        if type(value) is not int or not least <= value <= most:
            raise _No
        return value

    return read


def _one_of(*words: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if type(value) is not str or value not in words:
            raise _No
        return value

    return read


def _span(value: Any) -> float:
    seconds = parse_duration(value)
    if not 0 < seconds <= MAX_TIMEOUT:
        raise _No
    return seconds


def _filled(value: Any) -> str:
    if not _text(value):
        raise _No
    return str(value)


def _optional(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else read(value)


def _tags(value: Any) -> tuple[str, ...]:
    if type(value) is not list:
        raise _No
    return tuple(map(_matching(TAG, 100), value))


def _json(value: Any) -> Any:
    """A value in which nothing has to be looked at twice."""
    match value:
        case None | bool():
            return value
        case str():
            return _text(value)
        case int() if abs(value) < 2**63:
            return value
        case float() if math.isfinite(value):
            return value
        case list():
            return [_json(item) for item in value]
        case dict():
            return {_text(key): _json(item) for key, item in value.items()}
    raise _No


def _mapping(value: Any) -> dict[str, Any]:
    if type(value) is not dict:
        raise _No
    found: dict[str, Any] = _json(value)
    return found


def _exploration(value: Any) -> Exploration:
    return Exploration.model_construct(None, **_read(_mapping(value), _EXPLORATION))


_EXPLORATION: Final[dict[str, Callable[[Any], Any]]] = {
    "strategy": _filled,
    "max_schedules": _integer(1, 2**63),
    "time_limit": _span,
    "time": _one_of("adversarial", "ordered"),
}
_SCENARIO: Final[dict[str, Callable[[Any], Any]]] = {
    "version": _integer(1, 1),
    "name": _optional(_matching(NAME, 200)),
    "kind": _text,
    "description": _optional(_text),
    "tags": _tags,
    "params": _mapping,
    "runtime": _one_of("native", "virtual"),
    "model": _one_of("sync", "gil", "free-threaded"),
    "explore": _exploration,
    "seed": _optional(_integer(0, MAX_SEED)),
    "timeout": _span,
    "repeat": _integer(1, 1_000_000),
    "matrix": _mapping,
    "expect": _mapping,
}
