"""What a page keeps of a log of any length: the first rows and the last, in columns; and curves, thinned as they grow.

A row of numbers in columns takes a tenth of what the same row takes as objects, and there are hundreds of thousands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

from .columns import NONE, empty

if TYPE_CHECKING:
    from array import array
    from collections.abc import Iterator

Key = TypeVar("Key", bound=tuple[Any, ...])
_KNOWN: Final = 10_000


class Kept:
    """The first rows of what comes, and the last.

    Args:
        head: how many rows are kept from the beginning.
        tail: how many from the end.
        columns: name and type of each, as `Columns` has them, or `any` for what is no number.
    """

    def __init__(self, head: int, tail: int, **columns: str) -> None:
        self.head, self.tail = head, tail
        self.count = 0
        self._columns: dict[str, Any] = {name: [] if code == "any" else empty(code) for name, code in columns.items()}
        self._values = tuple(self._columns.values())

    def __getitem__(self, name: str) -> Any:
        """A column; its values stand in places, which `places` has in order."""
        return self._columns[name]

    def append(self, *row: Any) -> None:
        """One more row: a value for each column."""
        at, room = self.count, self.head + self.tail
        self.count = at + 1
        if at < room:
            for column, value in zip(self._values, row, strict=True):
                column.append(value)
        elif self.tail:  # the oldest of the last rows makes room
            place = self.head + (at - self.head) % self.tail
            for column, value in zip(self._values, row, strict=True):
                column[place] = value

    def places(self) -> Iterator[int]:
        """Where each row that is kept stands, oldest first."""
        if not self.lost or not self.tail:
            yield from range(min(self.count, self.head + self.tail))
            return
        yield from range(self.head)
        oldest = (self.count - self.head) % self.tail
        yield from range(self.head + oldest, self.head + self.tail)
        yield from range(self.head, self.head + oldest)

    def clear(self) -> None:
        """Let go of every row; `count` and `lost` stay."""
        for column in self._values:
            del column[:]

    @property
    def lost(self) -> int:
        """How many rows are not kept."""
        return max(0, self.count - self.head - self.tail)

    @property
    def gap(self) -> tuple[int, int] | None:
        """The places of the last row before those that are lost and of the first one behind them."""
        if not (self.lost and self.head and self.tail):
            return None
        return self.head - 1, self.head + (self.count - self.head) % self.tail


class Same:
    """Gives the same object for equal keys, for as many as it remembers."""

    def __init__(self) -> None:
        self._known: dict[Any, Any] = {}

    def __call__(self, key: Key) -> Key:
        """The first key that was equal to this one."""
        known: Key = self._known.setdefault(key, key)
        if len(self._known) > _KNOWN:
            self._known.clear()
        return known


class Curve:
    """A number over time. `thin` makes it half as fine, and keeps the highest and the last value of each stretch.

    Attributes:
        width: nanoseconds of a stretch; 0 while the curve has every value.
        most: the highest value.
    """

    def __init__(self) -> None:
        self.t, self.value = empty("f8"), empty("u4")
        self.width = 0.0
        self.most = 0
        self._to = -1.0
        self._highest = 0

    def add(self, t: float, value: int) -> int:
        """One more value; how many points there are more than before. Time stands where it would go back."""
        value = max(0, min(value, NONE))
        self.most = max(self.most, value)
        before = len(self.t)
        t = max(t, self.t[-1] if before else 0)
        if t >= self._to:
            self._to = (t // self.width + 1) * self.width if self.width else -1.0
            self._highest = before
        else:  # of a stretch there are its highest value and, where it is another, its last
            keep = self._highest + (value <= self.value[self._highest])
            del self.t[keep:], self.value[keep:]
        self.t.append(t)
        self.value.append(value)
        return len(self.t) - before

    def thin(self) -> None:
        """Make stretches of it, or those that it has twice as long, until half of the points are left."""
        points = len(self.t)
        if points < 8:
            return
        self.width = self.width or max(1.0, (self.t[-1] - self.t[0]) / points)
        while len(self.t) > points // 2:
            t, value = self.t, self.value
            self.width *= 2
            self.t, self.value, self._to = empty("f8"), empty("u4"), -1.0
            for at, moment in enumerate(t):
                self.add(moment, value[at])


class Curves:
    """Curves by name, with so many points in all: where there are more, every curve is thinned.

    Args:
        points: how many there may be.
        most: how many curves; those that come after them are left out.
    """

    def __init__(self, points: int, most: int) -> None:
        self.named: dict[tuple[str, str], Curve] = {}
        self._points, self._most, self._have = points, most, 0

    def add(self, what: str, name: str, t: int, value: int) -> None:
        """One more value of a curve."""
        curve = self.named.get((what, name))
        if curve is None:
            if len(self.named) >= self._most:
                return
            curve = self.named[what, name] = Curve()
        self._have += curve.add(t, value)
        if self._have > self._points:
            for each in self.named.values():
                each.thin()
            self._have = sum(len(each.t) for each in self.named.values())


def in_order(places: list[int], *keys: array[Any]) -> list[int]:
    """Places by their values in columns, the first column above the second and so on; equal ones stay as they are."""
    for key in reversed(keys):
        places.sort(key=key.__getitem__)
    return places
