"""A run's result, read back from its event log: what a worker has sent, or an interrupted sweep has left."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

import msgspec

from ..engine import header_of, judged, result_of, task_of
from ..errors import LogError
from ..events import Event
from ..events.record import SCHEMA

if TYPE_CHECKING:
    from pathlib import Path

    from ..results import Result, Session
    from ..scenario import Case

_decode = msgspec.json.Decoder(Event).decode

SAME: Final = ("scenario", "case", "kind", "params", "cell", "seed", "repeat", "timeout", "runtime", "model")
"""What the first line of a log says of the run; all else is about where and when."""
PIECE: Final = 1 << 16


def finished(case: Case, repeat: int, session: Session, path: Path) -> Result | None:
    """The result of a run by its log; None where that is missing, half-written, interrupted, or another run's.

    What the scenario expects is judged anew: a log whose last line says something else is of an older scenario.
    """
    try:
        ends = _ends(path)
    except (OSError, msgspec.MsgspecError):
        return None
    if ends is None:
        return None
    first, last = ends
    task = task_of(case, session, repeat)
    mine: Any = msgspec.to_builtins(dict(header_of(case, task, session, repeat)))
    said = first.data
    if said.get("schema") != SCHEMA or any(said.get(key) != mine[key] for key in SAME):
        return None
    closing = last.data
    if closing.get("cause") in {None, "interrupted"}:
        return None
    checks = {check["name"]: check["ok"] for check in closing["checks"]}
    verdict, as_expected, failures = judged(case, closing["cause"], closing["outcome"], checks, closing["metrics"])
    if (verdict, as_expected) != (closing["verdict"], closing["as_expected"]):
        return None
    return result_of(case, task, repeat, path, dict(closing), failures)


def _ends(path: Path) -> tuple[Event, Event] | None:
    """First and last line of a log; None unless the last one closes it."""
    with path.open("rb") as file:
        first = file.readline()
        size = file.seek(0, os.SEEK_END)
        last, at = b"", size
        while at > 0 and last.count(b"\n") < 2:
            step = min(PIECE, at)
            at -= step
            file.seek(at)
            last = file.read(step) + last
    if not last.endswith(b"\n"):
        return None
    opening, closing = _decode(first), _decode(last.splitlines()[-1])
    whole = opening.event == "run.started" and closing.event == "run.finished"
    return (opening, closing) if whole else None


def store(path: Path, log: bytes) -> None:
    """Put a log where it belongs, whole or not at all.

    Raises:
        LogError: it cannot be written.
    """
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(log)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise LogError(f"cannot write the event log {path}: {error.strerror}") from error


def seed_in(logs: Iterable[tuple[str, Path]]) -> int | None:
    """The seed that a sweep drew, by the first of its logs that is there.

    Args:
        logs: ids of cases that name no seed of their own, and where the log of each would be.
    """
    for case, path in logs:
        try:
            with path.open("rb") as file:
                said = _decode(file.readline()).data
        except (OSError, msgspec.MsgspecError):
            continue
        if said.get("case") == case and isinstance(said.get("seed"), int):
            return int(said["seed"])
    return None
