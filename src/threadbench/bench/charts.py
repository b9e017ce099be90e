"""What was measured, as pictures: comparisons, distributions and scaling curves enter, charts of a page leave.

Nothing is told by colour alone: lines differ by dashes and have their names beside them, marks by shape.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from statistics import median, quantiles
from typing import TYPE_CHECKING, Final

from ..durations import format_duration
from ..report.html.chart import Anchor, Chart, Mark, Scale, box, dot, line, path, text, wide
from ..report.line import shorten
from .tables import law_holds, serial, with_margin

if TYPE_CHECKING:
    from .report import Measured
    from .scaling import Curve
    from .statistics import Estimate

_WIDTH: Final = 760.0
_ROW: Final = 34.0
_LABEL: Final = 42
"""Letters of a variant's name."""
_DOTS: Final = 300
"""Values of a variant that are drawn one by one; of more, every second one, or third …"""
_FAR: Final = 8.0
"""Values further from the median than so many distances between quartiles are told at the edge."""
_MANY: Final = 12.0
"""Medians that lie further apart than this are drawn by logarithms."""


def comparison(rows: Sequence[tuple[str, Estimate, str]], caption: str, *, reference: str) -> Chart | None:
    """How many times as fast, with intervals, by logarithms: twice as fast lies as far from 1 as half as fast.

    Args:
        rows: name, estimate, and that in words.
        caption: stands above it.
        reference: what 1 is.
    """
    if not rows:
        return None
    bounds = [1.0, *(bound for _, each, _ in rows for bound in _bounds(each))]
    low, high = min(bounds), max(bounds)
    margin = max(1.1, (high / low) ** 0.08)
    names = [shorten(name, _LABEL) for name, _, _ in rows]
    left = wide(names, least=60.0) + 14
    right = _WIDTH - wide([words for *_, words in rows], most=260.0) - 14
    scale = Scale(low / margin, high * margin, left, right, logarithmic=True)
    bottom = 26 + _ROW * len(rows)
    marks = [*_below(scale, 16, bottom, [(each, f"{each:g} x") for each in scale.ticks()])]
    marks.append(line("unit", scale(1.0), 16, scale(1.0), bottom))
    marks.append(text("small", scale(1.0), 11, f"as fast as {shorten(reference, _LABEL)}", _anchor(scale, 1.0)))
    for at, (name, (_, each, words)) in enumerate(zip(names, rows, strict=True)):
        y = 26 + _ROW * (at + 0.5)
        marks.append(text("name", left - 10, y + 4, name, "end"))
        if each.known:
            first, last = scale(each.low), scale(each.high)
            marks.append(line("interval", first, y, last, y, f"95 %: {each.low:.3g} to {each.high:.3g}"))
            marks += [line("interval", end, y - 5, end, y + 5) for end in (first, last)]
        marks.append(dot("centre", scale(each.centre), y, 4.5, f"{each.centre:.4g} x"))
        marks.append(text("value", right + 12, y + 4, words))
    said = "; ".join(f"{name}: {words}" for name, _, words in rows)
    return Chart(_WIDTH, bottom + 22, f"{caption}. {said}", caption, tuple(marks))


