"""Closes a log whose supervisor died: what its threads had emitted is still in the segments beside it.

`live_folder(log)` is where a supervisor keeps them while a run goes on. Two locks tell who is alive: the supervisor
holds one on the folder's control file, the worker one on its strings file; both end with their process, whatever ends
it.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import LogError
from . import buffer
from .drain import Drain, Record
from .log import LogWriter
from .scribe import Scribe
from .tally import Tally, merge

PATIENCE = 5.0
"""Seconds to wait for a worker that is being killed because its supervisor is gone."""


def live_folder(log: Path) -> Path:
    """Where the segments of a running log are."""
    return log.with_name(log.name + ".live")


def discard(live: Path) -> None:
    """Remove a live folder, as far as can be."""
    try:
        for file in live.iterdir():
            file.unlink()
        live.rmdir()
    except FileNotFoundError:
        return
    except OSError:  # it holds what nobody of us put there
        import shutil  # brings along all that compresses

        shutil.rmtree(live, ignore_errors=True)


def hold(path: Path) -> int:
    """Lock a file for as long as this process lives (or closes the returned descriptor).

    Raises:
        BlockingIOError: somebody alive holds it.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def refuse_running(log: Path) -> None:
    """See to it that nobody else is writing this log.

    Raises:
        LogError: another run is.
    """
    control = live_folder(log) / "control"
    if control.exists():
        try:
            os.close(hold(control))
        except BlockingIOError:
            raise LogError(f"another run is writing the event log {log}", hint="name another with --events") from None


@contextmanager
def _alone(live: Path, log: Path) -> Iterator[None]:
    held: list[int] = []
    deadline = time.monotonic() + PATIENCE
    try:
        for name in ("control", "strings"):
            while True:
                try:
                    held.append(hold(live / name))
                    break
                except BlockingIOError:
                    if name == "control" or time.monotonic() > deadline:
                        raise LogError(f"{log} is still being written: its run has not ended") from None
                    time.sleep(0.02)
        yield
    finally:
        for descriptor in held:
            os.close(descriptor)


def recover(path: str | Path) -> int:
    """Write what is left in the segments of a dead run to its log, and close it as interrupted.

    Returns how many events were recovered; 0 for a log that needs nothing.

    Raises:
        LogError: the run is still going on, or the files cannot be read or written.
    """
    log = Path(path)
    live = live_folder(log)
    if not live.is_dir():
        return 0
    with _alone(live, log):
        try:
            recovered = _drain(log, live)
        except OSError as error:
            raise LogError(f"cannot recover {log}: {error.strerror}") from error
    discard(live)
    return recovered


def _rest(drain: Drain) -> Iterator[list[Record]]:
    """What dead writers left, in order; all of it at once only from the first seq on that never comes."""
    while records := drain.read():
        yield records
    if records := drain.read(final=True):
        yield records


def _drain(log: Path, live: Path) -> int:
    from .reader import read_log  # who runs reads nothing back

    if (live / "control").stat().st_size < buffer.CONTROL:
        return 0  # killed while the folder was being made: nothing ran yet
    drain = Drain(live)
    cursor = drain.cursor()
    tally = Tally()
    observers = merge(*tally.observers())
    size = cursor.log_bytes
    if size == 0:
        with log.open("rb") as file:
            size = len(file.readline())
    writer = LogWriter.resume(log, start=drain.start, seq=0, size=size)
    for event in read_log(log):
        writer.seq = event.seq + 1
        for function in observers.get(event.event, ()):
            function(event.t, event.thread or "", event.object or "", event.at or "", event.data)
    scribe = Scribe(drain.names, writer, observers)
    before = writer.seq
    end = drain.start
    for records in _rest(drain):
        scribe.write(records)
        writer.flush()
        end = records[-1][1]
    recovered = writer.seq - before
    for (thread, stream), text in tally.unfinished.items():
        writer.state("log", {"stream": stream, "text": text}, thread=thread)
    writer.finish(
        {
            "verdict": "interrupted",
            "as_expected": False,
            "cause": "interrupted",
            "reason": "the supervisor was killed; the log was recovered from what its threads had emitted",
            "outcome": tally.outcome,
            "checks": [
                {"name": name, "ok": check.ok, "at": check.at or None, "data": check.data}
                for name, check in tally.checks.items()
            ],
            "metrics": tally.metrics.flat(),
            "failures": [],
            "duration": (end - drain.start) / 1e9,
            "counts": {"events": writer.seq + 1, "threads": tally.threads, "recovered": recovered},
        }
    )
    drain.close()
    return recovered
