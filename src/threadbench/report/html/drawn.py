"""What the scripts of a page draw: the lanes that were followed, as columns and what they mean.

`Lanes` and the critical path enter; a mapping that is small, and the columns, leave.
"""

from __future__ import annotations

import heapq
from array import array
from typing import TYPE_CHECKING, Any, Final

from .columns import NONE, Columns, Texts, brief, shown
from .kept import in_order

if TYPE_CHECKING:
    from ..critical import Path
    from .columns import Packed
    from .kept import Curve
    from .lanes import Lanes

_COUNTERS: Final = 24
_STEPS: Final = 4_000
"""Of a critical path."""
_CHOICES: Final = 2_000
"""Objects, and events, that can be chosen from a list; the search finds the others."""
_DEPTH: Final = 3
"""Locks that are shown below each other in one lane; what is held besides shares the last row."""
_NOBODY: Final = 0xFFFF
_FIRST: Final = "first_shares"
"""The column that the first view is drawn from."""
_FIRST_LANES: Final = 64
_FIRST_BUCKETS: Final = 2_048
"""Of a lane in the first view, which has no more pixels than that."""
_WHAT: Final = {"size": "queue depth", "tasks": "tasks waiting", "waiters": "threads waiting"}


def drawn(lanes: Lanes, path: Path) -> tuple[dict[str, Any], Packed]:
    """What a page draws; the lanes are used up, since they may be large.

    Returns:
        What is known of lanes, levels and counters, for JSON; and the columns.
    """
    columns = Columns(
        seq="u4", t="f8", thread="u2", kind="u4", obj="u4", at="u4", data="u4",
        lane="u2", track="u1", state="u1", flags="u1", start="f8", end="f8", first="u4", last="u4", what="u4",
        where="u4", from_lane="u2", to_lane="u2", from_t="f8", to_t="f8", from_event="u4", to_event="u4", sure="u1",
        sample_t="f8", sample="u4",
    )  # fmt: skip
    texts = Texts()
    lost, gap = lanes.events.lost, lanes.events.gap
    times = lanes.events["t"]
    left_out = [times[gap[0]], times[gap[1]], lost] if gap else None
    stretches = _stretches(lanes, path)
    _write_events(lanes, columns, texts)
    depths = _write_spans(lanes, columns, texts)
    _write_edges(lanes, columns)
    counters = _write_counters(lanes, columns)
    levels, first_levels = _write_levels(lanes, columns)
    text, text_at = texts.columns()
    columns.add("text", "u1", text)
    columns.add("text_at", "u4", text_at)
    return {
        "end": lanes.end,
        "count": lanes.count,
        "gap": left_out,
        "path": stretches,
        "lanes": [
            {
                "name": shown(row.name, 120),
                "id": row.native_id or row.ident,
                "start": row.start,
                "started": row.started,
                "end": row.end,
                "open": row.open,
                "crashed": row.crashed,
                "daemon": row.daemon,
                "by": row.by and shown(row.by, 80),
                "rows": depth,
            }
            for row, depth in zip(lanes.rows, depths, strict=True)
        ],
        "levels": levels,
        "first_levels": first_levels,
        "counters": counters,
        "objects": _used(columns["obj"], texts)[:_CHOICES],
        "kinds": _kinds(columns["kind"], texts),
    }, columns.packed({_FIRST})


def _stretches(lanes: Lanes, path: Path) -> list[tuple[int, int, int, bool]]:
    """The critical path as it is drawn, oldest first: lane, start, end, whether it is no guess."""
    if len(path.steps) < 2:
        return []
    longest = heapq.nlargest(_STEPS, path.steps, key=lambda step: step.end - step.start)
    longest.sort(key=lambda step: (step.start, step.end))
    numbers = [lanes.number.get(brief(step.thread)) for step in longest]
    return [
        (number, step.start, step.end, step.certain)
        for number, step in zip(numbers, longest, strict=True)
        if number is not None
    ]


def _write_events(lanes: Lanes, columns: Columns, texts: Texts) -> None:
    events = lanes.events
    seq, t, names, data = (events[name] for name in ("seq", "t", "names", "data"))
    latest = 0.0
    for place in events.places():
        latest = max(latest, t[place])  # an event that was logged late stands where the log has it
        thread, kind, obj, at = names[place]
        columns["seq"].append(seq[place])
        columns["t"].append(latest)
        columns["thread"].append(_NOBODY if thread is None else lanes.number.get(thread, _NOBODY))
        for name, text in (("kind", kind), ("obj", obj), ("at", at), ("data", data[place])):
            columns[name].append(texts.number(text))
    events.clear()


