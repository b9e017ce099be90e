"""The language of scenario files: defaults, several scenarios, variables, environment, anchors, overrides."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from scenario_kinds import FakeKinds, complaint, complaints, load, one

from threadbench.errors import PluginError, ScenarioError
from threadbench.scenario import Scenario, cases_of, load_cases

if TYPE_CHECKING:
    from pathlib import Path


def test_a_kind_alone_is_a_scenario(tmp_path: Path) -> None:
    """`kind: race` is a whole file; everything else has a default."""
    case = one(tmp_path, "kind: race")
    assert case.id == f"{tmp_path}/race.yaml::race"
    assert (case.seed, case.timeout, case.repeat, dict(case.cell)) == (None, 30.0, 1, {})
    assert case.params == case.workload.params()
    assert case.folder == str(tmp_path)
    assert str(case.position) == f"{tmp_path}/race.yaml:1:1"
    assert case.expect.verdicts == ("passed",)


def test_every_key_of_the_envelope_is_read(tmp_path: Path) -> None:
    """Each key of the contract ends in the record."""
    case = one(
        tmp_path,
        """
version: 1
name: bounded pipeline
kind: race
description: what this shows
tags: [queue, seeds]
params: {workers: 3, pause: 250us, limits: {a: 1}}
runtime: virtual
model: gil
explore: {strategy: dfs, max_schedules: 10, time_limit: 2m, time: ordered}
seed: 18446744073709551615
timeout: 10s
repeat: 5
x-note: {anything: [1]}
""",
    )
    scenario = case.scenario
    assert case.id.endswith("::bounded pipeline")
    assert (scenario.name, scenario.tags, scenario.runtime, scenario.model) == (
        "bounded pipeline",
        ("queue", "seeds"),
        "virtual",
        "gil",
    )
    assert scenario.explore.model_dump() == {
        "strategy": "dfs",
        "max_schedules": 10,
        "time_limit": 120.0,
        "time": "ordered",
    }
    assert (case.seed, case.timeout, case.repeat) == (2**64 - 1, 10.0, 5)
    assert case.params.model_dump()["pause"] == 0.00025


def test_defaults_lie_below_each_scenario(tmp_path: Path) -> None:
    """Mappings of `defaults:` merge key by key, lists are replaced, a scenario's own values win."""
    first, second = load(
        tmp_path,
        """
defaults:
  kind: race
  tags: [a, b]
  params: {workers: 3, limits: {x: 1, y: 2}, steps: [1, 2]}
scenarios:
  - {name: one, tags: [c], params: {updates: 9, limits: {y: 3}, steps: [7]}}
  - kind: lock
    params: null
""".replace("    params: null\n", "").replace("kind: lock", "params: {workers: 1}"),
    )
    assert first.id.endswith("::one")
    assert second.id.endswith("::race-2")
    assert first.scenario.tags == ("c",)
    assert first.params.model_dump(include={"workers", "updates", "limits", "steps"}) == {
        "workers": 3,
        "updates": 9,
        "limits": {"x": 1, "y": 3},
        "steps": [7],
    }
    assert second.scenario.tags == ("a", "b")
    assert second.params.model_dump()["workers"] == 1
    assert (second.position.line, second.position.column) == (8, 5)


def test_variables_keep_their_type_alone_and_become_text_inside_a_text(tmp_path: Path) -> None:
    """`${n}` alone is the value itself; in a text it is written as in JSON; `$$` is a dollar."""
    case = one(
        tmp_path,
        """
vars: {n: 4, on: true, list: [1, 2], pause: 2ms, twice: "${n}${n}", again: "${list}"}
kind: race
description: n=${n} on=${on} $${n} $$ $5 ${twice}
params: {workers: "${n}", steps: "${again}", pause: "${pause}", fair: "${on}"}
""",
    )
    assert case.scenario.description == "n=4 on=true ${n} $ $5 44"
    assert case.params.model_dump(include={"workers", "steps", "pause", "fair"}) == {
        "workers": 4,
        "steps": [1, 2],
        "pause": 0.002,
        "fair": True,
    }


