"""Params to lists of values: the tree of `matrix:` goes in, one `Cell` for each combination comes out."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import msgspec

from ..errors import Diagnostic, did_you_mean
from .comparison import same
from .nodes import Node, as_json, described
from .scalars import looks_typed, written

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

MAX_CELLS: Final = 10_000
MAX_VALUES: Final = 2_000_000
"""How many values all cells of a scenario may come to: each cell is validated whole."""

EXCLUDE: Final = "exclude"
_MAX_LABEL: Final = 40


class Cell(msgspec.Struct, frozen=True):
    """One combination: where each key and its value are written, and the values as ids show them."""

    entries: Mapping[str, tuple[Node, Node]]
    labels: Mapping[str, str]

    def __str__(self) -> str:
        return f"[{','.join(f'{key}={label}' for key, label in self.labels.items())}]" if self.labels else ""

    @property
    def values(self) -> dict[str, Any]:
        """The combination as JSON."""
        return {key: node.plain() for key, (_, node) in self.entries.items()}


def cells_of(tree: Node, params: Sequence[str] | None, weight: int, found: list[Diagnostic]) -> list[Cell]:
    """The cells, the last key turning fastest; one without entries where there is no matrix, none where it is wrong.

    Args:
        tree: what is written below `matrix:`.
        params: what may be a key; None where the kind is not known.
        weight: how many values the params of one cell come to.
        found: takes the diagnostics.
    """
    before = len(found)
    axes = {name: entry for name, entry in tree.entries().items() if name != EXCLUDE}
    for name, (key, values) in axes.items():
        _check_axis(name, key, values, params, found)
    if len(found) > before:
        return []
    count = math.prod(len(values.items) for _, values in axes.values())
    if count > MAX_CELLS or count * weight > MAX_VALUES:
        found.append(
            tree.problem(f"{count:,} cells are too many: at most {min(MAX_CELLS, MAX_VALUES // weight):,} here")
        )
        return []
    for _, values in axes.values():
        _refuse_repeated(values.items, found)
    excluded = list(_excluded(tree.mapping.get(EXCLUDE), axes, found))
    if len(found) > before:
        return []
    labels = {name: _labels(values.items) for name, (_, values) in axes.items()}
    cells = []
    for numbers in itertools.product(*(range(len(values.items)) for _, values in axes.values())):
        picked = dict(zip(axes, numbers, strict=True))
        entries = {name: (axes[name][0], axes[name][1].items[number]) for name, number in picked.items()}
        cell = Cell(entries, {name: labels[name][number] for name, number in picked.items()})
        if not any(all(same(cell.values[key], value) for key, value in pattern.items()) for pattern in excluded):
            cells.append(cell)
    if not cells:
        found.append(tree.problem("every cell of the matrix is excluded"))
    return cells


def _check_axis(name: str, key: Node, values: Node, params: Sequence[str] | None, found: list[Diagnostic]) -> None:
    if params is not None and name not in params:
        hint = did_you_mean(name, [*params, EXCLUDE]) or f"params: {', '.join(params) or 'none'}"
        found.append(key.problem(f"'{name}' is no param of this kind", hint))
    if not isinstance(values.value, list):
        found.append(values.problem(f"expected a list of values, got {described(values.plain())}", f"{name}: […]"))
    elif not values.value:
        found.append(values.problem("expected at least one value, got an empty list"))


def _refuse_repeated(items: Sequence[Node], found: list[Diagnostic]) -> None:
    seen: set[str] = set()
    for item in items:
        value = item.plain()
        whole = isinstance(value, float) and value.is_integer()
        text = as_json(int(value) if whole else value, sort_keys=True)
        if text in seen:
            found.append(item.problem("this value is given twice"))
        seen.add(text)


def _excluded(
    tree: Node | None, axes: Mapping[str, tuple[Node, Node]], found: list[Diagnostic]
) -> Iterator[Mapping[str, Any]]:
    if tree is None:
        return
    if not isinstance(tree.value, list):
        found.append(tree.problem(f"expected a list of mappings, got {described(tree.plain())}", "exclude: [{…}]"))
    for pattern in tree.items:
        if not (isinstance(pattern.value, dict) and pattern.value):
            found.append(
                pattern.problem(f"expected keys of the matrix with a value each, got {described(pattern.plain())}")
            )
            continue
        for name, node in pattern.value.items():
            value = node.plain()
            if name not in axes:
                hint = did_you_mean(name, axes) or f"keys: {', '.join(axes)}"
                found.append(pattern.keys[name].problem(f"'{name}' is no key of the matrix", hint))
            elif not any(same(value, item.plain()) for item in axes[name][1].items):
                found.append(node.problem(f"this value of '{name}' is not in the matrix, so nothing is excluded"))
        yield pattern.plain()


def _labels(values: Sequence[Node]) -> list[str]:
    """The values as ids show them: as written where that is short and tells them apart, else `#1`, `#2`, …"""
    labels = [_label(node.plain()) for node in values]
    counts = Counter(labels)
    return [
        label if len(label) <= _MAX_LABEL and label.isprintable() and counts[label] == 1 else f"#{number}"
        for number, label in enumerate(labels, 1)
    ]


def _label(value: Any) -> str:
    # A text that looks like a number is shown in quotes, so that "1" and 1 are two cells.
    return f'"{value}"' if isinstance(value, str) and looks_typed(value) else written(value)
