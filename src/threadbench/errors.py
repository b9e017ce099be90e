"""Every error that reaches a user, drawn as a tree; each knows its exit code and its cure.

    ThreadbenchError                70  base; never raised itself
    ├── UsageError                   2  the command or call makes no sense; the message says what would
    ├── ScenarioError                2  scenario files are wrong: all of their `Diagnostic`s, sorted
    ├── LogError                     2  an event log cannot be read or written
    ├── PluginError                  3  a plugin that is needed is missing, broken, blocked, in conflict or too new
    ├── ExecutorError                3  whoever runs cases or samples schedules is gone, or loses what it is given
    ├── NothingSelectedError         5  files were found, but the selection is empty
    └── InternalError               70  a bug of ours; the message asks for a report

Anything else that escapes is a bug of ours too and leaves with 70.
This module is a leaf: it imports nothing of threadbench.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable


class ThreadbenchError(Exception):
    """Base of all errors that are meant for a person to read; a traceback shows the hint too.

    Attributes:
        exit_code: what the command line leaves with.
        hint: how to mend it, one sentence, or None where the message says it already.
    """

    exit_code = 70

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint
        if hint:
            self.add_note(f"hint: {hint}")

    def render(self) -> str:
        """The text shown to a person: the message, then the hint on a line of its own."""
        return f"error: {self}" + (f"\n  hint: {self.hint}" if self.hint else "")


class UsageError(ThreadbenchError):
    """A command or call that makes no sense as given."""

    exit_code = 2


class LogError(ThreadbenchError):
    """An event log that cannot be read or written; the message names the file."""

    exit_code = 2


class PluginError(ThreadbenchError):
    """A plugin that a case needs cannot be used; the message names it, its distribution and why."""

    exit_code = 3


class ExecutorError(ThreadbenchError):
    """An executor that was asked for is gone or does not get on; what was done is kept, the hint goes on with it."""

    exit_code = 3


class NothingSelectedError(ThreadbenchError):
    """Scenarios were found, but none is left after `::case`, `-k` and `-t`."""

    exit_code = 5


class InternalError(ThreadbenchError):
    """A state that threadbench itself should never reach."""

    exit_code = 70


class Position(NamedTuple):
    """A place in a text: path as the user gave it, line and column from 1 (column in characters).

    A place on the command line (`--set params.x=1`) has line 0, and is written as its path alone.
    """

    path: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}" if self.line else self.path


class Diagnostic(NamedTuple):
    """One thing that is wrong in a scenario file.

    `source` is the whole source line and `width` how many of its characters, from the column on, the caret marks.
    """

    position: Position
    message: str
    hint: str | None = None
    source: str = ""
    width: int = 1

    def render(self) -> str:
        """`file:line:column: error: message`, the source line, a caret, and the hint."""
        lines = [f"{printable(str(self.position))}: error: {self.message}"]
        if self.position.line and self.source:
            number = str(self.position.line)
            start = self.position.column - 1
            shown = printable(self.source)
            # Escaping can lengthen what precedes the mark: measure what is shown, not what was read.
            before = printable(self.source[:start])
            marked = printable(self.source[start : start + self.width])
            lines.append(f"  {number} | {shown}")
            lines.append(f"  {' ' * len(number)} | {' ' * columns(before)}{'^' * max(1, columns(marked))}")
        if self.hint:
            lines.append(f"  hint: {self.hint}")
        return "\n".join(lines)


class ScenarioError(ThreadbenchError):
    """Scenario files that cannot be run as written; carries every `Diagnostic`, sorted by position."""

    exit_code = 2

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(sorted(diagnostics, key=lambda d: d.position))
        super().__init__("\n".join(d.message for d in self.diagnostics))

    def __str__(self) -> str:
        """As `render`: whoever sees this in a traceback needs the places too; `args[0]` has the messages alone."""
        return self.render()

    def render(self) -> str:
        """All diagnostics, one block each."""
        return "\n".join(d.render() for d in self.diagnostics)


def printable(text: str) -> str:
    """Make hostile text inert: control, direction-changing and surrogate characters are shown as escapes."""
    if text.isprintable():
        return text
    import unicodedata  # not for text of every day

    return "".join(
        char if char == " " or unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"} else _escape(char)
        for char in text
    )


def columns(text: str) -> int:
    """How many terminal columns a printable text takes: wide East Asian characters take two, combining ones none."""
    if text.isascii():
        return len(text)
    import unicodedata

    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in {"W", "F"} else 1
        for char in text
    )


def _escape(char: str) -> str:
    return char.encode("unicode_escape", "surrogatepass").decode("ascii")


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """A hint that names the closest known word, or None where none is close."""
    import difflib  # only on the way to an error: it costs as much as argparse

    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"did you mean '{close[0]}'?" if close else None
