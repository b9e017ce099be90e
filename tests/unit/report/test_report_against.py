"""Two logs side by side: what changed, by how much, and the first event in which they part."""

from __future__ import annotations

import msgspec
import pytest
from samples import contended_log, event, run

from threadbench.errors import columns
from threadbench.report.against import (
    Change,
    Comparison,
    choices_part,
    compare,
    comparison_lines,
    parting,
    witness_changes,
    witness_lines,
)
from threadbench.report.line import broken, line, narrowed, plain
from threadbench.report.summary import summarize


def test_a_number_changes_by_so_much() -> None:
    """Absolutely and as a ratio; of words it is only said that they differ."""
    assert Change("waits", 2, 5).by == "+3 (x2.5)"
    assert Change("waits", 5, 5).by == ""
    assert Change("lost", 0, 2).by == "+2"
    assert Change("verdict", "passed", "failed").by == ""


def test_two_logs_part_at_the_first_event_that_differs() -> None:
    """Times and the numbers of threads are no difference, what comes before is shown."""
    log = contended_log()
    other = [*log[:6], event(6, 99, "lock.acquired", "T3", object="Lock#1"), *log[7:]]
    found = parting(other, log)
    assert found is not None
    assert [each.seq for each in found.before] == [3, 4, 5]
    assert (found.other and found.other.thread, found.this and found.this.thread) == ("T3", "T2")
    assert parting([*log[:6], event(6, 99, *("lock.acquired", "T2"), object="Lock#1", at="race.py:3")], log[:7]) is None


def test_a_log_that_ends_first_parts_where_it_ends() -> None:
    """The other has one event more."""
    found = parting(contended_log()[:4], contended_log()[:5])
    assert found is not None
    assert (found.other, found.this and found.this.seq) == (None, 4)


def test_a_comparison_shows_what_changed_and_counts_the_rest() -> None:
    """Verdict, outcome, checks and contention; same facts are counted."""
    log = contended_log()
    check = {"name": "all counted", "ok": True}
    good = run(outcome={"lost": 0}, checks=[check]), summarize(log[:4])
    bad = run("failed", outcome={"lost": 1}, checks=[{**check, "ok": False}]), summarize(log)
    lines = [plain(each) for each in comparison_lines(compare(good, bad, parting(log[:4], log)))]
    cells = [each.split("  ") for each in lines]
    shown = {row[0]: [cell.strip() for cell in row[1:] if cell.strip()] for row in cells}
    assert shown["verdict"] == ["passed", "failed"]
    assert shown["outcome.lost"] == ["0", "1", "+1"]
    assert shown["check all counted"] == ["ok", "no"]
    assert shown["lock Lock#1: done"] == ["1", "2", "+1 (x2)"]
    assert shown["T1 blocked T2 with Lock#1"] == ["-", "6ms"]
    assert "case" not in shown
    assert lines[-1].startswith(" this")


def test_what_is_a_time_depends_on_no_name() -> None:
    """Seconds are shown as times, and counts as counts, whatever a workload calls its objects and outcomes."""
    log = [msgspec.structs.replace(each, object=each.object and "hold run") for each in contended_log()]
    outcomes = ({"is blocked now": 2, "wait p": 1}, {"is blocked now": 3, "wait p": 2})
    both = [(run(outcome=outcome), summarize(log[:end])) for outcome, end in zip(outcomes, (4, 12), strict=True)]
    times = {change.what for change in compare(both[0], both[1], None).changes if change.time}
    assert times == {
        "duration",
        *(f"lock hold run: {what} {figure}" for what in ("wait", "hold") for figure in ("total", "p95")),
        "T1 blocked T2 with hold run",
    }


