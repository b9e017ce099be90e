"""Logs as Chrome traces: valid for every scenario and any log, with spans, tracks, arrows, counters and instants."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import contended_log, event
from test_report_contention import decoded, logs
from trace_format import problems

from threadbench.report.chrome import Chrome, write
from threadbench.report.reading import Reading

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from threadbench.events import Event


def entries(events: Iterable[Event], phase: str = "") -> list[dict[str, Any]]:
    """The entries of a trace as a viewer reads them, of one phase."""
    found = json.loads(msgspec.json.encode(list(Chrome().entries(events))))
    return [entry for entry in found if entry["ph"] == phase or not phase]


def document(events: Iterable[Event]) -> bytes:
    """The trace of some events."""
    return msgspec.json.encode({"traceEvents": list(Chrome().entries(events))})


def test_every_scenario_of_the_library_makes_a_valid_trace(library_logs: list[Path], tmp_path: Path) -> None:
    """Native and virtual: phases, lanes, nesting, tracks, arrows, counters."""
    for log in library_logs:
        destination = tmp_path / f"{log.parent.name}-{log.name}"
        write(log, destination)
        assert problems(destination.read_bytes()) == [], log


@given(logs())
def test_any_log_makes_a_valid_trace(raw: str) -> None:
    """Whatever threads do, and wherever the log is cut off."""
    assert problems(document(decoded(raw))) == []


KINDS = ["lock", "semaphore", "condition", "barrier", "event", "queue", "thread", "pool", "future", "own"]
WORDS = [
    *("waiting", "acquired", "released", "timed_out", "woke", "notified", "created", "passed", "broken", "set"),
    *("put", "got", "done", "joined", "joining", "started", "finished", "submitted", "closing", "closed", "cancelled"),
]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(KINDS),
            st.sampled_from(WORDS),
            st.sampled_from(["T1", "T2", "T3"]),
            st.sampled_from(["A", "B", "T1"]),
            st.integers(0, 3),
            st.integers(0, 50),
        ),
        max_size=60,
    )
)
def test_events_in_any_order_make_a_valid_trace(rows: list[tuple[str, str, str, str, int, int]]) -> None:
    """Logs that make no sense, with times that go back: what is drawn nests and connects all the same."""
    events = [
        event(
            at,
            t,
            f"{kind}.{word}",
            thread,
            object=obj,
            n=n,
            task=n,
            size=n,
            parties=n,
            op=("put", "get", "join", "x")[n],
            wait=n > 1,
            by="T3",
            pool="A",
        )
        for at, (kind, word, thread, obj, n, t) in enumerate(rows)
    ]
    assert problems(document(events)) == []


def test_a_lane_has_the_name_of_its_thread() -> None:
    """Names in order of appearance."""
    named = [entry for entry in entries(contended_log(), "M") if entry["name"] == "thread_name"]
    assert [(entry["tid"], entry["args"]["name"]) for entry in named] == [(1, "T1"), (2, "T2")]


def test_a_wait_is_a_span_and_the_release_that_ended_it_an_arrow() -> None:
    """T2 waits from 6 to 12 ms; the arrow leaves T1 at its release."""
    (wait,) = [entry for entry in entries(contended_log(), "X") if entry["cat"] == "waiting"]
    assert (wait["name"], wait["tid"], wait["ts"], wait["dur"]) == ("lock.acquire Lock#1", 2, 6000.0, 6000.0)
    (start,), (finish,) = entries(contended_log(), "s"), entries(contended_log(), "f")
    assert (start["id"], start["tid"], start["ts"]) == (finish["id"], 1, 12000.0)
    assert (finish["tid"], finish["bp"]) == (2, "e")
    points = [entry for entry in entries(contended_log(), "X") if entry["cat"] == "woke"]
    assert [(point["name"], point["tid"], point["ts"], point["dur"]) for point in points] == [
        ("lets T2 go on", 1, 12000.0, 0),
        ("let go on by T1", 2, 12000.0, 0),
    ]
    assert points[0]["args"] == {"object": "Lock#1", "certain": True, "from": 5, "to": 6}


def test_each_hold_has_an_id_on_the_track_of_its_lock() -> None:
    """Two holds of one lock: two beginnings of one name, two ids."""
    holds = entries(contended_log(), "b")
    assert [hold["name"] for hold in holds] == ["Lock#1", "Lock#1"]
    assert len({hold["id2"]["local"] for hold in holds}) == 2
    assert [hold["args"]["others waited"] for hold in holds] == ["0.006000000 s", "no"]


def test_queue_depth_and_waiters_are_counters() -> None:
    """How many items, and how many threads wait."""
    log = [
        event(0, 0, "queue.waiting", "T1", object="Q", op="get"),
        event(1, 1, "queue.put", "T2", object="Q", size=1),
        event(2, 2, "queue.got", "T1", object="Q", size=0),
    ]
    counted = [(entry["name"], entry["cat"], entry["args"]) for entry in entries(log, "C")]
    assert counted == [
        ("Q", "waiters", {"waiting": 1}),
        ("Q", "size", {"items": 1}),
        ("Q", "waiters", {"waiting": 0}),
        ("Q", "size", {"items": 0}),
    ]


def test_checks_are_instants() -> None:
    """With what they state."""
    (check,) = [entry for entry in entries(contended_log(), "i") if entry["cat"] == "check"]
    assert (check["name"], check["s"], check["args"]["data"]["lost"]) == ("check all counted: no", "t", 1)


def test_what_had_not_ended_has_no_end() -> None:
    """A deadlock's waits and holds are drawn open."""
    cut = contended_log()[:5]
    assert [(entry["name"], entry["tid"]) for entry in entries(cut, "B")] == [
        ("running", 1),
        ("lock.acquire Lock#1", 2),
    ]
    assert (len(entries(cut, "b")), len(entries(cut, "e"))) == (1, 0)


