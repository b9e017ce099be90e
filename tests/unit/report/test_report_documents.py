"""What machines read: JSON documents, JUnit XML, GitHub's commands."""

from __future__ import annotations

import json as stdlib_json
from xml.etree import ElementTree as Xml

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import CRASH, DEADLOCK, LOST, case, contended_log, run

from threadbench.errors import Diagnostic, Position
from threadbench.report import github, json
from threadbench.report.account import Failure, account_of, typed
from threadbench.report.block import block
from threadbench.report.junit import junit
from threadbench.report.summary import summarize

HOSTILE = "a\x00\x1b]]><&\"'\ud800\ufffe\n| % , :"


def explained(account):
    return block(account, lambda _: contended_log())


def test_the_document_of_a_run_has_everything_of_each_repeat() -> None:
    """Cases, their repeats, and every field of the closing line."""
    document = json.run_document(
        {"seed": 42},
        [case(run("failed", failures=[LOST], metrics={"x": 1.5}))],
        duration=1.0,
        interrupted=False,
        exit_code=1,
    )
    read = stdlib_json.loads(json.dump(document))
    assert (read["schema"], read["exit_code"], read["session"]) == ("threadbench.run/1", 1, {"seed": 42})
    (only,) = read["cases"][0]["runs"]
    assert (only["verdict"], only["seed"], only["metrics"]) == ("failed", 42, {"x": 1.5})
    assert only["failures"] == [LOST]


def test_the_document_of_a_report_has_threads_and_objects() -> None:
    """The tables that people see, with times in seconds."""
    log = contended_log()
    read = stdlib_json.loads(json.dump(json.report_document(account_of(log, "a.jsonl"), summarize(log), 1)))
    assert read["schema"] == "threadbench.report/1"
    assert [thread["name"] for thread in read["threads"]] == ["T1", "T2"]
    assert read["objects"][0]["waits"]["total"] == pytest.approx(0.006)


def test_numbers_that_json_lacks_become_null() -> None:
    """NaN and infinities are no JSON."""
    assert stdlib_json.loads(json.dump({"a": [float("nan"), float("-inf"), 1.5]})) == {"a": [None, None, 1.5]}


def test_junit_has_a_suite_for_each_file_and_a_case_for_each_repeat() -> None:
    """Counts on every level; a failed expectation is a failure, a crash an error."""
    cases = [
        case(run("failed", failures=[LOST])),
        case(run("crashed", case="b.yaml::b", **CRASH)),
        case(run(repeat=1, case="b.yaml::c"), run(repeat=2, case="b.yaml::c")),
    ]
    root = Xml.fromstring(junit(cases, explained))
    assert [suite.get("name") for suite in root] == ["scenarios/race.yaml", "b.yaml"]
    assert {key: root.get(key) for key in ("tests", "failures", "errors")} == {
        "tests": "4",
        "failures": "1",
        "errors": "1",
    }
    assert [each.get("name") for each in root.iter("testcase")] == ["race", "b", "c #1", "c #2"]
    failure = root.find(".//failure")
    assert failure is not None
    assert "outcome.lost: expected == 0, got 17" in (failure.text or "")


def test_junit_tells_seed_and_log_of_each_run() -> None:
    """Properties of a test case lead to what replays it."""
    root = Xml.fromstring(junit([case(run())], explained))
    properties = {each.get("name"): each.get("value") for each in root.iter("property")}
    assert properties["seed"] == "42"
    assert properties["log"] == "runs/race.1.jsonl"


def properties_of(text: str) -> dict[str, str]:
    """Names and values of all properties, of which no two have one name."""
    found = [(each.get("name", ""), each.get("value", "")) for each in Xml.fromstring(text).iter("property")]
    assert len(dict(found)) == len(found)
    return dict(found)


