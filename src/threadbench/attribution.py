"""Other people's code, asked for something: what it raises becomes one sentence that says whose it is; a leaf."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from .errors import PluginError, printable

if TYPE_CHECKING:
    from collections.abc import Callable

TRACE_VARIABLE: Final = "THREADBENCH_TRACE_PLUGINS"
_OURS: Final = str(Path(__file__).parent) + os.sep


def asked(owner: str, function: Callable[..., Any], *arguments: Any, cure: str | None = None) -> Any:
    """What somebody else's function returns.

    Args:
        owner: whose it is, as a sentence has it.
        cure: the hint, where it fails.

    Raises:
        PluginError: it raised anything, `SystemExit` included: nobody's plugin ends the bench.
        KeyboardInterrupt: Ctrl-C.
    """
    began = time.perf_counter()
    try:
        result = function(*arguments)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        traced(owner, f"raised {told(error)}", began)
        raise PluginError(f"{owner} raised {told(error)}", hint=cure) from error
    traced(owner, f"gave {shown(result)}", began)
    return result


def traced(what: str, came: str, began: float) -> None:
    """Say on standard error what was called, what came of it and how long it took, where that is asked for."""
    if os.environ.get(TRACE_VARIABLE):
        spent = (time.perf_counter() - began) * 1e3
        print(f"threadbench: {what} {came}, {spent:.2f} ms", file=sys.stderr)  # noqa: T201 - what the variable asks for


def told(error: BaseException, machinery: tuple[str, ...] = ()) -> str:
    """An exception in one line: its type, its message, and file:line of where it left other people's code.

    Args:
        machinery: where paths of files begin that are nobody's own code, besides threadbench's.
    """
    try:
        text = one_line(str(error.msg if isinstance(error, SyntaxError) else error))
    except Exception:  # a __str__ that raises: the type has to do
        text = ""
    place = _place(error, (_OURS, *machinery))
    return type(error).__name__ + (f": {text}" if text else "") + (f" ({place})" if place else "")


def shown(value: object, limit: int = 80) -> str:
    """A value as part of a sentence, whatever its `__repr__` does."""
    try:
        return one_line(repr(value), limit)
    except Exception:
        return f"a {type(value).__name__}"


def one_line(text: str, limit: int = 300) -> str:
    """A text made harmless and short: control characters as escapes, white space as single blanks."""
    line = printable(" ".join(text.split()))
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def _place(error: BaseException, machinery: tuple[str, ...]) -> str | None:
    if isinstance(error, SyntaxError) and error.filename:
        return printable(f"{error.filename}:{error.lineno}")
    import traceback  # for what fails

    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if not frame.filename.startswith(machinery):
            return printable(f"{frame.filename}:{frame.lineno}")
    return None
