"""What each thread is about to do: for strategies that choose by it, and at no cost for those that do not ask.

While somebody asks, other methods stand in the places of `access`, `together` and `point`: they leave at the thread
what it will do when it goes on, and note afterwards that it was done. In model `gil` accesses come after a switch, and
not right after: there it is foretold that what followed that switch when it was last made follows again. A start, a
sleep, a join and a switch that was never made tell nothing.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from types import FrameType
from typing import Any, NamedTuple

from .accesses import ACQUIRE, KEYED_READ, KEYED_WRITE, NOTHING, PLAIN_KEYS, READ, RELEASE, TRY, WRITE, Location
from .stepping import Stepping, strongest

OWN = __file__.rpartition(os.sep)[0]

MOST = 50_000
"""Accesses that are kept for who asks; more than so many in one step are not told."""
MOST_FORETOLD = 16
"""Accesses of one step that are remembered, so that they can be foretold."""
LOOKS = frozenset({READ, ACQUIRE, TRY})
"""Modes of accesses whose result depends on who wrote, or released, last."""
LEAVES = frozenset({WRITE, RELEASE})
"""Modes of accesses that leave something for others to find."""
SPOILS = frozenset({WRITE, ACQUIRE})
"""Modes of accesses after which others find something else."""
STILL = frozenset({READ, TRY})
"""Modes of accesses whose order among themselves does not matter."""


class Intent(NamedTuple):
    """One access that a thread makes when it goes on."""

    location: Location
    """All of a container where the key is not plain."""
    mode: int
    """READ or WRITE, of an item too; ACQUIRE, RELEASE or TRY."""
    site: Any
    """Where it stands in the code: equal for the same instruction in all schedules of a search; to be compared only."""
    thread: int


def races(these: Sequence[Intent], those: Sequence[Intent]) -> bool:
    """Whether the order matters of what two threads are about to do."""
    for (number, key), mode, _, _ in these:
        for (its_number, its_key), its_mode, _, _ in those:
            if number != its_number or (mode in STILL and its_mode in STILL):
                continue
            if key == its_key or key is None or its_key is None:
                return True
    return False


class Intents(Stepping):
    """The part of the scheduler that tells what comes next."""

    __slots__ = (
        "_followed",
        "_steps",
        "intents",
    )

    def __init__(self, max_points: int) -> None:
        super().__init__(max_points)
        self.intents: list[Intent] | None = None
        """What has been done since somebody emptied it; None where nobody wants to know."""

    def tell_intents(self) -> None:
        """From the next schedule on, threads say what they are about to do; nothing is known of earlier ones."""
        self.intents = []
        self._followed: dict[Any, tuple[Intent, ...]] = {}
        """What followed a switch when it was last made, by its site."""
        self._steps: dict[int, tuple[Any, list[Intent]]] = {}
        """The step that each thread is in, by its number: the site of the switch before, and what was done since."""
        self.point, self.switch = self._intend_and_point, self._foretell_and_switch

    def keep_intents(self) -> None:
        """From the next schedule on they do not."""
        self.intents = None
        self.point, self.switch = self._point, self._switch

    def forget_intents(self) -> None:
        """A schedule begins."""
        if self.intents is not None:
            self.intents.clear()
            self._steps.clear()

    def _intend(self, obj: object, key: Any, mode: int, site: Any) -> Intent:
        if KEYED_READ <= mode <= KEYED_WRITE:
            mode -= KEYED_READ
        location = self.number_of(obj), key if type(key) in PLAIN_KEYS else None
        return Intent(location, mode, site, self.current.number)

    def intend_access(self, obj: object, key: object, mode: int, site: Any) -> None:
        """As `_point_only`."""
        if not self.quiet:
            intent = self._intend(obj, key, mode, site)
            self.current.intents = (intent,)
            self._point_only(obj, key, mode, site)
            self._done((intent,))

    def intend_together(self, accesses: Sequence[tuple[object, object, int]], site: Any) -> None:
        """As `_point_once`."""
        self.mark_all(accesses)
        if not self.quiet:
            intents = tuple(self._intend(obj, key, mode, site) for obj, key, mode in accesses)
            self.current.intents = intents
            self._point_only(None, None, strongest(accesses), site)
            self._done(intents)

    def pass_access(self, obj: object, key: object, mode: int, site: Any) -> None:
        """As `_pass`: what is no point has no intent, and is done all the same."""
        if mode & 1 and id(obj) in self.old:
            self.mark(id(obj))
        if not self.quiet:
            self._count(mode)
            self._note_passed((self._intend(obj, key, mode, site),))

    def pass_together(self, accesses: Sequence[tuple[object, object, int]], site: Any) -> None:
        """As `_pass_all`."""
        self.mark_all(accesses)
        if not self.quiet:
            self._count(strongest(accesses))
            self._note_passed(tuple(self._intend(obj, key, mode, site) for obj, key, mode in accesses))

    def _note_passed(self, intents: Sequence[Intent]) -> None:
        self._done(intents)
        step = self._steps.get(self.current.number)
        if step is not None and len(step[1]) < MOST_FORETOLD:
            step[1].extend(intents)

    def _foretell_and_switch(self, site: Any) -> None:
        if self.quiet:
            return
        me = self.current
        self._step_done(me.number)
        me.intents = self._followed.get(site)
        self._point()
        self._steps[me.number] = site, []

    def _step_done(self, number: int) -> None:
        step = self._steps.pop(number, None)
        if step is not None:
            self._followed[step[0]] = tuple(step[1])

    def _intend_and_point(self, mode: int = NOTHING, obj: object = None) -> None:
        if self.quiet:
            return
        self._step_done(self.current.number)
        if obj is None:
            self.current.intents = ()
            self._point(mode)
        else:
            intents = (self._intend(obj, None, mode, _caller()),)
            self.current.intents = intents
            self._point(mode)
            self._done(intents)

    def _done(self, intents: Sequence[Intent]) -> None:
        if self.intents is not None and len(self.intents) < MOST:
            self.intents.extend(intents)


def _caller() -> tuple[Any, int]:
    """The instruction that called the virtual `_thread`."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None and frame.f_code.co_filename.startswith(OWN):
        frame = frame.f_back
    return (frame.f_code, frame.f_lasti) if frame is not None else (None, 0)