@pytest.mark.parametrize(
    ("text", "environ", "value"),
    [
        ("${env:N}", {"N": "4"}, 4),
        ("${env:N:-5}", {}, 5),
        ("${env:N:-5}", {"N": ""}, 5),
        ("${env:N:-5}", {"N": "6"}, 6),
        ("${env:N:?set it}", {"N": "7"}, 7),
    ],
)
def test_the_environment_gives_typed_values(tmp_path: Path, text: str, environ: dict[str, str], value: int) -> None:
    """A number from the environment is a number; defaults stand in for what is unset or empty."""
    case = one(tmp_path, f"kind: race\nparams:\n  workers: {text}", environ=environ)
    assert case.params.model_dump()["workers"] == value


def test_ambiguous_words_of_the_environment_are_text(tmp_path: Path) -> None:
    """What YAML would ask quotes for comes out of the environment as the text it is."""
    case = one(tmp_path, "kind: race\nparams:\n  label: ${env:N}", environ={"N": "no"})
    assert case.params.model_dump()["label"] == "no"


@pytest.mark.parametrize(
    ("text", "column", "message", "hint"),
    [
        ("${nn}", 14, "'nn' is not defined", "did you mean 'n'?"),
        ("a ${far}", 16, "'far' is not defined", "variables are defined in `vars:`"),
        ("${n", 14, "'${' is not closed by a '}'", "write $${ for the text itself"),
        ("${}", 14, "'' is not defined", "variables are defined in `vars:`"),
        ("${env:NOPE}", 14, "the environment variable NOPE is not set", "give it a default: ${env:NOPE:-…}"),
        ("${env:HOMER}", 14, "the environment variable HOMER is not set", "did you mean 'HOME'?"),
        ("${env:NOPE:?name a port}", 14, "the environment variable NOPE is not set: name a port", None),
        ("${env:a b}", 14, "'env:a b' is not understood", "${env:NAME}, ${env:NAME:-default} or ${env:NAME:?message}"),
        ("${params.workers}", 14, "'${params.…}' has a value in `expect:` only", None),
        ("a${list}", 15, "'list' is no text or number, and cannot stand inside a text", None),
    ],
)
def test_a_reference_to_nothing_is_shown_where_it_stands(
    tmp_path: Path, text: str, column: int, message: str, hint: str | None
) -> None:
    """Whatever cannot be substituted is an error at the `${`."""
    text = f"vars: {{n: 1, list: []}}\nkind: race\ndescription: {text}"
    assert complaint(tmp_path, text, environ={"HOME": "/"}) == (3, column, message, hint)


def test_a_value_that_cannot_be_read_is_one_error(tmp_path: Path) -> None:
    """What stands where a reference or an ambiguous word was refused is not refused for its type as well."""
    text = "kind: race\nname: ${env:NOPE}\nparams: {workers: '${n}', pause: 1:30, label: 5}\nrepeat: true"
    assert [(each.position.line, each.message) for each in complaints(tmp_path, text, environ={})] == [
        (2, "the environment variable NOPE is not set"),
        (3, "'n' is not defined"),
        (3, "'1:30' is ambiguous: a number in base 60 or text"),
        (3, "expected text, got 5"),
        (4, "expected an integer, got true"),
    ]


def test_what_is_not_closed_is_told_with_where_it_begins(tmp_path: Path) -> None:
    """Where the end is missed may be many lines below the bracket."""
    found = complaint(tmp_path, "kind: race\nmatrix: {workers: [1,\n  2\nseed: 3\n")
    hint = "the list that begins with '[' in line 2, column 19, is not closed"
    assert found == (4, 5, "expected ',' or ']'", hint)
    found = complaint(tmp_path, "kind: race\nparams: {workers: 1\n")
    assert found == (3, 1, "expected ',' or '}'", "the mapping that begins with '{' in line 2, column 9, is not closed")


def test_variables_may_use_only_those_above(tmp_path: Path) -> None:
    """There are no cycles among variables, since each sees only what is above it."""
    found = complaint(tmp_path, 'kind: race\nvars:\n  a: "${b}"\n  b: "${a}"')
    assert found == (3, 7, "'b' is defined further down", "an entry of `vars:` may use those above it")


def test_variables_cannot_grow_without_end(tmp_path: Path) -> None:
    """Forty doublings of a text or of a list are refused, not computed."""
    texts = "\n".join(f'  v{n}: "${{v{n - 1}}}${{v{n - 1}}}"' for n in range(1, 40))
    lists = "\n".join(f'  w{n}: ["${{w{n - 1}}}", "${{w{n - 1}}}"]' for n in range(1, 40))
    text = f"kind: race\nvars:\n  v0: {'x' * 100}\n{texts}\n  w0: [1]\n{lists}"
    messages = " ".join(found.message for found in complaints(tmp_path, text))
    assert "make this text too long" in messages
    assert "variables counted as often as they are used" in messages


