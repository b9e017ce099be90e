"""Pictures of a page that are drawn when it is written: numbers enter, marks of an SVG leave, for a template to write.

Marks name classes and no colours, so that light, dark and print are the style sheet's; every text is escaped by jinja2.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

LETTER: Final = 6.9
"""About how wide a letter is, in the units of a picture."""

_NARROW: Final = 2.5
"""Where the ends of a logarithmic scale lie closer together than this, steps of equal width are as good."""

Anchor = Literal["start", "middle", "end"]


class Mark(NamedTuple):
    """One element of a picture; `title` is what is told under the pointer."""

    tag: str
    attributes: tuple[tuple[str, str | float], ...]
    text: str = ""
    title: str = ""


class Chart(NamedTuple):
    """A picture; `label` says in a sentence what is seen, `caption` stands above it."""

    width: float
    height: float
    label: str
    caption: str
    marks: tuple[Mark, ...]


class Scale(NamedTuple):
    """Where a value lies: `low` at `start`, `high` at `end`, in proportion or by logarithms."""

    low: float
    high: float
    start: float
    end: float
    logarithmic: bool = False

    def __call__(self, value: float) -> float:
        """The place of a value; beyond the ends for one beyond `low` and `high`."""
        low, high, at = (
            (math.log(each) for each in (self.low, self.high, value)) if self.logarithmic else (*self[:2], value)
        )
        return round(self.start + (self.end - self.start) * (at - low) / ((high - low) or 1.0), 2)

    def ticks(self, most: int = 6) -> list[float]:
        """Round values within, at most about so many of them."""
        if self.logarithmic and self.high > _NARROW * self.low:
            return _logarithmic(self.low, self.high, most)
        return _linear(self.low, self.high, most)


def _linear(low: float, high: float, most: int) -> list[float]:
    rough = (high - low) / max(1, most - 1) or 1.0
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough * 0.999)
    first = math.ceil(low / step - 1e-9)
    return [at * step for at in range(first, math.floor(high / step + 1e-9) + 1)]


def _logarithmic(low: float, high: float, most: int) -> list[float]:
    for factors in ((1, 1.5, 2, 3, 5, 7), (1, 2, 3, 5), (1, 2, 5), (1,)):
        powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
        found = [10.0**power * factor for power in powers for factor in factors]
        within = [each for each in found if low * 0.999 <= each <= high * 1.001]
        if len(within) <= most:
            return within
    return within[:: math.ceil(len(within) / most)]


def line(kind: str, x1: float, y1: float, x2: float, y2: float, title: str = "") -> Mark:
    """A straight line; `kind` is its class."""
    return Mark("line", (("class", kind), ("x1", x1), ("y1", y1), ("x2", x2), ("y2", y2)), title=title)


def text(kind: str, x: float, y: float, said: str, anchor: Anchor = "start") -> Mark:
    """A line of text, `y` its foot."""
    return Mark("text", (("class", kind), ("x", x), ("y", y), ("text-anchor", anchor)), said)


def box(kind: str, x: float, y: float, width: float, height: float, title: str = "") -> Mark:
    """A rectangle."""
    places = (("x", round(x, 2)), ("y", round(y, 2)), ("width", round(width, 2)), ("height", round(height, 2)))
    return Mark("rect", (("class", kind), *places), title=title)


def dot(kind: str, x: float, y: float, radius: float, title: str = "") -> Mark:
    """A filled circle."""
    return Mark("circle", (("class", kind), ("cx", x), ("cy", round(y, 2)), ("r", radius)), title=title)


def path(kind: str, points: Sequence[tuple[float, float]], *, closed: bool = False) -> Mark:
    """Lines from point to point."""
    steps = " ".join(f"{'L' if at else 'M'}{x:g} {y:g}" for at, (x, y) in enumerate(points))
    return Mark("path", (("class", kind), ("d", steps + (" Z" if closed else ""))))


def wide(texts: Sequence[str], *, least: float = 0.0, most: float = 300.0) -> float:
    """How wide the widest of texts is, within bounds."""
    return min(most, max([least, *(len(each) * LETTER for each in texts)]))
