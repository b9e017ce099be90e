"""Scalars, positions and the two loaders: what is read is the same with both, and what editors show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from threadbench.scenario.document import compose
from threadbench.scenario.nodes import Node, Source, described, shortened, tree_of
from threadbench.scenario.scalars import Refused, number_or_text, plain_value

if TYPE_CHECKING:
    from threadbench.errors import Diagnostic

LOADERS = [yaml.SafeLoader, *([yaml.CSafeLoader] if yaml.__with_libyaml__ else [])]


def read(text: str, loader: Any = yaml.SafeLoader) -> Node:
    """The tree of a text that is right."""
    found: list[Diagnostic] = []
    tree = compose(Source("file", text), found, loader)
    assert found == []
    assert tree is not None
    return tree


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None), ("~", None), ("null", None), ("Null", None), ("NULL", None), ("nULL", "nULL"),
        ("true", True), ("True", True), ("TRUE", True), ("false", False), ("tRUE", "tRUE"),
        ("0", 0), ("-0", 0), ("+1", 1), ("42", 42), ("0x1F", 31), ("0o17", 15), ("18446744073709551615", 2**64 - 1),
        ("-9223372036854775808", -(2**63)), ("1.5", 1.5), ("1.", 1.0), (".5", 0.5), ("-.5", -0.5), ("1e3", 1000.0),
        ("1E-3", 0.001), ("1.5e+3", 1500.0), ("0.5", 0.5), ("01.5", 1.5), ("1e-999", 0.0),
        ("1.2.3", "1.2.3"), ("10ms", "10ms"), ("-", "-"), ("+", "+"), (".", "."), ("e3", "e3"), ("1e", "1e"),
        ("0x", "0x"),
        ("0xG", "0xG"), ("nope", "nope"), ("yess", "yess"), ("a:b", "a:b"), ("127.0.0.1", "127.0.0.1"), ("=", "="),
        ("2024-13", "2024-13"), ("12:ab", "12:ab"), ("_1", "_1"), ("١٢", "١٢"), ("<<", "<<"),
    ],
)  # fmt: skip
def test_plain_scalars_are_those_of_yaml_1_2(text: str, value: object) -> None:
    """The core schema, with integers of at most 64 bits; anything else is text."""
    got = plain_value(text)
    assert got == value
    assert type(got) is type(value)


@pytest.mark.parametrize("text", ["no", "Yes", "on", "OFF", "y", "N", "0755", "1_000", "1:30", "2024-01-01", "0b1"])
def test_ambiguous_scalars_are_refused_with_a_cure(text: str) -> None:
    """What YAML 1.1 reads differently asks for quotes; quoted it is text."""
    with pytest.raises(Refused) as caught:
        plain_value(text)
    assert f'"{text}"' in caught.value.hint
    assert read(f'a: "{text}"').plain() == {"a": text}
    assert read(f"a: '{text}'").plain() == {"a": text}


@given(text=st.from_regex(r"[-+.0-9xobeE_:aAfFnyYtT~]{1,8}", fullmatch=True))
def test_a_plain_scalar_that_is_taken_means_the_same_to_older_readers(text: str) -> None:
    """What is not refused is what PyYAML reads, but for the floats and octals that YAML 1.2 has added."""
    try:
        value = plain_value(text)
    except Refused:
        return
    old = yaml.SafeLoader("").resolve(yaml.ScalarNode, text, (True, False))
    if old.endswith(":str"):
        assert isinstance(value, str | int | float)
    else:
        assert type(value).__name__ == old.rpartition(":")[2].replace("null", "NoneType")


@pytest.mark.parametrize(
    ("text", "value"), [("4", 4), ("true", True), ("no", "no"), ("", ""), ("null", "null"), ("1_0", "1_0")]
)
def test_texts_from_outside_are_numbers_booleans_or_text(text: str, value: object) -> None:
    """The environment has no null and nothing ambiguous."""
    assert number_or_text(text) == value


FILES = st.recursive(
    st.one_of(
        st.sampled_from(
            ["1", "1.5", "true", "~", "text", "'quoted'", '"dou\\u0062le"', "漢字", "😀 b", "10ms", "a:b", ""]
        ),
    ),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda items: f"[{', '.join(item or '~' for item in items)}]"),
        st.lists(inner, min_size=1, max_size=3).map(
            lambda items: "{" + ", ".join(f"k{n}: {item or '~'}" for n, item in enumerate(items)) + "}"
        ),
    ),
    max_leaves=6,
)


def places(tree: Node) -> list[Any]:
    """All values with their places."""
    below = [*tree.keys.values(), *tree.mapping.values(), *tree.items]
    value = None if isinstance(tree.value, dict | list) else tree.value
    return [(str(tree.position), tree.width, value), *(place for node in below for place in places(node))]


@pytest.mark.skipif(not yaml.__with_libyaml__, reason="this PyYAML was built without libyaml")
@settings(deadline=None)
@given(
    values=st.lists(FILES, min_size=1, max_size=5),
    comment=st.sampled_from(["", " # c", " # 漢"]),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_both_loaders_read_the_same_at_the_same_places(values: list[str], comment: str, end: str) -> None:
    """Values, positions and widths do not depend on whether libyaml is there."""
    text = end.join(f"key{n}: {value}{comment if value else ''}" for n, value in enumerate(values))
    one, other = (places(read(text, loader)) for loader in LOADERS)
    assert one == other


@pytest.mark.parametrize("loader", LOADERS)
def test_values_behind_anchors_stand_where_they_are_written(loader: Any) -> None:
    """The caret of an anchored value is under the value, not under its anchor."""
    tree = read("a: &x 漢\nb: &y  'q'\nc: *x", loader)
    assert [str(node.position) for node in tree.mapping.values()] == ["file:1:7", "file:2:8", "file:1:7"]


def test_long_texts_are_shortened_in_their_middle() -> None:
    """An error names a value without flooding the screen."""
    assert shortened("x" * 60) == "x" * 60
    assert len(shortened("a" * 500 + "b" * 500)) == 60
    assert described("a" * 500).startswith('text "aaa')


def test_data_from_python_must_be_json() -> None:
    """Keys are text and values JSON; the message says where."""
    with pytest.raises(TypeError, match=r"a\.1: \{1\} is not JSON"):
        tree_of({"a": [0, {1}]}, "")
    with pytest.raises(TypeError, match="a: a key is not text"):
        tree_of({"a": {1: 2}}, "")
