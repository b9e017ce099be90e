"""How a failure looks in pytest's report: the text of the contract, the place, and nothing of a traceback."""

from __future__ import annotations

from typing import TYPE_CHECKING

from _pytest._code.code import ReprEntryNative, ReprExceptionInfo, ReprFileLocation, ReprTraceback

if TYPE_CHECKING:
    from _pytest._code.code import TerminalRepr


class UnexpectedError(AssertionError):
    """A run or a search came to something else than was expected, or could not be done.

    Attributes:
        text: all that there is to say, for a person.
        path, line: where that was expected, the line from 1.
        message: the text in one line.
    """

    def __init__(self, text: str, path: str, line: int, message: str | None = None) -> None:
        super().__init__(text)
        self.text = text
        self.path = path
        self.line = line
        self.message = text.partition("\n")[0] if message is None else message


def told(error: UnexpectedError) -> TerminalRepr:
    """A failure as pytest keeps it, with a line for the summary; it passes from a worker of xdist's as it is."""
    rows = [*error.text.splitlines(), "", f"{error.path}:{error.line}"]
    return ReprExceptionInfo(
        reprtraceback=ReprTraceback([ReprEntryNative([f"{row}\n" for row in rows])], None, style="native"),
        reprcrash=ReprFileLocation(error.path, error.line, error.message),
    )