def distribution(measured: Measured) -> Chart:
    """Every value of each variant, with median and quartiles; those that lie far off are counted at the edge."""
    values = [[value for process in row.rounds for value in process.values] for row in measured.rows]
    labels = [row.variant.label for row in measured.rows]
    names = [shorten(name, _LABEL) for name in labels] if len(labels) > 1 else [""]
    spans = [_quartiles(each) for each in values]
    lows = [max(min(each), q2 - _FAR * (q3 - q1)) for each, (q1, q2, q3) in zip(values, spans, strict=True)]
    highs = [min(max(each), q2 + _FAR * (q3 - q1)) for each, (q1, q2, q3) in zip(values, spans, strict=True)]
    centres = [q2 for _, q2, _ in spans]
    logarithmic = max(centres) > _MANY * min(centres)
    low, high = min(lows), max(highs)
    margin = (high / low) ** 0.04 if logarithmic else 0.04 * (high - low) or 0.02 * high
    left = wide(names) + 14 if len(names) > 1 else 14.0
    ends = (low / margin, high * margin) if logarithmic else (max(0.0, low - margin), high + margin)
    scale = Scale(*ends, left, _WIDTH - 30, logarithmic)
    row_height = _ROW + 14
    bottom = 10 + row_height * len(values)
    ticks = [(each, format_duration(each)) for each in scale.ticks(7) if each > 0]
    marks = [*_below(scale, 6, bottom, ticks)]
    for at, (name, each, quartiles) in enumerate(zip(names, values, spans, strict=True)):
        marks += _strip(scale, 10 + row_height * (at + 0.5), each, quartiles)
        if name:
            marks.append(text("name", left - 10, 14 + row_height * (at + 0.5), name, "end"))
    said = "; ".join(
        f"{label + ': ' if label else ''}median {format_duration(q2)}, quartiles {format_duration(q1)} and"
        f" {format_duration(q3)}, {len(each)} values"
        for label, each, (q1, q2, q3) in zip(labels, values, spans, strict=True)
    )
    by = ", by logarithms" if logarithmic else ""
    caption = f"Time of a run{by}: each dot a value, the box from quartile to quartile, the line in it the median"
    return Chart(_WIDTH, bottom + 22, f"{caption}. {said}", caption, tuple(marks))


