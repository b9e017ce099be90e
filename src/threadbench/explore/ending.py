"""What a schedule came to, in words: who waits for whom, and what was raised."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ..outcomes import encodable
from .places import shown_path
from .spelling import bare

if TYPE_CHECKING:
    from .places import Place
    from .steps import Recording, Stuck

_FRAMES: Final = 6
_WAITERS: Final = 8


def stuck(recording: Recording) -> list[str]:
    """Who holds and awaits what: the cycle first."""
    waiters = {waiter.thread: waiter for waiter in recording.stuck}
    cycle = _cycle(waiters)
    # Main, which waits for the others, comes last.
    order = [*cycle, *sorted((thread for thread in waiters if thread not in cycle), key=lambda thread: not thread)]
    lines = []
    for thread in order:
        waiter = waiters[thread]
        held = ", ".join(f"{hold.object}{_at(hold.place)}" for hold in waiter.holds)
        holds = f" holds {held}," if held else ""
        method = f" in {waiter.inside}" if waiter.inside else ""
        why = ""
        if waiter.holder is None:
            why = "; nobody is left who could end that"
        elif waiter.holder not in waiters and waiter.awaits.startswith("the end of "):
            why = ", which goes on"
        elif waiter.holder not in waiters:
            why = f"; {recording.threads[waiter.holder]} took that{_at(waiter.taken)} and never released it"
        lines.append(f"{recording.threads[thread]}{holds} waits for {waiter.awaits}{method}{_at(waiter.place)}{why}")
    if len(lines) > _WAITERS + 1:
        lines[_WAITERS:] = [f"... {len(lines) - _WAITERS} more"]
    if len(cycle) > 1:
        lines.insert(0, "a cycle, in which each waits for the next:")
    return lines


def _cycle(waiters: dict[int, Stuck]) -> list[int]:
    """Threads each of which waits for what the next one has."""
    for start in waiters:
        path: list[int] = []
        thread: int | None = start
        while thread is not None and thread in waiters and thread not in path:
            path.append(thread)
            thread = waiters[thread].holder
        if thread is not None and thread in path:
            return path[path.index(thread) :]
    return []


def raised(recording: Recording) -> list[str]:
    """What a thread raised, and through which places of the code under test it came."""
    error = recording.raised
    if error is None:
        return []
    lines = [f"{recording.threads[error.thread]} raised {error.text}"]
    places = error.places[-_FRAMES:]
    if len(places) < len(error.places):
        lines.append(f"  ... {len(error.places) - len(places)} calls above")
    for place in places:
        lines.append(f"  {shown_path(place.file)}:{place.line} in {place.function}: {bare(place.source)}")
    return lines


def _at(place: Place | None) -> str:
    return f" ({place})" if place is not None else ""


def without_addresses(text: str) -> str:
    """A text that can be sent, and is the same in each schedule, and in each process: `<Account object at 0x…>`.

    What an assert says of itself under pytest has them wherever an object has no `repr` of its own.
    """
    text = text if text.isascii() else encodable(text)
    return re.sub(r"\b0x[0-9a-fA-F]{4,}\b", "0x…", text) if "0x" in text else text
