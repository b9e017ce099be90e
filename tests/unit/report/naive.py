"""The figures of the contention table computed once more, from the raw lines of a log and with nothing of the report's:
all of it in memory, quadratic, and by another way of asking (of each pair of intervals, how long both lasted).
"""

from __future__ import annotations

import json
from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

Line = dict[str, Any]
Interval = tuple[str, int, int]
"""Thread, beginning, end."""

BEGINNING = {
    "lock.acquired": "lock.waiting",
    "lock.timed_out": "lock.waiting",
    "semaphore.acquired": "semaphore.waiting",
    "semaphore.timed_out": "semaphore.waiting",
    "condition.woke": "condition.waiting",
    "condition.timed_out": "condition.waiting",
    "barrier.passed": "barrier.waiting",
    "event.woke": "event.waiting",
    "event.timed_out": "event.waiting",
    "queue.put": "queue.waiting put",
    "queue.got": "queue.waiting get",
    "queue.joined": "queue.waiting join",
    "queue.timed_out": "queue.waiting",
    "thread.joined": "thread.joining",
    "thread.timed_out": "thread.joining",
    "future.woke": "future.waiting",
    "future.timed_out": "future.waiting",
}


def lines_of(raw: str) -> list[Line]:
    """The lines of a log, objects under the names that they end up with."""
    lines: list[Line] = [json.loads(text) for text in raw.splitlines()]
    for at, line in enumerate(lines):
        if line["event"] == "object.named":
            for earlier in lines[:at]:
                if earlier.get("object") == line["data"]["was"]:
                    earlier["object"] = line["object"]
    return lines


def word(line: Line) -> str:
    """The event, and of a queue's wait what for."""
    op = line.get("data", {}).get("op")
    return f"{line['event']} {op}" if op and line["event"].startswith("queue.") else str(line["event"])


def waits(lines: list[Line], kind: str, obj: str) -> tuple[list[Interval], int, int]:
    """Waits for an object that ended, and how many operations were done and given up."""
    found, done, gave_up = [], 0, 0
    for at, line in enumerate(lines):
        if line.get("object") != obj or line["event"] not in BEGINNING or not line["event"].startswith(kind + "."):
            continue
        done, gave_up = done + (not line["event"].endswith("timed_out")), gave_up + line["event"].endswith("timed_out")
        begins = BEGINNING[line["event"]]
        if line["event"] == "queue.timed_out":
            begins += " " + line["data"]["op"]
        start = line["t"]
        for earlier in reversed(lines[:at]):
            if earlier.get("thread") != line["thread"] or earlier.get("object") != obj:
                continue
            if word(earlier) == begins:
                start = earlier["t"]
            elif earlier["event"].startswith(kind + "."):
                break
        found.append((line["thread"], start, line["t"]))
    return found, done, gave_up


def contended(lines: list[Line], kind: str, obj: str) -> tuple[list[tuple[str, int]], list[Interval]]:
    """Where each wait for an object that ended began, and how long it was: those whose beginning the log tells; and the
    waits that did not end.

    An operation that did not wait has no such line, and one that waited has at least one: between it and the line that
    ends it, its thread says of that object nothing else.
    """
    found: list[tuple[str, int]] = []
    begun: dict[tuple[str, str], Line] = {}
    begins = set(BEGINNING.values()) | {"queue.waiting put", "queue.waiting get", "queue.waiting join"}
    for line in lines:
        if line.get("object") != obj or not line["event"].startswith(kind + "."):
            continue
        if word(line) in begins:
            begun.setdefault((line["thread"], obj), line)
        elif line["event"] in BEGINNING:
            first = begun.pop((line["thread"], obj), None)
            if first is not None:
                found.append((first.get("at", "?"), line["t"] - first["t"]))
    return found, [(thread, line["t"], lines[-1]["t"]) for (thread, _), line in begun.items()]


