"""Judging: what `expect` demands of a run, and what is told when it did not come about."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scenario_kinds import one

from threadbench.scenario.comparison import OPERATORS, Comparison, comparisons, same
from threadbench.scenario.expect import Expect, expect_of
from threadbench.scenario.nodes import tree_of
from threadbench.verdicts import RUN_VERDICTS, RunVerdict

if TYPE_CHECKING:
    from pathlib import Path

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(-5, 5) | st.text("ab", max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "c"]), inner, max_size=3),
    max_leaves=8,
)


def expect(**demands: Any) -> Expect:
    """An `Expect` of data."""
    found: list[Any] = []
    made = expect_of(tree_of(demands, "expect"), found)
    assert found == []
    return made


def judged(demands: dict[str, Any], outcome: Any = None, **given_: Any) -> list[tuple[str, str, str]]:
    """Path, expected and got of all failures of a run that ended by itself."""
    failures = expect(**demands).judge(
        given_.get("verdict", "passed"), outcome, given_.get("checks", {}), given_.get("metrics", {})
    )
    return [(failure.path, failure.expected, failure.got) for failure in failures]


def test_by_default_a_run_ends_by_itself_and_every_check_holds() -> None:
    """Nothing in `expect` demands `passed` and all checks."""
    assert judged({}) == []
    assert judged({}, checks={"a": True}) == []
    assert judged({}, checks={"a": True, "b": False}) == [("checks.b", "true", "false")]
    assert judged({}, verdict="deadlock") == [("verdict", "passed", "deadlock")]


@pytest.mark.parametrize("asked", RUN_VERDICTS)
@pytest.mark.parametrize("came", RUN_VERDICTS)
def test_the_verdict_is_the_one_that_was_asked_for(asked: RunVerdict, came: RunVerdict) -> None:
    """A run is as expected exactly when it came to the verdict that was asked for and nothing else failed."""
    if came == "failed":
        return  # no run ends so: it is what judging makes of one
    wanted = expect(verdict=asked)
    failures = wanted.judge(came, {}, {}, {})
    assert wanted.settle(came, failures) == (came, came == asked)
    assert [failure.path for failure in failures] == ([] if came == asked else ["verdict"])


def test_any_of_several_verdicts_will_do() -> None:
    """A list of verdicts is met by each of them."""
    wanted = {"verdict": ["passed", "deadlock"]}
    assert judged(wanted) == []
    assert judged(wanted, verdict="deadlock") == []
    assert judged(wanted, verdict="timeout") == [("verdict", "passed or deadlock", "timeout")]


def test_failed_can_be_asked_for() -> None:
    """`verdict: failed` is met when something else in `expect` did not hold."""
    wanted = expect(verdict="failed", outcome={"lost": 0})
    failures = wanted.judge("passed", {"lost": 1}, {}, {})
    assert [failure.path for failure in failures] == ["outcome.lost"]
    assert wanted.settle("passed", failures) == ("failed", True)
    failures = wanted.judge("passed", {"lost": 0}, {}, {})
    assert [(failure.path, failure.got) for failure in failures] == [("verdict", "passed")]
    assert wanted.settle("passed", failures) == ("passed", False)


def test_a_demand_that_fails_makes_a_passed_run_failed() -> None:
    """The verdict of a run that ended by itself, and of which something did not hold, is `failed`."""
    wanted = expect(outcome={"lost": 0})
    failures = wanted.judge("passed", {"lost": 1}, {}, {})
    assert wanted.settle("passed", failures) == ("failed", False)


def test_a_deadlock_that_was_asked_for_has_no_outcome_to_judge() -> None:
    """Of a run that was cut short, checks that were stated count; outcome and other checks could not come about."""
    wanted = {"verdict": ["passed", "deadlock"], "outcome": {"lost": 0}, "checks": {"fair": True}}
    assert judged(wanted, verdict="deadlock") == []
    assert judged(wanted, verdict="deadlock", checks={"fair": False}) == [("checks.fair", "true", "false")]
    assert judged(wanted, verdict="deadlock", checks={"other": False}) == [("checks.other", "true", "false")]
    assert [path for path, _, _ in judged(wanted)] == ["checks.fair", "outcome.lost"]


def test_metrics_are_judged_of_every_end_that_was_asked_for() -> None:
    """A threshold counts for a deadlock that was asked for, and not for one that nobody wanted."""
    wanted = {"verdict": "deadlock", "metrics": {"lock.wait.p95": {"lt": "50ms"}}}
    metrics = {"lock.wait.p95": 0.06}
    assert judged(wanted, verdict="deadlock", metrics=metrics) == [("metrics.lock.wait.p95", "< 0.05", "0.06")]
    assert judged(wanted, verdict="timeout", metrics=metrics) == [("verdict", "deadlock", "timeout")]


def test_named_checks_must_be_stated_and_come_to_what_was_asked() -> None:
    """A named check must be stated; one may be asked to fail; those not named must hold."""
    wanted = {"checks": {"lost": False, "fair": True}}
    assert judged(wanted, checks={"lost": False, "fair": True, "x": True}) == []
    assert judged(wanted, checks={"lost": True, "x": False}) == [
        ("checks.x", "true", "false"),
        ("checks.lost", "false", "true"),
        ("checks.fair", "true", "not stated"),
    ]


def test_what_is_not_there_may_have_been_meant_otherwise() -> None:
    """Names that nobody stated or measured cannot be known before the run, and a misspelt one is told afterwards."""
    wanted = {
        "checks": {"no updat lost": True},
        "outcome": {"vlaue": 3, "far": {"away": 1}},
        "metrics": {"lock.wait.p59": {"lt": 1}},
    }
    said = judged(
        wanted, checks={"no update lost": True}, outcome={"value": 3, "far": {}}, metrics={"lock.wait.p95": 0.5}
    )
    assert said == [
        ("checks.no updat lost", "true", "not stated: did you mean 'no update lost'?"),
        ("outcome.vlaue", "== 3", "nothing: did you mean 'value'?"),
        ("outcome.far.away", "== 1", "nothing"),
        ("metrics.lock.wait.p59", "< 1", "no samples: did you mean 'lock.wait.p95'?"),
    ]


def test_a_threshold_over_no_samples_fails() -> None:
    """A metric that nobody measured meets no threshold, not even `ne`."""
    assert judged({"metrics": {"a.p95": {"lt": 1, "ne": 3}}}) == [
        ("metrics.a.p95", "< 1", "no samples"),
        ("metrics.a.p95", "!= 3", "no samples"),
    ]


def test_thresholds_are_numbers_or_durations() -> None:
    """Text in a threshold is a duration, and compared in seconds."""
    assert judged({"metrics": {"a": {"between": ["1ms", "1s"]}}}, metrics={"a": 0.5}) == []
    assert judged({"metrics": {"a": {"in": ["1ms", 2]}}}, metrics={"a": 0.001}) == []
    assert judged({"metrics": {"a": "1ms"}}, metrics={"a": 0.001}) == []
    assert judged({"metrics": {"a": {"ge": "2s"}}}, metrics={"a": 1.5}) == [("metrics.a", ">= 2.0", "1.5")]


def test_an_outcome_is_compared_key_by_key() -> None:
    """Nested keys are demands of their own; what is not mentioned is not judged; what is missing is nothing."""
    wanted = {"outcome": {"lost": 0, "deep": {"a": {"gt": 1, "lt": 3}, "b": [1, {"c": 2}]}}}
    assert judged(wanted, {"lost": 0, "deep": {"a": 2, "b": [1, {"c": 2}]}, "more": 1}) == []
    assert judged(wanted, {"lost": 17, "deep": {"a": 3, "b": [1]}}) == [
        ("outcome.lost", "== 0", "17"),
        ("outcome.deep.a", "< 3", "3"),
        ("outcome.deep.b", '== [1, {"c": 2}]', "[1]"),
    ]
    assert judged(wanted, None) == [
        ("outcome.lost", "== 0", "nothing"),
        ("outcome.deep.a", "> 1", "nothing"),
        ("outcome.deep.a", "< 3", "nothing"),
        ("outcome.deep.b", '== [1, {"c": 2}]', "nothing"),
    ]
    assert judged({"outcome": None}, None) == []
    assert judged({"outcome": None}, 0) == [("outcome", "== null", "0")]
    assert judged({"outcome": {}}, {}) == []
    assert judged({"outcome": {"eq": {"in": 1}}}, {"in": 1}) == []
    assert judged({"outcome": {"stats": {"min": 0, "max": 5}}}, {"stats": {"min": 0, "max": 5}}) == []


@pytest.mark.parametrize(
    ("operator", "operand", "meets", "fails", "shown"),
    [
        ("eq", 1, [1, 1.0], [True, "1", 2, None, [1]], "== 1"),
        ("eq", True, [True], [1, "true", None], "== true"),
        ("eq", "a", ["a"], ["b", None], '== "a"'),
        ("ne", 1, [True, 2, None], [1, 1.0], "!= 1"),
        ("lt", 3, [2, -1, 2.9], [3, 4, "2", None, True, [1]], "< 3"),
        ("le", 3, [3, 2], [4, "3"], "<= 3"),
        ("gt", 3, [4], [3, "4", True, None], "> 3"),
        ("ge", 3, [3, 4], [2], ">= 3"),
        ("gt", "10ms", [0.02], [0.01], "> 0.01"),
        ("between", [1, 3], [1, 2.5, 3], [0.9, 3.1, "2", None, True], "between 1 and 3"),
        ("in", [1, "a", None], [1, 1.0, "a", None], [True, "1", 2], 'in [1, "a", null]'),
    ],
)
def test_operators(operator: str, operand: Any, meets: list[Any], fails: list[Any], shown: str) -> None:
    """Each operator by example; what cannot be ordered meets no order."""
    (comparison,) = comparisons(tree_of({operator: operand}, "x"), [])
    assert all(comparison.holds(value) for value in meets)
    assert not any(comparison.holds(value) for value in fails)
    assert str(comparison) == shown


@given(value=JSON)
def test_every_outcome_meets_itself(value: Any) -> None:
    """What a run returned, written as a plain expectation under `eq`, is met by it, also after a trip through JSON."""
    assert judged({"outcome": {"eq": value}}, json.loads(json.dumps(value))) == []
    assert same(value, json.loads(json.dumps(value)))


@given(left=JSON, right=JSON)
def test_equality_is_that_of_json(left: Any, right: Any) -> None:
    """Symmetric, `ne` is its opposite, and equal texts of JSON are equal values."""
    node = tree_of(right, "x")
    assert same(left, right) == same(right, left)
    assert Comparison("eq", right, node).holds(left) != Comparison("ne", right, node).holds(left)
    if json.dumps(left, sort_keys=True) == json.dumps(right, sort_keys=True):
        assert same(left, right)


@given(value=JSON, low=st.integers(-5, 5), high=st.integers(-5, 5))
def test_orders_fit_together(value: Any, low: int, high: int) -> None:
    """`between` is `ge` and `le`; a number meets exactly one of `lt`, `eq`, `gt`."""

    def holds(operator: str, operand: Any) -> bool:
        return Comparison(operator, operand, tree_of(0, "x")).holds(value)

    assert holds("between", [low, high]) == (holds("ge", low) and holds("le", high))
    number = isinstance(value, int | float) and not isinstance(value, bool)
    assert [holds("lt", low), holds("eq", low), holds("gt", low)].count(True) == (1 if number else 0)


@given(
    outcome=JSON,
    demand=JSON,
    verdict=st.sampled_from([*{*RUN_VERDICTS} - {"failed"}]),
    checks=st.dictionaries(st.text(), st.booleans()),
)
def test_judging_never_breaks(outcome: Any, demand: Any, verdict: RunVerdict, checks: dict[str, bool]) -> None:
    """Whatever was demanded and came, judging gives failures that are JSON, and says when all is well."""
    wanted = expect_of(tree_of({"outcome": demand, "metrics": {"a": 1}}, "expect"), [])
    failures = wanted.judge(verdict, outcome, checks, {})
    assert json.loads(json.dumps([failure.to_json() for failure in failures]))
    assert any(
        failure.path == "verdict" or failure.path.startswith(("metrics", "checks", "outcome")) for failure in failures
    )


def test_a_failure_knows_where_it_was_demanded(tmp_path: Path) -> None:
    """The place of the value in the file, its line and width; nothing for a default."""
    case = one(tmp_path, "kind: race\nexpect:\n  verdict: passed\n  outcome:\n    lost: {in: [10, 20]}\n")
    lost, *_ = case.expect.judge("passed", {"lost": 3}, {}, {})
    assert str(lost.position) == f"{tmp_path}/race.yaml:5:16"
    assert (lost.source, lost.width) == ("    lost: {in: [10, 20]}", 1)
    assert lost.to_json() == {
        "path": "outcome.lost",
        "expected": "in [10, 20]",
        "got": "3",
        "position": {"path": f"{tmp_path}/race.yaml", "line": 5, "column": 16},
        "source": "    lost: {in: [10, 20]}",
        "width": 1,
    }
    verdict, *_ = case.expect.judge("timeout", None, {}, {})
    assert (str(verdict.position), verdict.width) == (f"{tmp_path}/race.yaml:3:12", 6)
    (check,) = case.expect.judge("passed", {"lost": 10}, {"fair": False}, {})
    assert (check.path, check.position) == ("checks.fair", None)
    assert check.to_json()["position"] is None


def test_the_pass_rate_is_judged_over_repeats() -> None:
    """`pass_rate` is a comparison with the share of repeats; without it nothing is judged."""
    assert expect().pass_rate is None
    assert expect().judge_pass_rate(0.0) == ()
    wanted = expect(pass_rate={"ge": 0.8})
    assert wanted.judge_pass_rate(0.8) == ()
    (failure,) = wanted.judge_pass_rate(0.75)
    assert (failure.path, failure.expected, failure.got) == ("pass_rate", ">= 0.8", "0.75")
    assert expect(pass_rate=1).judge_pass_rate(1.0) == ()


def test_values_may_be_params_of_the_cell(tmp_path: Path) -> None:
    """`${params.x}` is the param of each case, durations in seconds, dotted into models."""
    text = """
kind: race
params: {calls: [], limits: {most: 7}, pause: 20ms}
matrix: {workers: [1, 2]}
expect:
  outcome: {lost: {lt: "${params.workers}"}, most: "${params.limits.most}", text: "${params.workers} of $${x}"}
  metrics: {wait: {le: "${params.pause}"}}
"""
    from scenario_kinds import load

    one_worker, two_workers = load(tmp_path, text)
    outcome = {"lost": 1, "most": 7, "text": "2 of ${x}"}
    assert two_workers.expect.judge("passed", outcome, {}, {"wait": 0.02}) == ()
    failures = one_worker.expect.judge("passed", outcome, {}, {"wait": 0.03})
    assert [(failure.path, failure.expected) for failure in failures] == [
        ("outcome.lost", "< 1"),
        ("outcome.text", '== "1 of ${x}"'),
        ("metrics.wait", "<= 0.02"),
    ]


def test_all_operators_are_tested() -> None:
    """The table above names each operator."""
    assert set(OPERATORS) == {"eq", "ne", "lt", "le", "gt", "ge", "between", "in"}
