"""Chrome trace event JSON, which Perfetto and VizTracer's viewer open: lanes of threads, tracks of locks, arrows.

The log is read once and written as it is read, so that one of any length fits; the format does not mind the order.
Written in the object form of the Trace Event Format (Google, "Trace Event Format", 2016). What viewers draw wrongly is
kept out: spans of a lane nest, since only a thread's running and waiting are on it; what a thread holds overlaps freely
and stands on a track for each lock, every hold with an id of its own; an arrow is drawn from the span that it begins in
to the one that it ends in, and so from as far away as those are long: both have a point of its own there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from ..events.vocabulary import VOCABULARY
from .reading import Reading
from .spans import Block, Edge, Hold, Lane, Life, Mark, Sample, Span, follow

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from ..events import Event
    from .spans import Record

THREADS: Final = 1
"""The process that the lanes of threads are in; their numbers count from 1 in order of appearance."""
OBJECTS: Final = 2
"""The process that the tracks of locks and semaphores are in."""
_NAME: Final = 200
_UNITS: Final = {"size": "items", "waiters": "waiting", "tasks": "tasks"}

Entry = dict[str, Any]


def write(log: Path, destination: Path) -> None:
    """Write a log as a trace; of a damaged one what can be read, and `otherData` says so.

    Raises:
        LogError: nothing of the log can be read.
        OSError: the file cannot be written.
    """
    parts = trace(Reading(log))
    first = next(parts)  # a file is made when there is something to write
    with destination.open("wb") as file:
        file.write(first)
        file.writelines(parts)


def trace(reading: Reading) -> Iterator[bytes]:
    """A log as the bytes of a trace, part by part.

    Raises:
        LogError: nothing of the log can be read.
    """
    chrome = Chrome()
    before = b'{"displayTimeUnit":"ns","traceEvents":[\n'
    for entry in chrome.entries(reading):
        yield before + _encoded(entry)
        before = b",\n"
    chrome.about["missing"] = reading.missing
    yield b'\n],"otherData":' + _encoded(chrome.about) + b"}\n"


def _encoded(entry: Entry) -> bytes:
    try:
        return msgspec.json.encode(entry)
    except (UnicodeEncodeError, OverflowError):  # what a log may hold and JSON for a viewer may not
        readable = {"text": ascii(entry.pop("args", None))}
        return msgspec.json.encode({**entry, "name": ascii(entry.get("name", ""))[1:-1], "args": readable})


class Chrome:
    """Turns records into entries of a trace; `about` is what the log says of its run, and complete at the end."""

    def __init__(self) -> None:
        self.about: Entry = {}
        self._lanes: dict[str, int] = {}
        self._drawn_to: dict[int, int] = {}
        """Of each lane, up to when its spans go."""
        self._ids = 0

    def entries(self, events: Iterable[Event]) -> Iterator[Entry]:
        """The entries of a log."""
        for record in follow(self._framed(events)):
            yield from self._drawn(record)
        yield _metadata("process_name", THREADS, name="threads")
        yield _metadata("process_sort_index", THREADS, sort_index=0)
        yield _metadata("process_name", OBJECTS, name="locks and semaphores, by who holds them")
        yield _metadata("process_sort_index", OBJECTS, sort_index=1)

    def _framed(self, events: Iterable[Event]) -> Iterator[Event]:
        for event in events:
            if event.event == "run.started":
                wanted = ("case", "kind", "seed", "runtime", "python", "gil", "platform", "started")
                self.about |= {name: event.data[name] for name in wanted if name in event.data}
            elif event.event == "run.finished":
                self.about["verdict"] = event.data.get("verdict")
            yield event

    def _drawn(self, record: Record) -> Iterator[Entry]:
        match record:
            case Span():
                yield self._span(record)
            case Hold():
                yield from self._hold(record)
            case Edge():
                yield from self._arrow(record)
            case Sample():
                # Viewers tell counters apart by name and category, or by name and what is counted.
                unit, name = _UNITS[record.what], _short(record.object)
                yield _entry("C", name, THREADS, record.t, cat=record.what, args={unit: record.value})
            case Mark():
                yield self._instant(record.event)
            case Lane():
                yield from self._lane(record)
            case Block() | Life():  # what they say, spans and holds say too
                pass

    def _lane(self, lane: Lane) -> Iterator[Entry]:
        if lane.thread in self._lanes:  # events of it came after its end
            return
        number = self._lane_of(lane.thread)
        yield _metadata("thread_name", THREADS, number, name=_short(lane.thread))
        yield _metadata("thread_sort_index", THREADS, number, sort_index=number)

    def _lane_of(self, thread: str) -> int:
        # Lanes are as many as threads that the log names: 65,536 at once, and bounded by nothing else.
        return self._lanes.setdefault(thread, len(self._lanes) + 1)

    def _span(self, span: Span) -> Entry:
        args: Entry = {"seq": span.first, "to_seq": span.last}
        if span.state == "running":
            name = "running"
        else:
            name = f"{span.op} {_short(span.object)}" if span.object else str(span.op)
            args |= {"object": span.object, "at": span.at, "ended": span.how}
        lane = self._lane_of(span.thread)
        drawn = self._drawn_to.get(lane, 0)
        if span.how == "open":  # a beginning without an end is drawn as one; not within another, where times went back
            return _entry("B", name, THREADS, max(span.start, drawn), lane, cat=span.state, args=args)
        self._drawn_to[lane] = max(span.end, drawn)
        length = _micro(span.end - span.start)
        return _entry("X", name, THREADS, span.start, lane, cat=span.state, args=args, dur=length)

    def _hold(self, hold: Hold) -> Iterator[Entry]:
        self._ids += 1
        contended = sum(end - start for start, end in hold.contended)
        args = {
            "holder": hold.thread,
            "at": hold.at,
            "seq": hold.first,
            "others waited": _seconds(contended) if contended else "no",
            "ended": hold.how,
            "released by": hold.by,
        }
        name, track = _short(hold.object), {"local": hex(self._ids)}
        common: Entry = {"cat": hold.kind, "id2": track}
        tid = self._lane_of(hold.thread)
        yield _entry("b", name, OBJECTS, hold.start, tid, args=args, **common)
        if hold.how != "open":
            yield _entry("e", name, OBJECTS, hold.end, tid, **common)

    def _arrow(self, edge: Edge) -> Iterator[Entry]:
        if edge.source not in self._lanes:  # a log may name a thread that it has nothing else of
            return
        self._ids += 1
        args = {"object": edge.object, "certain": edge.certain, "from": edge.source_seq, "to": edge.target_seq}
        common: Entry = {"cat": "woke", "id": self._ids}
        lane, t = self._lane_of(edge.source), edge.source_t
        yield _entry("X", f"lets {_short(edge.target)} go on", THREADS, t, lane, cat="woke", args=args, dur=0)
        yield _entry("s", edge.op, THREADS, t, lane, **common)
        lane, t = self._lane_of(edge.target), edge.target_t
        yield _entry("X", f"let go on by {_short(edge.source)}", THREADS, t, lane, cat="woke", args=args, dur=0)
        yield _entry("f", edge.op, THREADS, t, lane, bp="e", **common)

    def _instant(self, event: Event) -> Entry:
        name = _short(event.event)
        if name == "check":
            word = "ok" if event.data.get("ok") is True else "no"
            name = f"check {_short(str(event.data.get('name')))}: {word}"
        elif event.object is not None:
            name = f"{name} {_short(event.object)}"
        kind = event.event if event.event in VOCABULARY else "own"
        args = {"seq": event.seq, "at": event.at, **({"data": event.data} if event.data else {})}
        if event.thread is None:
            return _entry("i", name, THREADS, event.t, 0, s="g", cat=kind, args=args)
        return _entry("i", name, THREADS, event.t, self._lane_of(event.thread), s="t", cat=kind, args=args)


def _entry(phase: str, name: str, pid: int, t: int, tid: int = 0, **rest: Any) -> Entry:
    return {"ph": phase, "name": name, "pid": pid, "tid": tid, "ts": _micro(t), **rest}


def _metadata(what: str, pid: int, tid: int = 0, **args: Any) -> Entry:
    return {"ph": "M", "name": what, "pid": pid, "tid": tid, "ts": 0, "args": args}


def _micro(nanoseconds: int) -> msgspec.Raw:
    """Microseconds with three decimals, exactly: a float of a long run would let spans overlap."""
    return msgspec.Raw(b"%d.%03d" % divmod(nanoseconds, 1000))


def _seconds(nanoseconds: int) -> str:
    return f"{nanoseconds / 1e9:.9f} s"


def _short(name: str) -> str:
    if not name:  # a viewer draws nothing that has none
        return "(no name)"
    return name if len(name) <= _NAME else name[:_NAME] + "…"
