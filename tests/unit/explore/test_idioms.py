"""What threads share by way of code without points: a search comes to all that can be, or says that it may not have."""

from __future__ import annotations

import calendar
import csv
import gc
import locale
import os
import re
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import reads
from library_idioms import BEFORE, FURTHER, ROWS, TOLD

import threadbench

pytestmark = [
    # What rows open is closed when it goes: the test is about what threads do with it until then.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(scope="module", autouse=True)
def _closed() -> Iterator[None]:
    """What rows left open goes before anybody else's tests begin."""
    yield
    gc.collect()


@pytest.fixture(autouse=True)
def surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What the rows change of the process is as it was, afterwards."""
    monkeypatch.chdir(tmp_path)
    limit, interval, fields = sys.getrecursionlimit(), sys.getswitchinterval(), csv.field_size_limit()
    language, path, environment = locale.setlocale(locale.LC_ALL), list(sys.path), dict(os.environ)
    with warnings.catch_warnings():
        yield
    sys.setrecursionlimit(limit)
    sys.setswitchinterval(interval)
    calendar.setfirstweekday(calendar.MONDAY)
    csv.field_size_limit(fields)
    locale.setlocale(locale.LC_ALL, language)
    sys.path[:] = path
    os.environ.clear()
    os.environ.update(environment)


def module_of(row: str, here: Path) -> Any:
    """A module with the row's two threads; a lock between the reads lets the other in, in every model."""
    make, read, write = ROWS[row]
    before = f"{BEFORE}\nHERE = {str(here)!r}\n"
    return reads.module_of("idiom_row", before, (make, f"repr({read})", write), pause="with s[1]: pass")


def explored(row: str, here: Path, model: str) -> threadbench.Found:
    """What a reduced search comes to."""
    module = module_of(row, here)
    return threadbench.explore(
        module.setup,
        [module.one, module.two],
        outcome=module.outcome,
        strategy="dpor",
        model=model,
        stop_on_first=False,
        time_limit=60,
    )


@pytest.mark.parametrize("model", ["sync", "gil", "free-threaded"])
@pytest.mark.parametrize("row", [row for row in ROWS if row not in TOLD])
def test_a_search_comes_to_all_that_can_be(row: str, model: str, tmp_path: Path) -> None:
    """Read twice, with a write before, between or after: three ends, and others only where the row has more steps."""
    ends = reads.by_hand(lambda: module_of(row, tmp_path))
    assert len(ends) == 3, ends
    found = explored(row, tmp_path, model)
    met = {end.value if end.cause == "finished" else end.cause for end in found.outcomes}
    assert ends <= met
    assert met == ends or row in FURTHER
    assert found.exhaustive


@pytest.mark.parametrize("row", TOLD)
def test_a_search_says_what_it_does_not_see(row: str, tmp_path: Path) -> None:
    """What is read where no call tells of it: the verdict names the line and what is done there."""
    found = explored(row, tmp_path, "free-threaded")
    assert found.verdict == "inconclusive"
    assert not found.exhaustive
    assert re.search(rf"idiom_row:\d+ .*{TOLD[row]}", found.reason or ""), found.reason
