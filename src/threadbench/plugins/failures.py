"""What went wrong inside a plugin, as one line a person can read: any exception enters, text without surprises leaves.

Imported by loading and verification. A plugin's exceptions and values are its own code: asked for their text, they may
raise again, print control characters, or be a megabyte long.
"""

from __future__ import annotations

import importlib
import traceback
from pathlib import Path
from typing import Final

import pluggy

from ..errors import printable

_MACHINERY: Final = (str(Path(__file__).parent), str(Path(pluggy.__file__).parent), importlib.__path__[0], "<")


class UnusableError(Exception):
    """The plugin's code did not fail, but what it provides breaks a rule; the message is the reason."""


def reason(error: BaseException) -> str:
    """Type and message of an exception, and file:line where it left the plugin's code."""
    try:
        text = one_line(str(error.msg if isinstance(error, SyntaxError) else error))
    except Exception:  # a __str__ that raises: the type has to do
        text = ""
    if isinstance(error, UnusableError):
        return text
    place = _place(error)
    return type(error).__name__ + (f": {text}" if text else "") + (f" ({place})" if place else "")


def history(error: BaseException) -> str | None:
    """The traceback, for who wrote the plugin; None where no code failed."""
    if isinstance(error, UnusableError) and error.__cause__ is None:
        return None
    try:
        return "".join(traceback.format_exception(error))
    except Exception:
        return f"{type(error).__name__}, whose traceback cannot be shown\n"


def shown(value: object) -> str:
    """A value as part of a sentence."""
    try:
        return one_line(repr(value), 80)
    except Exception:
        return f"a {type(value).__name__}"


def one_line(text: str, limit: int = 300) -> str:
    """A text made harmless and short: control characters as escapes, white space as single blanks."""
    line = printable(" ".join(text.split()))
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def _place(error: BaseException) -> str | None:
    if isinstance(error, SyntaxError) and error.filename:
        return printable(f"{error.filename}:{error.lineno}")
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if not frame.filename.startswith(_MACHINERY):
            return printable(f"{frame.filename}:{frame.lineno}")
    return None
