"""The HTML page of a run: complete in itself, small, inert, and honest about what it leaves out."""

from __future__ import annotations

import base64
import hashlib
import itertools
import re
import sys
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pages_read import Page, columns_of, texts_of
from samples import DEADLOCK, contended_log, event

from threadbench.errors import UsageError
from threadbench.report.account import Account, Closing, Opening, account_of, typed
from threadbench.report.html.columns import NONE
from threadbench.report.html.kept import Curves, Kept
from threadbench.report.html.lanes import Lanes
from threadbench.report.html.levels import HOLD, WAIT, Levels
from threadbench.report.html.run import run_page
from threadbench.report.html.tables import contention_table, critical_table, pairs_table
from threadbench.report.summary import summarize

if TYPE_CHECKING:
    from threadbench.events import Event

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\u202egnp.exe\u2066\x1b[31m\x00"


def page_of(events: list[Event], account: Account | None = None, **rest: Any) -> str:
    """The page of a log."""
    return run_page(account or account_of(iter(events), "a.jsonl"), iter(events), summarize(events), **rest)


def long_log(count: int) -> list[Event]:
    """Two threads that take turns with a lock, that many events in all; data differs from event to event."""
    log = [event(0, 0, "run.started", None, case="long.yaml::long", kind="lock")]
    names = ("lock.acquired", "lock.released")
    for seq in range(1, count - 1):
        thread = f"T{seq // 2 % 2}"
        log.append(event(seq, seq / 10, names[(seq + 1) % 2], thread, object="store", at=f"a.py:{seq % 9}", step=seq))
    return [*log, event(count - 1, count / 10, "run.finished", None, verdict="passed", as_expected=True)]


def test_a_page_asks_nothing_of_the_network() -> None:
    """It has no element and no attribute that would load anything, nor a rule of style that does."""
    text = page_of(contended_log())
    page = Page(text)
    assert not {"link", "img", "iframe", "object", "embed", "base", "source"} & {tag for tag, _ in page.elements}
    assert [attributes["src"] for _, attributes in page.elements if "src" in attributes] == []
    assert {attributes["href"] for _, attributes in page.elements if "href" in attributes} == {"#main"}
    assert not re.search(r"url\(|@import|\bimport\(|fetch\(|XMLHttpRequest|https?://", text)


def test_the_policy_allows_the_page_s_own_script_and_style_and_nothing_else() -> None:
    """The digests in it are those of the one script and the one style; everything else is forbidden."""
    page = Page(page_of(contended_log()))
    (policy,) = [a["content"] for _, a in page.elements if a.get("http-equiv") == "Content-Security-Policy"]
    assert policy is not None
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    (style,) = [text for tag, _, text in page.inside if tag == "style"]
    (script,) = [text for tag, attributes, text in page.inside if tag == "script" and "type" not in attributes]
    for rule, text in (("style-src", style), ("script-src", script)):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert rules[rule] == f"'sha256-{digest}'"
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
    assert not [
        name for _, attributes in page.elements for name in attributes if name.startswith("on") or name == "style"
    ]


def test_lanes_have_what_threads_did() -> None:
    """T2 runs, waits for the lock from 6 to 12 ms and holds it; the arrow joins the events of release and acquire."""
    data = Page(page_of(contended_log())).data["timeline"]
    columns = columns_of(data)
    assert [lane["name"] for lane in data["lanes"]] == ["T1", "T2"]
    assert [lane["open"] for lane in data["lanes"]] == [False, True]
    spans = [
        (texts_of(data)[what], columns["start"][at], columns["end"][at], columns["flags"][at])
        for at, what in enumerate(columns["what"])
        if columns["lane"][at] == 1 and columns["state"][at] == WAIT
    ]
    assert spans == [("Lock#1", 6e6, 12e6, 0)]
    holds = [(columns["lane"][at], columns["flags"][at]) for at, s in enumerate(columns["state"]) if s == HOLD]
    assert holds == [(0, 1), (1, 0)]
    (source,), (target,) = columns["from_event"], columns["to_event"]
    assert [texts_of(data)[columns["kind"][at]] for at in (source, target)] == ["lock.released", "lock.acquired"]
    assert [columns["thread"][at] for at in (source, target)] == [0, 1]


def test_every_event_keeps_its_place_object_line_and_values() -> None:
    """The columns give back what the log has, but for its first and last line."""
    data = Page(page_of(contended_log())).data["timeline"]
    columns = columns_of(data)
    text = texts_of(data)
    rows = [
        (
            columns["seq"][at],
            columns["t"][at],
            *(None if columns[name][at] == NONE else text[columns[name][at]] for name in ("kind", "obj", "at")),
        )
        for at in range(len(columns["seq"]))
    ]
    assert rows == [(e.seq, e.t, e.event, e.object, e.at) for e in contended_log()[1:-1]]
    assert 'name="all counted"  ok=false  lost=1' in text


def test_five_thousand_events_are_less_than_a_megabyte() -> None:
    """Whole page, with values that differ from event to event."""
    assert len(page_of(long_log(5_000)).encode()) < 1_000_000


def test_names_that_are_scripts_are_text() -> None:
    """Markup, control characters and marks that turn the direction of writing are shown, and do nothing."""
    log = [
        event(0, 0, "run.started", None, case=f"{HOSTILE}.yaml::x", kind=HOSTILE, params={HOSTILE: HOSTILE}),
        event(1, 1, "thread.started", HOSTILE),
        event(2, 2, "lock.waiting", HOSTILE, object=HOSTILE, at=HOSTILE, value=HOSTILE),
        event(3, 3, "lock.acquired", HOSTILE, object=HOSTILE, at=HOSTILE),
        event(4, 4, "log", HOSTILE, stream=HOSTILE, text=HOSTILE),
        event(
            5, 5, "run.finished", None, verdict="failed", reason=HOSTILE, outcome=HOSTILE,
            checks=[{"name": HOSTILE, "ok": False, "at": HOSTILE, "data": {HOSTILE: HOSTILE}}],
        ),
    ]  # fmt: skip
    text = page_of(log, source=HOSTILE, about_source=HOSTILE)
    page = Page(text)
    assert [attributes.get("type") for tag, attributes in page.elements if tag == "script"] == [
        "application/json",
        "application/octet-stream",
        "application/octet-stream",
        None,
    ]
    assert "img" not in {tag for tag, _ in page.elements}
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x00\x1b]", text)
    assert "<script>alert" in page.visible  # as text, escaped in the source
    assert page.data["timeline"]["lanes"][0]["name"].startswith("</script><script>alert(1)")