def test_two_schedules_part_at_a_choice() -> None:
    """The first in which another thread goes on, and who it is."""
    first = {"cause": "violated", "threads": ["main", "a", "b"], "choices": [0, 1, 2, 1]}
    second = {"cause": "finished", "threads": ["main", "a", "b"], "choices": [0, 1, 1]}
    assert choices_part(first["choices"], second["choices"]) == 2  # type: ignore[arg-type] # of a dict of several types
    text = "\n".join(map(plain, witness_lines(first, second)))
    assert "they part at choice 3: 2 before it are the same" in text
    assert " against  b goes on (of 4 choices)" in text
    assert " this     a goes on (of 3 choices)" in text
    assert choices_part([0, 1], [0, 1]) is None
    changed = [change.what for change in witness_changes(first, second) if change.differs]
    assert changed == ["cause"]


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_comparison_fits_into_the_terminal(width: int) -> None:
    """Long names lose their middle, wide characters count for two, and an event that is too long goes on below."""
    log = [
        event(
            1, 1, "lock.acquired", "worker_of_a_long_name", object="a_lock_of_a_long_name", at="somewhere/far.py:1234"
        ),
        event(2, 2, "note", "worker_of_a_long_name", of="x" * 20, to=1),
    ]
    other = [log[0], event(2, 2, "note", "worker_of_a_long_name", of="x" * 20, to=2)]
    changes = (
        Change("future ThreadPoolExecutor-of-a-long-name#1: wait total", 0.0448, 0.082, time=True),
        Change("outcome." + "鎖" * 40, "に" * 30, "x" * 30),
        Change("events", 214, 224),
    )
    lines = [plain(each) for each in comparison_lines(Comparison(changes, parting(other, log)), width=width)]
    assert max(map(columns, lines)) <= width
    text = "\n".join(lines)
    assert "+37.2ms (x1.83)" in text
    assert "total 44.8ms" in " ".join(text.split())
    assert ("future ThreadPoolExecutor-of-a-long-name#1: wait total" in text) == (width == 120)
    assert "to=2" in text


def test_what_others_say_already_is_for_those_who_want_everything() -> None:
    """Metrics of waits, and all but five of those who blocked each other; they are counted."""
    pairs = {f"T{n} blocked main with Lock#1": n for n in range(1, 9)}
    rows = [Change(name, None, float(much), time=True, detail=much <= 3) for name, much in pairs.items()]
    short = [plain(each) for each in comparison_lines(Comparison(tuple(rows), None))]
    assert [row.split()[0] for row in short if " blocked " in row] == ["T4", "T5", "T6", "T7", "T8"]
    assert "… 3 more changes: -v shows all" in short
    long = [plain(each) for each in comparison_lines(Comparison(tuple(rows), None), everything=True)]
    assert sum(" blocked " in row for row in long) == 8
    assert not any("more changes" in row for row in long)


def test_metrics_of_waits_are_details_and_others_are_not() -> None:
    """One that a workload counts itself is shown."""
    log = contended_log()
    metrics = {"lock.wait.p95": 0.1, "lock.wait.count": 1, "rows.read": 7, "duration": 1.0}
    both = (run(metrics={}), summarize(log)), (run(metrics=metrics), summarize(log))
    shown = {change.what for change in compare(*both, None).changes if change.differs and not change.detail}
    assert shown == {"metric rows.read"}


def test_events_are_shown_without_the_numbers_of_threads() -> None:
    """They differ each time, and are no difference."""
    log = [event(1, 1, "thread.started", "T1", ident=140261344586624, native_id=7, daemon=False)]
    lines = [plain(each) for each in comparison_lines(Comparison((), parting([], log)))]
    assert "daemon=false" in lines[-1]
    assert "ident" not in lines[-1]


def test_a_text_keeps_both_ends() -> None:
    """And never has more columns than there are; a line is broken between its parts."""
    assert narrowed("0123456789", 10) == "0123456789"
    assert narrowed("0123456789", 7) == "012…789"
    assert all(columns(narrowed("鎖" * 9, width)) <= width for width in range(2, 19))
    assert [plain(each) for each in broken(line("one  ", "two  ", "three"), 9, 2)] == ["one  two", "  three"]
