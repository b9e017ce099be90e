"""The matrix: which cells there are, what their ids say, how many may be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from scenario_kinds import FakeKinds, complaint, load

from threadbench.scenario import load_cases

if TYPE_CHECKING:
    from pathlib import Path


def names(folder: Path, matrix: str) -> list[str]:
    """The names of the cases of a matrix."""
    return [case.name for case in load(folder, f"kind: race\nmatrix: {matrix}")]


def test_each_combination_is_a_case(tmp_path: Path) -> None:
    """The last key turns fastest; values in ids are as written."""
    cases = load(tmp_path, "kind: race\nparams: {updates: 5}\nmatrix: {workers: [1, 2], pause: [1ms, 2ms]}")
    assert [case.name for case in cases] == [
        "race[workers=1,pause=1ms]",
        "race[workers=1,pause=2ms]",
        "race[workers=2,pause=1ms]",
        "race[workers=2,pause=2ms]",
    ]
    assert dict(cases[3].cell) == {"workers": 2, "pause": "2ms"}
    assert cases[3].params.model_dump(include={"workers", "pause", "updates"}) == {
        "workers": 2,
        "pause": 0.002,
        "updates": 5,
    }


def test_exclude_takes_out_combinations_and_partial_ones(tmp_path: Path) -> None:
    """An entry excludes every cell that has its values; other keys of the cell do not matter."""
    matrix = "{workers: [1, 2, 4], pause: [1ms, 2ms], exclude: [{workers: 4, pause: 1ms}, {workers: 2}]}"
    assert names(tmp_path, matrix) == [
        "race[workers=1,pause=1ms]",
        "race[workers=1,pause=2ms]",
        "race[workers=4,pause=2ms]",
    ]


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        ("[a, b]", ["a", "b"]),
        ('["1", "no", ""]', ['"1"', '"no"', '""']),
        ("['a b', 'c,d', 'e=f', '[g]']", ["a b", "c,d", "e=f", "[g]"]),
        ("['漢字', '😀']", ["漢字", "😀"]),
        (r'["a\nb", "c"]', ["#1", "c"]),
    ],
)
def test_ids_tell_texts_apart(tmp_path: Path, values: str, labels: list[str]) -> None:
    """A text that looks like a number is in quotes, what cannot be printed in a line has its number."""
    assert names(tmp_path, f"{{label: {values}}}") == [f"race[label={label}]" for label in labels]


def test_ids_of_large_values_are_short(tmp_path: Path) -> None:
    """Lists are compact JSON; what is longer than forty characters has its number."""
    long = list(range(30))
    assert names(tmp_path, f"{{steps: [1, [1, 2], {long}]}}") == [
        "race[steps=1]",
        "race[steps=[1,2]]",
        "race[steps=#3]",
    ]


def test_every_id_can_be_pasted_back(tmp_path: Path) -> None:
    """`path::name[cell]` selects that case, `path::name` all of its cells."""
    text = 'kind: race\nmatrix: {label: [a, "1", "x::y", "[z]"], workers: [1, 2]}'
    cases = load(tmp_path, text)
    assert len({case.id for case in cases}) == 8
    for case in cases:
        assert [again.id for again in load_cases([case.id], FakeKinds())] == [case.id]
    assert len(load_cases([f"{tmp_path}/race.yaml::race"], FakeKinds())) == 8


def test_a_wrong_value_is_told_once_and_where_it_stands(tmp_path: Path) -> None:
    """A value that does not fit is one error, however many cells have it."""
    text = "kind: race\nmatrix: {workers: [1, many, 2], updates: [1, 2, 3, 4]}"
    assert complaint(tmp_path, text)[:3] == (2, 23, 'expected an integer, got text "many"')


def test_ten_thousand_cells_are_the_most(tmp_path: Path) -> None:
    """A hundred by a hundred is possible, one more is not."""
    hundred = list(range(1, 101))
    cases = load(tmp_path, f"kind: race\nmatrix: {{workers: {[w for w in hundred if w != 99]}, updates: {hundred}}}")
    assert len(cases) == 9_900
    found = complaint(tmp_path, f"kind: race\nmatrix: {{workers: {hundred}, updates: {[*hundred, 101]}}}")
    assert found[2] == "10,100 cells are too many: at most 10,000 here"


def test_defaults_may_hold_a_matrix(tmp_path: Path) -> None:
    """Each scenario has the cells of its own matrix merged with that of the defaults."""
    text = (
        "defaults: {kind: race, matrix: {workers: [1, 2]}}\nscenarios: [{name: a}, {name: b, matrix: {updates: [7]}}]"
    )
    assert [case.name for case in load(tmp_path, text)] == [
        "a[workers=1]",
        "a[workers=2]",
        "b[workers=1,updates=7]",
        "b[workers=2,updates=7]",
    ]
