"""The plan for a thousand workers rests on what was measured: its figures are those of the recorded output."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PLAN = (ROOT / "docs" / "sweeps.md").read_text(encoding="utf-8").partition("## A thousand workers")[2]
RECORD = (ROOT / "benchmarks" / "README.md").read_text(encoding="utf-8").partition("\n### sweeps.py\n")[2]
ROW = r"^  {} +(-?[\d.]+) +(-?[\d.]+) +(-?[\d.]+)$"


def recorded(name: str) -> list[float]:
    """Milliseconds of client, scheduler and workers."""
    found = re.search(ROW.format(re.escape(name)), RECORD, re.MULTILINE)
    assert found, name
    return [float(value) for value in found.groups()]


def shown(value: float) -> str:
    """As the table has it: two figures."""
    return f"{value:.0f} ms" if value >= 9.95 else f"{value:.1f} ms"


def number(pattern: str) -> float:
    """What stands at the place of the one group of a sentence."""
    found = re.search(pattern, re.sub(r"\s+", " ", PLAN))
    assert found, pattern
    return float(found[1].replace(",", ""))


def test_the_table_is_what_was_recorded() -> None:
    """Row by row."""
    for row, name in (
        ("a case, without its run", "a case, ms"),
        ("a MB of event log", "a MB of log, ms"),
        ("a batch of 250 schedules of two threads that race", "a batch of 250 schedules, ms"),
    ):
        assert f"| {row} | {' | '.join(map(shown, recorded(name)))} |" in PLAN


def test_the_arithmetic_is_right() -> None:
    """Rates and widths follow from the table, within the rounding of what is shown."""
    case, megabyte, batch = (
        recorded(name)[1] for name in ("a case, ms", "a MB of log, ms", "a batch of 250 schedules, ms")
    )
    worker = recorded("a batch of 250 schedules, ms")[2]
    per_second = number(r"comes to ([\d,]+) cases a second")
    assert abs(per_second - 1000 / case) < 0.05 * per_second
    assert abs(number(r"busy from cases of ([\d.]+) seconds") - 1000 * case / 1000) < 0.5
    with_megabyte = number(r"comes to ([\d,]+) cases a second with a MB each")
    assert abs(with_megabyte - 1000 / (case + megabyte)) < 0.05 * with_megabyte
    batches = number(r"([\d,]+) batches a second")
    assert abs(batches - 1000 / batch) < 0.05 * batches
    assert abs(number(r"are ([\d,]+) schedules a second") - 250 * batches) < 0.05 * 250 * batches
    assert abs(number(r"fed with ([\d,]+) workers") - worker / batch) < 1
    assert abs(number(r"whose schedules take ([\d.]+) ms") - 1000 * batch / 250) < 0.1 * (1000 * batch / 250)
