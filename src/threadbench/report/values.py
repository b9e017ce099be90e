"""JSON values as a person reads them: short, on one line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .line import shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

_LIMIT = 120
_FIGURES = 5
_FIGURE_LIMIT = 32


def value_text(value: Any, limit: int = _LIMIT) -> str:
    """A value as compact JSON; what makes it longer than `limit` is cut."""
    if isinstance(value, float):
        return number_text(value)
    if type(value) is int:
        return shorten(str(value), limit)
    import json  # most figures are numbers

    return shorten(json.dumps(value, ensure_ascii=False, default=str), limit)


def number_text(value: float) -> str:
    """A number without noise: integers as they are, others with four significant figures."""
    return str(int(value)) if abs(value) < 1e15 and value == int(value) else f"{value:.4g}"


def expected_text(expected: Any) -> str:
    """What an expectation asks for, or what came instead: a text stands as it is, `{"gt": 0}` reads `gt 0`."""
    if isinstance(expected, str):
        return shorten(expected, _LIMIT)
    if isinstance(expected, dict) and expected:
        return " and ".join(f"{name} {value_text(operand)}" for name, operand in expected.items())
    return value_text(expected)


def figures(outcomes: Sequence[Any]) -> list[str]:
    """The key figures of the outcomes of a case's repeats: `lost 1`, or `lost 0..3` where repeats differ."""
    if not outcomes:
        return []
    if not all(isinstance(outcome, dict) for outcome in outcomes):
        shown = [value_text(outcome, _FIGURE_LIMIT) for outcome in outcomes if outcome is not None]
        return [_spread(outcomes, shown)] if shown else []
    found = []
    for name in outcomes[0]:
        values = [outcome[name] for outcome in outcomes if name in outcome]
        texts = [value_text(value, 1000) for value in values]
        # What does not fit on the line stands in the log; a cut list would only look like a figure.
        if len(f"{name} {texts[0]}") <= _FIGURE_LIMIT and not isinstance(values[0], dict):
            found.append(f"{name} {_spread(values, texts)}")
    return found[:_FIGURES]


def _spread(values: Sequence[Any], texts: list[str]) -> str:
    if len(set(texts)) == 1:
        return texts[0]
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        return f"{number_text(min(values))}..{number_text(max(values))}"
    return f"{texts[0]} (varies)"