def test_an_error_in_a_variable_is_shown_where_it_is_used(tmp_path: Path) -> None:
    """A variable of the wrong type is an error at the param, not in `vars:`."""
    found = complaint(tmp_path, "vars: {n: many}\nkind: race\nparams:\n  workers: ${n}")
    assert found[:3] == (4, 12, 'expected an integer, got text "many"')


def test_anchors_aliases_and_merge_keys_work(tmp_path: Path) -> None:
    """`<<` merges one mapping or several; own keys win, then the first of the list."""
    case = one(
        tmp_path,
        """
x-a: &a {workers: 5, updates: 5}
x-b: &b {updates: 6, fair: false}
kind: race
params: {<<: [*a, *b], workers: 7}
tags: &t [x]
expect: {outcome: *t}
""",
    )
    params = case.params.model_dump()
    assert (params["workers"], params["updates"], params["fair"]) == (7, 5, False)
    assert case.expect.judge("passed", ["x"], {}, {}) == ()


def test_an_error_behind_an_alias_is_shown_at_its_anchor(tmp_path: Path) -> None:
    """The anchor is what has to be mended; two scenarios that use it make one error."""
    text = "x-p: &p {workers: 0}\nscenarios:\n  - {kind: race, params: *p}\n  - {kind: race, params: {<<: *p}}"
    assert complaint(tmp_path, text)[:3] == (1, 19, "expected at least 1, got 0")


def test_overrides_are_laid_over_every_scenario(tmp_path: Path) -> None:
    """`--set` reaches any depth, list items, variables, and values in YAML."""
    text = "vars: {n: 1}\nkind: race\nparams: {calls: [{call: 'a:b'}], updates: '${n}'}\n"
    case = one(
        tmp_path,
        text,
        overrides=[
            "params.workers=8",
            "params.calls.0.count=3",
            "params.limits={a: 1}",
            "params.limits.b=2",
            "vars.n=5",
            "timeout=5s",
            "tags=[x, z]",
            "expect.outcome.lost=0",
            "params.label=",
        ],
    )
    params = case.params.model_dump(mode="json")
    assert (params["workers"], params["updates"], params["label"]) == (8, 5, "")
    assert params["calls"] == [{"call": "a:b", "count": 3}]
    assert params["limits"] == {"a": 1, "b": 2}
    assert case.timeout == 5.0
    assert case.scenario.tags == ("x", "z")
    assert [failure.path for failure in case.expect.judge("passed", {}, {}, {})] == ["outcome.lost"]


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("params.workers=many", 'expected an integer, got text "many"'),
        ("params.wrokers=1", "unknown key 'wrokers'"),
        ("timeuot=1", "unknown key 'timeuot'"),
        ("params.calls.7.count=1", "'7' is no item of this list"),
        ("params.workers", "expected KEY=VALUE"),
        ("=1", "expected KEY=VALUE"),
        ("params..x=1", "expected KEY=VALUE"),
        ("params.workers=[1", "expected ',' or ']'"),
        ("params.workers=no", "'no' is ambiguous: a yes/no or text"),
        ("params.workers=!!int 3", "tags are not allowed"),
        ("kind=rase", "unknown kind 'rase'"),
        ("params=3", "expected a mapping, got 3"),
        ("params.updates=1", "'updates' is set by the matrix, so this has no effect"),
        ("vars.n=${nope}", "'nope' is not defined"),
    ],
)
def test_a_wrong_override_is_shown_as_it_was_typed(tmp_path: Path, override: str, message: str) -> None:
    """What is wrong with `--set` has the option itself as its place."""
    text = "kind: race\nmatrix: {updates: [1]}\nparams: {calls: [{call: 'a:b'}]}"
    (found,) = complaints(tmp_path, text, overrides=[override])
    assert (str(found.position), found.message) == (f"--set {override}", message)
    assert found.render().startswith(f"--set {override}: error: ")


