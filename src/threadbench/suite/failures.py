"""How a failure looks in pytest's report: the text of the contract, the place, and nothing of a traceback."""

from __future__ import annotations

from typing import TYPE_CHECKING

from _pytest._code.code import ReprEntryNative, ReprExceptionInfo, ReprFileLocation, ReprTraceback

if TYPE_CHECKING:
    from _pytest._code.code import TerminalRepr


def told(text: str, path: str, line: int, message: str) -> TerminalRepr:
    """A failure as pytest keeps it: with a place and a line for the summary, also where it comes from another process.

    Args:
        text: what is printed.
        path, line: where it happened, the line from 1.
        message: the same in one line.
    """
    lines = [f"{row}\n" for row in text.splitlines()]
    place = ReprFileLocation(path, line, message)
    return ReprExceptionInfo(
        reprtraceback=ReprTraceback([ReprEntryNative([*lines, "\n", f"{path}:{line}\n"])], None, style="native"),
        reprcrash=place,
    )
