"""Decides that a run is deadlocked: the log says that nobody can go on, and the operating system that nobody does."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from .quiescence import Quiescence
    from .waits import Thread, Waits

STILL: Final = 0.2
"""Seconds that all threads of a deadlock must stand still."""

CYCLE_STILL: Final = 0.5
"""Seconds that a cycle of some threads must stand, while others go on."""

BLIND_STILL: Final = 1.0
"""Seconds to wait instead of STILL where threads cannot be seen."""

LOOK_EVERY: Final = 0.04


class DeadlockWatch:
    """Asked again and again; a verdict needs the same stuck threads, unmoved, over the whole of a span.

    Args:
        waits: the books.
        quiescence: the process's threads as the operating system shows them.
        others: how many threads the process has that the books do not know (the supervisor's own, in its process).
    """

    def __init__(self, waits: Waits, quiescence: Quiescence, *, others: int | None = 0) -> None:
        self._waits = waits
        self._quiescence = quiescence
        self._others = others
        self._suspects: tuple[Any, ...] = ()
        self._since = 0.0
        self._looked = 0.0

    def look(self) -> list[Thread]:
        """The deadlocked threads, or none yet."""
        now = time.monotonic()
        if now - self._looked < LOOK_EVERY:
            return []
        self._looked = now
        if self._others == 0 and self._quiescence.answers_signals():
            return []
        everybody = self._waits.deadlocked()
        if everybody and self._all_known(len(everybody)):
            return self._stand_still(everybody, STILL, now)
        cycle = self._waits.owned_cycle()
        if cycle:
            return self._stand_still(cycle, CYCLE_STILL, now)
        self._suspects = ()
        return []

    def _all_known(self, count: int) -> bool:
        """Whether the process has no thread but those in the books and a main thread that waits for them at its end."""
        threads = self._quiescence.thread_count()
        if threads is None or self._others is None:
            return True
        ended_main = 0 if "MainThread" in self._waits.threads else 1
        return threads <= count + ended_main + self._others

    def _stand_still(self, threads: list[Thread], span: float, now: float) -> list[Thread]:
        picture = self._quiescence.look(thread.native_id for thread in threads)
        suspects = (span, picture, *((thread.name, thread.wait.since if thread.wait else 0) for thread in threads))
        if picture is None or suspects != self._suspects:
            self._suspects = suspects if picture is not None else ()
            self._since = now
            return []
        needed = span if picture else max(span, BLIND_STILL)
        return threads if now - self._since >= needed else []

    def facts(self, threads: list[Thread]) -> dict[str, Any]:
        """The deadlock as data: the cycle where there is one, and everybody who waits."""
        cycle = self._waits.cycle()
        return {
            "cycle": [self._waits.row(thread) for thread in cycle],
            "waiting": [self._waits.row(thread) for thread in threads],
        }


def describe(facts: dict[str, Any]) -> str:
    """One sentence: `T1 holds A (file:line) waits for B (file:line), T2 holds …`."""
    rows = facts["cycle"] or facts["waiting"]
    parts = []
    for row in rows:
        holds = "".join(f" holds {held['object']} ({held['at']})" for held in row["holds"])
        waits = row["waits"]
        parts.append(f"{row['thread']}{holds} waits for {waits['object'] or 'work'} ({waits['at'] or waits['op']})")
    return ", ".join(parts)
