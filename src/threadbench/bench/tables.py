"""What was measured, for a person: relative figures first, then absolute ones, then what to make of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from ..durations import format_duration
from ..errors import columns
from ..report.line import Line, Role, line, pad

if TYPE_CHECKING:
    from .judgement import Change
    from .report import Measured, Row
    from .statistics import Estimate

HEAD: Final = ("compared", "time of a run", "throughput", "CPU time", "memory", "switches")
PERCENTILES: Final = ("p50", "p95", "p99")
OTHER_MACHINE: Final = 0.1
"""By how much a machine has to be faster or slower than the baseline's for that to be said."""


def relative(estimate: Estimate | None) -> str:
    """`2.1 ± 0.1 x faster`; the slower of two gives the number, so that it is never below 1."""
    if estimate is None:
        return "reference"
    if not estimate.known:
        return f"{estimate.centre:.2f} x, samples too few"
    if estimate.holds(1.0):
        return f"no difference seen ({with_margin(estimate)} x)"
    if estimate.centre > 1:
        return f"{with_margin(estimate)} x faster"
    turned = type(estimate)(1 / estimate.centre, 1 / estimate.high, 1 / estimate.low)
    return f"{with_margin(turned)} x slower"


def with_margin(estimate: Estimate) -> str:
    """`2.1 ± 0.1`: as many digits as the margin has first ones, and never more than two behind the point."""
    digits = 2 if estimate.margin < 0.1 else 1 if estimate.margin < 1 else 0
    return f"{estimate.centre:.{digits}f} ± {estimate.margin:.{digits}f}"


def changed(change: Change) -> str:
    """How it compares with the baseline."""
    if change.judgement == "unclear":
        ratio = with_margin(change.ratio) if change.ratio.known else f"{change.ratio.centre:.2f}"
        return f"{ratio} x the {change.by} of the baseline, {change.doubt}"
    words = {
        "slower": "SLOWER than the baseline",
        "faster": "faster than the baseline",
        "no change": "no change called",
    }
    return f"{words[change.judgement]}: {with_margin(change.ratio)} x its {change.by} (p = {change.p:.2g})"


def cells(row: Row) -> tuple[str, ...]:
    """One variant, below `HEAD`."""
    figures = row.figures
    rate = f"{figures.throughput:,.4g} {figures.unit}/s" if figures.throughput else "-"
    memory = f"{figures.memory / 1e6:.1f} MB"
    return (
        relative(row.relative),
        f"{format_duration(figures.time)} ± {figures.spread:.0%}",
        rate,
        format_duration(figures.cpu),
        memory + (f" + {figures.child_memory / 1e6:.1f} MB" if figures.child_memory else ""),
        f"{figures.waits:.3g} + {figures.preemptions:.3g}",
    )


def text(measured: Measured) -> Iterator[Line]:
    """The lines of a group."""
    yield line((measured.group.title, "strong"))
    varied = len(measured.rows) > 1
    head = ("", *HEAD) if varied else HEAD[1:]
    rows = [
        ((row.variant.label,) if varied else ()) + (cells(row) if varied else cells(row)[1:]) for row in measured.rows
    ]
    yield from _aligned(head, rows)
    if measured.by_unit:
        yield line(("  compared are times of a unit of work, since runs do different amounts of it", "dim"))
    if measured.curve:
        yield from _curve(measured)
    for row in measured.rows:
        if row.change:
            role: Role = (
                "bad" if row.change.judgement == "slower" else "good" if row.change.judgement == "faster" else ""
            )
            name = f"{row.variant.label}: " if varied else ""
            yield line(f"  {name}", (changed(row.change), role))
            if row.change.machine and abs(row.change.machine - 1) > OTHER_MACHINE:
                yield line((f"  {name}{machine(row.change)}", "dim"))
    for row in measured.rows:
        yield from _waits(row, varied=varied)
    for sentence in said(measured):
        yield line((f"  ! {sentence}", "warn"))


