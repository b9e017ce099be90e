"""What went wrong inside a plugin while it was loaded, as one line a person can read, and as its author needs it.

Imported by loading and verification.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Final

import pluggy

from ..attribution import one_line, told

_MACHINERY: Final = (str(Path(pluggy.__file__).parent), importlib.__path__[0], "<")


class UnusableError(Exception):
    """The plugin's code did not fail, but what it provides breaks a rule; the message is the reason."""


def reason(error: BaseException) -> str:
    """Type and message of an exception, and file:line where it left the plugin's code."""
    return one_line(str(error)) if isinstance(error, UnusableError) else told(error, _MACHINERY)


def history(error: BaseException) -> str | None:
    """The traceback, for who wrote the plugin; None where no code failed."""
    if isinstance(error, UnusableError) and error.__cause__ is None:
        return None
    import traceback  # for what fails

    try:
        return "".join(traceback.format_exception(error))
    except Exception:
        return f"{type(error).__name__}, whose traceback cannot be shown\n"
