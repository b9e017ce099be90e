"""The generator of the module `random` as schedules have it: each draws the same numbers, and the process's own waits.

To set a generator to where each schedule begins, and the process's own to what it was, takes a small search a twentieth
of its time, whether anybody draws or not. So another stands for it, which is set when it is first drawn from.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any, Final

from . import threads
from .accesses import WRITE

if TYPE_CHECKING:
    from .scheduler import Scheduler

SEED: Final = 0
_real: Final[random.Random] = random._inst
"""What the functions of the module are methods of."""
_first: Final[Any] = random.Random(SEED).getstate()


class Random(random.Random):
    """Draws in schedules of one scheduler; in other OS threads, and where nothing is explored, it is the real one."""

    __module__ = "random"  # code under test that calls it is told of as for any other generator

    def __init__(self) -> None:
        # All attributes at once: a call of it writes each that it has. Not seeded: that would seed the real one.
        self._scheduler: Scheduler | None = None
        self._set = False
        """Whether the schedule has drawn from it."""
        self._gauss: float | None = None
        self._noted: Any = None
        """What the step has been told to have done; to shuffle draws often."""

    def draw_for(self, scheduler: Scheduler | None) -> None:
        """Whose schedules draw from it from now on; None: nobody's."""
        self._scheduler = scheduler

    def begin(self) -> None:
        """A schedule begins."""
        self._set = False

    def _draws(self) -> bool:
        """Whether it is drawn from in a schedule, which is told of."""
        scheduler = self._scheduler
        if scheduler is None or threads.here() is not scheduler:
            return False
        if not self._set:
            self._set = True
            super().setstate(_first)
        done = scheduler.footprint
        if done is not None and not scheduler.quiet and not (done and done[-1] is self._noted):
            scheduler.note(self, None, WRITE)
            self._noted = done[-1]
        return True

    @property
    def gauss_next(self) -> float | None:  # where the class has an attribute, each look is a draw
        """The second number of a pair that `gauss` has made."""
        return self._gauss if self._draws() else vars(_real)["gauss_next"]

    @gauss_next.setter
    def gauss_next(self, value: float | None) -> None:
        if self._draws():
            self._gauss = value
        else:
            vars(_real)["gauss_next"] = value

    def random(self) -> float:
        """See `random.Random`."""
        return super().random() if self._draws() else _real.random()

    def getrandbits(self, k: int, /) -> int:
        """See `random.Random`."""
        return super().getrandbits(k) if self._draws() else _real.getrandbits(k)

    def seed(self, a: Any = None, version: int = 2) -> None:
        """See `random.Random`."""
        if self._draws():
            super().seed(a, version)
        else:
            _real.seed(a, version)

    def getstate(self) -> tuple[Any, ...]:
        """See `random.Random`."""
        return super().getstate() if self._draws() else _real.getstate()

    def setstate(self, state: tuple[Any, ...]) -> None:
        """See `random.Random`."""
        if self._draws():
            super().setstate(state)
        else:
            _real.setstate(state)

    def __deepcopy__(self, _memo: Any) -> Random:
        """Its methods are copied with it; those of the real one are in C, and are not."""
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        """What is sent elsewhere is a generator of its own."""
        return random.Random, (), self.getstate()


for _method in ("random", "getrandbits", "seed", "getstate", "setstate"):
    getattr(Random, _method).__module__ = "random"

generator: Final = Random()
STAND_INS: Final[dict[Any, Any]] = {_real: generator} | {
    value: getattr(generator, name) for name, value in vars(random).items() if getattr(value, "__self__", None) is _real
}
"""By what code may hold of the module: what stands for it."""
