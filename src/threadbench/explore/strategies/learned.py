"""What `rff` learns, as it travels from batches that have run to batches that are to: with instructions by their names.

A batch learns from those before it, but not from the last ones, which may be under way still: how far it looks back is
told by its number alone, so that a search comes to the same whatever runs its batches, and however many at a time.
"""

from __future__ import annotations

from collections import deque
from types import CodeType
from typing import Any

import msgspec

INITIAL = 0
"""The number of the write that was there before any thread wrote."""
MOST_KEPT = 1_000
"""Abstract schedules that are kept."""
AT_A_TIME = 32
"""Batches that do not learn from each other, at most."""


class Sown(msgspec.Struct, frozen=True):
    """An abstract schedule that showed something new.

    Attributes:
        constraints: each a write, a read, whether it is wanted, and whether it is lasting.
        shown: all pairs that its execution showed, as one number, the same in every process.
        tried: how often it was picked.
        count: how often what it showed was shown.
    """

    constraints: tuple[tuple[int, int, bool, bool], ...]
    shown: int
    tried: int
    count: int


class Learned(msgspec.Struct, frozen=True):
    """What a batch is given, or what it has added to that.

    Attributes:
        names: of instructions; elsewhere here they are numbers, in the order of this list. The first stands for what
            was there before any thread wrote.
        seeds: abstract schedules that showed something new; those it was given are among what a batch has added where
            they were tried or shown again.
        pairs: a write and a read each, that were shown.
        writers: for each read of what threads share, the writes that it may read from.
        schedules: how many there were.
        sets: how many different sets of pairs they showed.
    """

    names: list[str]
    seeds: list[Sown]
    pairs: list[tuple[int, int]]
    writers: dict[int, list[int]]
    schedules: int
    sets: int


def name_of(site: Any) -> str:
    """An instruction in the words of every process, on whatever machine.

    Two that stand on one line and do the same have one name, and are taken for one by who learns from others.
    """
    if site is None:
        return ""
    if isinstance(site, tuple):
        code, offset = site
        return f"{code.co_qualname}:{code.co_firstlineno}+{offset}" if isinstance(code, CodeType) else f"+{offset}"
    return f"{site.scope.get('__name__')}:{site.function}:{site.line}:{site.kind}:{site.name}"


def begins_from(batch: int) -> int:
    """How many of the first batches one learns from: half of those before it, later all but the last ones."""
    return max(batch // 2, batch - AT_A_TIME)


class Lessons:
    """What the batches of a search have learned, put together in their order."""

    def __init__(self) -> None:
        self._waiting: deque[Learned | None] = deque()
        """Of batches that have come back, and that no batch has begun from."""
        self._taken = 0
        self._given: Learned | None = None
        self._names: dict[str, int] = {"": INITIAL}
        self._seeds: dict[tuple[Any, ...], Sown] = {}
        self._pairs: dict[tuple[int, int], None] = {}
        self._writers: dict[int, dict[int, None]] = {}
        self._schedules = self._sets = 0

    def add(self, learned: Learned | None) -> None:
        """Take up what the next batch has added; None where it does not learn."""
        self._waiting.append(learned)

    def ready(self, batch: int) -> bool:
        """Whether all that a batch begins from has come back."""
        return self._taken + len(self._waiting) >= begins_from(batch)

    def for_batch(self, batch: int) -> Learned | None:
        """What a batch begins from; None where that is nothing. Batches are asked for in their order."""
        while self._taken < begins_from(batch):
            self._taken += 1
            if (learned := self._waiting.popleft()) is not None:
                self._merge(learned)
                self._given = None
        if self._given is None and self._schedules:
            self._given = Learned(
                names=list(self._names),
                seeds=list(self._seeds.values()),
                pairs=list(self._pairs),
                writers={read: list(writes) for read, writes in self._writers.items()},
                schedules=self._schedules,
                sets=self._sets,
            )
        return self._given

    def _merge(self, learned: Learned) -> None:
        number = [self._names.setdefault(name, len(self._names)) for name in learned.names]
        for seed in learned.seeds:
            constraints = tuple(
                (number[write], number[read], wanted, lasting) for write, read, wanted, lasting in seed.constraints
            )
            known = self._seeds.get(constraints)
            if known is not None:
                self._seeds[constraints] = Sown(
                    constraints, known.shown, known.tried + seed.tried, known.count + seed.count
                )
            elif len(self._seeds) < MOST_KEPT:
                self._seeds[constraints] = Sown(constraints, seed.shown, seed.tried, seed.count)
        self._pairs.update(dict.fromkeys((number[write], number[read]) for write, read in learned.pairs))
        for read, writes in learned.writers.items():
            self._writers.setdefault(number[read], {}).update(dict.fromkeys(number[write] for write in writes))
        self._schedules += learned.schedules
        self._sets += learned.sets
