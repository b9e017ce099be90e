"""An outcome as JSON has it: what runs log and searches compare, keep and tell is spelled in one way. A leaf."""

from __future__ import annotations

from math import isfinite, isnan
from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

CURE: Final = "return numbers, texts, lists, dicts"
_ATOMS: Final = frozenset({type(None), bool, int, bytes})


def no_json(error: Exception, place: str | None = None) -> TypeError:
    """An outcome that is not a JSON value: what it is that is not, how to mend it, and where it is said what it is."""
    where = f" ({place})" if place else ""
    return TypeError(f"the outcome is not a JSON value: {error}; {CURE}{where}")


def spelled(outcome: Any, others: Callable[[Any], Any] = lambda value: value) -> Any:
    """An outcome with what JSON has no word for spelled out, in containers of its own.

    Numbers that are none are the texts `NaN`, `Infinity` and `-Infinity`, as pydantic has them; keys that are numbers
    are texts, lone surrogates escapes.

    Args:
        outcome: as it was returned.
        others: what is to be done with what is neither a plain value nor a list, tuple or dict.
    """
    kind = type(outcome)
    if kind in _ATOMS:
        return outcome
    if kind is str:
        return outcome if outcome.isascii() else encodable(outcome)
    if kind is float:
        return outcome if isfinite(outcome) else _no_number(outcome)
    if kind is list or kind is tuple:
        return kind([spelled(item, others) for item in outcome])
    if kind is dict:
        return {
            key if type(key) is str and key.isascii() else _key(key): spelled(value, others)
            for key, value in outcome.items()
        }
    return others(outcome)


def encodable(text: str) -> str:
    """A text that UTF-8 can have: lone surrogates are escapes."""
    return text.encode("utf-8", "backslashreplace").decode()


def _no_number(value: float) -> str:
    if isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


def _key(key: Any) -> Any:
    """A key of a dict as JSON has it; what can be none is left for the encoder to complain about."""
    if type(key) is str:
        return encodable(key)
    try:
        (text,) = msgspec.to_builtins({key: None}, str_keys=True)
    except TypeError:
        return key
    return text