def test_a_name_of_ten_thousand_letters_is_cut() -> None:
    """However long names are and however many, texts of a page stay short."""
    log = long_log(200)
    log[1:-1] = [event(e.seq, e.t / 1e6, e.event, "T" * 10_000, object=f"{e.seq}" * 5000) for e in log[1:-1]]
    text = page_of(log)
    assert len(text) < 300_000
    assert max(map(len, texts_of(Page(text).data["timeline"]))) <= 200


def test_a_log_without_a_last_line_is_called_partial() -> None:
    """The page says so above everything else, and its verdict is no verdict."""
    page = Page(page_of(contended_log()[:-1]))
    assert "This log is partial" in page.visible
    assert "unfinished" in page.visible
    assert "partial" not in {attributes.get("id") for _, attributes in Page(page_of(contended_log())).elements}


def test_a_deadlock_has_its_cycle() -> None:
    """Both threads, both locks and the lines where they were taken stand in the page, in the order of the cycle."""
    closing = typed({"verdict": "deadlock", **DEADLOCK}, Closing, "sample")
    account = Account("a.yaml::a", "lock", 1, 1, "a.jsonl", closing, Opening(case="a.yaml::a"))
    visible = Page(page_of(contended_log(), account)).visible
    assert "T1 holds printer (office.py:14) waits for disk (office.py:15)" in visible
    assert "T2 holds disk (office.py:20) waits for printer (office.py:21)" in visible
    ring = [visible.index(word) for word in ("T1", "disk", "T2", "printer")]
    assert ring == sorted(ring)


def test_what_a_page_has_no_room_for_is_said_and_counted() -> None:
    """Of 1,000 events the first ten and the last five are kept; levels of detail have all of the time."""
    lanes = Lanes(head=10, tail=5)
    data = Page(text := page_of(long_log(1_000), lanes=lanes)).data["timeline"]
    columns = columns_of(data)
    assert columns["seq"] == [*range(1, 11), *range(994, 999)]
    assert "983 of 1,000 events are more than a page has room for" in text
    assert data["gap"][2] == 983
    (first, *_), at = data["levels"][0]["levels"], data["levels"][0]["at"]
    held = columns["shares"][at + first[1] : at + 2 * first[1]]
    assert sum(share > 0 for share in held) > 400  # of about five hundred holds of this thread


