"""Samples to figures, figures to aligned tables: what the benchmarks share."""

from __future__ import annotations

import json
import os
import platform
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple


class Figure(NamedTuple):
    """Median, smallest and interquartile range of samples."""

    median: float
    least: float
    spread: float


def figure(samples: Sequence[float]) -> Figure:
    """The figure of at least one sample."""
    if len(samples) < 2:
        return Figure(samples[0], samples[0], 0.0)
    low, _, high = statistics.quantiles(samples, n=4)
    return Figure(statistics.median(samples), min(samples), high - low)


class Target(NamedTuple):
    """What is required of one number, and what it is."""

    name: str
    value: float
    limit: float
    at_most: bool = True

    @property
    def met(self) -> bool:
        """Whether the number is within its limit."""
        return self.value <= self.limit if self.at_most else self.value >= self.limit


def table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows under a header: the first column to the left, numbers to the right."""
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]
    print(f"\n{title}\n")
    for row in [header, *rows]:
        cells = [
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        print("  " + "  ".join(cells).rstrip())


def targets_table(targets: Sequence[Target]) -> None:
    """Print what was required and what came of it."""
    rows = [
        [
            target.name,
            f"{target.value:.2f}",
            ("at most " if target.at_most else "at least ") + f"{target.limit:g}",
            "PASS" if target.met else "short",
        ]
        for target in targets
    ]
    table("Targets", ["", "is", "required", ""], rows)


def machine() -> dict[str, Any]:
    """What the figures depend on."""
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "gil": getattr(sys, "_is_gil_enabled", lambda: True)(),
        "cpus": cpus,
        "platform": f"{platform.system()} {platform.machine()}",
        "load": round(os.getloadavg()[0], 2),
    }


def headline() -> str:
    """`machine()` as a line."""
    facts = machine()
    gil = "GIL" if facts["gil"] else "no GIL"
    return (
        f"{facts['implementation']} {facts['python']} ({gil}), {facts['cpus']} CPUs, {facts['platform']}, "
        f"load at the start {facts['load']}"
    )


def write_json(path: str | None, document: dict[str, Any], targets: Sequence[Target]) -> None:
    """Write everything to a file, if one is asked for."""
    if path is None:
        return
    judged = [{**target._asdict(), "met": target.met} for target in targets]
    document = {"machine": machine(), **document, "targets": judged}
    Path(path).write_text(json.dumps(document, indent=1) + "\n")
