"""The tables of a run's page, that sort by any column: contention, who blocked whom, critical path, threads.

Rows of a summary enter; captions, heads and cells leave, each cell as a text and, where it is a number, as its value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ...durations import format_duration
from ..line import shorten
from ..values import number_text

if TYPE_CHECKING:
    from ..contention import ObjectRow, Pair
    from ..critical import Path, Step
    from ..summary import ThreadRow

ROWS: Final = 500
"""Rows of a table; of what there is more, those that matter most are shown."""
_STEPS: Final = 24
_NAME: Final = 200
_SITES: Final = 3
_PLACE: Final = 24
_ALWAYS: Final = 8
"""Columns of the contention table that it always has: names, operations, waits."""


def contention_table(objects: tuple[ObjectRow, ...]) -> dict[str, Any]:
    """Every lock, queue, event …: operations, waits and holds of each, and below its name where threads waited most.

    Columns in which no object has anything are left out: who has only queues sees none of holds.
    """
    rows = []
    for row in objects[:ROWS]:
        waits, holds = row.waits, row.holds
        sites = [f"{_place(site.at)} ({site.count:,})" for site in row.waited_at()[:_SITES] if site.at != "?"]
        rows.append(
            [
                {**_text(row.name), "more": sites},
                _text(row.kind),
                _number(row.done),
                _number(row.contended),
                *map(_time, (waits.total, waits.quantile(0.5), waits.quantile(0.95), waits.largest)),
                *map(_time, (holds.total, holds.quantile(0.5), holds.quantile(0.95), holds.largest)),
                _number(row.owners),
                _number(row.gave_up),
                _number(row.waiting),
            ]
        )
    heads = (
        "object|kind|done#|waited#|wait total#|wait p50#|wait p95#|wait max#"
        "|held total#|held p50#|held p95#|held max#|owner changes#|gave up#|still waiting#"
    )
    used = [at for at, _ in enumerate(heads.split("|")) if at < _ALWAYS or any(row[at]["text"] != "-" for row in rows)]
    return _table(
        "Waits and holds of every object, and where threads waited most for it",
        "|".join(head for at, head in enumerate(heads.split("|")) if at in used),
        [[row[at] for at in used] for row in rows],
        len(objects) - ROWS,
    )


def pairs_table(pairs: tuple[Pair, ...]) -> dict[str, Any]:
    """Who blocked whom."""
    rows = [
        [
            _text(pair.holder),
            _text(pair.waiter),
            _text("" if pair.object == pair.holder else pair.object),
            _number(pair.count),
            _time(pair.total),
            _time(pair.longest),
            _text("yes" if pair.still else ""),
        ]
        for pair in pairs[:ROWS]
    ]
    heads = "thread|blocked|with|times#|in total#|at most#|still does"
    return _table("Which thread had what another waited for", heads, rows, len(pairs) - ROWS)


def critical_table(path: Path) -> dict[str, Any]:
    """The chain that ends with the end of main, oldest step first; of a long one the longest steps.

    `about` says how long it is, and what of it is not sure. A path of one step is none: nobody let anybody go on.
    """
    steps = path.steps if len(path.steps) > 1 else ()
    longest = sorted(range(len(steps)), key=lambda at: steps[at].start - steps[at].end)[:_STEPS]
    table = _table(
        "Steps of the critical path",
        "step#|from#|took#|thread|let go on by|handed over in#",
        [_step(at + 1, steps[at]) for at in sorted(longest)],
        len(steps) - _STEPS,
    )
    about = ""
    if steps:
        length = format_duration((steps[-1].end - steps[0].start) / 1e9)
        about = f"{length} in {len(steps):,} steps, each begun when the thread was let go on by the one before."
        if not path.certain:
            about += " A step marked ~ is a guess: the log does not say which of several let it go on."
        about += " It begins later than main: the log has more wakings than are kept." if path.cut else ""
    return {**table, "about": about}


def threads_table(threads: tuple[ThreadRow, ...]) -> dict[str, Any]:
    """From when to when each thread lived, and how long it waited."""
    rows = [
        [
            _text(row.name),
            _time(row.first),
            _time(row.last),
            _time(row.last - row.first),
            _number(row.events),
            _number(row.waits.count),
            _time(row.waits.total),
            _time(row.waits.largest),
            _text("yes" if row.finished else "no"),
        ]
        for row in threads[:ROWS]
    ]
    heads = "thread|from#|to#|lived#|events#|waits#|waited#|longest wait#|ended"
    return _table("Threads and their lifetimes", heads, rows, len(threads) - ROWS)


def _step(number: int, step: Step) -> list[dict[str, Any]]:
    why = f"{step.op} {step.object or ''}{'' if step.certain else ' ~'}" if step.op else ""
    return [
        {"text": str(number), "value": number},
        _time(step.start),
        _time(step.end - step.start),
        _text(step.thread),
        _text(why),
        _time(step.handed) if step.op else {"text": "", "value": -1},
    ]


def _place(at: str) -> str:
    """A line of a file; of one far down, its folder and what is in it: the table of events has all of it."""
    parts = at.split("/")
    return shorten(at if len(at) <= _PLACE or len(parts) < 3 else "/".join(["…", *parts[-2:]]), _NAME)


def _table(caption: str, heads: str, rows: list[list[dict[str, Any]]], more: int) -> dict[str, Any]:
    """A table that sorts; a head that ends in `#` is of numbers."""
    names = [{"name": head.rstrip("#"), "sort": "n" if head.endswith("#") else "t"} for head in heads.split("|")]
    return {"caption": caption, "heads": names, "rows": rows, "more": max(0, more)}


def _text(text: str) -> dict[str, Any]:
    return {"text": shorten(text, _NAME), "value": None}


def _number(value: int) -> dict[str, Any]:
    return {"text": f"{value:,}" if value else "-", "value": value}


def _time(nanoseconds: float) -> dict[str, Any]:
    return {
        "text": format_duration(nanoseconds / 1e9) if nanoseconds else "-",
        "value": number_text(round(nanoseconds)),
    }
