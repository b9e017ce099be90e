"""Makes a schedule short: the fewest preemptions, then the fewest points, that still come to the same.

A schedule is read as runs: a thread, and how many choices in a row it goes on. Where a thread is interrupted and goes
on later, what came between is tried after it or before it, which joins its two runs into one. What is tried need not
be possible: it is followed as far as it can be, and what really happened is what counts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import NamedTuple


class Attempt(NamedTuple):
    """What became of a schedule that was followed as far as possible: the smaller, the better."""

    preemptions: int
    points: int
    choices: tuple[int, ...]


Run = tuple[int, int]
"""A thread, and how many choices it goes on for."""


def shrink(choices: Sequence[int], attempt: Callable[[Sequence[int]], Attempt | None], budget: int = 2_000) -> Attempt:
    """The smallest schedule found.

    Args:
        choices: one that leads to what is looked for.
        attempt: follows choices; None when that came to something else.
        budget: how many attempts may be made.
    """
    left = budget

    def tried(candidate: Sequence[int]) -> Attempt | None:
        nonlocal left
        left -= 1
        return attempt(candidate)

    best = tried(choices)
    if best is None:
        raise ValueError("the schedule does not lead there")
    progress = True
    while progress and left > 0:
        progress = False
        for candidate in _candidates(best.choices):
            if left <= 0:
                break
            found = tried(candidate)
            if found is not None and found < best:
                best, progress = found, True
                break
    return best


def _candidates(choices: Sequence[int]) -> list[tuple[int, ...]]:
    """Edits of a schedule, those that change most first."""
    runs = [(thread, len(list(group))) for thread, group in groupby(choices)]
    edits: list[list[Run]] = []
    for length in range(len(runs)):
        edits.append(runs[:length])  # after its end, whoever runs goes on
    for i, (thread, _) in enumerate(runs):
        later = next((j for j in range(i + 1, len(runs)) if runs[j][0] == thread), None)
        if later is not None:
            between = runs[i + 1 : later]
            edits.append([*runs[: i + 1], runs[later], *between, *runs[later + 1 :]])
            edits.append([*runs[:i], *between, runs[i], runs[later], *runs[later + 1 :]])
    for i in range(len(runs) - 1):
        edits.append([*runs[:i], runs[i + 1], runs[i], *runs[i + 2 :]])
    for i in range(len(runs)):
        edits.append([*runs[:i], *runs[i + 1 :]])
        if runs[i][1] > 1:
            edits.append([*runs[:i], (runs[i][0], runs[i][1] // 2), *runs[i + 1 :]])
            edits.append([*runs[:i], (runs[i][0], runs[i][1] - 1), *runs[i + 1 :]])
    return [tuple(thread for thread, count in edit for _ in range(count)) for edit in edits]
