"""Turns records into lines of the log, and shows each event to those who keep books on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import msgspec

from . import buffer
from .log import LogWriter, encode_json
from .vocabulary import ARGUMENTS, EVENT_IDS

if TYPE_CHECKING:
    from .drain import Names, Record

Observer = Callable[[int, str, str, str, Mapping[str, Any]], None]
"""Called with (t in ns, thread, object, at, data) of one event."""


class Last(msgspec.Struct, frozen=True):
    """A thread's last event, in numbers of `Names`."""

    seq: int
    t: int
    event: int
    object: int
    at: int


class Scribe:
    """Writes records to a log.

    Args:
        names: numbers to strings.
        log: where the lines go.
        observers: for each event name the functions that are shown it, in order.

    Attributes:
        last: the last event of each thread, by its number.
        counts: how many records there were of each event, by its number.
    """

    def __init__(self, names: Names, log: LogWriter, observers: Mapping[str, Iterable[Observer]]) -> None:
        self.last: dict[int, Last] = {}
        self.counts: Counter[int] = Counter()
        self._names = names
        self._log = log
        self._events = {number: name for name, number in EVENT_IDS.items()}
        self._observers = {name: tuple(functions) for name, functions in observers.items()}
        # Lines are put together from parts that were encoded once: `"event":"…"`, `,"thread":"…"`, …
        self._encoded: dict[str, dict[int, bytes]] = {"event": {}, "thread": {}, "object": {0: b""}, "at": {0: b""}}

    def write(self, records: list[Record]) -> None:
        """Write records in the order given."""
        names, log, last, observers = self._names, self._log, self.last, self._observers
        events, threads, objects, places = self._encoded.values()
        add, start = log.add, log.start
        for _, moment, event, flag, obj, at, arg, payload, thread in records:
            name = self._events.get(event) or self.event_name(event)
            t = moment - start
            if payload is not None:
                data = payload
            elif flag == buffer.NUMBER and name in ARGUMENTS:
                data = b'{"%b":%d}' % (ARGUMENTS[name].encode(), arg)
            else:
                data = b""
            if name[0] != "~":
                last[thread] = Last(log.seq, t, event, obj, at)
                try:
                    what = events[event] + threads[thread] + objects[obj] + places[at]
                except KeyError:
                    what = b"".join(map(self._encode, self._encoded, (event, thread, obj, at)))
                add(b'"t":%d,%b,"data":%b}\n' % (t, what, data) if data else b'"t":%d,%b}\n' % (t, what))
            shown = observers.get(name)
            if shown:
                facts = msgspec.json.decode(data) if data else {}
                who, which, place = names.get("thread", thread), names.get("object", obj), names.get("at", at)
                for function in shown:
                    function(t, who, which, place, facts)
        self.counts.update(map(itemgetter(2), records))

    def event_name(self, number: int) -> str:
        """The name of an event by its number."""
        name = self._events.get(number)
        if name is None:
            name = self._events[number] = self._names.get("event", number)
        return name

    def _encode(self, field: str, number: int) -> bytes:
        encoded = self._encoded[field]
        if number not in encoded:
            text = self.event_name(number) if field == "event" else self._names.get(field, number)
            encoded[number] = (b"" if field == "event" else b",") + b'"%b":%b' % (field.encode(), encode_json(text))
        return encoded[number]
