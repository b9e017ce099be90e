"""One process that measures, seen from here: it is started, told when to go, waited for, and read."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import time
from typing import TYPE_CHECKING, Final

import msgspec

from ..errors import NothingSelectedError, PluginError, ThreadbenchError, UsageError
from ..verdicts import INVALID, NOTHING_SELECTED, PLUGIN
from .measuring import Process, command, read_process
from .worker import REFUSED

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from .order import Order

_STARTING: Final = 120.0
"""Seconds that a process may take until its first value could begin, on a machine that is very busy."""

_KINDS: Final[dict[int, type[ThreadbenchError]]] = {
    INVALID: UsageError,
    PLUGIN: PluginError,
    NOTHING_SELECTED: NothingSelectedError,
}


class FailedError(Exception):
    """A process that timed a case came to no figures; the message says why, in a line."""


class Measuring:
    """A process that times a case, value by value.

    Args:
        python: the interpreter; None: this one.
        order: what it is told, but for the descriptors.
        options: pyperf's.
        folder: where its files go, which are its alone by `stem`.
        stem: begins their names.
        turns: whether it asks before each value.
    """

    def __init__(
        self, python: str | None, order: Order, options: Sequence[str], folder: Path, stem: str, *, turns: bool
    ) -> None:
        self._target = folder / f"{stem}.json"
        self._said = folder / f"{stem}.err"
        self._what = f"{order.name}, timed" + (f" by {python}" if python else "")
        self._ready, self._go = -1, -1
        theirs: tuple[int, ...] = ()
        if turns:
            self._ready, ready = os.pipe()
            go, self._go = os.pipe()
            theirs = (ready, go)
            order = msgspec.structs.replace(order, ready=ready, go=go)
        words = command(python, msgspec.json.encode(order).decode(), options, str(self._target))
        try:
            with self._said.open("wb") as said:
                self._process = subprocess.Popen(
                    words,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=said,
                    pass_fds=theirs,
                    # Ctrl-C is ours to hand on, and what it starts ends with it. No session of its own, to which Linux
                    # may give one share of the CPUs, however many of its processes want one.
                    process_group=0,
                )
        finally:
            for descriptor in theirs:
                os.close(descriptor)

    def await_turn(self, seconds: float = _STARTING) -> None:
        """Wait until a value could begin.

        Raises:
            FailedError: it ended, or took longer than that.
        """
        readable, _, _ = select.select([self._ready], [], [], seconds)
        if not readable:
            self._give_up(seconds)
        if not os.read(self._ready, 1):
            self._ended()

    def go(self) -> None:
        """Let it take one value."""
        with contextlib.suppress(BrokenPipeError):  # it has ended, and the next wait says so
            os.write(self._go, b"g")

    def finish(self, seconds: float) -> Process:
        """Wait for its end, and read what it has measured.

        Raises:
            FailedError: it measured nothing.
            ThreadbenchError: it says that the case cannot be had there.
        """
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._give_up(seconds)
        if self._process.returncode != 0:
            self._ended()
        return read_process(self._target)

    def close(self) -> None:
        """End it and all that it started, wherever it is."""
        for name in ("_ready", "_go"):
            if getattr(self, name) >= 0:
                os.close(getattr(self, name))
                setattr(self, name, -1)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _give_up(self, seconds: float) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGABRT)  # faulthandler, where it is on, says where it stood
            time.sleep(0.2)
        raise FailedError(f"{self._what}: no answer within {seconds:.0f} s, which is more than its timeout allows")

    def _ended(self) -> None:
        status = self._process.wait(_STARTING)
        said = self._said.read_text(encoding="utf-8", errors="backslashreplace").strip().splitlines()
        last = said[-1] if said else ""
        if status == REFUSED:
            error = msgspec.json.decode(last, type=dict[str, object])
            kind = _KINDS.get(int(str(error["exit_code"])), UsageError)
            hint = error["hint"]
            raise kind(f"{self._what}: {error['message']}", hint=None if hint is None else str(hint))
        how = f"ended by signal {-status}" if status < 0 else f"ended with {status}"
        raise FailedError(f"{self._what}: {how}" + (f": {last}" if last else ""))