def _write_spans(lanes: Lanes, columns: Columns, texts: Texts) -> list[int]:
    """Of each lane the running and waiting, then its holds below each other; how many rows of holds each lane has."""
    spans = lanes.spans
    start, end, lane, track = (spans[name] for name in ("start", "end", "lane", "track"))
    places = list(spans.places())
    places.sort(key=end.__getitem__, reverse=True)  # of those that begin together, the longest first
    held: list[list[float]] = [[] for _ in lanes.rows]
    for place in in_order(places, start):
        if track[place]:
            row = held[lane[place]]
            free = next((at for at, until in enumerate(row) if until <= start[place]), len(row))
            free = min(free, _DEPTH - 1)
            row[free : free + 1] = [max(end[place], row[free] if free < len(row) else 0)]
            track[place] = free + 1
    in_order(places, lane, track)
    for name in ("lane", "track", "state", "flags", "start", "end", "first", "last"):
        kept = spans[name]
        columns[name].extend(kept[place] for place in places)
    names = spans["names"]
    columns["what"].extend(texts.number(names[place][0]) for place in places)
    columns["where"].extend(texts.number(names[place][1]) for place in places)
    spans.clear()
    return list(map(len, held))


def _write_edges(lanes: Lanes, columns: Columns) -> None:
    edges = lanes.edges
    places = in_order(list(edges.places()), edges["to_t"])
    at = {seq: place for place, seq in enumerate(columns["seq"])}
    for name in ("from_lane", "to_lane", "from_t", "to_t", "sure"):
        kept = edges[name]
        columns[name].extend(kept[place] for place in places)
    for name, seqs in (("from_event", edges["from_seq"]), ("to_event", edges["to_seq"])):
        columns[name].extend(at.get(seqs[place], NONE) for place in places)
    edges.clear()


def _write_counters(lanes: Lanes, columns: Columns) -> list[dict[str, Any]]:
    """Depths of queues first, then who waits where more than one did."""
    curves: dict[tuple[str, str], Curve] = lanes.curves.named
    order = list(_WHAT)
    wanted = sorted(
        (key for key, curve in curves.items() if key[0] != "waiters" or curve.most > 1),
        key=lambda key: order.index(key[0]),
    )
    written = []
    for what, obj in wanted[:_COUNTERS]:
        curve = curves[what, obj]
        first = len(columns["sample_t"])
        columns["sample_t"].extend(curve.t)
        columns["sample"].extend(curve.value)
        written.append(
            {
                "object": shown(obj, 120),
                "what": _WHAT[what],
                "from": first,
                "to": len(columns["sample_t"]),
                "most": curve.most,
                "width": curve.width,
            }
        )
    return written


def _write_levels(lanes: Lanes, columns: Columns) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """All levels of detail of each lane, and the coarse ones of the first lanes once more, for the first view."""
    shares, coarse = bytearray(), bytearray()
    levels: list[dict[str, Any]] = []
    first_levels: list[dict[str, Any]] = []
    for row in lanes.rows:
        data, sizes = row.levels.pyramid(lanes.end)
        levels.append({"at": len(shares), "levels": sizes})
        shares += data
        if len(first_levels) < _FIRST_LANES:
            few = [size for size in sizes if size[1] <= _FIRST_BUCKETS]
            first_levels.append({"at": len(coarse), "levels": few})
            coarse += data[len(data) - 3 * sum(count for _, count in few) :]
    columns.add("shares", "u1", array("B", bytes(shares)))
    columns.add(_FIRST, "u1", array("B", bytes(coarse)))
    return levels, first_levels


def _used(column: array[int], texts: Texts) -> list[int]:
    """The different texts of a column by number, in the order of the alphabet."""
    return sorted(set(column) - {NONE}, key=lambda number: texts.table[number])


def _kinds(column: array[int], texts: Texts) -> list[int]:
    """The events that can be chosen; those that are drawn in their own way are always among them."""
    kinds = _used(column, texts)
    special = [number for number in kinds if texts.table[number] in {"check", "thread.crashed"}]
    return kinds if len(kinds) <= _CHOICES else sorted({*kinds[:_CHOICES], *special})