def machine(change: Change) -> str:
    """What the machine was like, compared with the baseline's."""
    assert change.machine is not None
    return f"a fixed computation took {change.machine:.2f} x the {change.by} that it took then, which is allowed for"


def said(measured: Measured) -> Iterator[str]:
    """All that is to be known, whom it is about first."""
    yield from measured.caveats
    told: dict[str, list[str]] = {}
    for row in measured.rows:
        for caveat in row.caveats:
            told.setdefault(caveat, []).append(row.variant.label)
    for caveat, labels in told.items():
        about = f"{'; '.join(labels)}: " if len(measured.rows) > 1 and len(labels) < len(measured.rows) else ""
        yield about + caveat


def serial(measured: Measured) -> str | None:
    """The law, in a line."""
    curve = measured.curve
    if curve is None or curve.serial is None:
        return None
    found = curve.serial
    if not found.known:
        return f"Amdahl's law: serial fraction {found.centre:.0%}, samples too few for an interval"
    low, high = max(0.0, found.low), min(1.0, found.high)
    if not law_holds(found):
        shape = "more workers take longer" if found.centre > 1 else "more workers gain more than their number"
        return f"Amdahl's law does not hold: {shape}"
    numbers = ", ".join(f"{each:g}" for each in curve.fitted)
    centre = min(1.0, max(0.0, found.centre))
    most = f"at most {1 / centre:.1f} x with any number" if centre > 0.005 else "no bound in sight"
    return (
        f"Amdahl's law: serial fraction {centre:.1%} (95 %: {low:.1%} to {high:.1%}),"
        f" {most}; fitted to {measured.group.numeric} = {numbers}"
    )


def law_holds(fraction: Estimate) -> bool:
    """Whether a serial fraction can be one: some of its interval lies between nothing and all."""
    return not fraction.known or (fraction.low <= 1 and fraction.high >= 0)


def _curve(measured: Measured) -> Iterator[Line]:
    assert measured.curve is not None
    yield line("")
    rows = [
        (f"{point.workers:g}", _sure(point.speed_up), _percent(point.efficiency)) for point in measured.curve.points
    ]
    yield from _aligned((str(measured.group.numeric), "speed-up", "efficiency"), rows)
    law = serial(measured)
    if law:
        yield line(f"  {law}")


def _sure(estimate: Estimate) -> str:
    return with_margin(estimate) if estimate.known else f"{estimate.centre:.2f}"


def _percent(estimate: Estimate) -> str:
    return f"{estimate.centre:.0%}" + (f" ± {estimate.margin:.0%}" if estimate.known else "")


def _waits(row: Row, *, varied: bool) -> Iterator[Line]:
    name = f"{row.variant.label}, " if varied else ""
    about = f"  {name}traced: {format_duration(row.traced.time)}, {row.tracing:.2g} x the untraced time"
    yield line((about, "dim"))
    for stem, quantiles in waits(row).items():
        told = "  ".join(f"{quantile} {format_duration(value)}" for quantile, value in quantiles.items())
        yield line((f"    {stem}: {told}", "dim"))


def waits(row: Row) -> dict[str, dict[str, float]]:
    """Percentiles of the waits and holds of its traced run, in seconds: `{"lock.wait": {"p50": 0.001, …}}`."""
    found: dict[str, dict[str, float]] = {}
    for metric, value in row.traced.waits.items():
        stem, _, quantile = metric.rpartition(".")
        if quantile in PERCENTILES:
            found.setdefault(stem, {})[quantile] = value
    return found


def _aligned(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[Line]:
    """A table; the first column to the left, all others to the right."""
    widths = [max(columns(row[at]) for row in (head, *rows)) for at in range(len(head))]
    for number, row in enumerate((head, *rows)):
        first, *rest = row
        cells = "".join(
            "  " + " " * (width - columns(cell)) + cell for cell, width in zip(rest, widths[1:], strict=True)
        )
        yield line(("  " + pad(first, widths[0]) + cells, "strong" if not number else ""))
