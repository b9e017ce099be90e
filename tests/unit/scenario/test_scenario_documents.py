"""What is made of kinds and cases: the JSON Schema, the reference, the resolved scenario."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ConfigDict
from scenario_kinds import FakeKinds, RaceParams, load

from threadbench.plugins import Registry
from threadbench.plugins.workload import Params, Workload
from threadbench.scenario import load_cases
from threadbench.scenario.model import Exploration, Scenario
from threadbench.scenario.reference import reference_markdown
from threadbench.scenario.resolved import resolved, resolved_text
from threadbench.scenario.schema import schema_document

if TYPE_CHECKING:
    from threadbench.scenario import Case

ROOT = Path(__file__).parents[3]
SCHEMA = schema_document(FakeKinds.workloads)

GOOD = """
kind: race
name: good
tags: [a]
params: {workers: 4, pause: 10ms, style: acquire, steps: [1, 2], maybe: null, calls: [{call: "a:b", count: 2}]}
matrix: {updates: [1, 2], pause: [1ms, 0.5], exclude: [{updates: 1, pause: 1ms}]}
seed: 3
timeout: 1m
explore: {strategy: dfs, time_limit: 2.5}
expect:
  verdict: [passed, deadlock]
  checks: {fair: false}
  outcome: {lost: {in: [1]}, other: [1, {a: b}]}
  metrics: {lock.wait.p95: {lt: 50ms, gt: 0}, x: 3, y: 1s}
  pass_rate: {ge: 0.5}
  explore: holds
x-note: [1]
"""
SEVERAL = """
vars: {n: 3}
defaults: {kind: race, params: {workers: "${n}"}, x-a: 1}
scenarios:
  - {name: one, params: {updates: "${n}", pause: "${n}ms"}}
  - {name: two, matrix: {updates: [1, "${n}"]}}
"""


def problems(text: str, schema: dict[str, Any] = SCHEMA) -> list[tuple[str, str]]:
    """JSON path and message of everything that a validator says."""
    validator = jsonschema.Draft7Validator(schema)
    return sorted((error.json_path, error.message) for error in validator.iter_errors(yaml.safe_load(text)))


@pytest.mark.parametrize("text", ["kind: race", GOOD, SEVERAL])
def test_good_files_fit_the_schema(tmp_path: Path, text: str) -> None:
    """What loads has nothing to underline."""
    assert problems(text) == []
    assert load(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "path", "message"),
    [
        ("name: x", "$", "'kind' is a required property"),
        ("kind: rase", "$.kind", "'rase' is not one of ['fragile', 'lock', 'race']"),
        ("{kind: race, params: {threds: 1}}", "$.params", "('threds' was unexpected)"),
        ("{kind: lock, params: {workers: 1}}", "$.params", "('workers' was unexpected)"),
        ("{kind: race, params: {workers: '4'}}", "$.params.workers", "'4' is not of type 'integer'"),
        ("{kind: race, params: {workers: 0}}", "$.params.workers", "0 is less than the minimum of 1"),
        ("{kind: race, params: {style: wiht}}", "$.params.style", "'wiht' is not one of ['with', 'acquire']"),
        ("{kind: race, params: {pause: soon}}", "$.params.pause", "'soon' does not match"),
        ("{kind: race, params: {calls: [{count: 2}]}}", "$.params.calls[0]", "'call' is a required property"),
        ("{kind: race, params: {calls: [{call: 3}]}}", "$.params.calls[0].call", "3 is not of type 'string'"),
        ("{kind: race, params: {limits: {a: x}}}", "$.params.limits.a", "'x' is not of type 'integer'"),
        ("{kind: race, matrix: {wrkers: [1]}}", "$.matrix", "('wrkers' was unexpected)"),
        ("{kind: race, matrix: {workers: 3}}", "$.matrix.workers", "3 is not of type 'array'"),
        ("{kind: race, matrix: {workers: [1, x]}}", "$.matrix.workers[1]", "'x' is not of type 'integer'"),
        ("{kind: race, matrix: {exclude: [{wrk: 1}]}}", "$.matrix.exclude[0]", "Additional"),
        ("{kind: race, expect: {verdict: pased}}", "$.expect.verdict", "'pased' is not one of"),
        ("{kind: race, expect: {verdict: [pased]}}", "$.expect.verdict[0]", "'pased' is not one of"),
        ("{kind: race, expect: {checks: some}}", "$.expect.checks", "'some' is not one of ['all']"),
        ("{kind: race, expect: {metrics: {a: {lte: 3}}}}", "$.expect.metrics.a", "Additional"),
        ("{kind: race, expct: {}}", "$", "'expct' does not match any of the regexes: '^x-'"),
        ("{kind: race, timeout: never}", "$.timeout", "'never' does not match"),
        ("{kind: race, repeat: 0}", "$.repeat", "0 is less than the minimum of 1"),
        ("{kind: race, explore: {stratgy: a}}", "$.explore", "Additional"),
        ("{kind: race, defaults: {}}", "$", "False schema does not allow {}"),
        ("{kind: race, scenarios: [{kind: race}]}", "$", "False schema does not allow 'race'"),
        ("scenarios: []", "$.scenarios", "[] should be non-empty"),
        ("scenarios: [{kind: race, params: {threds: 1}}]", "$.scenarios[0].params", "Additional"),
        ("{defaults: {kind: race, params: {threds: 1}}, scenarios: [{}]}", "$.defaults.params", "Additional"),
        ("{defaults: {kind: race}, scenarios: [{params: {threds: 1}}]}", "$.scenarios[0].params", "Additional"),
        ("{defaults: {kind: race}, scenarios: [{kind: lock, params: {a: 1}}]}", "$.scenarios[0].params", "('a' was"),
    ],
)  # fmt: skip
def test_the_schema_is_precise(text: str, path: str, message: str) -> None:
    """One mistake makes one complaint, at the value, about the value."""
    found = problems(text)
    assert [each[0] for each in found] == [path]
    assert message in found[0][1]


def test_references_may_stand_for_any_value() -> None:
    """`${…}` is accepted wherever a value of another type stands, since only loading knows what it comes to."""
    text = """