def _strip(scale: Scale, y: float, values: Sequence[float], quartiles: tuple[float, float, float]) -> Iterator[Mark]:
    q1, q2, q3 = quartiles
    yield box(
        "box", scale(q1), y - 15, max(1.0, scale(q3) - scale(q1)), 30, f"{format_duration(q1)} to {format_duration(q3)}"
    )
    every = math.ceil(len(values) / _DOTS)
    for at, value in enumerate(values):
        if scale.low <= value <= scale.high and at % every == 0:
            # Spread by the golden ratio: neighbours in time lie apart, and the same page is drawn each time.
            yield dot(
                "sample", scale(value), y + 24 * ((at // every * 0.618034) % 1 - 0.5), 2.6, format_duration(value)
            )
    yield line("median", scale(q2), y - 17, scale(q2), y + 17, f"median {format_duration(q2)}")
    over = [value for value in values if value > scale.high]
    if over:
        yield text("small", _WIDTH - 4, y - 6, f"{len(over)} more, up to {format_duration(max(over))} ▸", "end")
    under = [value for value in values if value < scale.low]
    if under:
        yield text("small", scale.start, y - 18, f"◂ {len(under)} more, down to {format_duration(min(under))}")


def scaling(measured: Measured, cpus: int) -> Chart | None:
    """Speed-up by workers, with the ideal, and the law's curve between those of the ends of its interval."""
    curve = measured.curve
    if curve is None:
        return None
    name = str(measured.group.numeric)
    numbers = [point.workers for point in curve.points]
    smallest, most = numbers[0], numbers[-1]
    x = Scale(0 if smallest <= 0.2 * most else smallest * 0.9, most * 1.04, 52, _WIDTH - 150)
    seen = [bound for point in curve.points for bound in _bounds(point.speed_up)]
    top = max(1.25 * max(seen), 1.5)
    y = Scale(0, min(top, max(1.05 * most / smallest, 1.05 * max(seen))), 330, 16)
    marks = [*_grid(x, y, numbers, name)]
    last = min(most, y.high * smallest)
    marks.append(path("ideal", [(x(smallest), y(1.0)), (x(last), y(last / smallest))]))
    marks.append(_beside(x, y, last, last / smallest, "in proportion"))
    if smallest < cpus < most:
        marks.append(line("cpus", x(cpus), y.end, x(cpus), y.start))
        marks.append(text("small", x(cpus) + 5, y.start - 6, f"{cpus} CPUs"))
    if curve.serial is not None and law_holds(curve.serial):
        marks += _law(curve, x, y)
    for point in curve.points:
        at, each = x(point.workers), point.speed_up
        told = f"{name} {point.workers:g}: {with_margin(each) if each.known else f'{each.centre:.2f}'}"
        if each.known:
            marks.append(line("interval", at, y(each.low), at, y(each.high)))
            marks += [line("interval", at - 5, y(end), at + 5, y(end)) for end in (each.low, each.high)]
        marks.append(dot("centre", at, y(each.centre), 4.5, told))
    said = "; ".join(f"{name} {point.workers:g}: {point.speed_up.centre:.2f}" for point in curve.points)
    caption = f"Speed-up over {name}={smallest:g}, with intervals of 95 %"
    return Chart(_WIDTH, 378, f"{caption}. {said}. {serial(measured) or ''}", caption, tuple(marks))


def _law(curve: Curve, x: Scale, y: Scale) -> Iterator[Mark]:
    """Solid where it was fitted, dashed beyond."""
    assert curve.serial is not None
    smallest, most, known = curve.points[0].workers, curve.points[-1].workers, max(curve.fitted)

    def speed_up(fraction: float, workers: float) -> float:
        share = min(1.0, max(0.0, fraction))
        return (share + (1 - share) / smallest) / (share + (1 - share) / workers)

    steps = sorted({known, *(smallest + (most - smallest) * at / 60 for at in range(61))})
    if curve.serial.known:
        upper = [(x(n), max(y.end, y(speed_up(curve.serial.low, n)))) for n in steps]
        lower = [(x(n), max(y.end, y(speed_up(curve.serial.high, n)))) for n in steps]
        yield path("band", [*upper, *reversed(lower)], closed=True)
    drawn = [(n, speed_up(curve.serial.centre, n)) for n in steps if speed_up(curve.serial.centre, n) <= y.high]
    yield path("law", [(x(n), y(value)) for n, value in drawn if n <= known])
    beyond = [(x(n), y(value)) for n, value in drawn if n >= known]
    if len(beyond) > 1:
        yield path("law beyond", beyond)
    n, value = drawn[-1]
    yield _beside(x, y, n, value, "Amdahl's law")


def _beside(x: Scale, y: Scale, workers: float, value: float, words: str) -> Mark:
    """The name of a line, where it ends."""
    if workers < 0.95 * x.high:
        return text("small", x(workers) - 6, y(value) + 14, words, "end")
    return text("small", x(workers) + 8, y(value) + 4, words)


def _grid(x: Scale, y: Scale, numbers: Sequence[float], name: str) -> Iterator[Mark]:
    for value in y.ticks():
        yield line("grid", x.start, y(value), x.end, y(value))
        yield text("tick", x.start - 8, y(value) + 4, f"{value:g} x", "end")
    yield line("axis", x.start, y.start, x.end, y.start)
    taken = -math.inf
    for value in numbers:
        yield line("axis", x(value), y.start, x(value), y.start + 5)
        if x(value) - taken > 24:
            yield text("tick", x(value), y.start + 19, f"{value:g}", "middle")
            taken = x(value)
    yield text("name", (x.start + x.end) / 2, y.start + 40, name, "middle")


def _below(scale: Scale, top: float, bottom: float, ticks: Sequence[tuple[float, str]]) -> Iterator[Mark]:
    """An axis below, with a faint line up from each tick; ticks whose texts would touch are left out."""
    yield line("axis", scale.start, bottom, scale.end, bottom)
    taken = -math.inf
    for value, words in ticks:
        yield line("grid", scale(value), top, scale(value), bottom)
        if scale(value) - taken > 12 + wide([words]):
            yield text("tick", scale(value), bottom + 16, words, "middle")
            taken = scale(value)


def _anchor(scale: Scale, value: float) -> Anchor:
    part = (scale(value) - scale.start) / (scale.end - scale.start)
    return "start" if part < 0.2 else "end" if part > 0.8 else "middle"


def _bounds(estimate: Estimate) -> tuple[float, ...]:
    return (estimate.low, estimate.high) if estimate.known else (estimate.centre,)


def _quartiles(values: Sequence[float]) -> tuple[float, float, float]:
    if len(values) < 2:
        return values[0], values[0], values[0]
    first, _, third = quantiles(values, n=4, method="inclusive")
    return first, median(values), third
