"""What pydantic refuses, in words for people: its errors and the tree go in, located `Diagnostic`s come out."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Any, Final, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticSerializationError, to_json

from ..durations import typed_duration
from ..errors import Diagnostic, did_you_mean
from ..plugins.models import unobserved
from .nodes import MAX_DIAGNOSTICS, Loc, Node, as_json, described

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pydantic_core import ErrorDetails

Model = TypeVar("Model", bound=BaseModel)

_WANTED: Final[dict[str, str]] = {
    "int_type": "an integer", "int_from_float": "an integer", "int_parsing": "an integer",
    "int_parsing_size": "a smaller integer",
    "float_type": "a number", "float_parsing": "a number", "finite_number": "a finite number",
    "decimal_type": "a number",
    "bool_type": "true or false", "bool_parsing": "true or false", "string_type": "text", "none_required": "nothing",
    "bytes_type": "text", "path_type": "a path", "date_type": "a date", "datetime_type": "a date and time",
    "list_type": "a list", "tuple_type": "a list", "set_type": "a list", "frozen_set_type": "a list",
    "iterable_type": "a list",
    "dict_type": "a mapping", "model_type": "a mapping", "model_attributes_type": "a mapping",
    "dataclass_type": "a mapping",
    "mapping_type": "a mapping",
}  # fmt: skip
_BOUNDS: Final[dict[str, tuple[str, str]]] = {
    "greater_than": ("more than", "gt"), "greater_than_equal": ("at least", "ge"),
    "less_than": ("less than", "lt"), "less_than_equal": ("at most", "le"),
    "multiple_of": ("a multiple of", "multiple_of"),
}  # fmt: skip
_LENGTHS: Final[dict[str, tuple[str, str, str]]] = {
    "string_too_short": ("at least", "min_length", "character"),
    "string_too_long": ("at most", "max_length", "character"),
    "too_short": ("at least", "min_length", "item"), "too_long": ("at most", "max_length", "item"),
}  # fmt: skip
_PLAIN: Final = re.compile(r"[A-Za-z_][\w.:/-]*[\w]")
"""Texts that need no quotes within a mapping in braces."""
_WORD: Final = r"'((?:[^'\\]|\\.)*)'"


def validated(model: type[Model], tree: Node, found: list[Diagnostic]) -> Model | None:
    """An instance of a model from a mapping, validated as JSON is: no text is a number, no boolean an integer.

    None, and diagnostics, where it does not fit. Exceptions other than ValueError that a model's own validators raise
    pass through.
    """
    if not model.__pydantic_complete__:
        with unobserved():
            model.model_rebuild()
    try:
        return model.model_validate_json(_json_of(tree.plain()), strict=True)
    except ValidationError as error:
        found.extend(_diagnostics(model, tree, error.errors(include_url=False)))
        return None


def _json_of(value: object) -> str | bytes:
    try:
        return to_json(value)
    except PydanticSerializationError:  # a lone surrogate, of a variable of the environment
        return as_json(value)


def _diagnostics(model: type[BaseModel], tree: Node, errors: Iterable[ErrorDetails]) -> Iterator[Diagnostic]:
    wanted: dict[int, tuple[Node, list[str], Loc]] = {}
    others: list[Diagnostic] = []
    above: set[int] = set()
    for error in itertools.islice(errors, MAX_DIAGNOSTICS + 1):
        *outer, node = tree.along(error["loc"])
        above.update(id(each) for each in outer if each is not node)
        want = _want(error, node)
        if want and error["type"] != "missing":
            words = wanted.setdefault(id(node), (node, [], error["loc"]))[1]
            words.extend(word for word in [want] if word not in words)
        else:
            others.append(_other(model, tree, node, error))
    for node, words, loc in wanted.values():
        # A union complains once for each of its members: the one that got furthest down is the one that was meant.
        if id(node) not in above:
            hint = _hint(node, words) or _meant(model, loc, node, words)
            yield node.problem(f"expected {_either(words)}, got {described(node.plain())}", hint)
    yield from others


def _want(error: ErrorDetails, node: Node) -> str | None:
    """What would have been right, for errors that are about the value as a whole."""
    kind, context = error["type"], error.get("ctx", {})
    if kind in _WANTED:
        return _WANTED[kind]
    if kind in {"literal_error", "enum", "const"}:
        return str(context["expected"])
    if kind in _BOUNDS:
        words, key = _BOUNDS[kind]
        if isinstance(node.value, str):  # a duration with its unit: no other text has bounds
            return f"{words} {typed_duration(context[key])}"
        return f"{words} {context[key]:g}" if isinstance(context[key], float) else f"{words} {context[key]}"
    if kind in _LENGTHS:
        words, key, unit = _LENGTHS[kind]
        return f"{words} {context[key]} {unit}{'' if context[key] == 1 else 's'}"
    if kind in {"value_error", "assertion_error"}:
        said = str(context.get("error", ""))
        return said.removeprefix("expected ") if said.startswith("expected ") else None
    if error["msg"].startswith("Input should be "):
        return error["msg"].removeprefix("Input should be ")
    return None


def _other(model: type[BaseModel], tree: Node, node: Node, error: ErrorDetails) -> Diagnostic:
    kind, context, loc = error["type"], error.get("ctx", {}), error["loc"]
    last = str(loc[-1]) if loc else ""
    match kind:
        case "missing":
            return node.problem(f"'{last}' is missing")
        case "extra_forbidden":
            parent = tree.at(loc[:-1])
            known = fields_at(model, loc[:-1])
            hint = did_you_mean(last, known) or (f"known: {', '.join(known)}" if known else None)
            return (parent.keys.get(last) or node).problem(f"unknown key '{last}'", hint)
        case "union_tag_invalid" | "union_tag_not_found":
            key = str(context["discriminator"]).strip("'")
            choices = re.findall(_WORD, str(context.get("expected_tags", "")))
            if kind == "union_tag_not_found":
                return node.problem(f"'{key}' is missing")
            tag = node.mapping.get(key, node)
            message = f"expected {_either([repr(choice) for choice in choices])}, got {described(tag.plain())}"
            return tag.problem(message, did_you_mean(str(context["tag"]), choices))
        case "value_error" | "assertion_error":
            return node.problem(str(context.get("error", "")) or "this value is not accepted")
        case "string_pattern_mismatch":
            return node.problem(f"{described(node.plain())} does not match {context['pattern']}")
        case _:
            if last == "[key]" and len(loc) > 1:
                parent = tree.at(loc[:-2])
                node = parent.keys.get(str(loc[-2]), node)
            message = error["msg"]
            return node.problem(f"{message[:1].lower()}{message[1:]}, got {described(node.plain())}")


def fields_at(model: type[BaseModel], loc: Loc) -> list[str]:
    """The keys that the model below a path of keys and indices knows; none where there is no model."""
    candidates: list[Any] = [model]
    for step in loc:
        fields = [_named(candidate).get(str(step)) for candidate in candidates if _is_model(candidate)]
        below = [found for field in fields if field is not None for found in _models_in(field)]
        if isinstance(step, str) and below:
            candidates = below
    return list(dict.fromkeys(name for candidate in candidates for name in _named(candidate)))


def names_of(model: type[BaseModel]) -> list[str]:
    """The keys of a model as they are written in a file."""
    return list(_named(model))


def _named(model: type[BaseModel]) -> Mapping[str, Any]:
    return {
        field.alias if isinstance(field.alias, str) else name: field.annotation
        for name, field in model.model_fields.items()
    }


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if _is_model(annotation):
        yield annotation
    for inner in get_args(annotation):
        yield from _models_in(inner)


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _either(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _meant(model: type[BaseModel], loc: Loc, node: Node, words: list[str]) -> str | None:
    """How to write a text, or a mapping, that stands where a mapping with one key that must be there, or a list of such
    mappings, is wanted.
    """
    keys = [
        field.alias if isinstance(field.alias, str) else name
        for candidate in _models_at(model, loc)
        for name, field in candidate.model_fields.items()
        if field.is_required() and field.annotation is str
    ]
    if len(keys) != 1:
        return None
    value = node.plain()
    if words == ["a list"] and isinstance(value, dict):
        return f"a list of one mapping begins with a dash: - {{{keys[0]}: …}}"
    if not isinstance(value, str):
        return None
    whole = f"{{{keys[0]}: {value if _PLAIN.fullmatch(value) else as_json(value, ensure_ascii=False)}}}"
    return {"a mapping": f"write {whole}", "a list": f"write [{whole}]"}.get(words[0]) if len(words) == 1 else None


def _models_at(model: type[BaseModel], loc: Loc) -> list[type[BaseModel]]:
    """The models that stand right at a path of keys and indices."""
    candidates = [model]
    for step in loc:
        if isinstance(step, str):
            fields = [_named(candidate)[step] for candidate in candidates if step in _named(candidate)]
            candidates = [found for field in fields for found in _models_in(field)]
    return candidates


def _hint(node: Node, words: list[str]) -> str | None:
    value = node.value
    if not isinstance(value, str):
        return None
    return did_you_mean(value, [choice for word in words for choice in re.findall(_WORD, word)])
