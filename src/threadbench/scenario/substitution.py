"""`${…}` in values: a tree and what the names stand for go in, the tree without them comes out.

`${name}` is an entry of `vars:`, `${env:NAME}` the environment, `${params.x}` a param of the case, `$${` the text `${`.
Where a value is nothing but one of them it keeps the type of what it stands for; inside a text it becomes text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from ..errors import Diagnostic, did_you_mean
from .nodes import MAX_WEIGHT, Node, scalar, tree_of
from .scalars import number_or_text, written

NAME: Final = r"[A-Za-z_][A-Za-z0-9_-]*"
PARAM: Final = "params."
_REFERENCE: Final = r"\$\$|\$\{([^{}]*)\}|\$\{"
_ENVIRONMENT: Final = r"(?s)env:([A-Za-z_][A-Za-z0-9_]*)(?:(:-|:\?)(.*))?"


class _Undefined(Exception):  # noqa: N818 - becomes a diagnostic at the place that asked
    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


Resolve = Callable[[str, Node], Node | None]
"""A name and where it is used, to what it stands for; None leaves the reference as it is written."""


def variables(tree: Node | None, environ: Mapping[str, str], found: list[Diagnostic]) -> Mapping[str, Node]:
    """What the names in `vars:` stand for; an entry may use those above it, so that there are no cycles."""
    known: dict[str, Node] = {}
    if tree is None:
        return known
    if not isinstance(tree.value, dict):
        found.append(tree.problem("expected a mapping of names to values"))
    for name, node in tree.mapping.items():
        if not re.fullmatch(NAME, name):
            message = f"'{name}' is not a name: letters, digits, '_' and '-', a letter or '_' first"
            found.append(tree.keys[name].problem(message))
        known[name] = substituted(node, known, environ, found, below=set(tree.mapping) - set(known))
    return known


def substituted(
    tree: Node,
    known: Mapping[str, Node],
    environ: Mapping[str, str],
    found: list[Diagnostic],
    *,
    below: frozenset[str] | set[str] = frozenset(),
    keep_params: bool = False,
) -> Node:
    """The tree with variables and environment in place; `keep_params` leaves `${params.x}` and `$$` for later.

    `below` are names that are defined further down in `vars:`: they exist, but cannot be used here.
    """

    def resolve(name: str, at: Node) -> Node | None:
        if name.startswith(PARAM):
            if keep_params:
                return None
            raise _Undefined("'${params.…}' has a value in `expect:` only")
        if name.startswith("env:"):
            return scalar(at.source, at.start, at.end, _environment(name, environ))
        if name in known:
            return known[name]
        if name in below:
            raise _Undefined(f"'{name}' is defined further down", "an entry of `vars:` may use those above it")
        raise _Undefined(f"'{name}' is not defined", did_you_mean(name, known) or "variables are defined in `vars:`")

    return _walk(tree, resolve, found, keep_dollars=keep_params)


def with_params(tree: Node, params: Mapping[str, Any], found: list[Diagnostic]) -> Node:
    """The tree with the `${params.x}` of one case in place."""

    def resolve(name: str, at: Node) -> Node | None:
        if not name.startswith(PARAM):
            return None  # a value that came out of the environment or of another param: text as it stands
        value: Any = params
        for step in name.removeprefix(PARAM).split("."):
            if not isinstance(value, Mapping) or step not in value:
                known = [f"{PARAM}{key}" for key in params]
                raise _Undefined(f"'{name}' is no param of this kind", did_you_mean(name, known))
            value = value[step]
        return tree_of(value, name).placed(at)

    return _walk(tree, resolve, found, keep_dollars=False)


def _walk(tree: Node, resolve: Resolve, found: list[Diagnostic], *, keep_dollars: bool) -> Node:
    if isinstance(tree.value, str):
        return _text(tree, tree.value, resolve, found, keep_dollars) if "$" in tree.value else tree
    if isinstance(tree.value, list):
        items = [_walk(item, resolve, found, keep_dollars=keep_dollars) for item in tree.value]
        return _weighed(tree.with_items(items), tree, found)
    if isinstance(tree.value, dict):
        entries = {
            key: (place, _walk(node, resolve, found, keep_dollars=keep_dollars))
            for key, (place, node) in tree.entries().items()
        }
        return _weighed(tree.with_mapping(entries), tree, found)
    return tree


def _text(node: Node, text: str, resolve: Resolve, found: list[Diagnostic], keep_dollars: bool) -> Node:
    parts: list[str] = []
    end = weight = 0
    for match in re.finditer(_REFERENCE, text):
        parts.append(text[end : match.start()])
        end = match.end()
        if match[0] == "$$":
            parts.append("$$" if keep_dollars else "$")
            continue
        try:
            value = _resolved(match, node, resolve)
            if value is None:
                parts.append(match[0])
                continue
            if match[0] == text:
                return (_escaped(value) if keep_dollars else value).placed(node)
            if isinstance(value.value, list | dict) or value.value is None:
                raise _Undefined(f"'{match[1]}' is no text or number, and cannot stand inside a text")
        except _Undefined as undefined:
            found.append(node.problem_at(match[0], str(undefined), undefined.hint))
            continue
        inserted = written(value.value)
        parts.append(inserted.replace("$", "$$") if keep_dollars else inserted)
        weight += value.weight
        if weight > MAX_WEIGHT:
            found.append(node.problem("the variables make this text too long"))
            return node
    return scalar(node.source, node.start, node.end, "".join([*parts, text[end:]]))


def _resolved(match: re.Match[str], node: Node, resolve: Resolve) -> Node | None:
    if match[1] is None:
        raise _Undefined("'${' is not closed by a '}'", "write $${ for the text itself")
    return resolve(match[1], node)


def _escaped(tree: Node) -> Node:
    """The tree as text that is to be substituted once more: what was put in must come through as it is."""
    if isinstance(tree.value, str):
        return scalar(tree.source, tree.start, tree.end, tree.value.replace("$", "$$"))
    if isinstance(tree.value, list):
        return tree.with_items([_escaped(item) for item in tree.value])
    if isinstance(tree.value, dict):
        return tree.with_mapping({key: (place, _escaped(node)) for key, (place, node) in tree.entries().items()})
    return tree


def _environment(name: str, environ: Mapping[str, str]) -> str | int | float | bool | None:
    match = re.fullmatch(_ENVIRONMENT, name)
    if not match:
        raise _Undefined(f"'{name}' is not understood", "${env:NAME}, ${env:NAME:-default} or ${env:NAME:?message}")
    variable, operator, rest = match.groups()
    value = environ.get(variable)
    if operator and not value:  # unset or empty, as in a shell
        if operator == ":?":
            raise _Undefined(f"the environment variable {variable} is not set: {rest}".rstrip(": "))
        value = rest
    if value is None:
        hint = did_you_mean(variable, environ) or f"give it a default: ${{env:{variable}:-…}}"
        raise _Undefined(f"the environment variable {variable} is not set", hint)
    return number_or_text(value)


def _weighed(made: Node, tree: Node, found: list[Diagnostic]) -> Node:
    if made.weight <= MAX_WEIGHT or tree.weight > MAX_WEIGHT:
        return made
    found.append(tree.problem(f"more than {MAX_WEIGHT:,} values, variables counted as often as they are used"))
    return tree
