"""The page of `bench --html`: groups that were measured enter, the text of a file that needs no network leaves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from ..durations import format_duration
from ..report.html.page import BAD, GOOD, SIGNS, WARN, rendered
from ..report.line import shorten
from . import charts, tables

if TYPE_CHECKING:
    from ..results import Session
    from .interpreters import Interpreter
    from .report import Measured, Row
    from .statistics import Estimate

_TEXT: Final = 400

KEYS: Final = (
    (("Tab",), "from control to control; a head of a table sorts by its column"),
    (("?",), "this help"),
)

HOW: Final = (
    "Variants took turns, value by value, so that what the machine did besides met all of them alike. Intervals are of"
    " 95 % and count processes, not values. Each value is as many runs, untraced, as take the least time that was asked"
    " for; waits and holds are those of one run more, which was traced.",
)


def bench_page(
    session: Session,
    measured: Sequence[Measured],
    unfit: Mapping[str, str],
    notes: Sequence[str],
    *,
    pythons: Sequence[Interpreter] = (),
    interrupted: bool = False,
) -> str:
    """A page of what was measured.

    Args:
        session: who measured, on what.
        measured: what has figures.
        unfit: cases that have none, and why.
        notes: about the machine.
        pythons: interpreters that were asked for.
        interrupted: whether Ctrl-C ended it before everything was measured.

    Raises:
        UsageError: jinja2 is not installed.
    """
    gil = "GIL on" if session.gil else "GIL off"
    facts = [
        ("Python", f"{session.implementation} {session.python}, {gil}"),
        ("CPUs", str(session.cpus)),
        ("platform", session.platform),
        ("seed", str(session.seed)),
        *((shorten(each.given, _TEXT), each.about) for each in pythons),
    ]
    if len(measured) == 1:
        facts += _effort(measured[0])
    many = f"{len(measured) + len(unfit)} cases"
    title = measured[0].group.title if len(measured) == 1 and not unfit else f"{many} measured"
    return rendered(
        "bench.html.j2",
        {},
        what="bench",
        title=shorten(title, 300),
        origin="timed runs of " + (many if len(measured) != 1 or unfit else shorten(measured[0].group.title, 300)),
        verdict=_verdict(measured, unfit, interrupted=interrupted),
        facts=facts,
        notes=list(notes),
        unfit=[(shorten(case, 300), shorten(why, _TEXT)) for case, why in unfit.items()],
        interrupted=interrupted,
        groups=[_group(each, session.cpus) for each in measured],
        how=HOW,
        keys=KEYS,
    )


def _verdict(measured: Sequence[Measured], unfit: Mapping[str, str], *, interrupted: bool) -> dict[str, str] | None:
    told = [row.change.judgement for each in measured for row in each.rows if row.change]
    if told.count("slower"):
        role, word = BAD, f"{told.count('slower')} slower than the baseline"
    elif unfit or interrupted:
        role, word = WARN, "interrupted" if interrupted else f"{len(unfit)} not measured"
    elif "unclear" in told:
        role, word = WARN, "unclear whether slower than the baseline"
    elif told:
        role, word = GOOD, "not slower than the baseline"
    else:
        return None
    return {"role": role, "sign": SIGNS[role], "word": word}


def _effort(measured: Measured) -> list[tuple[str, str]]:
    figures = measured.rows[0].figures
    each = f"{figures.values} values of {figures.processes} processes"
    return [("measured", each if len(measured.rows) == 1 else f"{each} for each variant")]


def _group(measured: Measured, cpus: int) -> dict[str, Any]:
    rows = measured.rows
    varied = len(rows) > 1
    # Where there is a curve, it shows the same.
    compared = [
        (row.variant.label, row.relative, tables.relative(row.relative))
        for row in rows
        if row.relative and not measured.curve
    ]
    by = "a unit of work" if measured.by_unit else "a run"
    pictures = [
        charts.comparison(compared, f"How many times as fast {by} is", reference=rows[0].variant.label),
        charts.comparison(_changes(rows), "How many times as fast as the baseline", reference="the baseline"),
        charts.scaling(measured, cpus),
        charts.distribution(measured),
    ]
    return {
        "title": shorten(measured.group.title, 300),
        "facts": _effort(measured),
        "charts": [chart._asdict() for chart in pictures if chart],
        "heads": ("variant", *tables.HEAD) if varied else tables.HEAD[1:],
        "rows": [_cells(row, varied=varied) for row in rows],
        "by_unit": measured.by_unit,
        "law": tables.serial(measured),
        "points": [
            (f"{point.workers:g}", _sure(point.speed_up), f"{point.efficiency.centre:.0%}")
            for point in (measured.curve.points if measured.curve else ())
        ],
        "dimension": str(measured.group.numeric),
        "changes": [_change(row, varied=varied) for row in rows if row.change],
        "wait_heads": (*(("variant",) if varied else ()), "of", *tables.PERCENTILES),
        "waits": [
            (
                *((row.variant.label,) if varied else ()),
                stem,
                *(_time(quantiles.get(name)) for name in tables.PERCENTILES),
            )
            for row in rows
            for stem, quantiles in tables.waits(row).items()
        ],
        "tracing": "; ".join(
            (f"{row.variant.label}: " if varied else "")
            + f"{format_duration(row.traced.time)}, {row.tracing:.2g} x the untraced time"
            for row in rows
        ),
        "said": list(tables.said(measured)),
    }


def _cells(row: Row, *, varied: bool) -> tuple[str, ...]:
    cells = tables.cells(row)
    return (row.variant.label, *cells) if varied else cells[1:]


def _changes(rows: Sequence[Row]) -> list[tuple[str, Estimate, str]]:
    """How many times as fast as the baseline each is: the other way round than times, as all of the page."""
    made: list[tuple[str, Estimate, str]] = []
    for row in rows:
        if row.change:
            ratio = row.change.ratio
            turned = type(ratio)(
                1 / ratio.centre, 1 / ratio.high if ratio.high else 0.0, 1 / ratio.low if ratio.low else 0.0
            )
            known = turned if ratio.known else type(ratio)(1 / ratio.centre, ratio.low, ratio.high)
            made.append((row.variant.label or "now", known, row.change.judgement))
    return made


def _change(row: Row, *, varied: bool) -> dict[str, str]:
    assert row.change is not None
    role = {"slower": BAD, "faster": GOOD, "unclear": WARN}.get(row.change.judgement, "")
    far = row.change.machine is not None and abs(row.change.machine - 1) > tables.OTHER_MACHINE
    return {
        "role": role,
        "sign": SIGNS.get(role, ""),
        "text": (f"{row.variant.label}: " if varied else "") + tables.changed(row.change),
        "machine": tables.machine(row.change) if far else "",
    }


def _sure(estimate: Estimate) -> str:
    return tables.with_margin(estimate) if estimate.known else f"{estimate.centre:.2f}"


def _time(seconds: float | None) -> str:
    return "-" if seconds is None else format_duration(seconds)