def test_a_starter_that_the_log_has_nothing_of_has_no_lane() -> None:
    """An arrow needs two ends."""
    log = [event(0, 0, "thread.started", "T1", by="nobody")]
    assert entries(log, "s") == []
    assert problems(document(log)) == []


def test_a_thread_of_which_events_come_late_keeps_its_lane() -> None:
    """A lane is named once."""
    log = [event(0, 0, "thread.finished", "T1"), event(1, 1, "check", "T1", name="x", ok=True)]
    assert problems(document(log)) == []


def test_times_are_exact_to_the_nanosecond() -> None:
    """After a day of running, too, where a float of microseconds with fractions would round."""
    log = [
        event(0, 0, "lock.acquired", "T1", object="L"),
        event(1, 86_400_000.000001, "lock.released", "T1", object="L"),
    ]
    assert b'"ts":86400000000.001' in document(log)


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "\x1b[31m\x00", "\u202egnirts", "x" * 10_000, '"\\'])
def test_hostile_names_are_only_names(name: str) -> None:
    """The trace is JSON whatever is in them, and no name is longer than a viewer can draw."""
    log = [
        event(0, 0, "thread.started", name),
        event(1, 1, "lock.waiting", name, object=name),
        event(2, 2, "check", name, name=name, ok=True, big=2**70),
    ]
    assert problems(document(log[:2])) == []
    assert max(len(entry["name"]) for entry in entries(log[:2])) < 300


def test_a_damaged_log_makes_a_trace_of_what_can_be_read(tmp_path: Path) -> None:
    """It is valid, and says in the file what is missing."""
    log = tmp_path / "log.jsonl"
    header = {"seq": 0, "t": 0, "event": "run.started", "data": {"schema": "threadbench.events/1", "case": "a.yaml::a"}}
    lines = [header, {"seq": 1, "t": 5, "event": "lock.waiting", "thread": "T", "object": "L"}, "no event"]
    log.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    write(log, tmp_path / "trace.json")
    assert problems((tmp_path / "trace.json").read_bytes()) == []
    about = json.loads((tmp_path / "trace.json").read_bytes())["otherData"]
    assert "damaged event log" in about["missing"]
    assert about["case"] == "a.yaml::a"


def test_a_log_that_was_cut_off_says_so(tmp_path: Path) -> None:
    """A reading tells what a log lacks."""
    log = tmp_path / "log.jsonl"
    header = {"seq": 0, "t": 0, "event": "run.started", "data": {"schema": "threadbench.events/1"}}
    log.write_text(json.dumps(header) + '\n{"seq":1,"t', encoding="utf-8")
    reading = Reading(log)
    assert len(list(reading)) == 1
    assert reading.missing == "it has no last line: it was cut off, or its run goes on"