def closings(lines: list[Line], pool: str) -> tuple[list[tuple[str, int]], list[Interval]]:
    """Where each wait for a pool's end began and how long it was, and those that did not end: shutting down without
    waiting is none.
    """
    found: list[tuple[str, int]] = []
    begun: dict[str, Line] = {}
    for line in lines:
        if line.get("object") != pool:
            continue
        if line["event"] == "pool.closing" and line["data"]["wait"]:
            begun[line["thread"]] = line
        elif line["event"] == "pool.closed" and line["thread"] in begun:
            first = begun.pop(line["thread"])
            found.append((first.get("at", "?"), line["t"] - first["t"]))
    return found, [(thread, line["t"], lines[-1]["t"]) for thread, line in begun.items()]


def permits(lines: list[Line], semaphore: str) -> list[int]:
    """How long each permit was out that was given back. Which one that is nobody says: it is taken to be the oldest of
    the thread that gives it back, and where it has none, the oldest of all.
    """
    out: dict[str, list[int]] = defaultdict(list)
    found = []
    for line in lines:
        if line.get("object") != semaphore:
            continue
        if line["event"] == "semaphore.acquired":
            out[line["thread"]].append(line["t"])
        elif line["event"] == "semaphore.released":
            for _ in range(line.get("data", {}).get("n", 1)):
                own = out[line["thread"]] or min((each for each in out.values() if each), default=[])
                if own:
                    found.append(line["t"] - own.pop(0))
    return found


def owner_changes(lines: list[Line], lock: str) -> int:
    """How often a lock was taken by another thread than the one that took it before."""
    takers = [line["thread"] for line in lines if line["event"] == "lock.acquired" and line.get("object") == lock]
    return sum(before != after for before, after in pairwise(takers))


def holds(lines: list[Line], lock: str) -> list[Interval]:
    """Holds of a lock that ended, and with the log's last time those that did not."""
    found = []
    for at, line in enumerate(lines):
        if line["event"] == "lock.acquired" and line["object"] == lock:
            after = (later for later in lines[at:] if later.get("object") == lock)
            end = next((later["t"] for later in after if later["event"] == "lock.released"), None)
            found.append((line["thread"], line["t"], lines[-1]["t"] if end is None else end))
    return found


def ended(found: list[Interval], lines: list[Line], lock: str) -> list[Interval]:
    """The holds without the one that did not end."""
    released = sum(line["event"] == "lock.released" and line["object"] == lock for line in lines)
    return found[:released]


def blocked(waited: Iterable[Interval], held: list[Interval]) -> dict[tuple[str, str], int]:
    """(holder, waiter) to the time for which the one held what the other waited for."""
    total: dict[tuple[str, str], int] = defaultdict(int)
    for waiter, since, until in waited:
        for holder, start, end in held:
            if holder != waiter:
                total[holder, waiter] += max(0, min(until, end) - max(since, start))
    return {pair: time for pair, time in total.items() if time}


def met(
    waited: list[Interval], open_: list[Interval], held: list[Interval], released: int
) -> dict[tuple[str, str], tuple[int, int, bool]]:
    """(holder, waiter) to how often the one held what the other waited for, how long at most, and whether to the end.

    Args:
        waited: waits that ended.
        open_: waits that did not.
        held: holds, in order.
        released: how many of those ended.
    """
    found: dict[tuple[str, str], list[tuple[int, bool]]] = defaultdict(list)
    for number, (waiter, since, until) in enumerate([*waited, *open_]):
        for place, (holder, start, end) in enumerate(held):
            if holder != waiter and min(until, end) > max(since, start):
                still = number >= len(waited) and place >= released
                found[holder, waiter].append((min(until, end) - max(since, start), still))
    return {
        pair: (len(times), max(time for time, _ in times), any(still for _, still in times))
        for pair, times in found.items()
    }


def quantile(times: list[int], q: float) -> int:
    """Nearest rank."""
    return sorted(times)[max(1, -int(-q * len(times) // 1)) - 1]
