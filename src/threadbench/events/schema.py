"""The JSON Schema of a line of the event log; the file in the package is made from it, and a test holds them equal."""

from __future__ import annotations

from typing import Any

from .record import SCHEMA
from .vocabulary import VOCABULARY


def event_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of one line."""
    known = [
        {"const": name, "description": meaning} for name, meaning in VOCABULARY.items() if not name.startswith("~")
    ]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"https://threadbench.dev/schema/{SCHEMA}",
        "title": SCHEMA,
        "description": "One line of a threadbench event log.",
        "type": "object",
        "additionalProperties": False,
        "required": ["seq", "t", "event"],
        "properties": {
            "seq": {"type": "integer", "minimum": 0, "description": "total order of the log, gapless from 0"},
            "t": {"type": "integer", "minimum": 0, "description": "nanoseconds since run.started, monotonic"},
            "event": {
                "description": "what happened; a plugin's own events are <kind>.<name>",
                "anyOf": [*known, {"type": "string", "pattern": r"^[a-z][a-z0-9_-]*\.[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$"}],
            },
            "thread": {"type": "string", "description": "unique name; absent where the supervisor speaks"},
            "object": {"type": "string", "description": "unique name of the lock, queue, pool, thread, …"},
            "at": {"type": "string", "description": "file:line in the workload"},
            "data": {"type": "object", "description": "small facts; their names are in docs/events.md"},
        },
        "allOf": [
            {
                "if": {"properties": {"seq": {"const": 0}}},
                "then": {
                    "properties": {
                        "event": {"const": "run.started"},
                        "data": {
                            "required": ["schema", "scenario", "case", "kind", "params", "seed", "runtime", "python"]
                        },
                    },
                    "required": ["data"],
                },
            },
            {
                "if": {"properties": {"event": {"const": "run.finished"}}},
                "then": {
                    "properties": {"data": {"required": ["verdict", "as_expected", "counts"]}},
                    "required": ["data"],
                },
            },
        ],
    }
