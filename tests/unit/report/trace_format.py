"""A validator of the Trace Event Format, from its description and with nothing of the exporter: what a viewer needs to
draw a trace as it is meant.
"""

from __future__ import annotations

import json
from collections import defaultdict
from decimal import Decimal
from itertools import pairwise
from typing import Any

Entry = dict[str, Any]

NEEDED = {
    "X": {"dur"},
    "B": set(),
    "E": set(),
    "b": {"cat", "id2"},
    "e": {"cat", "id2"},
    "s": {"id", "cat"},
    "f": {"id", "cat", "bp"},
    "C": {"args", "cat"},
    "i": {"s"},
    "M": {"args"},
}


def problems(raw: bytes) -> list[str]:
    """What is wrong with a trace, nothing where all is right."""
    document = json.loads(raw, parse_float=Decimal, parse_constant=lambda word: word)
    if not isinstance(document, dict) or not isinstance(document.get("traceEvents"), list):
        return ["not the object form"]
    entries: list[Entry] = document["traceEvents"]
    found = [f"{problem}: {entry}" for entry in entries for problem in _shape(entry)]
    return found or [*_names(entries), *_nesting(entries), *_tracks(entries), *_flows(entries), *_counters(entries)]


def _shape(entry: Entry) -> list[str]:
    phase = entry.get("ph")
    if phase not in NEEDED:
        return [f"no such phase {phase!r}"]
    found = [f"lacks {key}" for key in NEEDED[phase] | {"name", "pid", "tid", "ts"} if key not in entry]
    if not isinstance(entry.get("name"), str) or not entry["name"]:
        found.append("has no name")
    found += [f"{key} is no integer" for key in ("pid", "tid") if type(entry.get(key)) is not int]
    for key in ("ts", "dur"):
        value = entry.get(key, 0)
        if isinstance(value, bool) or not isinstance(value, int | Decimal) or value < 0:
            found.append(f"{key} is no time")
    if not isinstance(entry.get("args", {}), dict):
        found.append("args is no object")
    if phase == "i" and entry.get("s") not in {"g", "p", "t"}:
        found.append("no such scope")
    if phase in "be" and set(entry.get("id2", ())) not in ({"local"}, {"global"}):
        found.append("id2 is neither local nor global")
    return found


def _names(entries: list[Entry]) -> list[str]:
    """Each lane has one name."""
    names: dict[tuple[int, int], list[str]] = defaultdict(list)
    for entry in entries:
        if entry["ph"] == "M" and entry["name"] == "thread_name":
            names[entry["pid"], entry["tid"]].append(entry["args"]["name"])
    found = [f"lane {lane} has {len(texts)} names" for lane, texts in names.items() if len(texts) != 1]
    used = {
        (entry["pid"], entry["tid"])
        for entry in entries
        if entry["ph"] in "XBsf" or (entry["ph"] == "i" and entry["s"] == "t")
    }
    return found + [f"lane {lane} has no name" for lane in used - set(names)]


def _nesting(entries: list[Entry]) -> list[str]:
    """Spans of a lane contain one another or are apart; one that does not end contains all that come after it."""
    lanes: dict[tuple[int, int], list[tuple[Decimal, Decimal, int]]] = defaultdict(list)
    for place, entry in enumerate(entries):
        if entry["ph"] in "XB":
            end = entry["ts"] + entry["dur"] if entry["ph"] == "X" else Decimal("Infinity")
            lanes[entry["pid"], entry["tid"]].append((Decimal(entry["ts"]), Decimal(end), place))
    found = []
    for lane, spans in lanes.items():
        spans.sort(key=lambda span: (span[0], -span[1], span[2]))
        around: list[Decimal] = []
        for start, end, place in spans:
            while around and around[-1] <= start:
                around.pop()
            if around and end > around[-1]:
                found.append(f"span {entries[place]} of lane {lane} ends after what it is in")
            around.append(end)
    return found


def _tracks(entries: list[Entry]) -> list[str]:
    """An id belongs to one span, which begins before it ends, once."""
    found = []
    seen: dict[tuple[int, str, str], list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry["ph"] in "be":
            seen[entry["pid"], entry["cat"], json.dumps(entry["id2"])].append(entry)
    for key, both in seen.items():
        phases = [entry["ph"] for entry in both]
        if phases not in (["b"], ["b", "e"]):
            found.append(f"id {key} has {phases}")
        elif len({(entry["name"], entry["tid"]) for entry in both}) != 1:
            found.append(f"id {key} has two names")
        elif both[0]["ts"] > both[-1]["ts"]:
            found.append(f"id {key} ends before it begins")
    return found


def _flows(entries: list[Entry]) -> list[str]:
    """An arrow has one end and one tip, which is no earlier, and both have a point of their own: the span of no length
    right before them, at their time and on their lane. To others Perfetto would bind what is topmost there, and draw
    the arrow from that one's end to that one's beginning.
    """
    flows: dict[tuple[str, Any], list[Entry]] = defaultdict(list)
    found = []
    for before, entry in pairwise([{}, *entries]):
        if entry["ph"] in "sf":
            flows[entry["cat"], entry["id"]].append(entry)
            point = [before.get(key) for key in ("ph", "dur", "ts", "pid", "tid")]
            if point != ["X", 0, entry["ts"], entry["pid"], entry["tid"]]:
                found.append(f"arrow {entry} has no point of its own")
    for key, both in flows.items():
        if [entry["ph"] for entry in both] != ["s", "f"]:
            found.append(f"arrow {key} has {[entry['ph'] for entry in both]}")
        elif both[0]["ts"] > both[1]["ts"] or both[0]["name"] != both[1]["name"]:
            found.append(f"arrow {key} goes back in time, or changes its name")
    return found


def _counters(entries: list[Entry]) -> list[str]:
    """The values of a counter are numbers, and it has the same series each time."""
    series: dict[tuple[int, str, str], set[str]] = {}
    found = []
    for entry in entries:
        if entry["ph"] == "C":
            if not all(type(value) in (int, Decimal) for value in entry["args"].values()):
                found.append(f"counter {entry} is no number")
            if series.setdefault((entry["pid"], entry["cat"], entry["name"]), set(entry["args"])) != set(entry["args"]):
                found.append(f"counter {entry['name']} changes its series")
    return found
