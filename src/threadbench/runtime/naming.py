"""Names that nobody else has; a leaf, for both runtimes."""

from __future__ import annotations


def unique(base: str, counts: dict[str, int], *, first: str | None = None) -> str:
    """A name that is not in `counts`, which it enters: `Lock#1`, `Lock#2`; with `first`, that one has no number.

    Args:
        base: what it is made from.
        counts: how often each name has been asked for, or 1 where somebody is called that.
        first: the name of the first that asks.
    """
    while True:
        count = counts[base] = counts.get(base, 0) + 1
        if first is not None and count == 1:
            return first
        name = f"{base}#{count}"
        if name not in counts:  # else somebody was given it by hand
            counts[name] = 1
            return name
