"""One demand on one value: `{gt: 0}` or a plain value goes in, whether a value meets it comes out.

Equality is that of JSON: 1 and 1.0 are equal, 1 and true are not.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, Final

import msgspec

from ..durations import parse_duration
from ..errors import Diagnostic, did_you_mean
from .nodes import Node, as_json, described

if TYPE_CHECKING:
    from collections.abc import Callable

_ORDER: Final[dict[str, tuple[str, Callable[[float, float], bool]]]] = {
    "lt": ("<", operator.lt),
    "le": ("<=", operator.le),
    "gt": (">", operator.gt),
    "ge": (">=", operator.ge),
}
OPERATORS: Final = ("eq", "ne", "lt", "le", "gt", "ge", "between", "in")
_MISTAKEN: Final = {
    "==": "eq", "=": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge", "lte": "le", "gte": "ge",
}  # fmt: skip


class Comparison(msgspec.Struct, frozen=True):
    """An operator and what it compares with; `node` is where that is written."""

    operator: str
    operand: Any
    node: Node

    def holds(self, value: Any) -> bool:
        """Whether a JSON value meets it; what cannot be ordered meets no order."""
        match self.operator:
            case "eq":
                return same(value, self.operand)
            case "ne":
                return not same(value, self.operand)
            case "in":
                return any(same(value, item) for item in self.operand)
            case "between":
                low, high = self.operand
                return is_number(value) and low <= value <= high
            case _:
                return is_number(value) and _ORDER[self.operator][1](value, self.operand)

    def __str__(self) -> str:
        operand = self.operand
        if self.operator == "between":
            return f"between {as_json(operand[0])} and {as_json(operand[1])}"
        sign = (
            _ORDER[self.operator][0] if self.operator in _ORDER else {"eq": "==", "ne": "!="}.get(self.operator, "in")
        )
        return f"{sign} {as_json(operand, ensure_ascii=False)}"


def comparisons(node: Node, found: list[Diagnostic], *, seconds: bool = False) -> tuple[Comparison, ...]:
    """What a plain value or a mapping of operators demands; `seconds` reads every text as a duration."""
    if not isinstance(node.value, dict):
        return _comparison("eq", node, found, seconds)
    if not node.value:
        found.append(
            node.problem("expected a value or operators, got an empty mapping", f"operators: {', '.join(OPERATORS)}")
        )
    demanded: list[Comparison] = []
    for name, operand in node.value.items():
        if name in OPERATORS:
            demanded.extend(_comparison(name, operand, found, seconds))
        else:
            found.append(node.keys[name].problem(f"unknown operator '{name}'", operator_hint(name)))
    return tuple(demanded)


def operator_hint(name: str) -> str:
    """The operator that was probably meant, else all of them."""
    meant = f"did you mean '{_MISTAKEN[name]}'?" if name in _MISTAKEN else did_you_mean(name, OPERATORS)
    return meant or f"operators: {', '.join(OPERATORS)}"


def is_operators(node: Node) -> bool:
    """Whether a mapping in an outcome is made of operators, rather than of the outcome's own keys."""
    names = node.mapping
    return any(name in OPERATORS for name in names) or (bool(names) and all(name in _MISTAKEN for name in names))


def same(left: Any, right: Any) -> bool:
    """Equality of JSON values."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    return bool(left == right)


def is_number(value: Any) -> bool:
    """Whether a JSON value is a number."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _comparison(name: str, node: Node, found: list[Diagnostic], seconds: bool) -> tuple[Comparison, ...]:
    value = node.plain()
    if name in {"in", "between"} and not isinstance(value, list):
        found.append(node.problem(f"'{name}' takes a list, got {described(value)}"))
        return ()
    if name == "between":
        if len(value) != 2:
            found.append(node.problem(f"'between' takes two values, got {len(value)}"))
            return ()
        ends = [_number(item, found, f"'{name}'") for item in node.items]
        if any(end is None for end in ends):
            return ()
        if ends[0] > ends[1]:  # type: ignore[operator] # has the operator
            found.append(node.problem("nothing lies between these: the first is larger than the second"))
        return (Comparison(name, ends, node),)
    if name in _ORDER:
        number = _number(node, found, f"'{name}'")
        return () if number is None else (Comparison(name, number, node),)
    if seconds:
        numbers = [_number(item, found, "a threshold") for item in (node.items if name == "in" else [node])]
        value = numbers if name == "in" else numbers[0]
        return () if None in numbers else (Comparison(name, value, node),)
    return (Comparison(name, value, node),)


def _number(node: Node, found: list[Diagnostic], who: str) -> float | None:
    if is_number(node.value):
        return node.value  # type: ignore[return-value]
    try:
        return parse_duration(node.value if isinstance(node.value, str) else None)
    except ValueError:
        found.append(node.problem(f"{who} takes a number or a duration, got {described(node.plain())}"))
        return None
