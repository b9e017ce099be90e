"""Threads and waits of a log, counted while it is read."""

from __future__ import annotations

from samples import contended_log, event

from threadbench.report.line import plain
from threadbench.report.summary import Tally, summarize
from threadbench.report.tables import columns_of, tables

MS = 1_000_000


def test_a_thread_lives_from_its_first_to_its_last_event() -> None:
    """Lifetime, number of events, and whether the thread ended by itself."""
    first, second = summarize(contended_log()).threads
    assert (first.name, first.first, first.last, first.events, first.finished) == ("T1", 1 * MS, 16 * MS, 6, True)
    assert (second.name, second.finished, second.waits.total) == ("T2", False, 6 * MS)


def test_a_lock_counts_acquisitions_waits_and_holds() -> None:
    """Two acquisitions, one of which waited 6 ms; held 12 ms in all, 10 ms at most."""
    (lock,) = summarize(contended_log()).objects
    assert (lock.name, lock.kind, lock.done, lock.contended) == ("Lock#1", "lock", 2, 1)
    assert (lock.waits.count, lock.waits.total, lock.waits.largest) == (2, 6 * MS, 6 * MS)
    assert (lock.holds.total, lock.holds.largest) == (12 * MS, 10 * MS)


def test_a_lock_that_is_taken_again_by_its_holder_is_held_once() -> None:
    """Of nested acquisitions the outermost counts as the hold."""
    names = ["acquired", "acquired", "released", "released"]
    events = [event(at, at, f"lock.{name}", "T1", object="RLock#1") for at, name in enumerate(names)]
    (lock,) = summarize(events).objects
    assert (lock.done, lock.holds.count, lock.holds.total) == (2, 1, 3 * MS)


def test_a_lock_released_by_another_thread_was_held_until_then() -> None:
    """A plain lock may be released by a thread that never took it; the metrics count the hold in the same way."""
    events = [event(0, 0, "lock.acquired", "T1", object="L"), event(1, 5, "lock.released", "T2", object="L")]
    (lock,) = summarize(events).objects
    assert (lock.holds.count, lock.holds.total) == (1, 5 * MS)


def test_a_wait_that_never_ended_is_counted_apart() -> None:
    """A thread that still waits at the end of the log has waited no known time."""
    (queue,) = summarize([event(0, 0, "queue.waiting", "T1", object="Queue#1", op="get")]).objects
    assert (queue.waiting, queue.contended, queue.waits.count) == (1, 0, 0)


def test_a_wait_given_up_is_counted_as_such() -> None:
    """A timeout of an acquire is time waited, and no acquisition."""
    events = [event(0, 0, "lock.waiting", "T1", object="L"), event(1, 5, "lock.timed_out", "T1", object="L")]
    (lock,) = summarize(events).objects
    assert (lock.done, lock.gave_up, lock.waits.total, lock.waiting) == (0, 1, 5 * MS, 0)


def test_joining_a_thread_is_waiting_for_it() -> None:
    """The thread that is joined is the object that makes wait."""
    events = [event(0, 0, "thread.joining", "main", object="T1"), event(1, 5, "thread.joined", "main", object="T1")]
    (joined,) = summarize(events).objects
    assert (joined.name, joined.kind, joined.waits.total) == ("T1", "thread", 5 * MS)


def test_objects_are_sorted_by_what_they_cost() -> None:
    """What made others wait longest comes first."""
    events = [
        event(0, 0, "queue.put", "T1", object="Queue#1", size=1),
        event(1, 1, "lock.waiting", "T1", object="Lock#1"),
        event(2, 4, "lock.acquired", "T1", object="Lock#1"),
    ]
    assert [row.name for row in summarize(events).objects] == ["Lock#1", "Queue#1"]


def test_a_log_of_countless_threads_and_objects_makes_a_bounded_summary() -> None:
    """The first thousands have rows of their own, the others share one."""
    events = (event(at, at, "lock.acquired", f"T{at}", object=f"Lock#{at}") for at in range(20_000))
    summary = summarize(events)
    assert len(summary.threads) == len(summary.objects) == 4097
    assert summary.threads[-1].name == "(others)"
    assert summary.threads[-1].events == 20_000 - 4096


def test_tables_show_a_row_for_each_and_cut_long_lists() -> None:
    """Forty threads are shown, the rest is counted; with everything, all are."""
    events = [event(at, at, "race.step", f"T{at}") for at in range(100)]
    summary = summarize(events)
    rows = [plain(row) for row in tables(summary)]
    assert len(rows) == 1 + 40 + 1
    assert rows[-1] == "… 60 more threads: -v shows all"
    assert len(list(tables(summary, everything=True))) == 1 + 100


def test_numbers_stand_below_their_heads() -> None:
    """The columns of a table end where their heads end."""
    head, row, *_ = [plain(each) for each in tables(summarize(contended_log()))]
    assert head.index("lived") + len("lived") == row.index("15ms") + len("15ms")


def test_a_table_that_is_too_wide_is_several() -> None:
    """Columns that belong together stay together, and no line is wider than the terminal; what no object has is left
    out, and so is an object from a table that has nothing of it.
    """
    events = [*contended_log(), event(12, 18, "queue.waiting", "T2", object="orders", op="get")]
    for width in (60, 80, 120):
        rows = [plain(row) for row in tables(summarize(events), width=width)]
        assert max(map(len, rows)) <= width
    narrow = [plain(row).split() for row in tables(summarize(events), width=60)]
    heads = [row[2:] for row in narrow if row[:1] == ["object"]]
    assert heads == [
        ["done", "waited", "wait", "p50", "p95", "max", "total"],
        ["hold", "p50", "p95", "max", "gave", "up", "waiting"],
    ]
    assert ["orders", "queue", "-", "-", "-", "-", "1"] in narrow
    many = [event(13 + at, 19, "queue.put", "T2", object=f"Q{at}") for at in range(3)]
    rows = [plain(row).split()[0] for row in tables(summarize([*events, *many]), width=60) if row and plain(row)]
    assert (rows.count("Lock#1"), rows.count("Q1")) == (2, 1)
    assert "hold" not in " ".join(plain(row) for row in tables(summarize([events[-1]])))


def test_columns_keep_their_place_with_wide_characters() -> None:
    """A cell of two-column characters pads by what it takes on the terminal."""
    rows = [plain(row) for row in columns_of(("kind", "summary"), [("락", "one"), ("lock", "two")])]
    assert rows[1] == "락    one"
    assert rows[2] == "lock  two"


def test_a_thread_waits_for_one_thing_at_a_time() -> None:
    """A wait whose end was not logged ends where the thread's next one begins."""
    events = [event(0, 0, "lock.waiting", "T1", object="A"), event(1, 5, "lock.waiting", "T1", object="B")]
    assert {row.name: row.waiting for row in summarize(events).objects} == {"A": 0, "B": 1}


def test_a_log_is_counted_while_it_is_read_for_something_else() -> None:
    """The events come through as they are, and are counted on the way."""
    tally = Tally()
    assert list(tally.counting(contended_log())) == contended_log()
    assert tally.summary().events == len(contended_log())
