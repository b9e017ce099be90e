"""Installed kinds to a JSON Schema of scenario files, for editors.

Draft 7, with an `if`/`then` for each kind: that is what editors read, and what makes a checker say which param is
wrong instead of "not valid under any of the given schemas".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pydantic.errors import PydanticInvalidForJsonSchema, PydanticSchemaGenerationError

from ..verdicts import RUN_VERDICTS, SEARCH_VERDICTS
from .comparison import OPERATORS
from .matrix import EXCLUDE
from .model import Scenario

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ..plugins.workload import Workload

Schema = dict[str, Any]

_DRAFT: Final = "http://json-schema.org/draft-07/schema#"
_FREE: Final[Schema] = {"^x-": {"description": "free for anchors and notes"}}
_REFERENCE: Final[Schema] = {"type": "string", "pattern": r"\$\{[^{}]+\}"}


def schema_document(workloads: Iterable[Workload]) -> Schema:
    """The schema of files whose scenarios are of these kinds, precise in `params`, `matrix` and `defaults`.

    Wherever a value may stand, so may `${…}`: what it comes to is only known when the file is loaded.
    """
    workloads = sorted(workloads, key=lambda workload: workload.kind)
    kinds = [workload.kind for workload in workloads]
    definitions: Schema = {"comparison": _comparison(), "expect": _expect()}
    for workload in workloads:
        definitions.update(_kind_definitions(workload))
    envelope = _envelope(workloads, definitions)
    shared = {
        "version": envelope["version"],
        "vars": {
            "type": "object",
            "description": "names to values; `${name}` stands for one",
            "propertyNames": {"pattern": "^[A-Za-z_][A-Za-z0-9_-]*$"},
        },
        "defaults": _mapping(envelope, description="what all scenarios of this file have in common"),
        "scenarios": {
            "type": "array",
            "minItems": 1,
            "items": {"$ref": "#/definitions/scenario"},
            "description": "several scenarios in one file",
        },
    }
    definitions["scenario"] = {
        **_mapping(envelope),
        "allOf": [_if_kind(kind, {"$ref": f"#/definitions/{kind}"}) for kind in kinds],
    }
    return {
        "$schema": _DRAFT,
        "title": "threadbench scenario",
        "type": "object",
        "properties": {**envelope, **shared},
        "patternProperties": _FREE,
        "additionalProperties": False,
        "if": {"required": ["scenarios"]},
        "then": {"properties": {name: False for name in envelope if name not in shared}},
        "else": {"required": ["kind"], "properties": {"defaults": False}},
        "allOf": [_file_of_kind(kind) for kind in kinds],
        "definitions": definitions,
    }


def _file_of_kind(kind: str) -> Schema:
    """What a kind means for a whole file: it may be the only scenario's, or the one that `defaults:` gives to all."""
    own = {"$ref": f"#/definitions/{kind}"}
    inherits = {"if": {"not": {"required": ["kind"]}}, "then": own}
    defaults = {
        "if": {"required": ["defaults"], "properties": {"defaults": _has_kind(kind)}},
        "then": {"properties": {"defaults": own, "scenarios": {"items": inherits}}},
    }
    return {"allOf": [_if_kind(kind, own), defaults]}


def _has_kind(kind: str) -> Schema:
    return {"required": ["kind"], "properties": {"kind": {"const": kind}}}


def _if_kind(kind: str, then: Schema) -> Schema:
    return {"if": _has_kind(kind), "then": then}


def _mapping(properties: Schema, **more: Any) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "patternProperties": _FREE,
        "additionalProperties": False,
        **more,
    }


def _envelope(workloads: Iterable[Workload], definitions: Schema) -> Schema:
    generated = Scenario.model_json_schema(ref_template="#/definitions/scenario.{model}")
    definitions.update(_named("scenario", generated))
    properties: Schema = _plain(generated["properties"], properties=True)
    listed = "; ".join(f"{workload.kind}: {workload.summary}" for workload in workloads)
    about = f"{properties['kind']['description']} {listed}"
    kinds = {"enum": [workload.kind for workload in workloads], "description": about}
    return {
        **properties,
        "kind": _or_reference(kinds),
        "expect": {"$ref": "#/definitions/expect"},
    }


def _kind_definitions(workload: Workload) -> Schema:
    """Definitions of one kind: under its own name what it says about a scenario, dotted ones for the models it uses."""
    kind = workload.kind
    try:
        generated = workload.params.model_json_schema(ref_template=f"#/definitions/{kind}.{{model}}")
    except (PydanticInvalidForJsonSchema, PydanticSchemaGenerationError):
        return {kind: True}  # a plugin may use types that JSON Schema cannot tell; the others stay precise
    definitions = _named(kind, generated)
    params = _plain({key: value for key, value in generated.items() if key not in {"$defs", "title"}})
    params.setdefault("properties", {})
    axes = {name: _axis(f"#/definitions/{kind}.params/properties/{_pointer(name)}") for name in params["properties"]}
    partial = {"type": "object", "properties": dict(params["properties"]), "additionalProperties": False}
    axes[EXCLUDE] = {"type": "array", "items": partial, "description": "combinations to leave out"}
    matrix = {"type": "object", "properties": axes, "additionalProperties": False}
    definitions[f"{kind}.params"] = params
    definitions[kind] = {"properties": {"params": {"$ref": f"#/definitions/{kind}.params"}, "matrix": matrix}}
    return definitions


