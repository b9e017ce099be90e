"""Readers-writer locks, one for each answer to the question who goes first; written once, for any threads.

All of them let any number of readers in at a time, or one writer, and have one condition on which everybody waits. They
differ in whom a newcomer waits for besides those that are inside:

    readers    a reader: for no one                     a writer: for no one
    writers    a reader: for each writer that waits     a writer: for no one
    fair       everybody: for each that came before

The first two are those of Courtois, Heymans and Parnas (Concurrent Control with "Readers" and "Writers", CACM 14(10),
1971): one starves writers, the other readers. The third is a queue, and starves nobody.
"""

import threading
from collections.abc import Callable
from typing import Literal

Side = Literal["reader", "writer"]
Name = Callable[[threading.Condition, str], threading.Condition]


class NoLock:
    """Everybody comes in at any time: what the others are there to prevent.

    Args:
        name: gives a lock's condition its name in the event log, and returns it.
    """

    def __init__(self, name: Name) -> None:  # noqa: ARG002 - there is nothing to name
        self.overtaken: dict[Side, int] = {"reader": 0, "writer": 0}
        """By side: how often one that waited saw a newcomer of the other side go in before it."""

    def enter(self, side: Side) -> None:
        """Go in as a reader, or as a writer; wait until that may be."""

    def leave(self, side: Side) -> None:
        """Come out again."""


class ReadersFirst(NoLock):
    """Readers come in whenever no writer is inside; writers find a moment in which nobody is."""

    def __init__(self, name: Name) -> None:
        super().__init__(name)
        self._changed = name(threading.Condition(threading.Lock()), "rwlock")
        self._inside: list[Side] = []
        self._waiting: list[tuple[int, Side]] = []
        """Who has asked and is not in: the number of its turn, and its side."""
        self._turns = 0

    def enter(self, side: Side) -> None:
        """Wait for those that are inside, and for those that are to go first."""
        with self._changed:
            self._turns += 1
            turn = self._turns
            self._waiting.append((turn, side))
            while not (self._is_free_for(side) and self._may_go(turn, side)):
                self._changed.wait()
            self._waiting.remove((turn, side))
            for earlier, other in self._waiting:
                if earlier < turn and other != side:
                    self.overtaken[other] += 1
            self._inside.append(side)
            self._changed.notify_all()  # another reader may follow

    def leave(self, side: Side) -> None:
        """Let others in."""
        with self._changed:
            self._inside.remove(side)
            self._changed.notify_all()

    def _is_free_for(self, side: Side) -> bool:
        """The rule that makes it a readers-writer lock."""
        return not self._inside or (side == "reader" and "writer" not in self._inside)

    def _may_go(self, turn: int, side: Side) -> bool:  # noqa: ARG002 - what the other locks go by
        """Whether nobody who waits is to go first."""
        return True


class WritersFirst(ReadersFirst):
    """Readers stand back for writers that wait."""

    def _may_go(self, turn: int, side: Side) -> bool:  # noqa: ARG002 - a writer's turn is any
        return side == "writer" or all(other == "reader" for _, other in self._waiting)


class Fair(ReadersFirst):
    """Whoever came first goes first."""

    def _may_go(self, turn: int, side: Side) -> bool:  # noqa: ARG002 - both sides stand in one queue
        return turn == min(self._waiting)[0]


LOCKS: dict[str, type[NoLock]] = {"readers": ReadersFirst, "writers": WritersFirst, "fair": Fair, "none": NoLock}
