"""`report A --against B`: two logs, or two kept schedules, enter; what changed and where they part leaves."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from ..errors import LogError, UsageError
from ..report.against import (
    changes_document,
    choices_part,
    compare,
    comparison_document,
    comparison_lines,
    parting,
    witness_changes,
    witness_lines,
)
from ..report.line import line

if TYPE_CHECKING:
    from typing import Any

    from ..report.account import Account
    from ..report.summary import Summary
    from .console import Console

_WITNESS = b"threadbench.witness/"
_HEAD = 4096


def show_against(log: str, other: str, console: Console) -> int:
    """Draw two logs, or two witnesses, side by side; 0 whatever they differ in.

    Raises:
        LogError: one of them can be read not at all.
        UsageError: one is a witness and the other a log.
    """
    kinds = {is_witness(log), is_witness(other)}
    if len(kinds) == 2:
        raise UsageError(
            f"{log} and {other}: one is a witness and the other an event log", hint="compare two of a kind"
        )
    if kinds == {True}:
        _show_witnesses(log, other, console)
    else:
        _show_logs(log, other, console)
    return 0


def is_witness(path: str) -> bool:
    """Whether a file is what `threadbench explore` keeps of a schedule.

    Raises:
        LogError: it cannot be read.
    """
    try:
        with Path(path).open("rb") as file:
            return _WITNESS in file.read(_HEAD)
    except OSError as error:
        raise LogError(f"cannot read {path}: {error.strerror}") from error


def _show_logs(log: str, other: str, console: Console) -> None:
    from ..report import json
    from ..report.reading import Reading

    readings = Reading(other), Reading(log)
    sides = _read(readings[0]), _read(readings[1])
    missing = [reading.missing for reading in readings]
    for reading in readings:  # before they are read once more, and only to where they part
        if reading.damage:
            console.warn(f"partial report: {reading.missing}")
    found = compare(*sides, parting(*readings))
    if console.json:
        document = {"schema": "threadbench.comparison/1", "log": log, "against": other, **comparison_document(found)}
        document["missing"] = dict(zip(("against", "this"), missing, strict=True))
        console.text(json.dump(document))
        return
    console.line(line((log, "strong"), " against ", (other, "strong")))
    console.line(line(""))
    console.lines(comparison_lines(found, everything=console.verbose, width=console.width))


def _read(reading: Any) -> tuple[Account, Summary]:
    from ..report.account import account_of
    from ..report.summary import Tally

    tally = Tally()
    account = account_of(tally.counting(reading), reading.path)
    return account, tally.summary()


def _show_witnesses(log: str, other: str, console: Console) -> None:
    from ..report import json
    from ..searches import load_witness

    against, this = (msgspec.to_builtins(load_witness(path)) for path in (other, log))
    if console.json:
        document = {"schema": "threadbench.comparison/1", "log": log, "against": other}
        changes = changes_document(witness_changes(against, this))
        at = choices_part(against["choices"], this["choices"])
        console.text(json.dump({**document, "changes": changes, "part_at_choice": at}))
        return
    console.line(line((log, "strong"), " against ", (other, "strong")))
    console.line(line(""))
    console.lines(witness_lines(against, this, width=console.width))
