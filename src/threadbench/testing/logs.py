"""Event logs that no run has written: events enter, a file leaves that every reader of logs takes for one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..events.log import LogWriter
from ..events.vocabulary import VOCABULARY

if TYPE_CHECKING:
    import os

_HEADER: Mapping[str, Any] = {
    "params": {},
    "cell": {},
    "seed": 0,
    "repeat": 1,
    "timeout": 30.0,
    "runtime": "native",
    "model": "free-threaded",
    "threadbench": "0",
    "python": "3",
    "implementation": "CPython",
    "gil": True,
    "cpus": 1,
    "platform": "fake",
    "started": "2000-01-01T00:00:00.000+00:00",
}
_CLOSING: Mapping[str, Any] = {
    "as_expected": True,
    "expected": ["passed"],
    "cause": "returned",
    "reason": None,
    "outcome": None,
    "checks": [],
    "metrics": {},
    "failures": [],
    "duration": 0.0,
}


def fake_log(
    path: str | os.PathLike[str],
    events: Iterable[tuple[str, str, Mapping[str, Any]]] = (),
    *,
    kind: str = "fake",
    header: Mapping[str, Any] | None = None,
    closing: Mapping[str, Any] | None = None,
    finished: bool = True,
) -> Path:
    """Write an event log, the same bytes each time; returns its path.

    Args:
        path: where to; what was there is gone.
        events: `(event, thread, data)` in order, a microsecond apart; `object` and `at` in the data become those of the
            event.
        kind: prefix of the kind's own events.
        header: what the first line is to say besides, or otherwise.
        closing: the same of the last line.
        finished: False leaves the last line away, as a log that was cut off.

    Raises:
        ValueError: an event is neither one of threadbench's nor of the kind.
        LogError: the file cannot be written.
    """
    path = Path(path)
    facts = {**_HEADER, "scenario": kind, "case": f"{kind}.yaml::{kind}", "kind": kind, **(header or {})}
    log = LogWriter.create(path, facts)
    by_event: dict[str, int] = {}
    try:
        for number, (event, thread, data) in enumerate(events, start=1):
            if event.startswith("~") or not (event in VOCABULARY or event.startswith(f"{kind}.")):
                raise ValueError(f"there is no event '{event}': one of docs/events.md, or '{kind}.…'")
            by_event[event] = by_event.get(event, 0) + 1
            _write(log, number * 1000, event, thread, dict(data))
        log.moment = (sum(by_event.values()) + 1) * 1000
        if finished:
            counts = {"events": log.seq + 1, "threads": 0, "by_event": by_event}
            log.finish({"verdict": "passed", **_CLOSING, "counts": counts, **(closing or {})})
        else:
            log.flush()
    finally:
        log.close()
    return path


def _write(log: LogWriter, t: int, event: str, thread: str, data: dict[str, Any]) -> None:
    from ..events.log import encode_json

    fields = [f'"t":{t},"event":"{event}","thread":'.encode() + encode_json(thread)]
    fields += [b',"%b":%b' % (name.encode(), encode_json(data.pop(name))) for name in ("object", "at") if name in data]
    log.add(b"".join([*fields, b',"data":', encode_json(data), b"}\n"]))
