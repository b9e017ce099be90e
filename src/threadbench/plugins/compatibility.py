"""API ranges: whether `THREADBENCH_API = ">=1.2,<2"` of a plugin holds for the API of this threadbench. A leaf."""

from __future__ import annotations

import operator
import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_OPERATORS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
}
_CLAUSE: Final = r"\s*(>=|<=|==|!=|>|<)\s*([0-9]{1,9}(?:\.[0-9]{1,9}){0,3})\s*"


def supports(wanted: object, version: str) -> bool:
    """Whether `version` lies in the range, a comma-separated list of comparisons that all have to hold.

    Versions are compared number by number and `2` is `2.0`; there are no pre-releases of an API.

    Raises:
        ValueError: `wanted` is not such a range; the message shows one.
    """
    if not isinstance(wanted, str):
        raise ValueError(f"{wanted!r} is not a text such as '>=1.0,<2'")
    clauses = [re.fullmatch(_CLAUSE, clause) for clause in wanted.split(",")]
    numbers = _numbers(version)
    result = True
    for clause in clauses:
        if clause is None:
            raise ValueError(f"{wanted!r} is not a range such as '>=1.0,<2'")
        result = result and _OPERATORS[clause[1]](numbers, _numbers(clause[2]))
    return result


def _numbers(version: str) -> tuple[int, ...]:
    numbers = [int(part) for part in version.split(".")]
    return tuple(numbers + [0] * (4 - len(numbers)))
