"""Params of a kind as facts for a person: a model's JSON Schema enters, `Param`s leave."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from ..durations import PATTERN, duration_text, is_seconds

_BOUNDS: Final = {
    "minimum": "≥ {}",
    "exclusiveMinimum": "> {}",
    "maximum": "≤ {}",
    "exclusiveMaximum": "< {}",
    "multipleOf": "multiple of {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
    "minProperties": "at least {} keys",
    "maxProperties": "at most {} keys",
    "pattern": "matches {}",
}

Schema = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Param:
    """A param: `params` are those of the mapping, or of each mapping in the list, that it is; empty for others."""

    name: str
    type: str
    required: bool
    default: Any
    bounds: str
    description: str
    params: tuple[Param, ...] = ()

    @property
    def default_text(self) -> str:
        """The default as it would stand in YAML."""
        if self.type == "duration" and is_seconds(self.default):
            return duration_text(self.default)
        return "required" if self.required else json.dumps(self.default, ensure_ascii=False)


def params_of(schema: Schema) -> tuple[Param, ...]:
    """The params of a model, in its order."""
    return _properties(schema, schema.get("$defs", {}), depth=0)


def _properties(schema: Schema, definitions: Schema, depth: int) -> tuple[Param, ...]:
    required = schema.get("required", ())
    return tuple(
        _param(name, each, definitions, depth, required=name in required)
        for name, each in schema.get("properties", {}).items()
    )


def _param(name: str, schema: Schema, definitions: Schema, depth: int, *, required: bool) -> Param:
    merged = {**_resolved(schema, definitions), **schema}
    inner = _inner(merged, definitions)
    return Param(
        name=name,
        type=_type(merged, definitions),
        required=required,
        default=schema.get("default"),
        bounds=", ".join(_bounds(merged, definitions)),
        description=" ".join(merged.get("description", "").split()),
        # A model may hold itself: nobody reads deeper than this.
        params=_properties(inner, definitions, depth + 1) if inner and depth < 4 else (),
    )


def _resolved(schema: Schema, definitions: Schema) -> Schema:
    name = schema.get("$ref", "").rpartition("/")[2]
    return definitions.get(name, {}) if name else schema


def _members(schema: Schema) -> list[Schema]:
    return schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf") or []


def _inner(schema: Schema, definitions: Schema) -> Schema | None:
    """The mapping with named keys inside a param, if there is one."""
    schema = _resolved(schema, definitions)
    if "properties" in schema:
        return schema
    parts = [*_members(schema), *([schema["items"]] if isinstance(schema.get("items"), dict) else [])]
    return next((found for part in parts if (found := _inner(part, definitions))), None)


def _type(schema: Schema, definitions: Schema) -> str:
    schema = _resolved(schema, definitions)
    if _is_duration(schema):
        return "duration"
    if "enum" in schema:
        return " | ".join(_word(value) for value in schema["enum"])
    if "const" in schema:
        return _word(schema["const"])
    members = _members(schema)
    if members:
        return " or ".join(dict.fromkeys(_type(each, definitions) for each in members))
    kind = schema.get("type")
    if isinstance(kind, list):
        return " or ".join(kind)
    if kind == "array":
        items = schema.get("items")
        return f"list of {_type(items, definitions)}" if isinstance(items, dict) and items else "list"
    if kind == "object":
        values = schema.get("additionalProperties")
        return f"mapping to {_type(values, definitions)}" if isinstance(values, dict) and values else "mapping"
    return str(kind or "any")


def _bounds(schema: Schema, definitions: Schema) -> list[str]:
    schema = {**_resolved(schema, definitions), **schema}
    if _is_duration(schema):
        return []
    own = [text.format(schema[key]) for key, text in _BOUNDS.items() if key in schema]
    return own + [bound for each in _members(schema) for bound in _bounds(each, definitions)]


def _is_duration(schema: Schema) -> bool:
    return any(each.get("pattern") == PATTERN for each in schema.get("anyOf", ()))


def _word(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
