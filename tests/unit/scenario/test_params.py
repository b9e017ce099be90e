"""Params of a kind, read off its model's JSON Schema."""

from __future__ import annotations

from typing import Literal

import pytest
from pydantic import Field

from threadbench.plugins.workload import Duration, Params
from threadbench.scenario.params import Param, params_of


class Call(Params):
    """One thread."""

    call: str
    count: int = Field(1, ge=1, description="how often")


class Everything(Params):
    """One of each."""

    workers: int = Field(2, ge=1, le=64, description="how many\nwork")
    pause: Duration = 0.1
    style: Literal["with", "acquire"] = "with"
    capacity: int | None = None
    names: list[str] = Field([], max_length=3)
    threads: list[Call] = Field([])
    table: dict[str, int] = Field({})
    word: str = Field("a", pattern="^a+$")
    any: object = None


PARAMS = {param.name: param for param in params_of(Everything.model_json_schema())}


@pytest.mark.parametrize(
    ("name", "type_", "default", "bounds"),
    [
        ("workers", "integer", "2", "≥ 1, ≤ 64"),
        ("pause", "duration", "100ms", ""),
        ("style", "with | acquire", '"with"', ""),
        ("capacity", "integer or null", "null", ""),
        ("names", "list of string", "[]", "at most 3 items"),
        ("threads", "list of mapping", "[]", ""),
        ("table", "mapping to integer", "{}", ""),
        ("word", "string", '"a"', "matches ^a+$"),
        ("any", "any", "null", ""),
    ],
)
def test_a_param_tells_type_default_and_bounds(name: str, type_: str, default: str, bounds: str) -> None:
    """In the words of YAML, whatever the model is made of."""
    param = PARAMS[name]
    assert (param.type, param.default_text, param.bounds) == (type_, default, bounds)


def test_a_description_is_one_line() -> None:
    """A description that was wrapped in the source is not in the table."""
    assert PARAMS["workers"].description == "how many work"


def test_mappings_in_lists_tell_their_own_params() -> None:
    """Params of each item, the required ones as such."""
    call, count = PARAMS["threads"].params
    assert isinstance(call, Param)
    assert (call.name, call.default_text, call.type) == ("call", "required", "string")
    assert (count.name, count.bounds, count.description) == ("count", "≥ 1", "how often")


def test_a_model_that_holds_itself_is_told_once() -> None:
    """Recursion ends where nobody reads on."""
    schema = {
        "$defs": {"Node": {"type": "object", "properties": {"next": {"$ref": "#/$defs/Node"}}}},
        "properties": {"first": {"$ref": "#/$defs/Node"}},
    }
    (first,) = params_of(schema)
    depth = 0
    while first.params:
        (first,) = first.params
        depth += 1
    assert 1 <= depth <= 5