def test_junit_has_the_facts_of_the_json_report() -> None:
    """Outcome, checks, metrics, the cycle of a deadlock, and each object and pair of the contention table, the same."""
    checks = [{"name": "all counted", "ok": False, "at": "race.py:9"}, {"name": "nobody starved", "ok": True}]
    ended = run("deadlock", outcome={"lost": 1}, checks=checks, metrics={"lock.wait.p95": 0.25}, **DEADLOCK)
    summary = summarize(contended_log())
    text = junit([case(ended)], explained, lambda _run: (summary, None))
    document = stdlib_json.loads(json.dump(json.report_document(ended, summary, 4)))
    found = properties_of(text)
    assert stdlib_json.loads(found["outcome"]) == document["run"]["outcome"]
    for check in document["run"]["checks"]:
        assert found[f"check {check['name']}"] == ("ok" if check["ok"] else "no")
    assert {f"metric {name}": str(value) for name, value in document["run"]["metrics"].items()}.items() <= found.items()
    waiting = [found[f"deadlock {number}"] for number in (1, 2, 3)]
    cycle = document["run"]["deadlock"]["cycle"]
    for waiter, told in zip([*cycle, document["run"]["deadlock"]["waiting"][2]], waiting, strict=True):
        assert told.startswith(waiter["thread"])
        assert f"waits for {waiter['waits']['object']} ({waiter['waits']['at']})" in told
        assert all(f"{hold['object']} ({hold['at']})" in told for hold in waiter["holds"])
    for row in document["objects"]:
        assert stdlib_json.loads(found[f"{row['kind']} {row['name']}"]) == row
    for number, pair in enumerate(document["blocked"], start=1):
        assert stdlib_json.loads(found[f"blocked {number}"]) == pair
    assert document["objects"]
    assert document["blocked"]
    out = Xml.fromstring(text).findtext(".//system-out") or ""
    assert "T1 blocked T2 with Lock#1" in out


def test_junit_of_a_damaged_log_says_what_is_missing() -> None:
    """As the JSON report does."""
    read = summarize(contended_log()), "a.jsonl:3: damaged event log"
    text = junit([case(run())], explained, lambda _run: read)
    assert properties_of(text)["missing"] == "a.jsonl:3: damaged event log"


def test_junit_judges_repeats_by_their_pass_rate() -> None:
    """A repeat that failed where the pass rate was met is no failure; a pass rate that was not met is one."""
    met = case(run(), run("failed", repeat=2), as_expected=True)
    assert Xml.fromstring(junit([met], explained)).get("failures") == "0"
    rate = typed({"path": "pass_rate", "expected": ">= 1", "got": "0.5"}, Failure, "sample")
    root = Xml.fromstring(junit([case(run(), as_expected=False, failures=(rate,))], explained))
    assert [each.get("message") for each in root.iter("failure")] == ["pass_rate: expected >= 1, got 0.5"]


@given(st.text(), st.text())
def test_junit_is_well_formed_whatever_names_and_texts_are(name: str, message: str) -> None:
    """Control characters, surrogates and markup in names leave XML that parses."""
    failures = [{**LOST, "got": message, "source": name}]
    hostile = case(run("failed", case=f"{name}.yaml::{name}{HOSTILE}", failures=failures, reason=message))
    Xml.fromstring(junit([hostile], explained).encode())


def test_an_annotation_cannot_be_ended_by_what_it_quotes() -> None:
    """Line ends, percent signs, commas and colons are escaped as GitHub asks."""
    text = github.annotation("a\nb%", file="x,y:z.yaml", row=3, column=4)
    assert text == "::error file=x%2Cy%3Az.yaml,line=3,col=4::a%0Ab%25"


def test_an_annotation_points_at_the_expectation() -> None:
    """File, line and column of the expectation, its message, the case as title."""
    (text,) = github.case_annotations(case(run("failed", failures=[LOST])))
    assert text.startswith("::error file=scenarios/race.yaml,line=12,col=11,title=scenarios/race.yaml%3A%3Arace::")
    assert text.endswith("outcome.lost: expected == 0, got 17")


def test_a_failure_without_expectation_points_at_the_file() -> None:
    """A crash has no line in the scenario: the file is named, and the reason."""
    (text,) = github.case_annotations(case(run("crashed", **CRASH)))
    assert text.startswith("::error file=scenarios/race.yaml,title=")
    assert text.endswith("::an exception left the workload")


def test_cases_as_expected_are_not_annotated() -> None:
    """An expected deadlock is nothing to annotate."""
    assert not list(github.case_annotations(case(run("deadlock", as_expected=True))))


def test_diagnostics_are_annotated_with_their_hints() -> None:
    """An invalid file is marked where it is wrong."""
    (text,) = github.diagnostic_annotations([Diagnostic(Position("a.yaml", 2, 3), "unknown key", "did you mean 'x'?")])
    assert text == "::error file=a.yaml,line=2,col=3,title=threadbench::unknown key%0Adid you mean 'x'?"


def test_the_step_summary_is_markdown_that_names_cannot_break() -> None:
    """A row for each case; what fails is folded below, and markup in names stays text."""
    cases = [case(run(case="a.yaml::<b>|")), case(run("failed", failures=[LOST]))]
    page = github.step_summary(cases, "2 cases", explained)
    assert "| ✅ passed | a.yaml::&lt;b&gt;&#124; | 300ms |" in page
    assert "<details><summary>scenarios/race.yaml::race</summary>" in page
    assert "      12 |     lost: 0" in page
