"""The page of one run: its lanes, and everything else that its log says, as text and tables.

An account, its events and what was counted enter, a page leaves. Of the scenario's file, a log knows the name only:
whoever calls may give its text.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final

from ...durations import format_duration
from ..block import failure_text
from ..line import shorten
from ..values import value_text
from .columns import shown
from .drawn import drawn
from .lanes import Lanes
from .page import BAD, GOOD, SIGNS, WARN, rendered
from .tables import ROWS, contention_table, critical_table, pairs_table, threads_table

if TYPE_CHECKING:
    from ...events import Event
    from ..account import Account, Closing, Opening, Waiter
    from ..summary import Summary

_OUTPUT: Final = 200
_TEXT: Final = 20_000
_NAME: Final = 200

KEYS: Final = (
    (("←", "→"), "move along"),
    (("+", "-"), "zoom in and out, around what is picked"),
    (("0",), "the whole run"),
    (("n", "p"), "the next event that matches the filter, the one before"),
    (("[", "]"), "along an arrow: to what woke this event, to what it woke"),
    (("Home", "End"), "the first event, the last"),
    (("c",), "show the critical path, or hide it"),
    (("f",), "bring what is picked to the middle"),
    (("/",), "search; Enter goes to the next match"),
    (("Esc",), "pick nothing, or leave the search"),
    (("?",), "this help"),
    (("Ctrl", "wheel"), "zoom where the pointer is; Shift and wheel moves, a drag too, a double click zooms in"),
)


def run_page(
    account: Account,
    events: Iterable[Event],
    summary: Summary,
    *,
    source: str | None = None,
    about_source: str = "",
    missing: str | None = None,
    lanes: Lanes | None = None,
) -> str:
    """The page of a run.

    Args:
        account: of the run.
        events: of its log; read once.
        summary: threads and waits of it.
        source: the text of the scenario's file, where it is at hand.
        about_source: which file that is, and whether it may have changed since.
        missing: what the log lacks, as `Reading.missing` says it; None where it lacks nothing.
        lanes: follows the events; for tests, which keep fewer of them.

    Raises:
        UsageError: jinja2 is not installed.
    """
    lanes = lanes or Lanes()
    output: deque[str] = deque(maxlen=_OUTPUT)
    lanes.follow(_listening(events, output))
    data, columns = drawn(lanes, summary.path)
    closing, opening = account.closing, account.opening
    cycle = list(closing.deadlock.cycle) if closing and closing.deadlock else []
    waiting = list(closing.deadlock.waiting) if closing and closing.deadlock else []
    names = [lane["name"] for lane in data["lanes"]]
    data["cycle"] = [names.index(shown(w.thread, 120)) for w in cycle if shown(w.thread, 120) in names]
    role = (GOOD if account.as_expected else BAD) if closing else WARN
    return rendered(
        "run.html.j2",
        {"timeline": {**data, "columns": columns.columns}},
        {"plain": columns.plain, "squeezed": columns.squeezed},
        what="run",
        title=shorten(account.case, 300),
        origin=account.log,
        verdict={"word": _verdict(account), "role": role, "sign": SIGNS[role]},
        facts=_facts(account, opening, lanes.count),
        notes=_notes(account, lanes, missing),
        cycle=_ring(cycle),
        waiters=[_told(waiter) for waiter in cycle or waiting],
        lanes=f"{len(names)} threads",
        contention=contention_table(summary.objects),
        blocked=pairs_table(summary.pairs),
        critical=critical_table(summary.path),
        threads=threads_table(summary.threads),
        checks=[
            {
                "name": shorten(check.name, _NAME),
                "ok": check.ok,
                "data": "  ".join(f"{name}={value_text(value)}" for name, value in check.data.items()),
                "at": check.at or "",
            }
            for check in (closing.checks if closing else [])[:ROWS]
        ],
        outcome=_json(closing.outcome) if closing and closing.outcome is not None else "",
        source={"text": shorten(source, _TEXT), "about": about_source} if source else None,
        params=_json(opening.params if opening else None),
        output="\n".join(output),
        keys=KEYS,
    )


def _listening(events: Iterable[Event], output: deque[str]) -> Iterator[Event]:
    for event in events:
        if event.event == "log":
            output.extend(shorten(text, 400) for text in str(event.data.get("text", "")).splitlines())
        yield event


def _verdict(account: Account) -> str:
    return account.verdict + (" (as expected)" if account.as_expected and account.verdict != "passed" else "")


def _facts(account: Account, opening: Opening | None, events: int) -> list[tuple[str, str]]:
    facts = [("kind", account.kind)]
    if opening:
        gil = {True: ", GIL on", False: ", GIL off", None: ""}[opening.gil]
        model = f", model {opening.model}" if opening.model and opening.runtime == "virtual" else ""
        facts += [
            ("runtime", opening.runtime + model),
            ("Python", opening.python + gil),
            ("platform", opening.platform),
            ("started", opening.started),
        ]
    facts += [("seed", str(account.seed)), ("repeat", str(account.repeat)), ("events", f"{events:,}")]
    if account.closing:
        facts.append(("duration", format_duration(account.closing.duration)))
    return [(name, shorten(text, _NAME)) for name, text in facts if text]


def _notes(account: Account, lanes: Lanes, missing: str | None) -> list[dict[str, Any]]:
    closing = account.closing
    notes: list[dict[str, Any]] = []

    def note(role: str, *texts: str, pre: str = "", name: str = "") -> None:
        notes.append({"role": role, "texts": [shorten(text, 2000) for text in texts], "pre": pre, "name": name})

    if missing or closing is None:
        lacks = missing or "it has no last line"
        note(WARN, f"This log is partial: {lacks}.", name="partial")
    elif closing.verdict == "interrupted":
        note(WARN, f"This run was interrupted: {closing.reason or 'nobody knows by what'}.", name="partial")
    if lanes.left_out:
        note(
            WARN,
            f"{lanes.left_out:,} of {lanes.count:,} events are more than a page has room for: between the dashed lines "
            "the timeline shows how much of each moment threads waited, held and ran. The tables count all events.",
            name="left-out",
        )
    if closing:
        _what_went_wrong(closing, note)
    return notes


def _what_went_wrong(closing: Closing, note: Any) -> None:
    failures = [failure for failure in closing.failures if failure.at or failure.path != "verdict"]
    if failures:
        texts = [f"{failure.at + ': ' if failure.at else ''}{failure_text(failure)}" for failure in failures[:20]]
        note(BAD, *texts, name="failures")
    if closing.crash:
        crash = closing.crash
        who = f" in {crash.thread}" if crash.thread else ""
        what = f"{crash.type or crash.kind}{who}: {crash.message or closing.reason or ''}"
        note(BAD, what, pre="\n".join(shorten(row, 400) for part in crash.traceback[-40:] for row in part.splitlines()))
    elif closing.reason and closing.verdict != "interrupted" and not (closing.deadlock and closing.deadlock.cycle):
        note(BAD if not closing.as_expected else WARN, closing.reason)
    if closing.running:
        note(
            WARN,
            "Still running at the end:",
            *(f"{thread.thread}: {thread.state}{_at(thread.at)}" for thread in closing.running[:50]),
        )
    if closing.counts.late:
        note(WARN, f"{closing.counts.late:,} events were logged late, and stand further down than their time.")


def _told(waiter: Waiter) -> str:
    held = ", ".join(f"{hold.object}{_at(hold.at)}" for hold in waiter.holds[:8])
    waits = waiter.waits.object or waiter.waits.op
    return shorten(f"{waiter.thread}{' holds ' + held if held else ''} waits for {waits}{_at(waiter.waits.at)}", 600)


def _ring(cycle: list[Waiter]) -> list[dict[str, str]]:
    ring = []
    for number, waiter in enumerate(cycle[:24]):
        following = cycle[(number + 1) % len(cycle)]
        wanted = waiter.waits.object or waiter.waits.op
        taken = next((hold.at or "" for hold in following.holds if hold.object == wanted), "")
        ring.append(
            {
                "thread": shorten(waiter.thread, 80),
                "at": waiter.waits.at or "",
                "object": shorten(wanted, 80),
                "holder": shorten(following.thread, 80),
                "taken": taken,
            }
        )
    return ring


def _at(place: str | None) -> str:
    return f" ({place})" if place else ""


def _json(value: Any) -> str:
    return shorten(json.dumps(value, ensure_ascii=False, indent=2, default=str), _TEXT)
