"""pytest's end of the desk: starts it when the first scenario file is collected, asks, and ends it with the session."""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from ..runtime.native import kernel
from .orders import Collect, Execute, Refused, Report, Rows, Settings

if TYPE_CHECKING:
    from pathlib import Path

GRACE = 5.0
"""Seconds that a run has for its end after Ctrl-C."""


class Desk:
    """The process that runs a session's scenarios, from pytest's side.

    Args:
        settings: of the session.
        folder: where it lives, which paths are relative to: where pytest was called.
    """

    def __init__(self, settings: Settings, folder: Path) -> None:
        theirs_in, ours_out = os.pipe()
        ours_in, theirs_out = os.pipe()
        code = (
            f"import sys; sys.path[:] = {sys.path!r}\n"
            f"from threadbench.suite.desk import main; main({theirs_in}, {theirs_out}, {os.getpid()})"
        )
        # In a session of its own: Ctrl-C comes from here, once, and is told by an answer.
        self._process = subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=folder,
            pass_fds=[theirs_in, theirs_out],
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self._orders = os.fdopen(ours_out, "wb")
        self._answers = os.fdopen(ours_in, "rb")
        pickle.dump(settings, self._orders)

    def collect(self, path: str) -> Rows | Refused:
        """The cases of a file."""
        answer = self._ask(Collect(path))
        assert isinstance(answer, Rows | Refused)
        return answer

    def execute(self, path: str, name: str, *, search: bool) -> Report | Refused:
        """Run a case, or search it.

        Raises:
            KeyboardInterrupt: Ctrl-C; its log is whole.
        """
        try:
            answer = self._ask(Execute(path, name, search))
        except KeyboardInterrupt:
            self._interrupt()
            raise
        if isinstance(answer, Report) and answer.interrupted:
            raise KeyboardInterrupt
        assert isinstance(answer, Report | Refused)
        return answer

    def close(self) -> None:
        """End the process, and with it what it had forked."""
        for file in (self._orders, self._answers):
            with contextlib.suppress(OSError):
                file.close()
        try:
            self._process.wait(GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _ask(self, order: Collect | Execute) -> Any:
        try:
            pickle.dump(order, self._orders)
            self._orders.flush()
            return pickle.load(self._answers)
        except (EOFError, OSError):
            status = self._process.wait()
            return Refused(f"the process that runs scenarios has ended with status {status}, and can run no more")

    def _interrupt(self) -> None:
        """Pass on Ctrl-C, and wait until the run's log is written; a second one ends the wait."""
        self._process.send_signal(signal.SIGINT)
        if kernel.readable([self._answers.fileno()], GRACE):
            with contextlib.suppress(EOFError, OSError):
                pickle.load(self._answers)
