"""Durations as people write them: `250us`, `100ms`, `3s`, `2m`, or a plain number of seconds. A leaf."""

from __future__ import annotations

import re
from typing import Final, TypeGuard

UNITS: Final = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
LONGEST: Final = 7 * 24 * 3600.0
"""Seconds: no timeout or time limit is longer."""
PATTERN: Final = r"^\d+(\.\d+)?(us|ms|s|m|h)$"


def parse_duration(value: object) -> float:
    """Seconds, from text with a unit or from a number of seconds.

    Raises:
        ValueError: neither, negative, or not finite; the message says what is understood.
    """
    if isinstance(value, str):
        match = re.fullmatch(PATTERN, value)
        seconds = float(value[: -len(match[2])]) * UNITS[match[2]] if match else -1.0
    else:
        seconds = float(value) if is_seconds(value) else -1.0
    if 0 <= seconds < float("inf"):
        return seconds
    raise ValueError("expected a duration such as 250us, 100ms, 3s or 2m")


def is_seconds(value: object) -> TypeGuard[int | float]:
    """Whether a value is a number of seconds."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def duration_text(seconds: float) -> str:
    """A time span as people write it in a file: `100ms`; plain seconds where no unit makes it a whole number."""
    for unit in ("s", "ms", "us"):
        count = round(seconds / UNITS[unit], 6)
        if count == int(count) and (count or unit == "s"):
            return f"{int(count)}{unit}"
    return repr(seconds)


def typed_duration(seconds: float) -> str:
    """What `parse_duration` reads as the very same: `0.25s`; where digits with a unit would be many, plain seconds."""
    text = f"{seconds:g}s"
    return text if re.fullmatch(PATTERN, text) and parse_duration(text) == seconds else repr(seconds)


def format_duration(seconds: float) -> str:
    """The shortest text with three significant figures: `12.3ms`, `4.56s`, `2m 05s`."""
    if not seconds:
        return "0s"
    if round(seconds, 1) < 60:
        for unit, factor in (("ns", 1e-9), ("us", 1e-6), ("ms", 1e-3), ("s", 1.0)):
            # What rounds to 1000 of one unit is 1 of the next.
            if float(f"{seconds / factor:.3g}") < 1000 or unit == "s":
                return f"{seconds / factor:.3g}{unit}"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}m {rest:02d}s"
