"""`docs/scenario-reference.md`: kinds go in, Markdown comes out, made from the models that files are checked by."""

from __future__ import annotations

import inspect
import json
from typing import TYPE_CHECKING, Any

from pydantic.errors import PydanticInvalidForJsonSchema, PydanticSchemaGenerationError

from ..durations import duration_text, is_seconds
from .model import Exploration, Scenario
from .scalars import written
from .schema import schema_document

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pydantic import BaseModel

    from ..plugins.workload import Workload

_INTRODUCTION = """\
# Scenario reference

Made from the models that files are checked by: `threadbench schema` gives the same to editors, `threadbench explain`
to the terminal. A duration is text with a unit (`250us`, `100ms`, `3s`, `2m`, `1h`), or a number of seconds.

## A file

A file holds one scenario, or several under `scenarios:`; then `defaults:` is merged below each of them, mappings key
by key, everything else replaced. `vars:` gives names to values:

| written | stands for |
|---|---|
| `${name}` | an entry of `vars:`, which may use those above it |
| `${env:NAME}` | the environment; numbers, `true` and `false` have their type, all else is text |
| `${env:NAME:-default}` | the same, or the default where it is unset or empty |
| `${env:NAME:?message}` | the same, or an error with the message |
| `${params.x}` | in `expect:`, a param of the case at hand |
| `$$` | a dollar sign |

A value that is nothing but one of these keeps the type of what it stands for. Inside `{…}` and `[…]` quote them.
Keys that begin with `x-` are free, for anchors and notes; anchors, aliases and `<<` work. Plain scalars are those of
YAML 1.2; what older readers take for something else (`no`, `0755`, `1:30`, `2024-01-01`) has to be quoted.
`--set K=V` lays a value over every scenario: `--set params.capacity=1`, `--set vars.n=3`.
"""

_EXPECTATIONS = """\
## `expect`

A plain value demands equality, as JSON has it (`1` is `1.0`, and not `true`). A mapping of operators demands each of
them: `eq` `ne` `lt` `le` `gt` `ge` `between: [low, high]` `in: [a, b]`; the ordering ones take numbers or durations.

`passed` means that the run ended by itself and that everything else in `expect` held; else it is `failed`. Where
another end was asked for, such as `deadlock`, there is no outcome to judge: the checks that were stated are, and the
metrics.
"""


def reference_markdown(workloads: Iterable[Workload]) -> str:
    """The whole page, for these kinds in this order."""
    workloads = list(workloads)
    parts = [
        _INTRODUCTION,
        "## A scenario\n",
        _table(Scenario.model_json_schema(), "key"),
        "## `explore`\n",
        _table(Exploration.model_json_schema(), "key"),
        _EXPECTATIONS,
        _expect_table(schema_document([])),
        "## Kinds\n",
    ]
    for workload in workloads:
        parts += [f"### `{workload.kind}`\n", f"{workload.summary}\n", *_params(workload.params)]
    return "\n".join(parts)


def _params(model: type[BaseModel]) -> Iterator[str]:
    try:
        schema = model.model_json_schema()
    except (PydanticInvalidForJsonSchema, PydanticSchemaGenerationError):
        yield "Its params are of types that cannot be listed here.\n"
        return
    if not schema.get("properties"):
        yield "It has no params.\n"
        return
    yield _table(schema, "param")
    for name, inner in schema.get("$defs", {}).items():
        if inner.get("properties"):
            about = inspect.cleandoc(inner.get("description", "")).partition("\n")[0]
            yield f"`{name}`: {about}\n"
            yield _table(inner, "key")


def _table(schema: Mapping[str, Any], first: str) -> str:
    required = schema.get("required", [])
    rows = [f"| {first} | type | default | |", "|---|---|---|---|"]
    for name, field in schema["properties"].items():
        default = "required" if name in required else _default(field)
        rows.append(f"| `{name}` | {_type(field)} | {default} | {_cell(field.get('description', ''))} |")
    return "\n".join([*rows, ""])


def _expect_table(schema: Mapping[str, Any]) -> str:
    properties = schema["definitions"]["expect"]["properties"]
    rows = ["| key | |", "|---|---|"]
    rows += [f"| `{name}` | {_cell(field['description'])} |" for name, field in properties.items()]
    return "\n".join([*rows, ""])


def _default(field: Mapping[str, Any]) -> str:
    if "default" not in field:
        return "empty"
    value = field["default"]
    if _type(field).startswith("duration") and is_seconds(value):
        return f"`{duration_text(value)}`"
    return "none" if value is None else _cell(f"`{json.dumps(value, ensure_ascii=False)}`")


def _type(field: Mapping[str, Any]) -> str:
    if field.get("description", "").startswith("a duration") or _is_duration(field):
        return "duration" + _bounds(field)
    if "$ref" in field:
        return f"`{field['$ref'].rpartition('/')[2]}`"
    if "enum" in field:
        return _cell(", ".join(f"`{written(word)}`" for word in field["enum"]))
    if "const" in field:
        return f"`{json.dumps(field['const'])}`"
    options = field.get("anyOf") or field.get("oneOf") or field.get("allOf")
    if options:
        return " or ".join(dict.fromkeys(_type(option) for option in options if option.get("type") != "null"))
    kind = field.get("type", "any value")
    if kind == "array":
        return f"list of {_type(field['items'])}" if field.get("items") else "list"
    words = {
        "string": "text",
        "object": "mapping",
        "boolean": "true or false",
        "number": "number",
        "integer": "integer",
    }
    return words.get(kind, str(kind)) + _bounds(field)


def _is_duration(field: Mapping[str, Any]) -> bool:
    options = field.get("anyOf", [])
    return len(options) == 2 and options[1] == {"type": "number", "minimum": 0} and "pattern" in options[0]


def _bounds(field: Mapping[str, Any]) -> str:
    signs = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
    found = [f"{sign} {written(field[key])}" for key, sign in signs.items() if key in field]
    return f", {', '.join(found)}" if found else ""


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
