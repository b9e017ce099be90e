"""Events as aligned lines: the whole log for `-v`, and the few that matter where something went wrong.

A stream of events enters once and is never held: a log may have ten million.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

import msgspec

from ..errors import columns
from .line import Line, line, pad, shorten
from .values import value_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ..events import Event

_BEFORE = 6
_OUTPUT = 20
_THREADS = 1000
_FRAME_EVENTS = {"run.started", "run.finished"}


class Timeline:
    """Turns events into lines; columns widen when a longer name comes, and stay."""

    def __init__(self) -> None:
        self._thread = 10
        self._event = 14
        self._object = 8

    def row(self, event: Event) -> Line:
        """One event: seq, time since the start, thread, event, object, place, data."""
        thread = shorten(event.thread or "-", 24)
        name = shorten(event.object or "", 28)
        self._thread = max(self._thread, columns(thread))
        self._event = max(self._event, columns(event.event))
        self._object = max(self._object, columns(name))
        data = _data_text(event.data)
        return line(
            (f"{event.seq:>6} {event.t / 1e9:>11.6f}s  ", "dim"),
            pad(thread, self._thread) + "  ",
            (pad(event.event, self._event) + "  ", "strong"),
            pad(name, self._object),
            (f"  {event.at}" if event.at else "", "dim"),
            f"  {data}" if data else "",
        )

    def rows(self, events: Iterable[Event]) -> Iterator[Line]:
        """All events between the first and the last line of a log."""
        for event in events:
            if event.event not in _FRAME_EVENTS:
                yield self.row(event)


def _data_text(data: dict[str, Any]) -> str:
    if "text" in data and "stream" in data:
        return f"{data['stream']} | {str(data['text']).rstrip()}"
    return " ".join(f"{name}={value_text(value, 60)}" for name, value in data.items())


class Gist(msgspec.Struct, frozen=True):
    """What a log says about a failure.

    Attributes:
        check: the events up to the first check that said no, oldest first; empty where none did.
        last: the last event of each thread, in the order of the log.
        output: the last of what the workload printed and logged, as (stream, text).
        unseen: how many lines of output came before those.
    """

    check: tuple[Event, ...]
    last: tuple[Event, ...]
    output: tuple[tuple[str, str], ...]
    unseen: int


def gist(events: Iterable[Event]) -> Gist:
    """Read a log once, in bounded memory, and keep what explains a failure."""
    recent: deque[Event] = deque(maxlen=_BEFORE)
    check: tuple[Event, ...] = ()
    last: dict[str, Event] = {}
    output: deque[tuple[str, str]] = deque(maxlen=_OUTPUT)
    printed = 0
    for event in events:
        if event.event in _FRAME_EVENTS:
            continue
        if event.event == "log":
            for text in str(event.data.get("text", "")).splitlines():
                printed += 1
                output.append((str(event.data.get("stream", "stdout")), text))
            continue
        if not check:
            recent.append(event)
            if event.event == "check" and event.data.get("ok") is False:
                check = tuple(recent)
        if event.thread is not None and (event.thread in last or len(last) < _THREADS):
            last[event.thread] = event
    return Gist(check, tuple(sorted(last.values(), key=lambda event: event.seq)), tuple(output), printed - len(output))
