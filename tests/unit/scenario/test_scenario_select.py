"""`-k` and `-t`: which cases an expression and tags leave."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scenario_kinds import FakeKinds, load

from threadbench.errors import NothingSelectedError, UsageError
from threadbench.scenario import Scenario, cases_of
from threadbench.scenario.selection import select

if TYPE_CHECKING:
    from threadbench.scenario import Case

TEXT = """
scenarios:
  - {name: first, kind: race, tags: [queue, slow], matrix: {workers: [1, 2]}}
  - {name: second, kind: lock, tags: [queue]}
  - {name: Third-one, kind: lock}
"""
ALL = ["first[workers=1]", "first[workers=2]", "second", "Third-one"]


@pytest.fixture
def cases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Case]:
    """Four cases of three scenarios; their ids do not hold the name of the test's folder."""
    monkeypatch.chdir(tmp_path)
    return load(Path(), TEXT)


@pytest.mark.parametrize(
    ("keyword", "left"),
    [
        ("first", [0, 1]),
        ("FIRST", [0, 1]),
        ("third-ONE", [3]),
        ("lock", [2, 3]),
        ("queue", [0, 1, 2]),
        ("workers=1", [0]),
        ("first[workers=2]", [1]),
        ("not lock", [0, 1]),
        ("not not lock", [2, 3]),
        ("lock and queue", [2]),
        ("first or second", [0, 1, 2]),
        ("lock and not queue", [3]),
        ("not (first or second)", [3]),
        ("first and workers=1 or third", [0, 3]),
        ("(first and (workers=1 or third))", [0]),
        ("race.yaml", [0, 1, 2, 3]),
        (None, [0, 1, 2, 3]),
        ("", [0, 1, 2, 3]),
        ("  ", [0, 1, 2, 3]),
    ],
)
def test_expressions(cases: list[Case], keyword: str | None, left: list[int]) -> None:
    """Words are parts of id, name, kind or tags; `not` binds tighter than `and`, `and` tighter than `or`."""
    assert [case.name for case in select(cases, keyword=keyword, tags=[])] == [ALL[number] for number in left]


def test_tags(cases: list[Case]) -> None:
    """Of several tags any will do; with an expression both must hold; a part of a tag is no tag."""
    assert [case.name for case in select(cases, keyword=None, tags=["slow"])] == ALL[:2]
    assert [case.name for case in select(cases, keyword=None, tags=["slow", "queue"])] == ALL[:3]
    assert [case.name for case in select(cases, keyword="second", tags=["queue"])] == ["second"]
    with pytest.raises(NothingSelectedError) as caught:
        select(cases, keyword="second", tags=["slo"])
    assert str(caught.value) == "none of 4 cases matches -k 'second' -t slo; tags: queue, slow"


def test_no_cases_are_nothing_selected() -> None:
    """An empty selection is an error of its own."""
    with pytest.raises(NothingSelectedError, match="there are no cases"):
        select([], keyword=None, tags=[])


@pytest.mark.parametrize(
    ("keyword", "message"),
    [
        ("and", "expected a word at column 1"),
        ("a and", "expected a word at column 6"),
        ("a b", "expected 'and' or 'or' at column 3"),
        ("(a", "expected ')' at column 3"),
        ("a)", "expected 'and' or 'or' at column 2"),
        ("()", "expected a word at column 2"),
        ("not", "expected a word at column 4"),
        ("or a", "expected a word at column 1"),
        ("(" * 100_000, "too many parentheses"),
    ],
)
def test_what_is_no_expression_is_refused(cases: list[Case], keyword: str, message: str) -> None:
    """The column of the mistake is told; no nesting is too deep to be refused."""
    with pytest.raises(UsageError) as caught:
        select(cases, keyword=keyword, tags=[])
    assert message in str(caught.value)


EXPRESSIONS = st.recursive(
    st.sampled_from(["first", "second", "lock", "zzz"]),
    lambda inner: st.one_of(
        st.builds("not {}".format, inner.map("({})".format)),
        st.builds("({}) and ({})".format, inner, inner),
        st.builds("({}) or ({})".format, inner, inner),
    ),
    max_leaves=6,
)


@given(expression=EXPRESSIONS)
def test_expressions_mean_what_python_means(expression: str) -> None:
    """The grammar agrees with Python's own on random expressions."""
    (case,) = cases_of(Scenario(name="first", kind="lock"), FakeKinds())
    found = {"first": True, "second": False, "lock": True, "zzz": False}
    try:
        left = select([case], keyword=expression, tags=[])
    except NothingSelectedError:
        left = []
    assert bool(left) is eval(expression, {}, found)
