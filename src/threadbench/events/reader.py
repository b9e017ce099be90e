"""Reads logs back as typed records, also logs that were cut off."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from ..errors import LogError
from .record import SCHEMA, Event

WHERE_LOGS_LIE: Final = "`threadbench run` writes them below .threadbench/runs, and says where"
"""The hint of whoever was given something else."""
_decode = msgspec.json.Decoder(Event).decode


def read_log(path: str | Path) -> Iterator[Event]:
    """The events of a log one by one, in bounded memory; a last line without its end is left out.

    Raises:
        LogError: no such file, not an event log, a schema that this version does not know, or a line that is damaged.
    """
    name = str(path)
    try:
        file = Path(path).open("rb")  # noqa: SIM115 - closed by the generator
    except (OSError, ValueError) as error:
        raise LogError(f"cannot read {name}: {getattr(error, 'strerror', None) or error}") from error
    return _events(file, name)


def decode_lines(lines: bytes) -> list[Event]:
    """The events of some whole lines of a log."""
    return [_decode(line) for line in lines.split(b"\n") if line]


def _events(file: BinaryIO, name: str) -> Iterator[Event]:
    with file as lines:
        number = 0
        event: Event | None = None
        try:
            for number, line in enumerate(lines, start=1):
                try:
                    event = _decode(line)
                except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
                    if number == 1:
                        raise LogError(
                            f"{name} is not an event log: its first line is no event ({error})", hint=WHERE_LOGS_LIE
                        ) from error
                    if not line.endswith(b"\n") and event is not None and event.event != "run.finished":
                        return  # cut off within its last line
                    raise LogError(f"{name}:{number}: damaged event log: {error}") from error
                if number == 1:
                    _expect_header(event, name)
                if event.seq != number - 1:
                    raise LogError(
                        f"{name}:{number}: damaged event log: seq {event.seq} stands where {number - 1} belongs"
                    )
                yield event
        except OSError as error:
            raise LogError(f"cannot read {name}: {error.strerror}") from error
        if number == 0:
            raise LogError(f"{name} is not an event log: it is empty", hint=WHERE_LOGS_LIE)


def _expect_header(event: Event, name: str) -> None:
    schema = event.data.get("schema")
    if event.event != "run.started" or not isinstance(schema, str):
        raise LogError(f"{name} is not an event log: it does not begin with run.started", hint=WHERE_LOGS_LIE)
    if schema != SCHEMA:
        raise LogError(
            f"{name} has the schema {schema}, and this threadbench reads {SCHEMA}", hint="use the version that wrote it"
        )
