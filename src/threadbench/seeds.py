"""The seeds that there are. A leaf: a command checks them before it imports what scenarios are."""

from __future__ import annotations

from typing import Final, TypeGuard

MAX_SEED: Final = 2**64 - 1
"""The largest; the smallest is 0."""


def is_seed(value: object) -> TypeGuard[int]:
    """Whether a value is a seed."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_SEED