def _axis(reference: str) -> Schema:
    return {"type": "array", "minItems": 1, "items": {"$ref": reference}}


def _named(prefix: str, generated: Mapping[str, Any]) -> Schema:
    return {f"{prefix}.{name}": _plain(schema) for name, schema in generated.get("$defs", {}).items()}


def _pointer(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _plain(schema: Any, *, properties: bool = False) -> Any:
    """A schema of pydantic's (draft 2020) as draft 7 has it, with `${…}` allowed wherever a value stands."""
    if isinstance(schema, list):
        return [_plain(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if properties:
        return {name: _or_reference(_plain(value)) for name, value in schema.items()}
    made: Schema = {}
    for key, value in schema.items():
        match key:
            case "properties":
                made[key] = _plain(value, properties=True)
            case "items" | "additionalProperties":
                made[key] = _or_reference(_plain(value))
            case "prefixItems":
                made["items"], made["additionalItems"] = [_or_reference(_plain(item)) for item in value], False
            case "default" | "enum" | "const" | "examples" | "required":
                made[key] = value
            case "title":
                pass  # pydantic's titles repeat the names
            case _:
                made[key] = _plain(value)
    if "anyOf" in made:
        made = {**{key: value for key, value in made.items() if key != "anyOf"}, **_united(made["anyOf"])}
    if "$ref" in made and len(made) > 1:  # draft 7 reads nothing beside a $ref
        made["allOf"] = [{"$ref": made.pop("$ref")}, *made.get("allOf", [])]
    return made


def _united(options: list[Any]) -> Schema:
    """Options of different plain types as one schema: "not any of" says less than what is wrong with the value."""
    types = [option.get("type") for option in options if isinstance(option, dict)]
    keywords = [key for option in options if isinstance(option, dict) for key in option if key != "type"]
    different = len(set(map(str, types))) == len(options) and len(set(keywords)) == len(keywords)
    if not different or not set(types) <= {"string", "number", "integer", "boolean", "null"}:
        return {"anyOf": options}
    if set(keywords) & {"enum", "const", "if"}:
        return {"anyOf": options}
    return {"type": types, **{key: value for option in options for key, value in option.items() if key != "type"}}


def _or_reference(schema: Any) -> Any:
    """The schema, or a text with `${…}`; what describes the value stays where editors look for it."""
    if not isinstance(schema, dict) or not schema.keys() - {"description", "default"}:
        return schema
    if schema.get("type") == "string" and not schema.keys() & {"enum", "const", "pattern"}:
        return schema
    about = {key: schema[key] for key in ("description", "default") if key in schema}
    rest = {key: value for key, value in schema.items() if key not in about}
    if "enum" in rest:
        about["examples"] = rest["enum"]  # editors offer what stands here, and do not look into `else`
    return {**about, "if": _REFERENCE, "else": rest}


def _comparison() -> Schema:
    duration_or_number = _or_reference({"type": ["number", "string"]})
    described = {
        "eq": "equal", "ne": "not equal", "lt": "less than", "le": "at most", "gt": "more than", "ge": "at least",
        "between": "from the first to the second", "in": "one of these",
    }  # fmt: skip
    operands: Mapping[str, Schema] = {
        "eq": {},
        "ne": {},
        "between": {"type": "array", "items": duration_or_number, "minItems": 2, "maxItems": 2},
        "in": {"type": "array"},
    }
    properties = {
        name: {"description": described[name], **operands.get(name, duration_or_number)} for name in OPERATORS
    }
    return {"type": "object", "properties": properties, "additionalProperties": False, "minProperties": 1}


def _expect() -> Schema:
    def words(known: Iterable[str], description: str) -> Schema:
        one = {"enum": list(known)}
        several = {"if": {"type": "array"}, "then": {"items": _or_reference(one), "minItems": 1}, "else": one}
        return {"description": description, "examples": list(known), "if": _REFERENCE, "else": several}

    operators = {"$ref": "#/definitions/comparison"}
    threshold = {"if": {"type": "object"}, "then": operators, "else": {"type": ["number", "string"]}}
    checks = {"type": "object", "additionalProperties": _or_reference({"type": "boolean"})}
    return {
        "type": "object",
        "description": Scenario.model_fields["expect"].description,
        "additionalProperties": False,
        "properties": {
            "verdict": words(RUN_VERDICTS, "how the run must end; of a list, any"),
            "checks": {
                "description": "`all`, or names of checks to what they must come to; those not named must hold",
                "if": {"type": "object"},
                "then": checks,
                "else": {"enum": ["all"]},
            },
            "outcome": {"description": "what the workload must return: a value, or for each key a value or operators"},
            "metrics": {
                "description": "names of metrics to thresholds, durations in seconds or as text",
                "type": "object",
                "additionalProperties": threshold,
            },
            "pass_rate": {"description": "share of the repeats that must pass, from 0 to 1", **threshold},
            "explore": words(SEARCH_VERDICTS, "for exploration, what the search must come to"),
            "outcomes": {"description": "for exploration, what the outcome of every schedule must be"},
        },
    }