def test_seed_and_timeout_can_be_given_for_all(tmp_path: Path) -> None:
    """What was asked for on the command line replaces what the files say."""
    case = one(tmp_path, "kind: race\nseed: 1\ntimeout: 1s", seed=9, timeout=2.5)
    assert (case.seed, case.timeout) == (9, 2.5)


def test_all_errors_of_all_files_come_at_once(tmp_path: Path) -> None:
    """One bad scenario hides nothing of the others; the errors are sorted by place."""
    (tmp_path / "a.yaml").write_text("scenarios:\n  - kind: rase\n  - {kind: race, params: {workers: 0}}\n  - 3\n")
    (tmp_path / "b.yaml").write_text("kind: [\n")
    with pytest.raises(ScenarioError) as caught:
        load_cases([str(tmp_path / "b.yaml"), str(tmp_path / "a.yaml"), str(tmp_path / "c.yaml")], FakeKinds())
    places = [(d.position.path[-6:], d.position.line, d.message) for d in caught.value.diagnostics]
    assert places == [
        ("a.yaml", 2, "unknown kind 'rase'"),
        ("a.yaml", 3, "expected at least 1, got 0"),
        ("a.yaml", 4, "expected a mapping, got 3"),
        ("b.yaml", 2, "a value is missing here"),
        ("c.yaml", 1, "no such file or folder"),
    ]


def test_names_of_cases_are_unique(tmp_path: Path) -> None:
    """A name that is taken is refused, and both places are named."""
    line, column, message, hint = complaint(
        tmp_path, "scenarios:\n  - {kind: race, name: a}\n  - {kind: race, name: a, params: {workers: 1}}\n"
    )
    assert (line, column, message) == (3, 24, "the name 'a' is taken")
    assert hint == f"by the scenario at {tmp_path}/race.yaml:2:24"


def test_a_plugin_that_cannot_be_used_comes_after_what_is_wrong_in_files(tmp_path: Path) -> None:
    """Files are mended first; then the plugin is named."""
    with pytest.raises(PluginError, match="cannot be imported"):
        load(tmp_path, "kind: broken")
    found = complaint(tmp_path, "scenarios:\n  - kind: broken\n  - kind: rase")
    assert found[:3] == (3, 11, "unknown kind 'rase'")


def test_a_broken_plugin_stops_only_the_cases_that_need_it(tmp_path: Path) -> None:
    """A case of the same file that was asked for by name runs."""
    text = "scenarios:\n  - {kind: broken, name: bad}\n  - {kind: race, name: good}"
    load_one = f"{tmp_path}/race.yaml::good"
    with pytest.raises(PluginError):
        load(tmp_path, text)
    (case,) = load_cases([load_one], FakeKinds())
    assert case.id == load_one
    with pytest.raises(PluginError):
        load_cases([f"{tmp_path}/race.yaml::bad"], FakeKinds())


def test_a_validator_that_breaks_is_the_fault_of_its_plugin(tmp_path: Path) -> None:
    """An exception other than ValueError in a params model is a PluginError, not a traceback."""
    with pytest.raises(PluginError, match="the params of kind 'fragile' could not be validated: KeyError"):
        load(tmp_path, "kind: fragile\nparams: {size: 2}")


def test_scenarios_can_be_made_in_python() -> None:
    """A `Scenario` becomes cases without a file: ids are names, positions are paths of keys."""
    scenario = Scenario(
        kind="race",
        params={"workers": 3},
        matrix={"pause": ["1ms", "2ms"]},
        expect={"outcome": {"lost": {"lt": "${params.workers}"}}},
    )
    cases = cases_of(scenario, FakeKinds())
    assert [case.id for case in cases] == ["race[pause=1ms]", "race[pause=2ms]"]
    assert [case.name for case in cases] == [case.id for case in cases]
    assert cases[0].folder is None
    (failure,) = cases[0].expect.judge("passed", {"lost": 3}, {}, {})
    assert (failure.expected, failure.got, failure.position) == ("< 3", "3", None)
    with pytest.raises(ScenarioError) as caught:
        cases_of(Scenario(kind="race", params={"calls": [{"call": "a:b", "count": 0}]}), FakeKinds())
    assert caught.value.render().startswith("error:") is False
    assert caught.value.render() == "params.calls.0.count: error: expected at least 1, got 0"
    with pytest.raises(TypeError, match=r"params\.workers: <object .*> is not JSON"):
        cases_of(Scenario(kind="race", params={"workers": object()}), FakeKinds())
