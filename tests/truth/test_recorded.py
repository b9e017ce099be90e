"""The table of the `gil` model's page is what the benchmark prints of the figures that it recorded."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from idioms import IDIOMS

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "benchmarks" / "recorded").glob("truth-*.json"))


def records() -> list[dict[str, Any]]:
    return [json.loads(file.read_text(encoding="utf-8")) for file in FILES]


def test_the_page_has_the_table_that_the_command_prints() -> None:
    """`gil_truth.py --join` of the recorded files, row by row."""
    words = [sys.executable, "benchmarks/gil_truth.py", "--join", *map(str, FILES)]
    printed = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    page = (ROOT / "docs" / "gil-model.md").read_text(encoding="utf-8")
    assert len(printed.splitlines()) == len(IDIOMS) + 2
    assert printed in page


@pytest.mark.parametrize("record", records(), ids=lambda record: str(record["python"]))
def test_every_idiom_was_measured_a_million_times(record: dict[str, Any]) -> None:
    """In each setting of that version; with what the model said then, which it still says on the version that runs."""
    assert record["times"] == 1_000_000
    assert [row["idiom"] for row in record["rows"]] == [idiom.name for idiom in IDIOMS]
    assert all(list(row["lost"]) == record["settings"] for row in record["rows"])
    if record["python"].rpartition(".")[0] == "{}.{}".format(*sys.version_info):
        says = [(row["possible"], row["called_back"]) for row in record["rows"]]
        assert says == [(idiom.possible(), idiom.possible_called_back()) for idiom in IDIOMS]


@pytest.mark.parametrize("record", records(), ids=lambda record: str(record["python"]))
def test_nothing_was_lost_where_the_model_says_never(record: dict[str, Any]) -> None:
    """And what it calls possible was seen in some setting."""
    for row in record["rows"]:
        lost = row["lost"]
        own = sum(count for setting, count in lost.items() if setting != "called back")
        assert bool(own) == row["possible"], row
        assert bool(lost["called back"]) == (row["possible"] or row["called_back"]), row


def test_the_versions_are_those_that_the_page_names() -> None:
    """Three of them."""
    assert [record["python"].rpartition(".")[0] for record in records()] == ["3.11", "3.12", "3.13"]
