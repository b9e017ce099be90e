"""Rules about what a kind says of itself: its name, its docstring, its params; nothing of it is run."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, get_args

from pydantic import BaseModel, ValidationError

from ..attribution import one_line, shown
from ..plugins import Params, Workload
from ..plugins.failures import reason
from ..plugins.sources import BUILTIN_KINDS
from ..plugins.workload import KIND
from .rules import Finding
from .targets import Target, place_of, place_of_param, shown_kind

_NUMBERS: Final = (-1, 0, 2, 7, 10**30, -0.5, 1e308)
HOSTILE: Final[tuple[Any, ...]] = (None, True, *_NUMBERS, "", "no such", "-1ms", [], [[]], {}, {"": 0})
"""Values that most params refuse; any of them has to be accepted, or refused with a ValueError."""

_OTHERS: Final[Mapping[str, tuple[Any, ...]]] = {
    "integer": ("4", True),
    "number": ("4", True),
    "boolean": ("true", 1),
    "string": (4, True),
}
"""Types of JSON, each with values that only look like one of them."""


def kinds_of(target: Target) -> Iterator[Workload]:
    """The workloads that can be looked at; what else a hook gives, and a kind that it gives twice, is a finding."""
    seen: set[str] = set()
    for given in target.workloads:
        params: Any = getattr(given, "params", None)
        if not isinstance(given, Workload):
            target.found(
                "provides",
                f"threadbench_workloads gives {shown(given)}, which @threadbench.workload has not made",
                "yield what @threadbench.workload made of a function",
            )
        elif not (isinstance(params, type) and issubclass(params, Params)):
            message = f"params of kind '{shown_kind(given)}' are {shown(params)}, no subclass of threadbench.Params"
            target.found("provides", message, "write class MyParams(threadbench.Params)")
        elif shown_kind(given) in seen:
            message = f"threadbench_workloads gives kind '{shown_kind(given)}' twice"
            target.found("provides", message, "yield each kind once")
        else:
            seen.add(shown_kind(given))
            yield given


def of_the_kind(workload: Workload) -> Iterator[Finding]:
    """Its name and its docstring."""
    kind, place = f"kind '{shown_kind(workload)}'", place_of(workload.function)
    module = getattr(workload.function, "__module__", "")
    if not (isinstance(workload.kind, str) and re.fullmatch(KIND, workload.kind)):
        message = "the name is not a lower-case letter followed by letters, digits, '_' and '-'"
        yield Finding("kind-name", kind, message, "write a name such as 'turnstile'", place)
    elif workload.kind in BUILTIN_KINDS and not module.startswith("threadbench.kinds."):
        message = "the name is reserved for the built-in kind"
        yield Finding("kind-name", kind, message, "call it otherwise; a prefix of your own will do", place)
    if not workload.summary:
        message = "the workload has no docstring; `threadbench kinds` and editors show its first line"
        yield Finding("docstring", kind, message, 'open the function with """What it shows, in one line."""', place)


def of_the_params(workload: Workload) -> Iterator[Finding]:
    """Defaults, descriptions, strictness, schema."""
    kind, model = f"kind '{shown_kind(workload)}'", workload.params
    yield from _descriptions(kind, model, set())
    required = [name for name, field in model.model_fields.items() if field.is_required()]
    for name in required:
        message = "it has no default; `kind:` alone is a valid scenario"
        yield _of(kind, model, name, "param-default", message, f"write {name}: … = Field(DEFAULT, description=…)")
    try:
        if not required:
            model.model_validate({})
    except ValidationError as error:
        for each in error.errors():
            name = str(each["loc"][0]) if each["loc"] else ""
            message = f"its default is refused by its own rules: {one_line(each['msg'])}"
            yield _of(kind, model, name, "param-default", message, "widen the bounds, or give another default")
    except Exception as error:
        message = f"the defaults make a validator raise {reason(error)}"
        yield _of(kind, model, "", "param-default", message, "let validators raise ValueError, and accept the defaults")
    yield from _strictness(kind, model)
    yield from _schema(kind, model, complete=not required)


def refused(workload: Workload) -> tuple[dict[str, Any], list[Finding]]:
    """For each param a value that it refuses, where there is one; and findings of those that break off instead."""
    kind, model = f"kind '{shown_kind(workload)}'", workload.params
    values: dict[str, Any] = {}
    findings: list[Finding] = []
    for name, field in model.model_fields.items():
        key = field.alias or name
        for value in HOSTILE:
            try:
                model.model_validate_json(json.dumps({key: value}))
            except ValidationError as error:
                if any(each["loc"][:1] == (key,) for each in error.errors()):
                    values.setdefault(key, value)
            except Exception as error:
                message = f"given {json.dumps(value)}, its validation raises {reason(error)} and not ValueError"
                cure = "raise ValueError with what is expected: it becomes an error with file, line and column"
                findings.append(_of(kind, model, name, "param-errors", message, cure))
                break
    return values, findings


def _of(kind: str, model: type[BaseModel], name: str, rule: str, message: str, cure: str) -> Finding:
    subject = f"{kind}, param '{name}'" if name else f"{kind}, params"
    return Finding(rule, subject, message, cure, place_of_param(model, name) if name else place_of(model))


def _descriptions(kind: str, model: type[BaseModel], seen: set[type]) -> Iterator[Finding]:
    seen.add(model)
    for name, field in model.model_fields.items():
        if not (field.description or "").strip():
            message = "it has no description; editors and `threadbench explain` show it"
            cure = f'write {name}: … = Field(…, description="…"), or a docstring below the param'
            yield _of(kind, model, name, "param-description", message, cure)
        for inner in _models(field.annotation):
            if inner not in seen:
                yield from _descriptions(kind, inner, seen)


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)


def _strictness(kind: str, model: type[Params]) -> Iterator[Finding]:
    config = model.model_config
    if config.get("extra") != "forbid":
        message = f"unknown keys are not refused (extra={config.get('extra')!r}), so a misspelt param goes unseen"
        yield _of(kind, model, "", "param-strict", message, "leave `extra` to threadbench.Params")
    if not config.get("frozen"):
        message = "an instance can be changed (frozen=False), and a matrix and repeats share it"
        yield _of(kind, model, "", "param-strict", message, "leave `frozen` to threadbench.Params")
    try:
        properties = model.model_json_schema().get("properties", {})
    except Exception:
        return  # told by the rule of the schema
    for name, field in model.model_fields.items():
        key = field.alias or name
        for value in _OTHERS.get(str(properties.get(key, {}).get("type")), ()):
            if _accepts(model, key, value):
                message = f"it accepts {json.dumps(value)} for its type, {properties[key]['type']}"
                cure = "leave `strict` to threadbench.Params, and convert nothing before the check of the type"
                yield _of(kind, model, name, "param-strict", message, cure)
                break


def _accepts(model: type[Params], key: str, value: Any) -> bool:
    try:
        model.model_validate_json(json.dumps({key: value}))
    except ValidationError as error:
        return not any(each["loc"][:1] == (key,) for each in error.errors())
    except Exception:
        return False  # told by the rule of errors
    return True


def _schema(kind: str, model: type[Params], *, complete: bool) -> Iterator[Finding]:
    try:
        json.dumps(model.model_json_schema(), allow_nan=False)
        if complete:
            json.dumps(model.model_validate({}).model_dump(mode="json"), allow_nan=False)
    except ValidationError:
        return  # told by the rule of defaults
    except Exception as error:
        message = f"they cannot be told in JSON: {reason(error)}"
        cure = "use types that JSON has (numbers, texts, lists, mappings, Literal, models of their own, Duration)"
        yield _of(kind, model, "", "param-schema", message, cure)
