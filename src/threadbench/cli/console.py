"""The one place that writes: lines for a person, documents for a machine, and the live line of a terminal.

Standard output belongs to data where data was asked for (`--json`, `--events -`): people then read standard error.
rich is imported only where something is drawn on a terminal or in colour.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, Literal, TextIO

from ..errors import UsageError, printable
from ..report.line import Line, Role, fitted, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Color = Literal["auto", "always", "never"]

_ECHO: Final = 3
"""Columns that the live line leaves free: a `^C` of the terminal in the last ones would break the line."""
_STYLES: Final[dict[Role, str]] = {
    "": "",
    "good": "green",
    "bad": "bold red",
    "warn": "yellow",
    "dim": "dim",
    "strong": "bold",
}


class Console:
    """Where a verb writes.

    Attributes:
        json: standard output holds one JSON document.
        quiet: only the last line is wanted.
        verbose: events and output are wanted too.
        colored: whether lines are drawn in colour.
        live: whether a line may be drawn over: only ever on a terminal that a person looks at.
    """

    def __init__(
        self,
        *,
        color: Color = "auto",
        json: bool = False,
        data: bool = False,
        quiet: bool = False,
        verbose: bool = False,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        env = os.environ if environ is None else environ
        self.json = json
        self.quiet = quiet
        self.verbose = verbose
        for stream in (sys.stdout, sys.stderr):
            # A name that the terminal's encoding lacks is shown as an escape: no report dies of a character.
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="backslashreplace")
        self._human: TextIO = sys.stderr if json or data else sys.stdout
        terminal = self._human.isatty()
        able = env.get("TERM") != "dumb"
        self.colored = _wants_color(color, env, terminal=terminal and able)
        self.live = terminal and able and not quiet and not env.get("CI")
        self._rich: Any = None
        self._live: Any = None

    @property
    def width(self) -> int:
        """Columns of the terminal: what COLUMNS says, else what it is itself, else 80."""
        import shutil

        return shutil.get_terminal_size().columns

    def line(self, line: Line) -> None:
        """Write one line for a person, above the live line if there is one."""
        self.lines((line,))

    def lines(self, lines: Iterable[Line]) -> None:
        """Write lines for a person, who sees them at once: behind a pipe somebody may be reading along."""
        for each in lines:
            if self.colored or self._live is not None:
                self._drawing().print(_rich_text(each), soft_wrap=True)
            else:
                self._write(self._human, plain(each) + "\n")
        self._flush(self._human)

    def warn(self, text: str) -> None:
        """Say what has gone wrong besides, on standard error."""
        self.clear_live()
        self._write(sys.stderr, f"warning: {printable(text)}\n")

    def text(self, text: str) -> None:
        """Write text that is the command's answer itself (a schema, a script) to standard output, as it is."""
        self._write(sys.stdout, text)

    def copy(self, path: str) -> None:
        """Write a file's bytes to standard output, for `--events -`."""
        import shutil

        sys.stdout.flush()
        with open(path, "rb") as file:  # noqa: PTH123  (the path is the engine's, and bytes go through untouched)
            shutil.copyfileobj(file, sys.stdout.buffer)
        sys.stdout.flush()

    def show_live(self, line: Line, gives: int = 0) -> None:
        """Draw the live line, where there may be one; where it is too long, its span number `gives` is cut first."""
        if not self.live:
            return
        if self._live is None:
            from rich.live import Live

            # No refreshing thread and nothing redirected: the engine forks, and a child would inherit both.
            self._live = Live(
                console=self._drawing(),
                auto_refresh=False,
                transient=True,
                redirect_stdout=False,
                redirect_stderr=False,
            )
            self._live.start()
        width = self.width - _ECHO
        text = _rich_text(fitted(line, width, gives))
        text.truncate(width, overflow="ellipsis")
        text.no_wrap = True
        self._live.update(text, refresh=True)

    def clear_live(self) -> None:
        """Take the live line away."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _write(self, stream: TextIO, text: str) -> None:
        with _told(stream):
            stream.write(text)

    def _flush(self, stream: TextIO) -> None:
        with _told(stream):
            stream.flush()

    def _drawing(self) -> Any:
        if self._rich is None:
            from rich.console import Console as RichConsole

            self._rich = RichConsole(
                file=self._human,
                force_terminal=True,
                color_system="auto" if self.colored else None,
                no_color=not self.colored,
                highlight=False,
                markup=False,
                emoji=False,
                legacy_windows=False,
                _environ={**os.environ, "TERM": os.environ.get("TERM") or "xterm"},
            )
        return self._rich


@contextmanager
def _told(stream: TextIO) -> Iterator[None]:
    """Turn a full disk behind a stream into an error of the user's; a closed pipe stays what it is."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        name = "standard output" if stream is sys.stdout else "standard error"
        raise UsageError(f"cannot write to {name}: {error.strerror}") from error


def _wants_color(color: Color, env: Mapping[str, str], *, terminal: bool) -> bool:
    """What was said on the command line counts first, then NO_COLOR, then FORCE_COLOR, then the terminal."""
    if color != "auto":
        return color == "always"
    if env.get("NO_COLOR"):
        return False
    if env.get("FORCE_COLOR") not in {None, "", "0"}:
        return True
    return terminal


def _rich_text(line: Line) -> Any:
    from rich.text import Text

    return Text.assemble(*((span.text, _STYLES[span.role]) for span in line))
