"""What a step does that another thread could notice: the vocabulary of footprints; a leaf."""

from __future__ import annotations

from typing import Any, NamedTuple

READ, WRITE, KEYED_READ, KEYED_WRITE, ACQUIRE, RELEASE, TRY, AFTER = range(8)
"""What a footprint says was done at a location. `READ` and `WRITE` of a whole container and `KEYED_…` of one item of it
note the container; `ACQUIRE`, `RELEASE` and `TRY` are a lock's (`TRY`: found it taken, or asked whether it is); `AFTER`
comes after the last `WRITE` there, and could not have come before it.
"""
Location = tuple[int, Any]
"""Number of an object, and the attribute or key in it (None: all of it)."""
Access = tuple[Location, int]
THREADS: Location = (0, "threads")
"""Where threads that start or end meet who counts them: a `KEYED_WRITE`, as these do not meet each other."""
AWAITED: Location = (0, "awaited")
"""Where the main thread, which looks whom to wait for, meets daemons that start threads which are none."""
NAMES: Location = (0, "names")
"""Where threads meet that are numbered for their names, if the code under test asks for names."""
EXIT: Location = (0, "exit")
"""Where the main thread, which has returned, meets who asks whether the interpreter is about to exit: pools."""
COUNTED: Access = (THREADS, KEYED_WRITE)
"""A thread starts, or ends."""


class Life(NamedTuple):
    """What the start and the end of a thread are in footprints, each the same object for all threads of its number."""

    starts: Access
    """By who starts it."""
    begins: Access
    ends: Access
    awaited: Access
    """By who has waited for its end."""


_lives: list[Life] = []


def life_of(number: int) -> Life:
    """That of the thread of this number."""
    while number >= len(_lives):
        start, end = (-len(_lives), "start"), (-len(_lives), "end")
        _lives.append(Life((start, WRITE), (start, AFTER), (end, WRITE), (end, AFTER)))
    return _lives[number]


NOTHING = -1
"""The mode of a point that no access follows."""
CHANGES = frozenset({WRITE, KEYED_WRITE})
PLAIN_KEYS = frozenset({str, int, bytes, bool, type(None)})
"""Types of keys that are equal only to what is as good as the same."""
TOLD = ("read", "wrote", "read in", "wrote in", "acquired", "released", "looked whether it could acquire", "came after")
"""What each mode means, for a person."""
