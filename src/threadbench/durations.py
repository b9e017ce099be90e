"""Durations as people write them: `250us`, `100ms`, `3s`, `2m`, or a plain number of seconds. A leaf."""

from __future__ import annotations

import re
from typing import Final

UNITS: Final = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
PATTERN: Final = r"^\d+(\.\d+)?(us|ms|s|m|h)$"
_TEXT: Final = re.compile(PATTERN)


def parse_duration(value: object) -> float:
    """Seconds, from text with a unit or from a number of seconds.

    Raises:
        ValueError: neither, negative, or not finite; the message says what is understood.
    """
    if isinstance(value, str):
        match = _TEXT.match(value)
        if match:
            unit = match[2]
            return float(value[: -len(unit)]) * UNITS[unit]
    elif isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < float("inf"):
        return float(value)
    raise ValueError("expected a duration such as 250us, 100ms, 3s or 2m")


def format_duration(seconds: float) -> str:
    """The shortest text with three significant figures: `12.3ms`, `4.56s`, `2m 05s`."""
    if seconds >= 60:
        minutes, rest = divmod(round(seconds), 60)
        return f"{minutes}m {rest:02d}s"
    for unit, factor in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= factor:
            return f"{seconds / factor:.3g}{unit}"
    return f"{seconds * 1e9:.3g}ns" if seconds else "0s"
