"""Malformed and hostile scenario files: whatever is in a file, located errors come out and nothing else.

Some 250 files are listed by hand, each with the place and the words of its error; several hundred more are made by
Hypothesis. Each is loaded with the built-in kinds, as `run` and `validate` do.
"""

from __future__ import annotations

import os
import re
import signal
import string
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from threadbench.errors import ScenarioError, ThreadbenchError, printable
from threadbench.plugins import Registry
from threadbench.scenario import document, load_cases

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

KINDS = Registry(third_party=False)
PLACED = re.compile(r"^.+:[1-9][0-9]*:[1-9][0-9]*: error: .+", re.DOTALL)
SECONDS = 1.0
"""What the contract allows for one file."""


@pytest.fixture(autouse=True)
def _no_hang() -> Iterator[None]:
    """A file that hangs the loader ends the test, not the session."""

    def hung(*_: object) -> None:
        raise AssertionError("loading hangs")

    before = signal.signal(signal.SIGALRM, hung)
    signal.alarm(120)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture(params=["C", "pure"], ids=["libyaml", "pure"])
def loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each of the two loaders of PyYAML."""
    if request.param == "C" and not yaml.__with_libyaml__:
        pytest.skip("this PyYAML was built without libyaml")
    chosen = yaml.CSafeLoader if request.param == "C" else yaml.SafeLoader
    monkeypatch.setattr(document.compose, "__defaults__", (chosen,))
    return str(request.param)


def refused(path: Path | str) -> ScenarioError:
    """The error of a file, after what must hold of every such error."""
    with pytest.raises(ScenarioError) as caught:
        load_cases([str(path)], KINDS, environ={})
    check(caught.value)
    return caught.value


def check(error: ScenarioError) -> None:
    """Every diagnostic has a place and words for people; nothing of the machinery shows."""
    assert error.exit_code == 2
    assert error.diagnostics
    for diagnostic in error.diagnostics:
        assert PLACED.match(diagnostic.render())
        assert diagnostic.message
        assert diagnostic.message[0] == diagnostic.message[0].lower() or not diagnostic.message[0].isalpha()
        assert "pydantic" not in diagnostic.message
        assert "https://" not in (diagnostic.hint or "")
    text = error.render()
    assert "Traceback" not in text
    assert all(printable(line) == line for line in text.split("\n"))
    assert list(error.diagnostics) == sorted(error.diagnostics, key=lambda diagnostic: diagnostic.position)
    assert len(set(error.diagnostics)) == len(error.diagnostics)


R = "kind: race\n"
TAB = "a tab"
TWICE = "is given twice"
AMBIGUOUS = "is ambiguous"
NOT_TEXT = "a key must be text"
TAGS = "tags are not allowed"
ESCAPE = "this escape is no character"
DEEP = "nested deeper than 40 levels"
MANY = "more than 100,000 values"

YAML: list[tuple[str | bytes, int, int, str]] = [
    # nothing to run
    ("", 1, 1, "there is no scenario in this file"),
    ("\n\n\n", 1, 1, "there is no scenario in this file"),
    ("# only a comment\n", 1, 1, "there is no scenario in this file"),
    ("   ", 1, 1, "there is no scenario in this file"),
    (b"\xef\xbb\xbf", 1, 1, "there is no scenario in this file"),
    (b"\xef\xbb\xbfkind: race # \xff", 1, 14, "byte 0xff is not UTF-8"),
    ("---\n", 1, 4, "expected a mapping, got nothing"),
    ("null", 1, 1, "expected a mapping, got nothing"),
    ("~", 1, 1, "expected a mapping, got nothing"),
    ("race", 1, 1, 'expected a mapping, got text "race"'),
    ("42", 1, 1, "expected a mapping, got 42"),
    ("true", 1, 1, "expected a mapping, got true"),
    ("- kind: race", 1, 1, "expected a mapping, got a list"),
    ("[]", 1, 1, "expected a mapping, got an empty list"),
    ("{}", 1, 1, "'kind' is missing"),
    ('"kind: race"', 1, 1, 'expected a mapping, got text "kind: race"'),
    ("|\n kind: race", 1, 1, "expected a mapping, got text"),
    # documents and directives
    ("kind: race\n---\nkind: race", 2, 1, "a second document"),
    ("kind: race\n---\n", 2, 1, "a second document"),
    ("---\nkind: race\n---\n", 3, 1, "a second document"),
    ("kind: race\n...\nmore", 3, 1, "this cannot follow the end of the document"),
    ("%FOO bar\n---\nkind: race", 1, 1, "this directive is not understood"),
    ("%YAML 3.0\n---\nkind: race", 1, 1, "this directive is not understood"),
    ("%TAG ! tag:x,2000:\n---\nkind: race", 1, 1, "this directive is not understood"),
    ("# c\n%YAML x\n---\nkind: race", 2, 1, "this directive is not understood"),
    # encodings and characters
    (b"kind: race\nname: \xff", 2, 7, "byte 0xff is not UTF-8"),
    (b"\x80", 1, 1, "byte 0x80 is not UTF-8"),
    (b"kind: race\n# caf\xe9", 2, 6, "byte 0xe9 is not UTF-8"),
    (b"kind: \xed\xa0\x80", 1, 7, "byte 0xed is not UTF-8"),
    (b"kind: \xc0\x80", 1, 7, "byte 0xc0 is not UTF-8"),
    (b"kind: race\nname: \xe6\xbc", 2, 7, "byte 0xe6 is not UTF-8"),
    ("kind: race".encode("utf-16"), 1, 1, "the file is UTF-16"),
    ("kind: race".encode("utf-16-be"), 1, 1, "the character U+0000 is not allowed"),
    ("kind: race".encode("utf-16-le"), 1, 2, "the character U+0000 is not allowed"),
    (b"\xfe\xff" + "kind: race".encode("utf-16-be"), 1, 1, "the file is UTF-16"),
    ("kind: race".encode("utf-32"), 1, 1, "the file is UTF-32"),
    (b"\x00\x00\xfe\xff", 1, 1, "the file is UTF-32"),
    (b"kind: ra\x00ce", 1, 9, "the character U+0000 is not allowed"),
    (b"\x00", 1, 1, "the character U+0000 is not allowed"),
    (b"\x00" * 5000, 1, 1, "the character U+0000 is not allowed"),
    ("kind: race\nname: a\x1b[31mb", 2, 8, "the character U+001B is not allowed"),
    ("kind: race\x07", 1, 11, "the character U+0007 is not allowed"),
    ("kind: race\x7f", 1, 11, "the character U+007F is not allowed"),
    ("kind: race\x0b", 1, 11, "the character U+000B is not allowed"),
    ("kind: race\x0c\n", 1, 11, "the character U+000C is not allowed"),
    ("kind: race\x85name: x", 1, 11, "the character U+0085 is not allowed"),
    ("kind: race\u2028name: x", 1, 11, "the character U+2028 is not allowed"),
    ("kind: race\u2029name: x", 1, 11, "the character U+2029 is not allowed"),
    ("kind: race\ufeff", 1, 11, "the character U+FEFF is not allowed"),
    ("kind: race\ufffe", 1, 11, "the character U+FFFE is not allowed"),
    (b"\x89PNG\r\n\x1a\n\x00\x00", 1, 1, "byte 0x89 is not UTF-8"),
    (b"\x7fELF\x02\x01\x01", 1, 1, "the character U+007F is not allowed"),
    (b"PK\x03\x04", 1, 3, "the character U+0003 is not allowed"),
    (b"\x1f\x8b\x08", 1, 2, "byte 0x8b is not UTF-8"),
    # tabs
    ("kind: race\nparams:\n\tworkers: 1", 3, 1, TAB),
    ("kind:\trace", 1, 6, TAB),
    ("kind: race\t", 1, 11, TAB),
    ("\tkind: race", 1, 1, TAB),
    ("kind: race\nparams: {workers:\t1}", 2, 18, TAB),
    ("kind: race\ntags: [a,\tb]", 2, 10, TAB),
    ("kind: race\nname: a\tb", 2, 8, TAB),
    ("kind: race\n\t\n", 2, 1, TAB),
    ("kind: race\n  \tname: x", 2, 3, TAB),
    ("kind: race\ndescription: |\n \tx", 3, 2, TAB),
    # tags
    ("kind: !!python/object/apply:os.system [ls]", 1, 7, TAGS),
    ("!!python/object:os.system {}", 1, 1, TAGS),
    ("kind: !!str race", 1, 7, TAGS),
    ("kind: !race race", 1, 7, TAGS),
    ("kind: ! race", 1, 7, TAGS),
    ("kind: !<tag:yaml.org,2002:str> race", 1, 7, TAGS),
    ("kind: !e!x race", 1, 7, TAGS),
    ("!!map\nkind: race", 1, 1, TAGS),
    ("kind: race\ntags: !!seq [a]", 2, 7, TAGS),
    ("kind: race\nname: !!binary aGk=", 2, 7, TAGS),
    ("kind: race\nname: !!timestamp 2024-01-01", 2, 7, TAGS),
    ("kind: race\nparams: !!set {a, b}", 2, 9, TAGS),
    ("kind: race\nparams: !!omap [a: 1]", 2, 9, TAGS),
    ("kind: &a !!str race", 1, 10, TAGS),
    ("kind: !!str &a race", 1, 7, TAGS),
    ("!!str kind: race", 1, 1, TAGS),
    ("kind: !!js/function 'x'", 1, 7, TAGS),
    ("kind: !include other.yaml", 1, 7, TAGS),
    ("kind: !", 1, 7, TAGS),
    ("kind: !<", 1, 9, TAGS),
    # anchors and aliases
    ("kind: *missing", 1, 7, "no anchor '&missing' above"),
    ("kind: &race race\nname: *rac", 2, 7, "no anchor '&rac' above"),
    ("kind: race\nx-a: &x [*x]", 2, 10, "'*x' stands inside what it stands for"),
    ("&top\nkind: race\nparams: *top", 3, 9, "'*top' stands inside what it stands for"),
    ("kind: race\nx-a: &x {a: {b: *x}}", 2, 17, "'*x' stands inside what it stands for"),
    ("kind: race\nx-a: &x {<<: *x}", 2, 14, "'*x' stands inside what it stands for"),
    ("kind: &", 1, 8, "a name is missing after '&' or '*'"),
    ("kind: *", 1, 8, "a name is missing after '&' or '*'"),
    ("kind: race\nparams: {<<: 3}", 2, 14, "'<<' merges mappings, and this is none"),
    ("kind: race\nparams: {<<: [3]}", 2, 15, "'<<' merges mappings, and this is none"),
    ("kind: race\nparams: {<<: }", 2, 13, "'<<' merges mappings, and this is none"),
    ("kind: race\nx: &a {workers: 1}\nparams: {<<: *a, <<: *a}", 2, 1, "unknown key 'x'"),
    ("kind: race\nx-a: &a {workers: 1}\nparams: {<<: *a, <<: *a}", 3, 18, TWICE),
    # duplicate keys
    ("kind: race\nkind: lock", 2, 1, TWICE),
    ("kind: race\n'kind': lock", 2, 1, TWICE),
    ('kind: race\n"k\\x69nd": lock', 2, 1, TWICE),
    ("kind: race\nparams: {workers: 1, workers: 1}", 2, 22, TWICE),
    ("kind: race\nparams:\n  workers: 1\n  pause: 1s\n  workers: 2", 5, 3, TWICE),
    ("kind: race\nexpect: {outcome: {a: 1, a: 2}}", 2, 26, TWICE),
    ("kind: race\nx-a: [{b: 1, b: 2}]", 2, 14, TWICE),
    ("? kind\n: race\n? kind\n: lock", 3, 3, TWICE),
    # keys that are no text
    ("kind: race\n1: x", 2, 1, NOT_TEXT),
    ("kind: race\n1.5: x", 2, 1, NOT_TEXT),
    ("kind: race\ntrue: x", 2, 1, NOT_TEXT),
    ("kind: race\nnull: x", 2, 1, NOT_TEXT),
    ("kind: race\n~: x", 2, 1, NOT_TEXT),
    ("kind: race\n: x", 2, 1, "this does not line up with the above"),
    ("kind: race\n? [a]\n: x", 2, 3, NOT_TEXT),
    ("kind: race\n? {a: b}\n: x", 2, 3, NOT_TEXT),
    ("kind: race\n[a]: x", 2, 1, NOT_TEXT),
    ("{kind: race, {a: b}: c}", 1, 14, NOT_TEXT),
    ("kind: race\n?\n: x", 2, 2, NOT_TEXT),
    ("kind: race\nexpect: {outcome: {1: 2}}", 2, 20, NOT_TEXT),
    # ambiguous scalars
    *[(f"kind: race\nparams: {{executor: {word}}}", 2, 20, AMBIGUOUS)
      for word in ("no", "No", "NO", "yes", "Yes", "YES", "on", "On", "ON", "off", "Off", "OFF", "y", "Y", "n", "N")],
    *[(f"kind: race\nseed: {number}", 2, 7, AMBIGUOUS)
      for number in ("0755", "007", "-07", "+07", "00", "1_000", "0x1_f", "0b101", "1:30", "1:30:00", "-1:30", "1:30.5",
                     "2024-01-01", "2024-1-1", "2024-01-01T00:00:00Z", "2024-01-01 00:00:00", "-0x1F", "1_0.5")],
    *[(f"kind: race\nseed: {number}", 2, 7, "is not a number that JSON has")
      for number in (".inf", "-.inf", "+.Inf", ".NaN", ".nan", ".INF")],
    *[(f"kind: race\nseed: {number}", 2, 7, "is too large for a number")
      for number in ("1e999", "-1e999", f"1{'0' * 400}.0")],
    *[(f"kind: race\nseed: {number}", 2, 7, "an integer here has at most 64 bits")
      for number in ("18446744073709551616", "-9223372036854775809", "0x1ffffffffffffffff", "9" * 5000)],
    # quotes and escapes
    ("kind: 'race", 1, 7, "this quote is never closed"),
    ('kind: "race', 1, 7, "this quote is never closed"),
    ("kind: race\nname: 'a\n---\n", 2, 7, "this quote is never closed"),
    ("'", 1, 1, "this quote is never closed"),
    ("kind: race\nname: 'it's'", 2, 11, "this does not line up with the above"),
    ('kind: "a\\qb"', 1, 9, "no such escape in double quotes"),
    ('kind: "\\xZZ"', 1, 10, "this escape needs more hexadecimal digits"),
    ('kind: "\\u12"', 1, 10, "this escape needs more hexadecimal digits"),
    ('kind: "\\ud800"', 1, 8, ESCAPE),
    ('kind: "\\uDFFF"', 1, 8, ESCAPE),
    ('kind: "\\ud83d\\ude00"', 1, 8, ESCAPE),
    ('kind: "ab\\U0000d800"', 1, 10, ESCAPE),
    ('kind: "\\U00110000"', 1, 8, ESCAPE),
    ('kind: "\\UFFFFFFFF"', 1, 8, ESCAPE),
    ('"\\ud800": race', 1, 2, ESCAPE),
    # syntax
    ("kind: [race", 1, 12, "expected ',' or ']'"),
    ("kind: {race", 1, 12, "expected ',' or '}'"),
    ("kind: race]", 1, 7, "unknown kind 'race]'"),
    ("kind: ]", 1, 7, "a value is missing here"),
    ("kind: race\n]", 2, 1, "this does not line up with the above"),
    ("{kind: race}}", 1, 13, "this cannot follow the end of the document"),
    ("kind: race\nparams: {workers: 1]", 2, 20, "expected ',' or '}'"),
    ("kind: race\ntags: [a b, c: d: e]", 2, 17, "expected ',' or ']'"),
    ("kind: race: lock", 1, 11, "a ':' is not expected here"),
    ("kind: race\n name: x", 2, 6, "a ':' is not expected here"),
    ("kind: race\n  - a", 1, 7, "unknown kind 'race - a'"),
    ("kind: race\nparams:\n  workers: 1\n pause: 2", 4, 2, "this does not line up with the above"),
    ("kind: race\n- a", 2, 1, "this does not line up with the above"),
    ("- a\nkind: race", 2, 1, "this does not line up with the above"),
    ("kind: race\nname", 2, 5, "expected ':' after this key"),
    ("kind: race\nname\nx: 1", 3, 1, "expected ':' after this key"),
    ("kind: @race", 1, 7, "this character cannot begin a value"),
    ("kind: `race`", 1, 7, "this character cannot begin a value"),
    ("kind: %race", 1, 7, "this character cannot begin a value"),
    ("@", 1, 1, "this character cannot begin a value"),
    ("kind: |x\n race", 1, 8, "expected the text to begin on the next line"),
    ("kind: > race", 1, 9, "expected the text to begin on the next line"),
    ("kind: - race", 1, 7, "a list item is not expected here"),
    ("kind: ? race", 1, 7, "a key is not expected here"),
    ("kind: race\ntags: [a, b", 2, 12, "expected ',' or ']'"),
    ("[" * 41, 1, 41, DEEP),
    ("[" * 900_000, 1, 41, DEEP),
    ("kind: !t race\nx-deep: " + "[" * 2_000, 2, 48, DEEP),
    ("[\n" * 20_000, 41, 1, DEEP),
    ("{a: " * 20_000, 1, 161, DEEP),
    ("- " * 20_000, 1, 81, DEEP),
    ("\n".join(f"{' ' * n}a:" for n in range(100)), 41, 41, DEEP),
    ("? " * 20_000, 1, 81, DEEP),
    ("kind: race\nx-deep: " + "[" * 60 + "]" * 60, 2, 48, DEEP),
]  # fmt: skip

BOMB = "kind: race\nx-0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n" + "".join(
    f"x-{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10)
)
MERGE_BOMB = "kind: race\nx-0: &a0 {k: 1}\n" + "".join(
    f"x-{n}: &a{n} {{{', '.join(f'k{m}: *a{n - 1}' for m in range(9))}}}\n" for n in range(1, 10)
)
QUADRATIC = "kind: race\nx-0: &a [" + "1, " * 1000 + "1]\nx-1: [" + "*a, " * 1000 + "*a]\n"
LARGE: list[tuple[str | bytes, int, int, str]] = [
    (BOMB, 6, 6, MANY),
    (MERGE_BOMB, 7, 6, MANY),
    (QUADRATIC, 3, 6, MANY),
    ("kind: race\nx-0: [" + "1," * 300_000 + "1]", 2, 6, MANY),
    ("kind: race\ntags:\n" + "- a\n" * 200_000, 3, 1, MANY),
    ("kind: race\nname: " + "x" * 999_000, 2, 7, "expected at most 200 characters"),
    ("kind: race\n" + "# comment\n" * 100_000, 1, 1, "larger than 1 MB"),
    ("k" * 999_999, 1, 1, "expected a mapping, got text"),
    ("k" * 999_999 + ":", 1, 1_000_000, "a ':' is not expected here"),
    ("'" * 999_999, 1, 1, ""),
    ('"\\u0041' + "\\u0041" * 100_000, 1, 1, "this quote is never closed"),
    ("a: " * 300_000, 1, 5, "a ':' is not expected here"),
    ("\n" * 999_999, 1, 1, "there is no scenario in this file"),
    ("kind: race\n" + "".join(f"k{n}: 1\n" for n in range(50_000)), 2, 1, "unknown key 'k0'"),
    ("kind: race\n" + "k: 1\n" * 90_000, 3, 1, TWICE),
    ("kind: race\nparams: {" + "".join(f"k{n}: 1, " for n in range(40_000)) + "}", 2, 10, "unknown key 'k0'"),
    ("kind: code\nparams: {instrument: [" + "1, " * 90_000 + "]}", 2, 23, "expected text, got 1"),
    ("kind: race\nmatrix: {workers: [" + ", ".join(f"a{n}" for n in range(9_000)) + "]}", 2, 20,
     'expected an integer, got text "a0"'),
    ("kind: race\nx-0: [" + "no, " * 90_000 + "]", 2, 7, AMBIGUOUS),
    (f"kind: race\nmatrix: {{workers: {[*range(1, 101)]}, updates: {[*range(101)]}}}", 2, 9,
     "10,100 cells are too many"),
    ("kind: race\nvars: {a: " + "x" * 90_000 + "}\ndescription: " + "${a}" * 1000, 3, 14,
     "the variables make this text too long"),
    ("defaults: {kind: race, x-0: [" + "1, " * 20_000 + "]}\nscenarios:\n" + "- {}\n" * 100, 7, 3,
     "`defaults` counted in each scenario"),
]  # fmt: skip


def _id(value: object) -> str | None:
    return ascii(value)[:50] if isinstance(value, str | bytes) else None


@pytest.mark.parametrize(("text", "line", "column", "message"), YAML, ids=_id)
def test_a_bad_file_is_refused_at_its_place(
    tmp_path: Path, loader: str, text: str | bytes, line: int, column: int, message: str
) -> None:
    """Each mistake is found at its line and column, in the same words by both loaders."""
    file = tmp_path / "bad.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    found = [(d.position.line, d.position.column, d.message) for d in refused(file).diagnostics]
    assert any(place[:2] == (line, column) and message in place[2] for place in found), found


@pytest.mark.parametrize(("text", "line", "column", "message"), LARGE, ids=_id)
def test_a_large_file_is_refused_in_time(
    tmp_path: Path, text: str | bytes, line: int, column: int, message: str
) -> None:
    """What stands for millions of values, or holds thousands of mistakes, is refused within a second."""
    file = tmp_path / "large.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    since = time.process_time()
    error = refused(file)
    rendered = error.render()
    spent = time.process_time() - since
    found = [(d.position.line, d.position.column, d.message) for d in error.diagnostics]
    assert any(place[:2] == (line, column) and message in place[2] for place in found), found[:5]
    assert len(rendered) < 1_000_000
    if yaml.__with_libyaml__:
        assert spent < 3 * SECONDS  # three times what it may take: this machine does other things as well


def test_fifty_megabytes_are_refused_unread(tmp_path: Path) -> None:
    """Of a file beyond the limit only the limit is read."""
    file = tmp_path / "big.yaml"
    with file.open("wb") as stream:
        stream.write(b"kind: race\n")
        stream.truncate(50_000_000)
    since = time.process_time()
    (found,) = refused(file).diagnostics
    assert time.process_time() - since < SECONDS
    assert (found.message, found.hint) == ("larger than 1 MB", "keep data in files of its own, and scenarios small")


def _fifo(folder: Path) -> Path:
    os.mkfifo(folder / "fifo.yaml")
    return folder / "fifo.yaml"


def _link(folder: Path, target: str) -> Path:
    (folder / "link.yaml").symlink_to(target)
    return folder / "link.yaml"


def _empty_folder(folder: Path) -> Path:
    (folder / "empty" / ".hidden").mkdir(parents=True)
    (folder / "empty" / "readme.md").write_text("kind: race")
    (folder / "empty" / ".hidden" / "a.yaml").write_text("kind: race")
    (folder / "empty" / ".b.yaml").write_text("kind: race")
    return folder / "empty"


PLACES: dict[str, tuple[Callable[[Path], Path | str], str]] = {
    "missing": (lambda folder: folder / "nope.yaml", "no such file or folder"),
    "missing folder": (lambda folder: folder / "nope" / "nope.yaml", "no such file or folder"),
    "no name": (lambda folder: "", "no path"),
    "a selector alone": (lambda folder: "::race", "no path"),
    "below a file": (lambda folder: f"{__file__}/a.yaml", "no such file or folder"),
    "NUL in its name": (lambda folder: f"{folder}/a\0b.yaml", ""),
    "a name too long": (lambda folder: folder / ("x" * 300), ""),
    "a path too long": (lambda folder: "x/" * 3000, ""),
    "a FIFO": (_fifo, "not a regular file"),
    "a device": (lambda folder: "/dev/zero", "not a regular file"),
    "the null device": (lambda folder: "/dev/null", "not a regular file"),
    "a link to itself": (lambda folder: _link(folder, "link.yaml"), ""),
    "a link to nowhere": (lambda folder: _link(folder, "nowhere.yaml"), "a link that leads nowhere"),
    "a link to a device": (lambda folder: _link(folder, "/dev/zero"), "not a regular file"),
    "a folder without scenarios": (_empty_folder, "no scenario file in this folder"),
    "a glob without matches": (lambda folder: folder / "*.yaml", "no scenario file matches"),
    "a glob of other files": (lambda folder: _empty_folder(folder) / "*.md", "no scenario file matches"),
    "a glob that is none": (lambda folder: folder / "a[1.yaml", "no scenario file matches"),
}


@pytest.mark.parametrize("name", PLACES)
def test_a_path_that_is_no_file_is_refused(tmp_path: Path, name: str) -> None:
    """Whatever a path leads to, it is refused with its name, and without waiting."""
    make, message = PLACES[name]
    path = make(tmp_path)
    with pytest.raises(ScenarioError) as caught:
        load_cases([str(path)], KINDS)
    (found,) = caught.value.diagnostics
    assert message in found.message
    assert (found.position.line, found.position.column) == (1, 1)
    assert "Traceback" not in caught.value.render()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_refused(tmp_path: Path) -> None:
    """What may not be read is said so."""
    file = tmp_path / "secret.yaml"
    file.write_text("kind: race")
    file.chmod(0)
    (found,) = refused(file).diagnostics
    assert found.message == "cannot be read: Permission denied"


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of the operating system is told in its own words."""
    file = tmp_path / "secret.yaml"
    file.write_text("kind: race")

    def no(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(file), "open", no)
    (found,) = refused(file).diagnostics
    assert found.message == "cannot be read: Permission denied"


