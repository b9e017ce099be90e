"""Logs that nobody sane would write: a report refuses them, or draws them, and does nothing else."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from pages_read import Page, texts_of
from samples import CRASH, DEADLOCK, LOST, TIMEOUT, event

from threadbench.errors import LogError, printable
from threadbench.report import github, json, text
from threadbench.report.account import CaseAccount, account_of
from threadbench.report.block import block
from threadbench.report.html.run import run_page
from threadbench.report.junit import junit
from threadbench.report.line import plain
from threadbench.report.summary import summarize
from threadbench.report.tables import tables
from threadbench.report.timeline import Timeline

WHOLE: dict[str, Any] = {
    "verdict": "deadlock",
    "as_expected": False,
    "cause": "deadlock",
    "outcome": {"value": 2, "order": [1, 2]},
    "checks": [{"name": "all counted", "ok": False, "at": "race.py:9", "data": {"lost": 17}}],
    "metrics": {"lock.wait.p95": 0.1},
    "duration": 0.5,
    "counts": {"events": 12, "by_event": {"lock.acquired": 2}},
    **DEADLOCK,
    **TIMEOUT,
    **CRASH,
    "failures": [LOST],
}
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON value, as the keys that lead there."""
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(each for key, inner in below for each in places(inner, (*path, key)))]


PLACES = places(WHOLE)[1:]


@given(st.lists(st.tuples(st.sampled_from(PLACES), VALUES), min_size=1, max_size=3))
def test_a_closing_line_with_anything_in_it_is_refused_or_drawn(changes: list[tuple[tuple[Any, ...], Any]]) -> None:
    """Whatever JSON stands at whatever place, the outcome is a `LogError` or inert text."""
    closing = copy.deepcopy(WHOLE)
    for path, value in changes:
        inner = closing
        for key in path[:-1]:
            if not isinstance(inner, dict | list) or (isinstance(inner, dict) and key not in inner):
                break
            if isinstance(inner, list) and not (isinstance(key, int) and key < len(inner)):
                break
            inner = inner[key]
        else:
            if isinstance(inner, dict):
                inner[path[-1]] = value
    log = [event(0, 0, "run.started", None, case="a.yaml::a"), event(1, 1, "run.finished", None, **closing)]
    try:
        account = account_of(log, "a.jsonl")
    except LogError:
        return
    case = CaseAccount(account.case, (account,), account.as_expected, 0.0)
    lines = [*block(account, lambda _: log), text.case_line(case, 20), text.totals([case], 1.0, planned=1)]
    assert all(printable(plain(each)) == plain(each) for each in lines)
    json.dump(json.report_document(account, summarize(log), 4))
    junit([case], lambda run: block(run, None))
    list(github.case_annotations(case))


ROWS = st.lists(
    st.tuples(
        st.sampled_from(
            ["lock.waiting", "lock.acquired", "lock.released", "queue.timed_out", "thread.finished", "log", "check"]
        )
        | st.text(),
        st.none() | st.text(max_size=3),
        st.none() | st.text(max_size=3),
        st.dictionaries(st.sampled_from(["text", "stream", "ok", "name", "x"]), VALUES, max_size=3),
    )
)


def log_of(rows: list[tuple[Any, ...]]) -> list[Any]:
    """Events of these names, threads, objects and data."""
    return [
        event(seq, seq, name, thread, object=obj, **{key: value for key, value in data.items() if key != "object"})
        for seq, (name, thread, obj, data) in enumerate(rows)
    ]


@given(ROWS)
def test_events_of_any_kind_and_order_are_counted_and_drawn(rows: list[tuple[Any, ...]]) -> None:
    """Releases without acquisitions, waits of nobody, names of nothing: tables and timelines are inert text."""
    log = log_of(rows)
    lines = [*tables(summarize(log)), *Timeline().rows(log)]
    assert all(printable(plain(each)) == plain(each) for each in lines)


@settings(deadline=None, max_examples=20)
@given(ROWS)
def test_events_of_any_kind_and_order_make_an_inert_page(rows: list[tuple[Any, ...]]) -> None:
    """It has its own script, its own data and no other, and no text that is not printable."""
    log = log_of(rows)
    page = Page(
        run_page(account_of([event(0, 0, "run.started", None, case="a.yaml::a")], "a.jsonl"), log, summarize(log))
    )
    scripts = [attributes.get("type") for tag, attributes in page.elements if tag == "script"]
    assert scripts == ["application/json", "application/octet-stream", "application/octet-stream", None]
    shown = [*texts_of(page.data["timeline"]), *(lane["name"] for lane in page.data["timeline"]["lanes"])]
    assert all(printable(each) == each for each in shown)
