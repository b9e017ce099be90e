"""Levels of detail: how much of each moment a thread waited, held and ran, for what is too much to be drawn one by one.

A lane's time is cut into equal buckets. Nobody knows how long a log is before its end, so buckets grow: where the time
goes beyond the last one, two become one. Memory is the same for a second and for a day.
"""

from __future__ import annotations

from array import array
from typing import Final

WAIT, HOLD, RUN = range(3)
_FINE: Final = 8192
_COARSE: Final = 512
_FINE_LANES: Final = 64
"""Lanes that get the fine buckets; with a thousand threads nobody looks that closely at each."""
_FIRST: Final = 1024.0
"""Nanoseconds of a bucket at the start."""
FACTOR: Final = 4
"""How many buckets of a level make one of the next."""


class Levels:
    """The buckets of one lane: nanoseconds of each state in each."""

    def __init__(self, lane: int) -> None:
        self.count = _FINE if lane < _FINE_LANES else _COARSE
        self.width = _FIRST
        self._states = tuple(array("f", bytes(4 * self.count)) for _ in range(3))

    def add(self, state: int, start: int, end: int) -> None:
        """A span of a state, in nanoseconds; what a damaged log has before 0 is left out."""
        start, end = max(0, start), max(0, end)
        while end > self.count * self.width:
            self._double()
        buckets, width = self._states[state], self.width
        first, last = int(start / width), min(int(end / width), self.count - 1)
        if first >= last:
            buckets[last] += end - start
            return
        buckets[first] += (first + 1) * width - start
        for bucket in range(first + 1, last):
            buckets[bucket] += width
        buckets[last] += end - last * width

    def _double(self) -> None:
        half = self.count // 2
        for buckets in self._states:
            for bucket in range(half):
                buckets[bucket] = buckets[2 * bucket] + buckets[2 * bucket + 1]
            buckets[half:] = array("f", bytes(4 * (self.count - half)))
        self.width *= 2

    def pyramid(self, end: int) -> tuple[bytes, list[tuple[float, int]]]:
        """Shares of 0 to 255 for each state and bucket of each level, finest first, and each level's (width, buckets).

        A bucket in which something was, however short, has a share of at least 1: what was there stays to be seen.
        """
        data = bytearray()
        levels = []
        width = self.width
        used = max(1, min(self.count, -int(-end // width)))
        states = [list(buckets[:used]) for buckets in self._states]
        while True:
            levels.append((width, used))
            for buckets in states:
                data += bytes(min(255, -int(-value * 255 // width)) if value > 0 else 0 for value in buckets)
            if used <= 64:
                return bytes(data), levels
            width *= FACTOR
            used = -(-used // FACTOR)
            states = [[sum(each[at : at + FACTOR]) for at in range(0, len(each), FACTOR)] for each in states]