def test_a_mistyped_path_gets_a_suggestion(tmp_path: Path) -> None:
    """A missing file beside one with a similar name."""
    (tmp_path / "race.yaml").write_text("kind: race")
    (found,) = refused(tmp_path / "rcae.yaml").diagnostics
    assert found.hint == "did you mean 'race.yaml'?"


VALID = [
    "kind: race\n",
    "version: 1\nname: a\nkind: prodcons\nparams: {producers: 2, run_for: 100ms}\nmatrix: {capacity: [1, 10]}\n"
    "expect: {verdict: passed, outcome: {lost: 0, consumed: {gt: 0}}, metrics: {queue.put.wait.p95: {lt: 50ms}}}\n",
    "vars: {n: 2}\ndefaults: &d\n  kind: lock\n  params:\n    workers: ${n}\nscenarios:\n- {name: a, <<: *d}\n"
    "- name: b\n  tags: [x, 'y']\n  description: |\n    some \"text\"\n    漢字 😀\n  repeat: 3\n"
    "  expect: {pass_rate: {ge: 0.5}}\n",
]
PIECES = st.sampled_from(
    [*":{}[],&*#?|-<>=!%@`\"'\\\t\n\r $~^.0aé漢😀\0\x85\ufeff",
     "\r\n", "---", "...", "<<: ", "- ", "? ", ": ", "\\u", "!!",
     "${", "${n}", "$$", "${env:X}", "${params.workers}", "null", "no", "1e999", ".nan", "0755", "*d", "&d ", "kind: ",
     "scenarios: ", "matrix: {workers: [0]}", "params: 3\n", "name: b\n", "  ", "x-a: ", "exclude: [{}]"]
)  # fmt: skip
HOSTILE = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A valid file with a few pieces put in, taken out or moved."""
    text = draw(st.sampled_from(VALID))
    for _ in range(draw(st.integers(1, 5))):
        start = draw(st.integers(0, len(text)))
        stop = min(len(text), start + draw(st.sampled_from([0, 0, 0, 1, 2, 8])))
        text = text[:start] + draw(PIECES) + text[stop:]
    return text


def values(keys: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    """Any JSON, with words of the language among its texts."""
    words = st.sampled_from(
        ["race", "lock", "passed", "all", "10ms", "${n}", "${params.workers}", "$", "native", "a:b"]
    )
    leaves = st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        words,
        st.text(string.printable, max_size=8),
        st.text(max_size=4),
    )
    return st.recursive(
        leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3), max_leaves=12
    )


KEYS = st.sampled_from(
    ["kind", "name", "params", "matrix", "expect", "defaults", "scenarios", "vars", "workers", "updates", "exclude",
     "outcome", "metrics", "verdict", "checks", "pass_rate", "eq", "in", "between", "lt", "explore", "timeout", "seed",
     "tags", "x-a", "<<"]
)  # fmt: skip


def survives(path: Path) -> None:
    """Loads, or is refused as it should be."""
    try:
        load_cases([str(path)], KINDS, environ={})
    except ScenarioError as error:
        check(error)
    except ThreadbenchError as error:
        raise AssertionError(f"{type(error).__name__}: {error}") from error


@HOSTILE
@given(text=mutated())
@example(text="kind: race\nmatrix: {workers: [1], exclude: [{updates: 1}]}")
def test_a_damaged_file_loads_or_is_refused(tmp_path: Path, loader: str, text: str) -> None:
    """A valid file with something broken in it never ends in anything but cases or located errors."""
    file = tmp_path / "damaged.yaml"
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    survives(file)


@HOSTILE
@given(data=st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_load_or_are_refused(tmp_path: Path, loader: str, data: bytes) -> None:
    """A file may hold anything at all."""
    file = tmp_path / "random.yaml"
    file.write_bytes(data)
    survives(file)


@HOSTILE
@given(tree=st.dictionaries(KEYS, values(KEYS), max_size=6))
def test_any_structure_loads_or_is_refused(tmp_path: Path, tree: dict[str, Any]) -> None:
    """Well-formed YAML with any value at any key of the language."""
    file = tmp_path / "structure.yaml"
    file.write_text(
        yaml.safe_dump({"kind": "race", **tree}, allow_unicode=True), encoding="utf-8", errors="surrogatepass"
    )
    survives(file)


@HOSTILE
@given(
    override=st.tuples(
        st.sampled_from(["params.workers", "vars.n", "kind", "matrix", "expect.outcome", "a.b.c"]), st.text(max_size=30)
    )
)
def test_any_override_is_laid_over_or_refused(tmp_path: Path, override: tuple[str, str]) -> None:
    """What is typed after `--set` is as little trusted as a file."""
    file = tmp_path / "race.yaml"
    file.write_text("kind: race\n")
    with suppress(ScenarioError):
        load_cases([str(file)], KINDS, overrides=["=".join(override)], environ={})
