"""What a workload prints becomes `log` events, line by line, of the thread that printed."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from sys import _getframe
from typing import Any

from ....events.log import encode_json
from ....events.vocabulary import EVENT_IDS
from ...patches import Patch
from . import recorder
from .recorder import adopt, local, where, write_payload

LOG, UNFINISHED = EVENT_IDS["log"], EVENT_IDS["~unfinished"]


class LogStream(io.TextIOBase):
    """Stands for `sys.stdout` or `sys.stderr`; in threads and child processes that are not of the run it is the real
    one.
    """

    encoding = "utf-8"
    errors = "backslashreplace"

    def __init__(self, name: str, real: Any) -> None:
        super().__init__()
        self._name = name
        self._real = real

    def write(self, text: str) -> int:
        """Log each finished line; the rest waits for its end, or for `flush`."""
        if not recorder.is_member() or not recorder.is_recording():
            return int(self._real.write(text))
        unfinished: dict[str, str] = local.__dict__.setdefault("unfinished", {})
        *lines, rest = (unfinished.pop(self._name, "") + text).split("\n")
        at = where(_getframe(1)) if lines else 0
        for line in lines:
            self._log(line, at)
        if rest:
            unfinished[self._name] = rest
            # Kept with the supervisor, who logs it if the end of the line never comes.
            write_payload(getattr(local, "emit", None) or adopt(), UNFINISHED, 0, 0, self._data(rest))
        return len(text)

    def _data(self, text: str) -> bytes:
        return encode_json({"stream": self._name, "text": text})

    def _log(self, line: str, at: int) -> None:
        write = getattr(local, "emit", None) or adopt()
        write_payload(write, LOG, 0, at, self._data(line))

    def flush(self) -> None:
        """Log an unfinished line of the calling thread as it is."""
        rest = getattr(local, "unfinished", {}).pop(self._name, "")
        if rest:
            self._log(rest, where(_getframe(1)))
        if not recorder.is_recording():
            self._real.flush()

    def __del__(self) -> None:
        """Nothing is closed: the stream behind is the interpreter's, and may outlive what `flush` needs."""

    def writable(self) -> bool:
        """Always."""
        return True

    def fileno(self) -> int:
        """The descriptor below: what is written there is logged too, without its thread."""
        return int(self._real.fileno())

    @property
    def buffer(self) -> Any:
        """The binary stream below: what is written there is logged too, without its thread."""
        return self._real.buffer


def finish() -> None:
    """Log what the calling thread, which ends, has printed without an end of line."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, LogStream):
            stream.flush()


def rows() -> Iterator[Patch]:
    """The rows for `sys`."""
    for name in ("stdout", "stderr"):
        yield Patch(sys, name, LogStream(name, getattr(sys, name)))
