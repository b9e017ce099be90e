"""What measuring a group came to, with all that is said of it: one record, which tables and documents are made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from . import caveats
from .figures import Figures, figures_of, per_unit, times_as_fast, times_of
from .judgement import Change, change
from .scaling import Curve, curve

if TYPE_CHECKING:
    from .measuring import Process
    from .plan import Group, Variant
    from .sampling import Sampled
    from .statistics import Estimate
    from .traced import Traced


class Row(msgspec.Struct, frozen=True):
    """One variant: its figures, and how many times as fast as the reference it is (None: it is the reference)."""

    variant: Variant
    figures: Figures
    relative: Estimate | None
    change: Change | None
    traced: Traced
    caveats: tuple[str, ...]
    rounds: tuple[Process, ...]

    @property
    def tracing(self) -> float:
        """How many times as long the traced run took."""
        return self.traced.time / self.figures.time


class Measured(msgspec.Struct, frozen=True):
    """A group: a row for each variant, the curve where there is one, and what is to be known about them."""

    group: Group
    rows: tuple[Row, ...]
    curve: Curve | None
    by_unit: bool
    caveats: tuple[str, ...]


class Baseline(msgspec.Struct, frozen=True):
    """What to compare with, by name of benchmark, and when a difference counts; see `judgement.change`."""

    benchmarks: Mapping[str, Sequence[Process]]
    threshold: float
    significance: float


def measured(
    group: Group, sampled: Sequence[Sampled], traced: Mapping[str, Traced], cpus: int, baseline: Baseline | None
) -> Measured:
    """Put together what is known of a group."""
    by_unit = per_unit(sampled)
    rows = []
    for each in sampled:
        then = baseline.benchmarks.get(each.variant.name) if baseline else None
        judged = None
        said = list(caveats.of_sample(each))
        if baseline and then:
            judged = change(then, each.rounds, threshold=baseline.threshold, significance=baseline.significance)
        elif baseline:
            said.append("the baseline has no such case, so that it is compared with nothing")
        if judged and judged.by == "CPU time":
            said.append("the machine was too busy to judge times: CPU times are compared with the baseline's")
        relative = times_as_fast(sampled[0], each, by_unit=by_unit) if each is not sampled[0] else None
        rows.append(
            Row(
                each.variant,
                figures_of(each.rounds),
                relative,
                judged,
                traced[each.variant.case.id],
                tuple(said),
                each.rounds,
            )
        )
    found = _curve(group, sampled, cpus, by_unit=by_unit)
    said = [*caveats.of_group(sampled, cpus), *(caveats.of_curve(group, found, cpus) if found else ())]
    return Measured(group, tuple(rows), found, by_unit, tuple(said))


def _curve(group: Group, sampled: Sequence[Sampled], cpus: int, *, by_unit: bool) -> Curve | None:
    if group.numeric is None:
        return None
    times = [times_of(each, by_unit=by_unit) for each in sampled]
    numbers = [float(each.variant.dimensions[group.numeric]) for each in sampled]
    rounds = [dict(zip(numbers, values, strict=True)) for values in zip(*times, strict=True)]
    first = figures_of(sampled[0].rounds)
    # What computes cannot run on more CPUs than there are, and the law knows nothing of that; what waits can.
    return curve(rounds, at_most=cpus if first.cpu > 0.5 * first.time else None)
