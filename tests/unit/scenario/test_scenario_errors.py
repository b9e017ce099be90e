"""What is wrong with values: each error has its place, says what was expected and got, and helps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from scenario_kinds import complaint, complaints

if TYPE_CHECKING:
    from pathlib import Path

HOW_A_LIST_BEGINS = "a list of one mapping begins with a dash: - {call: …}"
DURATION = "expected a duration such as 250us, 100ms, 3s or 2m, got"


@pytest.mark.parametrize(
    ("param", "column", "message", "hint"),
    [
        ('workers: "4"', 19, 'expected an integer, got text "4"', None),
        ("workers: true", 19, "expected an integer, got true", None),
        ("workers: 4.0", 19, "expected an integer, got 4.0", None),
        ("workers: 4.5", 19, "expected an integer, got 4.5", None),
        ("workers: null", 19, "expected an integer, got nothing", None),
        ("workers: [4]", 19, "expected an integer, got a list", None),
        ("workers: {}", 19, "expected an integer, got an empty mapping", None),
        ("workers: 0", 19, "expected at least 1, got 0", None),
        ("workers: 101", 19, "expected at most 100, got 101", None),
        ("fair: 1", 16, "expected true or false, got 1", None),
        ('fair: "true"', 16, 'expected true or false, got text "true"', None),
        ('ratio: "0.5"', 17, 'expected a number, got text "0.5"', None),
        ("pause: soon", 17, f'{DURATION} text "soon"', None),
        ("pause: 10", 0, "", None),
        ("pause: -1", 17, f"{DURATION} -1", None),
        ("pause: 10 ms", 17, f'{DURATION} text "10 ms"', None),
        ("pause: true", 17, f"{DURATION} true", None),
        ("style: wiht", 17, "expected 'with' or 'acquire', got text \"wiht\"", "did you mean 'with'?"),
        ("label: 5", 17, "expected text, got 5", None),
        ("label: bad", 17, "this label is not accepted", None),
        ("label: aaaaaaaaaaaaaaaaaaaaa", 17, 'expected at most 20 characters, got text "aaaaaaaaaaaaaaaaaaaaa"', None),
        ("steps: x", 17, 'expected a list or an integer, got text "x"', None),
        ("steps: [1, x]", 21, 'expected an integer, got text "x"', None),
        ("calls: [{cal: 'a:b'}]", 18, "'call' is missing", None),
        ("calls: [{call: ab}]", 25, 'text "ab" does not match ^[a-z]+:[a-z]+$', None),
        ("calls: [{call: 'a:b', cuont: 1}]", 32, "unknown key 'cuont'", "did you mean 'count'?"),
        ("calls: [3]", 18, "expected a mapping, got 3", None),
        ("calls: [a:b]", 18, 'expected a mapping, got text "a:b"', "write {call: a:b}"),
        ("calls: ['a: b']", 18, 'expected a mapping, got text "a: b"', 'write {call: "a: b"}'),
        ("calls: a:b", 17, 'expected a list, got text "a:b"', "write [{call: a:b}]"),
        ("calls: {call: a:b}", 17, "expected a list, got a mapping", HOW_A_LIST_BEGINS),
        ("limits: a", 18, 'expected a mapping, got text "a"', None),
        ("limits: {a: x}", 22, 'expected an integer, got text "x"', None),
        ("limits: [1]", 18, "expected a mapping, got a list", None),
        ("maybe: x", 17, 'expected an integer, got text "x"', None),
        ("wrokers: 4", 10, "unknown key 'wrokers'", "did you mean 'workers'?"),
        ("workers: 99", 9, "99 workers are not possible", None),
    ],
)
def test_params_are_strict(tmp_path: Path, param: str, column: int, message: str, hint: str | None) -> None:
    """Types are those of JSON; the caret stands under the value, or under the key that is not known."""
    text = f"kind: race\nparams: {{{param}}}"
    if not column:
        text += "\nx: 1"
        assert complaint(tmp_path, text)[2] == "unknown key 'x'"
        return
    found = complaints(tmp_path, text)
    assert (2, column, message, hint) in [(d.position.line, d.position.column, d.message, d.hint) for d in found]
    assert len(found) == (2 if "cal:" in param else 1)


@pytest.mark.parametrize(
    ("line", "column", "message"),
    [
        ("version: 2", 10, "expected 1, got 2"),
        ("name: 3", 7, "expected text, got 3"),
        ('name: ""', 7, 'expected at least 1 character, got text ""'),
        ("description: [a]", 14, "expected text, got a list"),
        ("tags: queue", 7, 'expected a list, got text "queue"'),
        ("tags: [1]", 8, "expected text, got 1"),
        ("params: [a]", 9, "expected a mapping, got a list"),
        ("params:", 8, "expected a mapping, got nothing"),
        ("runtime: nativ", 10, "expected 'native' or 'virtual', got text \"nativ\""),
        ("model: gill", 8, "expected 'sync', 'gil' or 'free-threaded', got text \"gill\""),
        ("explore: auto", 10, 'expected a mapping, got text "auto"'),
        ("explore: {strateg: x}", 11, "unknown key 'strateg'"),
        ("explore: {time: odered}", 17, "expected 'adversarial' or 'ordered', got text \"odered\""),
        ("explore: {max_schedules: 0}", 26, "expected at least 1, got 0"),
        ("explore: {time_limit: 0s}", 23, 'expected more than 0s, got text "0s"'),
        ("seed: -1", 7, "expected at least 0, got -1"),
        ("seed: 1.5", 7, "expected an integer, got 1.5"),
        ("seed: random", 7, 'expected an integer, got text "random"'),
        ("timeout: 0", 10, "expected more than 0, got 0"),
        ("timeout: 8000h", 10, 'expected at most 604800s, got text "8000h"'),
        ("timeout: never", 10, f'{DURATION} text "never"'),
        ("repeat: 0", 9, "expected at least 1, got 0"),
        ("repeat: 1000001", 9, "expected at most 1000000, got 1000001"),
        ("matrix: [1]", 9, "expected a mapping, got a list"),
        ("expect: passed", 9, 'expected a mapping, got text "passed"'),
        ("expcet: {}", 1, "unknown key 'expcet'"),
        ("defaults: {}", 1, "'defaults' stands above `scenarios:`, and there are none"),
        ("vars: 3", 7, "expected a mapping of names to values"),
        ("vars: {a b: 3}", 8, "'a b' is not a name: letters, digits, '_' and '-', a letter or '_' first"),
    ],
)
def test_the_envelope_is_strict(tmp_path: Path, line: str, column: int, message: str) -> None:
    """Every key of the envelope refuses what does not fit."""
    assert complaint(tmp_path, f"kind: race\n{line}")[:3] == (2, column, message)


@pytest.mark.parametrize(
    ("expect", "column", "message"),
    [
        ("verdit: passed", 10, "unknown key 'verdit'"),
        (
            "verdict: pased",
            19,
            "expected one of passed, failed, deadlock, livelock, timeout, crashed, error, interrupted",
        ),
        ("verdict: []", 19, "expected at least one verdict, got an empty list"),
        ("verdict: [passed, 3]", 28, "expected one of passed,"),
        ("checks: every", 18, 'expected all, or names to true or false, got text "every"'),
        ("checks: {a: 1}", 22, "expected true or false, got 1"),
        ("outcome: {lost: {gte: 3}}", 27, "unknown operator 'gte'"),
        ("outcome: {lost: {gt: 3, other: 4}}", 34, "unknown operator 'other'"),
        ("outcome: {lost: {gt: many}}", 31, "'gt' takes a number or a duration, got text \"many\""),
        ("outcome: {lost: {in: 3}}", 31, "'in' takes a list, got 3"),
        ("outcome: {lost: {between: [1]}}", 36, "'between' takes two values, got 1"),
        ("outcome: {lost: {between: [2, 1]}}", 36, "nothing lies between these: the first is larger"),
        ("outcome: {lost: {between: [a, 1]}}", 37, "'between' takes a number or a duration, got text \"a\""),
        ("metrics: 3", 19, "expected names of metrics to thresholds, got 3"),
        ("metrics: {a.p95: {}}", 27, "expected a value or operators, got an empty mapping"),
        ("metrics: {a.p95: {lte: 3}}", 28, "unknown operator 'lte'"),
        ("metrics: {a.p95: soon}", 27, 'a threshold takes a number or a duration, got text "soon"'),
        ("metrics: {a.p95: {in: [1, x]}}", 36, 'a threshold takes a number or a duration, got text "x"'),
        ("pass_rate: {ge: 90}", 26, "a pass rate lies between 0 and 1, got 90"),
        ("pass_rate: true", 21, "a pass rate lies between 0 and 1, got true"),
        ("explore: hold", 19, "expected one of holds, violated, deadlock, livelock, crashed, inconclusive"),
        ("outcomes: {value: {inn: [1]}}", 0, ""),
        ('outcome: {lost: "${params.wrokers}"}', 27, "'params.wrokers' is no param of this kind"),
        ('outcome: {lost: "${nope}"}', 27, "'nope' is not defined"),
    ],
)
def test_expectations_are_strict(tmp_path: Path, expect: str, column: int, message: str) -> None:
    """What cannot be judged is refused when the file is read, not when the run is over."""
    text = f"kind: race\nexpect: {{{expect}}}"
    if not column:  # any key may be one of the outcome's own
        assert complaint(tmp_path, f"{text}\nx: 1")[2] == "unknown key 'x'"
        return
    found = complaint(tmp_path, text)
    assert found[:2] == (2, column)
    assert found[2].startswith(message)


@pytest.mark.parametrize(
    ("matrix", "column", "message"),
    [
        ("wrokers: [1]", 10, "'wrokers' is no param of this kind"),
        ("workers: 3", 19, "expected a list of values, got 3"),
        ("workers: []", 19, "expected at least one value, got an empty list"),
        ("workers: [1, 0]", 23, "expected at least 1, got 0"),
        ("workers: [1, 1.0]", 23, "this value is given twice"),
        ("workers: [1], exclude: 3", 33, "expected a list of mappings, got 3"),
        ("workers: [1], exclude: [3]", 34, "expected keys of the matrix with a value each, got 3"),
        ("workers: [1], exclude: [{}]", 34, "expected keys of the matrix with a value each, got an empty mapping"),
        ("workers: [1], exclude: [{updates: 1}]", 35, "'updates' is no key of the matrix"),
        (
            "workers: [1], exclude: [{workers: 2}]",
            44,
            "this value of 'workers' is not in the matrix, so nothing is excluded",
        ),
        ("workers: [1, 2], exclude: [{workers: 1}, {workers: 2}]", 9, "every cell of the matrix is excluded"),
    ],
)
def test_a_matrix_is_strict(tmp_path: Path, matrix: str, column: int, message: str) -> None:
    """Keys are params, values are validated where they stand, exclusions exclude something."""
    assert complaint(tmp_path, f"kind: race\nmatrix: {{{matrix}}}")[:3] == (2, column, message)


def test_a_missing_kind_is_shown_at_the_scenario(tmp_path: Path) -> None:
    """`kind` is the only key that must be there."""
    assert complaint(tmp_path, "\n\nname: x")[:3] == (3, 1, "'kind' is missing")


def test_an_unknown_kind_names_the_installed_ones(tmp_path: Path) -> None:
    """A mistyped kind gets a suggestion and the list; the rest of the scenario is checked all the same."""
    found = complaints(tmp_path, "kind: rase\ntimeout: x\nexpect: {verdict: x}\nmatrix: {a: 3}")
    assert [d.message.partition(",")[0] for d in found] == [
        "unknown kind 'rase'",
        "expected a duration such as 250us",
        "expected one of passed",
        "expected a list of values",
    ]
    assert found[0].hint == "did you mean 'race'? kinds: fragile, lock, race"


@pytest.mark.parametrize("key", ["kind", "params", "name"])
def test_a_scenarios_key_beside_scenarios_is_told_where_to_go(tmp_path: Path, key: str) -> None:
    """What belongs into each scenario is not silently ignored above them."""
    found = complaint(tmp_path, f"{key}: {{}}\nscenarios:\n  - kind: race")
    assert found == (
        1,
        1,
        f"'{key}' cannot stand beside `scenarios:`",
        "it goes below `defaults:`, or into each scenario",
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("scenarios: []", "expected a list of scenarios, got an empty list"),
        ("scenarios: 3", "expected a list of scenarios, got 3"),
        ("scenarios: {a: 1}", "expected a list of scenarios, got a mapping"),
        ("defaults: 3\nscenarios: [{kind: race}]", "expected a mapping, got 3"),
        ("scenaros: 3\nscenarios: [{kind: race}]", "unknown key 'scenaros'"),
    ],
)
def test_several_scenarios_are_a_list_of_mappings(tmp_path: Path, text: str, message: str) -> None:
    """`scenarios:` and `defaults:` refuse other shapes."""
    assert complaint(tmp_path, text)[2] == message


def test_an_error_in_defaults_is_told_once(tmp_path: Path) -> None:
    """What three scenarios inherit is one error, where it is written."""
    text = "defaults: {kind: race, timeout: x}\nscenarios: [{name: a}, {name: b}, {name: c}]"
    assert complaint(tmp_path, text)[:2] == (1, 33)


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("漢字: 1\nkind: race", 1, 1),
        ("description: 漢字😀\nkind: race\nparams: {label: 漢字, x: 1}", 3, 21),
        ("description: 😀\nkind: race\nparams: {label: 😀😀, x: 1}", 3, 21),
        ("\ufeffkind: race\nx: 1", 2, 1),
        ("\ufeffx: 1\nkind: race", 1, 1),
        ("kind: race\r\nname: a\r\nparams: {label: é, x: 1}\r\n", 3, 20),
        ("kind: race\rparams: {x: 1}\r", 2, 10),
        ("kind: race\ndescription: |\n  many\n\n  lines\nx: 1", 6, 1),
        ("kind: race\nparams:\n  # comment\n\n  x: 1", 5, 3),
        ('kind: race\n"x": 1', 2, 1),
        ("kind: race\n? x\n: 1", 2, 3),
    ],
)
def test_columns_count_characters(tmp_path: Path, text: str, line: int, column: int) -> None:
    """Wide characters count one, a byte order mark none, and every kind of line end ends a line."""
    found = complaint(tmp_path, text)
    assert found[:2] == (line, column)
    assert found[2].startswith("unknown key")


def test_an_error_shows_its_line_and_marks_the_value(tmp_path: Path) -> None:
    """The source line, a caret under the value as wide as it is, also behind wide characters."""
    (found,) = complaints(tmp_path, "kind: race\nparams: {label: 漢字, workers: many}")
    assert found.render() == (
        f'{tmp_path}/race.yaml:2:30: error: expected an integer, got text "many"\n'
        "  2 | params: {label: 漢字, workers: many}\n"
        "    |                                ^^^^"
    )


def test_a_minified_line_is_not_shown(tmp_path: Path) -> None:
    """An error in a line of thousands of characters has its place, and does not print the line."""
    (found,) = complaints(tmp_path, f"{{kind: race, description: {'x' * 5000}, nmae: 1}}")
    assert len(found.render()) < 300
    assert found.position.column > 5000


def test_thousands_of_errors_are_cut(tmp_path: Path) -> None:
    """A thousand errors are shown, the last of them says that there are more."""
    text = "kind: race\ndescription: x\nx-all:\n" + "- no\n" * 3000
    found = complaints(tmp_path, text)
    assert len(found) == 1000
    assert found[-1].message == "more errors are not shown"
