"""What the short way says of an envelope is what the model would say: each yes of the one is a yes of the other."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from threadbench.scenario.envelope import _EXPLORATION, _SCENARIO, envelope_of
from threadbench.scenario.model import Exploration, Scenario

WHOLE: dict[str, Any] = {
    "version": 1,
    "name": "bounded pipeline",
    "kind": "prodcons",
    "description": "what this shows\nin two lines",
    "tags": ["queue", "seeds"],
    "params": {"producers": 2, "label": None, "nested": [{"a": 1.5}, True]},
    "runtime": "virtual",
    "model": "gil",
    "explore": {"strategy": "dpor", "max_schedules": 5, "time_limit": "60s", "time": "ordered"},
    "seed": 2**64 - 1,
    "timeout": "10s",
    "repeat": 5,
    "matrix": {"producers": [1, 2], "exclude": [{"producers": 1}]},
    "expect": {"outcome": {"lost": {"lt": 3}}},
}
ODD = [
    None, True, False, 0, 1, -1, 2, 1.0, 1.5, 0.0, 2**63, 2**64 - 1, 2**64, -(2**63), 10**30, 1_000_000, 1_000_001, "",
    "1", "a", "a b", "a,b", "a\nb", "a\n", "\n", "\x00", "\x1c", "\x7f", "\x85", "\u2028", "ä", "x" * 100, "x" * 101,
    "x" * 200, "x" * 201, "sync", "gil", "free-threaded", "native", "virtual", "adversarial", "ordered", "1s", "0s",
    "8d", "7000m", "20000h", "168h", "169h", 604800, 604801, 1e300, float("inf"), float("nan"), "\ud800", [], [1],
    ["a", "b"], ["a", 1], ["a b"], [None], {}, {"a": 1}, {"a": float("nan")}, {"a": [10**30]}, {"a": "\ud800"},
    {"\ud800": 1}, {"strategy": "x"}, {"strategy": ""}, {"time": "ordered"}, {"time": "x"}, {"max_schedules": 0},
    {"max_schedules": True}, {"time_limit": "1s"}, {"time_limit": 0}, {"unknown": 1},
]  # fmt: skip
values = st.sampled_from(ODD) | st.text(max_size=5) | st.integers() | st.floats()
keys = st.sampled_from([*_SCENARIO, *_EXPLORATION, "unknown"])


def by_model(plain: dict[str, Any]) -> Scenario | None:
    try:
        return Scenario.model_validate_json(json.dumps(plain), strict=True)
    except ValidationError:
        return None


def same(short: Any, long: Any) -> bool:
    """Equal, type by type, with the same fields set."""
    if isinstance(short, Scenario | Exploration):
        fields = type(short).model_fields
        return short.model_fields_set == long.model_fields_set and all(
            same(getattr(short, name), getattr(long, name)) for name in fields
        )
    return type(short) is type(long) and short == long


def agreed(plain: dict[str, Any]) -> bool:
    """Whether the short way said yes; what it said is compared with the model's word."""
    short = envelope_of(plain)
    if short is not None:
        long = by_model(plain)
        assert long is not None
        assert same(short, long)
        assert short == long
    return short is not None


def test_a_well_formed_envelope_needs_no_model() -> None:
    """With every key, with each key alone, and with none but the kind."""
    assert agreed(WHOLE)
    assert agreed({"kind": "race"})
    for key in WHOLE:
        assert agreed({"kind": "race", key: WHOLE[key]})


def test_every_field_has_its_check() -> None:
    """A new field of the model is one here too."""
    assert set(_SCENARIO) == set(Scenario.model_fields)
    assert set(_EXPLORATION) == set(Exploration.model_fields)


@pytest.mark.parametrize("key", [*_SCENARIO, "unknown"])
def test_no_odd_value_is_accepted_that_the_model_refuses(key: str) -> None:
    """Key by key: what is accepted comes to the same scenario."""
    for value in ODD:
        agreed({"kind": "race", key: value})


@settings(deadline=None)  # the first builds the model
@given(st.dictionaries(keys, values, max_size=4), st.booleans())
def test_no_envelope_is_accepted_that_the_model_refuses(plain: dict[str, Any], with_kind: bool) -> None:
    """Any keys with any values."""
    agreed(({"kind": "race"} if with_kind else {}) | plain)


def test_what_is_not_accepted_is_left_to_the_model() -> None:
    """A refusal is the model's to state, with its words."""
    assert envelope_of({"params": {}}) is None
    assert envelope_of({"kind": "race", "repeat": 0}) is None
    assert envelope_of({"kind": "race", "workers": 2}) is None