kind: race
params: {workers: "${n}", fair: "${env:FAIR:-true}", style: "${s}", steps: ["${n}"],
  calls: [{call: "${c}", count: "${n}"}]}
matrix: {workers: ["${n}"]}
repeat: "${n}"
timeout: "${t}"
expect: {verdict: "${v}", outcome: {lost: "${params.workers}"}, metrics: {a: {lt: "${params.pause}"}}}
"""
    assert problems(text) == []
    assert problems('{kind: race, params: {workers: "n"}}') != []


def test_the_schema_is_draft_7_and_itself_valid() -> None:
    """Editors read draft 7; nothing of later drafts is left in it."""
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    text = json.dumps(SCHEMA)
    assert '"$defs"' not in text
    assert '"prefixItems"' not in text
    assert SCHEMA["$schema"] == "http://json-schema.org/draft-07/schema#"


def references(schema: Any) -> set[str]:
    """Every `$ref` in a schema."""
    if isinstance(schema, list):
        return {each for item in schema for each in references(item)}
    if not isinstance(schema, dict):
        return set()
    own = {schema["$ref"]} if isinstance(schema.get("$ref"), str) else set()
    return own | {each for value in schema.values() for each in references(value)}


def test_every_reference_of_the_schema_leads_somewhere() -> None:
    """Each `$ref` can be followed, also for the built-in kinds."""
    for schema in (SCHEMA, schema_document(Registry(third_party=False).workloads())):
        for reference in references(schema):
            place: Any = schema
            for step in reference.removeprefix("#/").split("/"):
                place = place[step]


def test_editors_find_descriptions_and_defaults() -> None:
    """What a param means and its default stand at the property itself."""
    workers = SCHEMA["definitions"]["race.params"]["properties"]["workers"]
    assert (workers["description"], workers["default"]) == ("how many threads", 2)
    assert "Workers race." in SCHEMA["properties"]["kind"]["description"]


def test_params_that_have_no_schema_stay_open() -> None:
    """A kind whose params use types unknown to JSON Schema is not checked; the others are."""

    class Odd:
        pass

    class OddParams(Params):
        model_config = ConfigDict(arbitrary_types_allowed=True)
        odd: Odd = Odd()

    odd = Workload("odd", OddParams, lambda run, params: None)
    schema = schema_document([odd, *FakeKinds.workloads])
    assert problems("{kind: odd, params: {odd: 3}}", schema) == []
    assert problems("{kind: race, params: {threds: 3}}", schema) != []
    assert "cannot be listed" in reference_markdown([odd])


def test_the_library_fits_the_schema_of_the_built_in_kinds(tmp_path: Path) -> None:
    """check-jsonschema accepts every scenario that is shipped, and names what is wrong in a bad one."""
    schema = tmp_path / "schema.json"
    schema.write_text(json.dumps(schema_document(Registry(third_party=False).workloads())))
    bad = tmp_path / "bad.yaml"
    bad.write_text("kind: race\nparams: {threds: 2}\n")
    command = [sys.executable, "-m", "check_jsonschema", "--schemafile", str(schema)]
    library = sorted(map(str, (ROOT / "scenarios").glob("*.yaml")))
    good = subprocess.run([*command, *library], capture_output=True, text=True, check=False)
    assert good.returncode == 0, good.stdout
    refused = subprocess.run([*command, str(bad)], capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    assert "$.params: Additional properties are not allowed ('threds' was unexpected)" in refused.stdout


def test_the_reference_in_the_docs_is_that_of_the_models() -> None:
    """`docs/scenario-reference.md` says what files are checked by."""
    written = (ROOT / "docs" / "scenario-reference.md").read_text(encoding="utf-8")
    assert written == reference_markdown(Registry(third_party=False).workloads()), (
        "docs/scenario-reference.md is out of date: run python tests/unit/scenario/write_reference.py"
    )


def test_the_reference_names_every_key_and_param() -> None:
    """Nothing that may be written is missing."""
    text = reference_markdown(FakeKinds.workloads)
    for model in (Scenario, Exploration, RaceParams):
        for name, field in model.model_fields.items():
            assert f"| `{name}` |" in text
            assert field.description
    assert "| `workers` | integer, ≥ 1, ≤ 100 | `2` | how many threads |" in text
    assert "| `steps` | list of integer or integer | `1` | one or several |" in text


def same_cases(one: list[Case], other: list[Case]) -> None:
    """The same things to run, wherever they are written."""
    keys = ("name", "params", "seed", "timeout", "repeat")
    assert [[getattr(case, key) for key in keys] for case in one] == [
        [getattr(case, key) for key in keys] for case in other
    ]
    assert [case.scenario.tags for case in one] == [case.scenario.tags for case in other]
    for left, right in zip(one, other, strict=True):
        for outcome in ({"lost": 1, "other": [1, {"a": "b"}]}, {"lost": 2}):
            of_both = [case.expect.judge("passed", outcome, {"fair": False}, {"x": 3.0}) for case in (left, right)]
            told = [[(failure.path, failure.expected, failure.got) for failure in failures] for failures in of_both]
            assert told[0] == told[1]


@pytest.mark.parametrize("text", ["kind: race", GOOD, SEVERAL, GOOD.replace("name: good", "name: 'no: [x]'")])
def test_what_is_resolved_loads_to_the_same_cases(tmp_path: Path, text: str) -> None:
    """The resolved scenarios are a file; it makes the same cases, and resolves to itself."""
    cases = load(tmp_path, text)
    again_file = tmp_path / ("race.yaml" if text == "kind: race" else "again.yaml")
    again_file.write_text(resolved_text(cases))
    again = load_cases([str(again_file)], FakeKinds())
    same_cases(cases, again)
    assert resolved(again) == resolved(cases)


def test_what_is_resolved_has_every_default() -> None:
    """Nothing is left to look up: defaults, the cell, the params in `expect`."""
    from threadbench.scenario import cases_of

    scenario = Scenario(
        kind="race",
        description="a ${x} and $$",
        matrix={"workers": [7]},
        expect={"outcome": {"lost": {"lt": "${params.workers}"}, "text": "$${x}"}},
    )
    cases = cases_of(scenario, FakeKinds())
    document = resolved(cases)
    assert document["params"]["workers"] == 7
    assert document["params"]["pause"] == 0.1
    assert document["timeout"] == 30.0
    assert document["description"] == "a $${x} and $$$"
    assert document["expect"] == {
        "verdict": "passed",
        "checks": "all",
        "outcome": {"lost": {"lt": 7}, "text": "$${x}"},
    }
    assert "matrix" not in document


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    label=st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    description=st.text("no: 01.e$~{}#'\"\n\t-", max_size=10),
)
def test_any_text_survives_being_resolved(tmp_path: Path, label: str, description: str) -> None:
    """Texts that look like something else, hold dollars or line ends come back as they were."""
    from threadbench.scenario import cases_of

    scenario = Scenario(kind="race", params={"label": label}, description=description)
    if label == "bad":
        return
    cases = cases_of(scenario, FakeKinds())
    file = tmp_path / "resolved.yaml"
    file.write_bytes(resolved_text(cases).encode())
    (again,) = load_cases([str(file)], FakeKinds())
    assert again.params == cases[0].params
    assert again.scenario.description == description
