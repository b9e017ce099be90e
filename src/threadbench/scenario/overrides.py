"""`--set K=V`: texts from the command line go in, `Override`s come out and are laid over the trees of files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from .document import compose
from .nodes import Node, Source, scalar

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..errors import Diagnostic

_HINT = "written like `--set params.capacity=1` or `--set timeout=5s`"


class Override(msgspec.Struct, frozen=True):
    """One `--set`: a path of keys, and the value that is laid over what is there."""

    steps: tuple[str, ...]
    key: Node
    value: Node


def parsed(texts: Sequence[str], found: list[Diagnostic]) -> list[Override]:
    """The overrides; values are read as YAML in one line, all of them are placed at `--set K=V`."""
    overrides = []
    for text in texts:
        place = Source(f"--set {text}")
        path, equals, value = text.partition("=")
        steps = tuple(path.split("."))
        if not equals or not all(steps):
            found.append(place.problem(0, 0, "expected KEY=VALUE", _HINT))
            continue
        tree = _value(value, place, found)
        if tree is not None:
            overrides.append(Override(steps, scalar(place, 0, 0, path), tree))
    return overrides


def overridden(tree: Node, overrides: Iterable[Override], found: list[Diagnostic]) -> Node:
    """The tree with the overrides laid over it, one after the other."""
    for override in overrides:
        tree = _set(tree, override, override.steps, found)
        matrix = tree.child("matrix")
        if matrix and override.steps[0] == "params" and len(override.steps) > 1 and override.steps[1] in matrix.mapping:
            name = override.steps[1]
            hint = f"change the matrix: --set 'matrix.{name}=[…]'"
            found.append(override.key.problem(f"'{name}' is set by the matrix, so this has no effect", hint))
    return tree


def _value(text: str, place: Source, found: list[Diagnostic]) -> Node | None:
    if not text.strip():
        return scalar(place, 0, 0, "")
    complaints: list[Diagnostic] = []
    tree = compose(Source(place.path, text), complaints)
    found.extend(place.problem(0, 0, complaint.message, complaint.hint) for complaint in complaints)
    return None if tree is None or complaints else _moved(tree, place)


def _moved(tree: Node, place: Source) -> Node:
    if isinstance(tree.value, dict):
        value: dict[str, Node] | list[Node] = {key: _moved(node, place) for key, node in tree.value.items()}
    elif isinstance(tree.value, list):
        value = [_moved(node, place) for node in tree.value]
    else:
        return Node(place, 0, 0, tree.value, {}, tree.weight)
    return Node(place, 0, 0, value, {key: _moved(node, place) for key, node in tree.keys.items()}, tree.weight)


def _set(tree: Node, override: Override, steps: tuple[str, ...], found: list[Diagnostic]) -> Node:
    if not steps:
        return override.value
    step, rest = steps[0], steps[1:]
    if isinstance(tree.value, list):
        if not (step.isascii() and step.isdigit() and int(step[:9]) < len(tree.value)):
            known = f"0 to {len(tree.value) - 1}" if tree.value else "none"
            found.append(override.key.problem(f"'{step}' is no item of this list", f"items: {known}"))
            return tree
        number = int(step)
        items = list(tree.value)
        items[number] = _set(items[number], override, rest, found)
        return tree.with_items(items)
    entries = tree.entries()  # none where a single value stands: the override makes it a mapping
    nothing = Node(override.key.source, 0, 0, {})
    place, below = entries.get(step, (scalar(override.key.source, 0, 0, step), nothing))
    entries[step] = (place, _set(below, override, rest, found))
    return tree.with_mapping(entries)
