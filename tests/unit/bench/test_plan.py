"""What is compared with what: the matrix, dimensions and interpreters to groups, and how estimates are written."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from threadbench.bench import tables
from threadbench.bench.interpreters import Interpreter
from threadbench.bench.plan import Group, dimension_of, dimensions_of, groups_of
from threadbench.bench.statistics import Estimate
from threadbench.errors import UsageError
from threadbench.lookup import Lookup

SCENARIO = "kind: pool\nparams: {{workers: 2}}\nmatrix: {matrix}\n"
PYTHONS = [
    Interpreter(f"/{name}", name, name, "CPython", False, True, "0.1.0", f"CPython {name}") for name in ("3.12", "3.13")
]


def groups(tmp_path: Path, matrix: str, *varied: str, interpreters: tuple[Interpreter, ...] = ()) -> list[Group]:
    path = tmp_path / "pool.yaml"
    path.write_text(SCENARIO.format(matrix=matrix), encoding="utf-8")
    dimensions = dimensions_of(varied)
    lookup = Lookup(tuple(each.override for each in dimensions))
    return groups_of(lookup.cases([str(path)], lookup.switches.registry()), dimensions, interpreters)


def told(found: list[Group]) -> list[tuple[str, list[str]]]:
    return [(group.title.rpartition("::")[2], [variant.label for variant in group.variants]) for group in found]


def test_without_dimensions_each_case_is_by_itself(tmp_path: Path) -> None:
    """A matrix is no comparison."""
    assert told(groups(tmp_path, "{upto: [1, 2]}")) == [("pool[upto=1]", [""]), ("pool[upto=2]", [""])]


def test_dimensions_make_all_combinations(tmp_path: Path) -> None:
    """Two that vary and a matrix: a group for each cell of what does not vary."""
    found = groups(tmp_path, "{task: [cpu, wait]}", "params.upto=1,2", "params.executor=thread,process")
    labels = [f"upto={upto}, executor={executor}" for upto in (1, 2) for executor in ("thread", "process")]
    assert told(found) == [("pool[task=cpu]", labels), ("pool[task=wait]", labels)]
    assert [group.numeric for group in found] == [None, None]


def test_a_dimension_replaces_a_key_of_the_matrix(tmp_path: Path) -> None:
    """What was typed counts; numbers above 0 are a curve, and names keep their values."""
    (found,) = groups(tmp_path, "{workers: [7, 8, 9]}", "params.workers=1,2")
    assert told([found]) == [("pool", ["workers=1", "workers=2"])]
    assert found.numeric == "workers"
    assert [variant.name.rpartition("::")[2] for variant in found.variants] == ["pool[workers=1]", "pool[workers=2]"]


def test_a_name_with_brackets_stays_whole(tmp_path: Path) -> None:
    """Lists in cells and brackets in ids are not mistaken for each other."""
    (found,) = groups(tmp_path, "{task: [cpu]}", "params.tasks=[a, b],[c]")
    assert found.title.endswith("pool[task=cpu]")
    assert len(found.variants) == 2


def test_zero_is_no_number_of_workers(tmp_path: Path) -> None:
    """A law in 1/N cannot be fitted to it."""
    (found,) = groups(tmp_path, "{}", "params.upto=0,10")
    assert found.numeric is None


def test_interpreters_are_told_apart(tmp_path: Path) -> None:
    """Several are a dimension, and part of the benchmark's name; one is not."""
    (found,) = groups(tmp_path, "{}", interpreters=tuple(PYTHONS))
    assert told([found]) == [("pool", ["python=CPython 3.12", "python=CPython 3.13"])]
    assert found.variants[1].name.endswith("::pool @ CPython 3.13")
    (found,) = groups(tmp_path, "{}", interpreters=tuple(PYTHONS[:1]))
    assert found.variants[0].name.endswith("::pool")


@pytest.mark.parametrize("text", ["workers=1", "params.workers", "params.=1", "params.a.b=1", "params.workers= "])
def test_a_dimension_that_is_not_well_written_is_refused(text: str) -> None:
    """With an example of one that is."""
    with pytest.raises(UsageError, match="expected a param and its values"):
        dimension_of(text)


@pytest.mark.parametrize(
    ("estimate", "text"),
    [
        (None, "reference"),
        (Estimate(2.1, 2.0, 2.2), "2.1 ± 0.1 x faster"),
        (Estimate(0.5, 0.4, 2 / 3), "2.0 ± 0.5 x slower"),
        (Estimate(1.02, 0.99, 1.05), "no difference seen (1.02 ± 0.03 x)"),
        (Estimate(1.3, 0.0, math.inf), "1.30 x, samples too few"),
    ],
)
def test_relative_figures_are_sentences(estimate: Estimate | None, text: str) -> None:
    """Faster and slower are said of the larger number, and what is not sure is not claimed."""
    assert tables.relative(estimate) == text
