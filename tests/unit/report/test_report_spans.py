"""Events followed over time: who ran, waited and held when, and who let whom go on."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from samples import contended_log, event

from threadbench.report.spans import Block, Edge, Hold, Lane, Life, Mark, Sample, Span, follow

if TYPE_CHECKING:
    from threadbench.events import Event

MS = 1_000_000
R = TypeVar("R")


def only(kind: type[R], events: list[Event]) -> list[R]:
    """The records of one kind."""
    return [record for record in follow(events) if isinstance(record, kind)]


def waits(events: list[Event]) -> list[tuple[str, str | None, int, int, str]]:
    """Thread, op, beginning and end in ms, and how each wait ended."""
    spans = only(Span, events)
    return [(s.thread, s.op, s.start // MS, s.end // MS, s.how) for s in spans if s.state == "waiting"]


def test_a_thread_runs_between_its_waits() -> None:
    """T2 runs from 3 to 6, waits until 12, and runs on until the log ends."""
    spans = [(s.state, s.start // MS, s.end // MS, s.how) for s in only(Span, contended_log()) if s.thread == "T2"]
    assert spans == [("running", 3, 6, "waits"), ("waiting", 6, 12, "done"), ("running", 12, 17, "open")]


def test_each_thread_appears_before_anything_else_is_said_of_it() -> None:
    """A lane comes first, a life last, which is open where the log ended before the thread."""
    records = list(follow(contended_log()))
    named = [record.thread for record in records if isinstance(record, Lane | Span | Life | Hold)]
    assert [record.thread for record in records if isinstance(record, Lane)] == ["T1", "T2"]
    assert named.index("T2") > 0
    assert [(life.thread, life.open) for life in only(Life, contended_log())] == [("T1", False), ("T2", True)]


def test_a_hold_says_when_others_waited_for_it() -> None:
    """T1 holds from 2 to 12, the last 6 ms of it against T2; T2's hold is nobody's trouble."""
    first, second = only(Hold, contended_log())
    assert (first.thread, first.start, first.end, first.contended) == ("T1", 2 * MS, 12 * MS, ((6 * MS, 12 * MS),))
    assert (second.thread, second.how, second.contended) == ("T2", "released", ())


def test_a_block_names_who_held_what_was_waited_for() -> None:
    """T2 waited 6 ms for T1."""
    (block,) = only(Block, contended_log())
    assert (block.holder, block.waiter, block.object) == ("T1", "T2", "Lock#1")
    assert (block.start, block.end) == (6 * MS, 12 * MS)


def test_a_release_lets_the_next_acquire_go_on() -> None:
    """The arrow goes from event 5 to event 6 and is certain."""
    (edge,) = only(Edge, contended_log())
    assert (edge.source, edge.source_seq, edge.target, edge.target_seq, edge.certain) == ("T1", 5, "T2", 6, True)


def test_a_log_that_was_cut_off_leaves_its_spans_open() -> None:
    """Of a wait and a hold that never end, the log's end is drawn, and called so."""
    cut = contended_log()[:5]
    assert waits(cut) == [("T2", "lock.acquire", 6, 6, "open")]
    assert [(hold.thread, hold.how) for hold in only(Hold, cut)] == [("T1", "open")]


def test_a_condition_waits_for_its_lock_within_its_wait() -> None:
    """The lock's wait is nested in the condition's, and both ways of being woken have their arrow."""
    log = [
        event(0, 0, "lock.acquired", "T1", object="L"),
        event(1, 1, "condition.waiting", "T1", object="C"),
        event(2, 1, "lock.released", "T1", object="L"),
        event(3, 2, "lock.acquired", "T2", object="L"),
        event(4, 3, "condition.notified", "T2", object="C", n=1),
        event(5, 4, "lock.waiting", "T1", object="L"),
        event(6, 5, "lock.released", "T2", object="L"),
        event(7, 6, "lock.acquired", "T1", object="L"),
        event(8, 7, "condition.woke", "T1", object="C"),
        event(9, 8, "lock.released", "T1", object="L"),
    ]
    assert waits(log) == [("T1", "lock.acquire", 4, 6, "done"), ("T1", "condition.wait", 1, 7, "done")]
    assert [(edge.op, edge.source_seq, edge.target_seq) for edge in only(Edge, log)] == [
        ("lock.acquire", 6, 7),
        ("condition.wait", 4, 8),
    ]
    assert [span.depth for span in only(Span, log) if span.state == "waiting"] == [1, 0]


def test_who_is_woken_for_nothing_goes_on_waiting() -> None:
    """A second `queue.waiting` for the same is the same wait; the item that came then is what ended it."""
    log = [
        event(0, 0, "queue.waiting", "T1", object="Q", op="get"),
        event(1, 1, "queue.put", "T2", object="Q", size=1),
        event(2, 2, "queue.got", "T3", object="Q", size=0),
        event(3, 3, "queue.waiting", "T1", object="Q", op="get"),
        event(4, 4, "queue.put", "T2", object="Q", size=1),
        event(5, 5, "queue.got", "T1", object="Q", size=0),
    ]
    assert waits(log) == [("T1", "queue.get", 0, 5, "done")]
    (edge,) = only(Edge, log)
    assert (edge.source_seq, edge.target_seq) == (4, 5)
    assert [sample.value for sample in only(Sample, log) if sample.what == "size"] == [1, 0, 1, 0]


