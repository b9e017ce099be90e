"""What a recorded schedule consists of."""

from __future__ import annotations

import msgspec

from .places import Place  # noqa: TC001 - msgspec looks at the types of fields


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that one thread did.

    Attributes:
        choice: how many choices had been made.
        thread: its number, 0 for the main thread; or of whom it acted for (`run.act_as`), above all threads'.
        what: `read`, `write`; `acquire`, `release`, `find taken`, `put`, `get`, `find empty`, `join`, `sleep`,
            `timeout`; `wait` for the last thing before a thread stands still; `start`, `begin`, `end` of a thread;
            `choose`, `raise`.
        thing: number of the object, None where there is none.
        object: what it is called.
        key: the attribute, or the key of an item; None where it is the whole object.
        value: what was read, or what was there after a write; shortened.
        inside: what the code called there, where that is the standard library's: `Queue.get`.
        place: None where threadbench itself did it.
        visit: steps of one thread in a row at one place with the same number belong together.
        rests: whether it is the last before the thread acts for somebody else, and so is no interruption.
        dull: whether it but reads what something is done with next (a function, a lock, a container), or is one of many
            that a library's code may have changed.
    """

    choice: int
    thread: int
    what: str
    thing: int | None = None
    object: str | None = None
    key: str | None = None
    value: str | None = None
    inside: str | None = None
    place: Place | None = None
    visit: int = 0
    dull: bool = False
    rests: bool = False

    @property
    def location(self) -> str | None:
        """What the step is about: `account.balance`."""
        if self.object is None or self.key is None:
            return self.object
        return f"{self.object}{self.key}" if self.object else self.key


class Hold(msgspec.Struct, frozen=True):
    """A lock that a thread has at the end."""

    object: str
    place: Place | None


class Stuck(msgspec.Struct, frozen=True, kw_only=True):
    """A thread that waits at the end, for ever.

    Attributes:
        awaits: what it waits for.
        inside: see `Step`.
        holder: who has that, or is that; None where nobody does.
        taken: where the holder took it.
    """

    thread: int
    awaits: str
    inside: str | None
    place: Place | None
    holder: int | None
    taken: Place | None = None
    holds: tuple[Hold, ...] = ()


class Raised(msgspec.Struct, frozen=True):
    """What a thread raised that nobody caught, and through which places of the code under test it came."""

    thread: int
    text: str
    places: tuple[Place, ...]


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """A schedule with everything written down.

    Attributes:
        threads: their names, then the names of those for whom threads acted.
        left_out: steps between the first and the last `KEPT`.
        first_after: index of the first step after those.
    """

    cause: str
    reason: str | None
    threads: tuple[str, ...]
    choices: tuple[int, ...]
    steps: tuple[Step, ...]
    stuck: tuple[Stuck, ...] = ()
    raised: Raised | None = None
    left_out: int = 0
    first_after: int = 0