def test_kept_is_the_beginning_and_the_end() -> None:
    """Nothing twice, nothing out of order, and what was lost is counted."""
    for count in range(12):
        kept = Kept(3, 2, number="u4", text="any")
        for number in range(count):
            kept.append(number, str(number))
        rows = [(kept["number"][place], kept["text"][place]) for place in kept.places()]
        whole = [*range(count)]
        wanted = whole if count <= 5 else [*whole[:3], *whole[-2:]]
        assert rows == [(number, str(number)) for number in wanted]
        assert kept.lost == count - len(wanted)
        ends = kept.gap and tuple(kept["number"][place] for place in kept.gap)
        assert ends == ((2, count - 2) if count > 5 else None)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 9)), min_size=1, max_size=400), st.integers(40, 90))
def test_a_curve_that_is_thinned_keeps_its_peaks_and_its_end(steps: list[tuple[int, int]], points: int) -> None:
    """There are no more points than were allowed; the highest value and the last one are among them, at their times."""
    curves = Curves(points, 3)
    t, told = 0, []
    for step, value in steps:
        t += step
        told.append((t, value))
        curves.add("size", "queue", t, value)
    (curve,) = curves.named.values()
    drawn = list(zip(curve.t, curve.value, strict=True))
    assert len(drawn) <= points
    assert set(drawn) <= set(told)
    assert drawn == sorted(drawn, key=lambda point: point[0])
    assert drawn[-1] == told[-1]
    assert max(value for _, value in drawn) == max(value for _, value in told) == curve.most
    if len(told) <= points:
        assert drawn == told


@given(st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 10**8)), max_size=30))
def test_levels_keep_the_time_of_every_span(spans: list[tuple[int, int]]) -> None:
    """However buckets had to grow, their sum is that of the spans; a coarser level says no less than a finer one."""
    levels = Levels(lane=100)
    for start, length in spans:
        levels.add(WAIT, start, start + length)
    total = sum(levels._states[WAIT])
    assert total == pytest.approx(sum(length for _, length in spans), rel=1e-3, abs=1)
    data, sizes = levels.pyramid(max((start + length for start, length in spans), default=1))
    offset = 0
    for _, count in sizes:
        shares = data[offset : offset + count]
        assert any(shares) == any(length for _, length in spans)
        offset += 3 * count
    assert offset == len(data)


def test_what_is_missing_for_pages_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without jinja2 the message names the extra that brings it."""
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(UsageError, match="jinja2") as caught:
        page_of(contended_log())
    assert "threadbench[html]" in str(caught.value.hint)


def test_tables_say_who_blocked_whom_and_what_the_run_waited_for() -> None:
    """T1 held the lock for which T2 waited 6 ms; the critical path is T1's until the release, and then T2's."""
    summary = summarize(contended_log())
    (pair,) = pairs_table(summary.pairs)["rows"]
    assert [cell["text"] for cell in pair] == ["T1", "T2", "Lock#1", "1", "6ms", "6ms", ""]
    assert [cell["value"] for cell in pair[3:6]] == [1, "6000000", "6000000"]
    table = contention_table(summary.objects)
    row = dict(zip((head["name"] for head in table["heads"]), (cell["text"] for cell in table["rows"][0]), strict=True))
    assert row["object"] == "Lock#1"
    assert (row["waited"], row["wait max"], row["owner changes"]) == ("1", "6ms", "1")
    assert "gave up" not in row, "nobody did, so there is no such column"
    assert table["rows"][0][0]["more"] == ["race.py:3 (1)"]


def test_the_critical_path_is_drawn_and_told() -> None:
    """Main waits for a worker: stretches follow each other, and the table names what let main go on."""
    log = [
        event(0, 0, "run.started", None, case="a.yaml::a"),
        event(1, 0, "thread.started", "MainThread"),
        event(2, 1, "thread.started", "worker", by="MainThread"),
        event(3, 2, "thread.joining", "MainThread", object="worker"),
        event(4, 9, "thread.finished", "worker"),
        event(5, 10, "thread.joined", "MainThread", object="worker"),
        event(6, 11, "thread.finished", "MainThread"),
        event(7, 11, "run.finished", None, verdict="passed", as_expected=True),
    ]
    page = Page(page_of(log))
    path = page.data["timeline"]["path"]
    assert [lane for lane, *_ in path][-2:] == [1, 0]
    assert path[-1][2] == 11e6
    assert all(before[2] <= after[1] for before, after in itertools.pairwise(path))
    told = critical_table(summarize(log).path)
    assert [row[3]["text"] for row in told["rows"]][-2:] == ["worker", "MainThread"]
    assert told["rows"][-1][4]["text"] == "thread.join worker"
    assert told["about"] in page.visible