def test_of_several_waiters_the_log_does_not_say_who_was_woken() -> None:
    """Two threads wait for an item: the arrow is a guess. One waits: it is not."""
    two = [
        event(0, 0, "queue.waiting", "T1", object="Q", op="get"),
        event(1, 1, "queue.waiting", "T2", object="Q", op="get"),
        event(2, 2, "queue.put", "T3", object="Q", size=1),
        event(3, 3, "queue.got", "T1", object="Q", size=0),
    ]
    assert [edge.certain for edge in only(Edge, two)] == [False]
    assert [edge.certain for edge in only(Edge, [two[0], *two[2:]])] == [True]


def test_an_exception_ends_a_wait_at_the_next_event() -> None:
    """A thread that logs what a waiting thread cannot has left its wait."""
    log = [
        event(0, 0, "event.waiting", "T1", object="E"),
        event(1, 5, "lock.acquired", "T1", object="L"),
        event(2, 9, "thread.finished", "T1"),
    ]
    assert waits(log) == [("T1", "event.wait", 0, 5, "left")]


def test_a_lock_may_be_released_by_another() -> None:
    """The hold is the first thread's, its end the second's."""
    log = [event(0, 0, "lock.acquired", "T1", object="L"), event(1, 5, "lock.released", "T2", object="L")]
    (hold,) = only(Hold, log)
    assert (hold.thread, hold.by, hold.end) == ("T1", "T2", 5 * MS)


def test_a_lock_that_gets_its_name_while_held_keeps_its_holder() -> None:
    """After `object.named` the hold goes on under the new name."""
    log = [
        event(0, 0, "lock.acquired", "T1", object="Lock#1"),
        event(1, 1, "object.named", "T1", object="printer", was="Lock#1"),
        event(2, 2, "lock.released", "T1", object="printer"),
    ]
    (hold,) = only(Hold, log)
    assert (hold.object, hold.start, hold.end, hold.how) == ("printer", 0, 2 * MS, "released")


def test_the_last_arrival_lets_a_barrier_go() -> None:
    """Two of two: the second wakes the first, and itself nobody."""
    log = [
        event(0, 0, "barrier.created", "T1", object="B", parties=2),
        event(1, 1, "barrier.waiting", "T1", object="B"),
        event(2, 2, "barrier.waiting", "T2", object="B"),
        event(3, 3, "barrier.passed", "T2", object="B", index=1),
        event(4, 4, "barrier.passed", "T1", object="B", index=0),
    ]
    (edge,) = only(Edge, log)
    assert (edge.source_seq, edge.target, edge.certain) == (2, "T1", True)


def test_a_task_goes_from_who_submits_to_who_begins_and_back_to_who_waits() -> None:
    """Arrows for the task and its result; tasks that nobody began are counted."""
    log = [
        event(0, 0, "pool.submitted", "main", object="P", task=1, name="f"),
        event(1, 1, "future.waiting", "main", object="P", task=1),
        event(2, 2, "pool.started", "W", object="P", task=1),
        event(3, 8, "pool.finished", "W", object="P", task=1),
        event(4, 9, "future.woke", "main", object="P", task=1),
    ]
    assert [(edge.op, edge.source_seq, edge.target_seq) for edge in only(Edge, log)] == [
        ("pool.task", 0, 2),
        ("future.result", 3, 4),
    ]
    assert [sample.value for sample in only(Sample, log) if sample.what == "tasks"] == [1, 0]


def test_joining_is_being_blocked_by_the_thread_itself() -> None:
    """Who joins waits for the other's life, and is woken by its end."""
    log = [
        event(0, 0, "thread.started", "T1", by="main"),
        event(1, 1, "thread.joining", "main", object="T1"),
        event(2, 5, "thread.finished", "T1"),
        event(3, 6, "thread.joined", "main", object="T1"),
    ]
    (block,) = only(Block, log)
    assert (block.holder, block.waiter, block.start, block.end) == ("T1", "main", 1 * MS, 6 * MS)
    assert [(edge.op, edge.source_seq) for edge in only(Edge, log)] == [("thread.start", 0), ("thread.join", 2)]


def test_what_is_no_part_of_a_span_is_a_mark() -> None:
    """Checks, output and a plugin's own events are moments."""
    assert [mark.event.event for mark in only(Mark, contended_log())] == ["log", "check"]


def test_data_of_any_shape_is_no_trouble() -> None:
    """A log that another program wrote may hold anything where a number or a word belongs."""
    log = [
        event(0, 0, "queue.waiting", "T1", object="Q", op=["get"]),
        event(1, 1, "semaphore.released", "T1", object="S", n={"n": 1}),
        event(2, 2, "pool.started", "T1", object="P", task=[1]),
        event(3, 3, "future.waiting", "T1", object="P", tasks={"a": 1}, count="x"),
        event(4, 4, "pool.finished", "T2", object="P", task={"t": 1}),
        event(5, 5, "object.named", "T2", object="N", was=7),
        event(6, 6, "thread.started", "T3", by=5, pool=["P"], ident="x"),
        event(7, 7, "barrier.created", "T3", object="B", parties="two"),
        event(8, 8, "barrier.waiting", "T3"),
        event(9, 9, "lock.released", "T3"),
    ]
    assert {life.thread for life in only(Life, log)} == {"T1", "T2", "T3"}
