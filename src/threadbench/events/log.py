"""The event log on disk: JSON Lines, a header first, a closing line last, `seq` gapless from 0."""

from __future__ import annotations

import codecs
import os
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from ..errors import LogError
from ..outcomes import no_json, spelled
from .record import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Tap = Callable[[bytes], None]
    """Takes whole lines, many at a time."""


def _spell_out(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    return "".join(f"\\\\u{ord(char):04x}" for char in error.object[error.start : error.end]), error.end


codecs.register_error("threadbench.spell_out", _spell_out)


def encode_outcome(outcome: Any, place: str | None = None) -> bytes:
    """What a workload returned, as the event's data that brings it.

    Args:
        outcome: what it returned.
        place: where it is said what that is, for a person.

    Raises:
        TypeError: it is not JSON; the message says what it is that is not.
    """
    try:
        return encode_json({"outcome": spelled(outcome)})
    except (TypeError, ValueError, RecursionError) as error:
        raise no_json(error, place) from None


def encode_json(value: Any) -> bytes:
    """JSON as UTF-8, whatever is in it: lone surrogates are spelled out, integers have any size, NaN is null.

    Raises:
        TypeError: something in it is not JSON.
    """
    try:
        return msgspec.json.encode(value)
    except (UnicodeEncodeError, OverflowError):
        import json  # not for data of every day

        return json.dumps(value, ensure_ascii=False).encode("utf-8", "threadbench.spell_out")


class LogWriter:
    """Writes one log; the seq of each line is its own to give.

    Lines reach the operating system at `flush`, so that a killed supervisor loses nothing it has noted.
    """

    def __init__(self, path: Path, descriptor: int, *, start: int, seq: int, size: int, tap: Tap | None = None) -> None:
        self.path = path
        self.start = start
        self.seq = seq
        self.moment: int | None = None
        """What time it is to be, nanoseconds since the start, for what the supervisor states; None: what it is."""
        self._descriptor = descriptor
        self._parts: list[bytes] = []
        self._size = size
        self._tap = tap

    @classmethod
    def create(cls, path: Path, header: Mapping[str, Any], tap: Tap | None = None) -> LogWriter:
        """Make the file (and its folders) and write `run.started`; a tap is handed all lines once they are written.

        Raises:
            LogError: the file cannot be written.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise LogError(f"cannot write the event log {path}: {error.strerror}") from error
        writer = cls(path, descriptor, start=time.monotonic_ns(), seq=0, size=0, tap=tap)
        writer.state("run.started", {"schema": SCHEMA, **header}, t=0)
        writer.flush()
        return writer

    @classmethod
    def resume(cls, path: Path, *, start: int, seq: int, size: int) -> LogWriter:
        """Go on with a log that is whole in its first `size` bytes; what stands behind them is cut off.

        Raises:
            LogError: the file cannot be written.
        """
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
            os.ftruncate(descriptor, size)
            os.lseek(descriptor, size, os.SEEK_SET)
        except OSError as error:
            raise LogError(f"cannot write the event log {path}: {error.strerror}") from error
        return cls(path, descriptor, start=start, seq=seq, size=size)

    def state(self, event: str, data: Mapping[str, Any], *, t: int | None = None, thread: str | None = None) -> None:
        """Write a line that the supervisor itself states, at `t` ns (default: now), perhaps of a thread."""
        if t is None:
            t = time.monotonic_ns() - self.start if self.moment is None else self.moment
        who = b',"thread":' + encode_json(thread) if thread else b""
        self.add(b'"t":%d,"event":"%b"%b,"data":%b}\n' % (t, event.encode(), who, encode_json(data)))

    def add(self, rest: bytes) -> None:
        """Write a line given as all that follows its seq."""
        self._parts.append(b'{"seq":%d,%b' % (self.seq, rest))
        self.seq += 1

    def flush(self) -> int:
        """Hand all lines to the operating system; returns the size of the log in bytes.

        Raises:
            LogError: the disk is full, or worse.
        """
        data = b"".join(self._parts)
        self._parts = []
        self._size += len(data)
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self._descriptor, view) :]
        except OSError as error:
            raise LogError(
                f"cannot write the event log {self.path}: {error.strerror}",
                hint="what was emitted is kept beside it: free some space, then `threadbench report` it",
            ) from error
        if self._tap and data:
            self._tap(data)
        return self._size

    def finish(self, data: Mapping[str, Any]) -> None:
        """Write `run.finished` and close the file.

        Raises:
            LogError: the disk is full, or worse.
        """
        self.state("run.finished", data)
        try:
            self.flush()
        finally:
            self.close()

    def close(self) -> None:
        """Close the file as it is."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
