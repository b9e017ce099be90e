"""The page of searches: what each came to, every outcome, and a tab for each witness, to be walked through.

Accounts of searches and walks enter, a page leaves.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from ...durations import format_duration
from ..account import Record
from ..block import failure_text
from ..line import shorten
from ..search import Ending, SearchAccount, counted, label, strength
from ..values import value_text
from .page import BAD, GOOD, SIGNS, WARN, inert, rendered

_ROWS: Final = 200
_TABS: Final = 8
_TEXT: Final = 400

KEYS: Final = (
    (("←", "→"), "a step back, a step on"),
    (("Home", "End"), "the first step, the last"),
    (("m",), "the next step that explains what went wrong"),
    (("Tab",), "from control to control; arrows go from tab to tab"),
    (("?",), "this help"),
)


class Stop(Record, frozen=True):
    """A line of code that a thread executed, as `explore` tells of it."""

    thread: int
    file: str | None
    line: int
    source: str
    notes: list[tuple[str, str | None]]
    kind: str
    values: dict[str, str]


class Walk(Record, frozen=True):
    """A schedule, line by line."""

    threads: list[str]
    stops: list[Stop]
    files: dict[str, dict[int, str]]
    ending: list[str]
    left_out: int = 0


class Explored(msgspec.Struct, frozen=True):
    """A search, and the walks of its outcomes by their number."""

    search: SearchAccount
    walks: dict[int, Walk]


def walked_of(search: SearchAccount) -> list[int]:
    """Which outcomes get a tab, by number: first what is not as it should be, then what came most often."""
    order = sorted(range(len(search.outcomes)), key=lambda number: search.outcomes[number].expected)
    return order[:_TABS]


def search_page(explored: Sequence[Explored]) -> str:
    """The page of searches.

    Raises:
        UsageError: jinja2 is not installed.
    """
    witnesses: list[dict[str, Any]] = []
    searches = [_search(each, witnesses) for each in explored]
    total = sum(each.search.schedules for each in explored)
    first = explored[0].search if len(explored) == 1 else None
    bad = [each.search for each in explored if not each.search.as_expected]
    role = BAD if bad else GOOD
    return rendered(
        "searches.html.j2",
        {"witnesses": witnesses},
        what="exploration",
        title=first.case if first else f"{len(explored)} searches",
        origin=first.case if first else f"{len(explored)} searches",
        verdict={key: searches[0][key] for key in ("word", "role", "sign")}
        if first
        else {"word": f"{len(bad)} not as expected" if bad else "as expected", "role": role, "sign": SIGNS[role]},
        facts=searches[0]["facts"] if first else [("schedules", f"{total:,}")],
        searches=searches,
        keys=KEYS,
    )


def _search(explored: Explored, witnesses: list[dict[str, Any]]) -> dict[str, Any]:
    search = explored.search
    word, found = label(search)
    role = WARN if search.verdict == "inconclusive" else GOOD if found == "good" else BAD
    order = walked_of(search)
    order += [number for number in range(len(search.outcomes)) if number not in order]
    tabs: list[dict[str, Any]] = []
    outcomes = []
    for number in order[:_ROWS]:
        ending = search.outcomes[number]
        walk = explored.walks.get(number)
        tab = None
        if walk is not None and walk.stops:
            tab = len(tabs)
            tabs.append(_tab(ending, walk, len(witnesses)))
            witnesses.append(_data(walk))
        outcomes.append(
            {
                "value": _value(ending),
                "count": ending.count,
                "shown_count": f"{ending.count:,}",
                "expected": ending.expected,
                "preemptions": ending.preemptions,
                "points": ending.points,
                "reason": shorten(ending.reason or "", _TEXT),
                "tab": tab,
            }
        )
    return {
        "case": shorten(search.case, 300),
        "word": word,
        "role": role,
        "sign": SIGNS[role],
        "facts": _facts(search),
        "reason": [] if search.verdict == "holds" and search.as_expected else _reason(search),
        "outcomes": outcomes,
        "tabs": tabs,
        "replay": shorten(search.replay, _TEXT) if search.replay else None,
    }


def _facts(search: SearchAccount) -> list[tuple[str, str]]:
    facts = [
        ("looked at", " ".join(filter(None, [counted(search.schedules, "schedule"), strength(search)]))),
        ("model", search.model),
        ("strategy", search.strategy),
        ("kind", search.kind),
        ("seed", str(search.seed)),
        ("took", format_duration(search.duration)),
    ]
    if search.schedules_to_first:
        facts.append(("first in schedule", f"{search.schedules_to_first:,}"))
    return [(name, shorten(text, _TEXT)) for name, text in facts]


def _reason(search: SearchAccount) -> list[str]:
    failures = [f"{each.at + ': ' if each.at else ''}{failure_text(each)}" for each in search.failures[:20]]
    # The reason is often the first failure once more, with its place behind it.
    told = any(search.reason.startswith(failure_text(each)) for each in search.failures)
    return [shorten(text, 2000) for text in ([] if told else [search.reason]) + failures]


def _value(ending: Ending) -> str:
    return value_text(ending.value, 200) if ending.cause in {"finished", "violated"} else ending.cause


def _tab(ending: Ending, walk: Walk, number: int) -> dict[str, Any]:
    columns = _columns(walk)
    wrong = f": {shorten(ending.reason, _TEXT)}" if ending.reason else ""
    short = "The shortest schedule known" if not ending.expected else "One of the schedules"
    gap = f" Its first {counted(walk.left_out, 'line')} of code are left out." if walk.left_out else ""
    return {
        "number": number,
        "name": shorten(_value(ending), 48),
        "expected": ending.expected,
        "about": f"{short} that came to this{wrong}. {counted(ending.preemptions, 'preemption')}, "
        f"{counted(ending.points, 'point')}.{gap}",
        "marks": any(mark for stop in walk.stops for _, mark in stop.notes),
        "below": [shorten(text, 1000) for text in walk.ending],
        "heads": [walk.threads[column] for column in columns],
        "columns": columns,
        "steps": [
            {
                "thread": stop.thread,
                "place": f"{stop.file.rpartition('/')[2]}:{stop.line}" if stop.file else "",
                "source": shorten(stop.source, 160),
                "notes": [(shorten(text, _TEXT), mark) for text, mark in stop.notes],
            }
            for stop in walk.stops
        ],
    }


def _columns(walk: Walk) -> list[int]:
    return sorted({stop.thread for stop in walk.stops})


def _data(walk: Walk) -> dict[str, Any]:
    """What the stepper draws; texts are made inert here, since no template does it."""
    data = {
        "threads": [shorten(name, 120) for name in walk.threads],
        "columns": _columns(walk),
        "files": {
            file: {str(line): shorten(text.expandtabs(4), 240) for line, text in lines.items()}
            for file, lines in walk.files.items()
        },
        "steps": [
            {
                "thread": stop.thread,
                "file": stop.file,
                "line": stop.line,
                "kind": stop.kind,
                "notes": [(shorten(text, _TEXT), mark) for text, mark in stop.notes],
                "values": {shorten(name, 120): shorten(value, 200) for name, value in stop.values.items()},
            }
            for stop in walk.stops
        ],
    }
    shown: dict[str, Any] = inert(data)
    return shown
