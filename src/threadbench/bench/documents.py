"""What was measured, for machines and for pages: groups enter, JSON and Markdown leave."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

import msgspec

from . import tables
from .interpreters import Interpreter

if TYPE_CHECKING:
    from ..results import Session
    from .report import Measured, Row
    from .statistics import Estimate

SCHEMA: Final = "threadbench.bench/1"


def document(
    session: Session,
    measured: Sequence[Measured],
    unfit: Mapping[str, str],
    notes: Sequence[str],
    *,
    interrupted: bool,
    exit_code: int,
) -> dict[str, Any]:
    """The one JSON document of `--json`; times in seconds, memory in bytes, intervals of 95 %."""
    return {
        "schema": SCHEMA,
        "session": msgspec.to_builtins(session),
        "groups": [_group(each) for each in measured],
        "not_measured": [{"case": case, "reason": reason} for case, reason in unfit.items()],
        "notes": list(notes),
        "interrupted": interrupted,
        "exit_code": exit_code,
    }


def markdown(measured: Sequence[Measured], unfit: Mapping[str, str], notes: Sequence[str]) -> str:
    """Tables for a page or a comment."""
    return "\n".join(_markdown(measured, unfit, notes)) + "\n"


def _markdown(measured: Sequence[Measured], unfit: Mapping[str, str], notes: Sequence[str]) -> Iterator[str]:
    yield from (f"> {_escaped(note)}" for note in notes)
    for each in measured:
        yield from ("", f"### {_escaped(each.group.title)}", "")
        yield from _rows(
            ("variant", *tables.HEAD), [(row.variant.label or "-", *tables.cells(row)) for row in each.rows]
        )
        if each.curve:
            yield ""
            points = [
                (f"{point.workers:g}", f"{point.speed_up.centre:.2f}", f"{point.efficiency.centre:.0%}")
                for point in each.curve.points
            ]
            yield from _rows((str(each.group.numeric), "speed-up", "efficiency"), points)
        sentences = [
            *filter(None, [tables.serial(each)]),
            *(f"{row.variant.label or 'it'}: {tables.changed(row.change)}" for row in each.rows if row.change),
            *tables.said(each),
        ]
        if sentences:
            yield ""
            yield from (f"- {_escaped(sentence)}" for sentence in sentences)
    if unfit:
        yield ""
        yield from (f"- not measured: {_escaped(case)}: {_escaped(reason)}" for case, reason in unfit.items())


def _rows(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(map(_escaped, row))} |"


def _escaped(text: str) -> str:
    """Text that stays text in Markdown, a table's cell included."""
    for mark in ("\\", "|", "`", "*", "_", "<", "[", "]"):
        text = text.replace(mark, "\\" + mark)
    return text.replace("\n", " ")


def _group(measured: Measured) -> dict[str, Any]:
    return {
        "case": measured.group.title,
        "compared_by": "unit of work" if measured.by_unit else "run",
        "variants": [_row(row) for row in measured.rows],
        "scaling": _scaling(measured),
        "caveats": list(measured.caveats),
    }


def _row(row: Row) -> dict[str, Any]:
    interpreter = row.variant.interpreter
    told = row.change
    return {
        "case": row.variant.case.id,
        "benchmark": row.variant.name,
        "dimensions": dict(row.variant.dimensions),
        "interpreter": msgspec.to_builtins(interpreter) if isinstance(interpreter, Interpreter) else None,
        "times_as_fast": _estimate(row.relative) if row.relative else None,
        "figures": {**msgspec.to_builtins(row.figures), "throughput": row.figures.throughput},
        "values": [list(process.values) for process in row.rounds],
        "traced": {
            "time": row.traced.time,
            "times_as_long": row.tracing,
            "metrics": dict(row.traced.waits),
            "log": row.traced.result.log_path,
        },
        "baseline": told
        and {
            "judgement": told.judgement,
            "by": told.by,
            "times_as_long": _estimate(told.ratio),
            "p": told.p,
            "machine": told.machine,
            "allowed": told.allowed,
            "doubt": told.doubt or None,
        },
        "caveats": list(row.caveats),
    }


def _scaling(measured: Measured) -> dict[str, Any] | None:
    curve = measured.curve
    if curve is None:
        return None
    return {
        "dimension": measured.group.numeric,
        "points": [
            {
                "workers": point.workers,
                "speed_up": _estimate(point.speed_up),
                "efficiency": _estimate(point.efficiency),
            }
            for point in curve.points
        ],
        "serial_fraction": _estimate(curve.serial) if curve.serial else None,
        "fitted": list(curve.fitted),
        "misfit": curve.misfit,
    }


def _estimate(estimate: Estimate) -> dict[str, float | None]:
    """An interval that does not exist is null at both ends."""
    return {
        name: value if (isfinite(value) and estimate.known) or name == "centre" else None
        for name, value in estimate._asdict().items()
    }
