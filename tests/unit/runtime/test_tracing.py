"""The log says what the workload's author did, at the level and the line where it was done."""

from __future__ import annotations

from pathlib import Path

import primitives
from running import Execute, Ran

SOURCE = Path(primitives.__file__).read_text().splitlines()


def story(ran: Ran, thread: str | None = None, *, but: tuple[str, ...] = ("thread.",)) -> list[str]:
    """`event object` of a thread, in order, without the events whose names begin like `but`."""
    return [
        f"{event.event} {event.object or ''}".strip()
        for event in ran.events[1:-1]
        if thread in (None, event.thread) and not event.event.startswith(but)
    ]


def source_of(place: str | None) -> str:
    assert place is not None
    path, _, line = place.rpartition(":")
    assert path.endswith("primitives.py"), place
    return SOURCE[int(line) - 1].strip()


def test_contended_lock_is_waited_for_then_acquired(execute: Execute) -> None:
    """The waiting thread logs waiting, acquired, released; the holder's release stands before the acquisition."""
    ran = execute(primitives.contended)
    assert story(ran, "second") == [
        "event.set Event#1",
        "lock.waiting Lock#2",
        "lock.acquired Lock#2",
        "lock.released Lock#2",
    ]
    locks = [(event.thread, event.event) for event in ran.of("lock.acquired", "lock.released")]
    assert locks == [
        ("MainThread", "lock.acquired"),
        ("MainThread", "lock.released"),
        ("second", "lock.acquired"),
        ("second", "lock.released"),
    ]
    assert {source_of(event.at) for event in ran.of("lock.waiting", "lock.acquired")} == {"with lock:"}


def test_locks_are_traced_however_they_were_imported(execute: Execute) -> None:
    """`threading.Lock`, a name imported before the run, and a dataclass's default factory all give traced locks."""
    ran = execute(primitives.held_by_name)
    assert ran.ending.outcome == ["Lock", "Lock", "Lock", "RLock", "RLock"]
    assert [event.object for event in ran.of("lock.acquired")] == [f"lock-{number}" for number in range(5)]
    assert [event.data["was"] for event in ran.of("object.named")] == [
        "Lock#2",
        "Lock#3",
        "Lock#4",
        "RLock#1",
        "RLock#2",
    ]


def test_a_lock_made_at_import_is_traced(execute: Execute) -> None:
    """What a workload's own module makes when it is imported belongs to the run."""
    assert story(execute(primitives.made_at_import)) == ["lock.acquired Lock#1", "lock.released Lock#1"]


def test_traced_classes_are_still_classes(execute: Execute) -> None:
    """Annotations, `isinstance` and subclasses go on working."""
    ran = execute(primitives.classes_are_classes)
    assert ran.ending.outcome == [True] * 8
    assert ran.names("mine") == ["thread.started", "thread.finished"]


def test_parts_of_library_objects_stay_silent(execute: Execute) -> None:
    """A queue, event, barrier, semaphore, logger or timer shows as itself, not as the locks inside."""
    ran = execute(primitives.inner_parts)
    assert story(ran, "MainThread") == [
        "queue.created Queue#1",
        "queue.put Queue#1",
        "queue.got Queue#1",
        "queue.done Queue#1",
        "queue.joined Queue#1",
        "event.set Event#1",
        "barrier.created Barrier#1",
        "barrier.waiting Barrier#1",
        "barrier.passed Barrier#1",
        "semaphore.created Semaphore#1",
        "semaphore.acquired Semaphore#1",
        "semaphore.released Semaphore#1",
        "log",
    ]
    assert source_of(ran.of("queue.put")[0].at) == "items.put(1)"
    assert source_of(ran.of("event.set")[0].at) == "threading.Event().set()"


def test_reentrant_lock_logs_its_outermost_use(execute: Execute) -> None:
    """However deep it is taken, a reentrant lock is acquired once and released once."""
    assert story(execute(primitives.reentrant)) == ["lock.acquired RLock#1", "lock.released RLock#1"]


def test_condition_tells_its_waits_and_its_lock(execute: Execute) -> None:
    """A wait gives the condition's lock back and takes it again between `waiting` and `woke`."""
    ran = execute(primitives.condition)
    consumer = story(ran, "consumer")
    assert [line for line in consumer if line != "lock.waiting Condition.lock#1"] == [
        "lock.acquired Condition.lock#1",
        "condition.waiting Condition#1",
        "lock.released Condition.lock#1",
        "lock.acquired Condition.lock#1",
        "condition.woke Condition#1",
        "lock.released Condition.lock#1",
    ]
    (notified,) = ran.of("condition.notified")
    assert notified.data == {"n": 1}
    assert ran.of("condition.timed_out")


def test_queue_order_and_sizes_are_exact(execute: Execute) -> None:
    """Sizes follow from one another; a blocked get says so, a late one too, and one that does not wait says nothing."""
    ran = execute(primitives.full_and_empty)
    size = 0
    for event in ran.of("queue.put", "queue.got"):
        size += 1 if event.event == "queue.put" else -1
        assert event.data == {"size": size}
    assert ran.of("queue.waiting")[0].data == {"op": "get"}
    assert ran.of("queue.waiting")[-1].data["timeout"] <= 0.001
    assert len(ran.of("queue.timed_out")) == 1


def test_pool_tells_who_ran_what(execute: Execute) -> None:
    """Each task is submitted, started by a worker and finished by the same, with the error that it raised."""
    ran = execute(primitives.pool)
    assert ran.ending.outcome == [1, 2, 4]
    for task in range(1, 5):
        started, finished = (
            next(event for event in ran.of(name) if event.data["task"] == task)
            for name in ("pool.started", "pool.finished")
        )
        assert started.thread == finished.thread
        assert str(started.thread).startswith("worker")
    assert [event.data.get("error") for event in ran.of("pool.finished") if event.data["task"] == 4] == [
        "ValueError: invalid literal for int() with base 10: 'x'"
    ]
    submitted = ran.of("pool.submitted")
    assert [event.data["name"] for event in submitted] == ["pow", "pow", "pow", "int"]
    assert {event.object for event in submitted} == {"ThreadPoolExecutor#1"}
    workers = [event for event in ran.of("thread.started") if event.thread != "MainThread"]
    assert all(event.data["pool"] == "ThreadPoolExecutor#1" for event in workers)


def test_threads_of_one_name_are_told_apart(execute: Execute) -> None:
    """Equal names get numbers, and joins name the right one."""
    ran = execute(primitives.same_names)
    names = ["worker", "worker#2", "worker#3"]
    assert [event.thread for event in ran.of("thread.started")][1:] == names
    assert all(event.object in names for event in ran.of("thread.joined"))


def test_what_times_out_says_so(execute: Execute) -> None:
    """Each wait that gives up has its event, with the timeout it had."""
    ran = execute(primitives.timed_out)
    timed_out = [event.event for event in ran.events if event.event.endswith("timed_out")]
    assert timed_out[:5] == [
        "lock.timed_out",
        "lock.timed_out",
        "event.timed_out",
        "semaphore.timed_out",
        "thread.timed_out",
    ]
    assert [event.data["timeout"] for event in ran.of("lock.timed_out")] == [0.001, 0]


def test_every_thread_begins_and_ends_and_seq_is_gapless(execute: Execute) -> None:
    """A thread's first event is its start, its last its end; times grow within a thread."""
    ran = execute(primitives.pool)
    for thread in {event.thread for event in ran.events if event.thread}:
        mine = [event for event in ran.events if event.thread == thread]
        assert mine[0].event == "thread.started"
        assert mine[-1].event == "thread.finished"
        assert [event.t for event in mine] == sorted(event.t for event in mine)
    assert [event.seq for event in ran.events] == list(range(len(ran.events)))


def test_every_event_stands_at_the_line_that_did_it(execute: Execute) -> None:
    """From whichever line, at once or the long way, and through the library's own shorthands."""
    ran = execute(primitives.each_at_its_place)
    assert ran.ending.outcome == [True, 2, 0, 0]
    told = [
        f"{event.event.partition('.')[2]}: {source_of(event.at)}"
        for event in ran.events[1:-1]
        if not event.event.startswith("thread.") and not event.event.endswith("created")
    ]
    assert told == [
        "set: event.set()",
        "woke: event.wait()",
        "cleared: event.clear()",
        "set: event.set()",
        "woke: event.wait(5)",
        "acquired: semaphore.acquire()",
        "released: semaphore.release()",
        "acquired: with semaphore:",
        "acquired: semaphore.acquire(timeout=5)",
        "released: semaphore.release(1)",
        "released: with semaphore:",
        "acquired: with condition:",
        "notified: condition.notify()",
        "released: with condition:",
        "acquired: condition.acquire()",
        "notified: condition.notify_all()",
        "released: condition.release()",
        "put: items.put(1)",
        "put: items.put_nowait(2)",
        "put: items.put(3, timeout=5)",
        "got: items.get()",
        "got: items.get_nowait()",
        "got: items.get(timeout=5)",
        "put: simple.put(1)",
        "put: simple.put_nowait(2)",
        "got: simple.get()",
        "got: simple.get_nowait()",
    ]


def test_a_timeout_of_nothing_is_over_at_once(execute: Execute) -> None:
    """Who waits for no time at all is not taken to wait for ever."""
    ran = execute(primitives.asked_at_once)
    assert ran.ending.outcome == "Empty"
    assert [line for line in story(ran) if "created" not in line] == [
        "queue.waiting SimpleQueue#1",
        "queue.timed_out SimpleQueue#1",
    ]


def test_what_was_refused_is_no_event(execute: Execute) -> None:
    """Errors are those of the standard library, and the log does not tell what did not happen."""
    ran = execute(primitives.refused)
    assert ran.ending.outcome == [
        "Full",
        "ValueError",
        "ValueError",
        "TypeError",
        "ValueError",
        "ValueError",
        "RuntimeError",
        "RuntimeError",
        "RuntimeError",
        "Empty",
    ]
    assert [line for line in story(ran) if "created" not in line] == [
        "queue.put Queue#1",
        "queue.put Journal#1",
        "queue.got Journal#1",
    ]


def test_a_name_is_used_from_the_moment_it_is_given(execute: Execute) -> None:
    """Also where the same line was the last that used the object, under its old name."""
    ran = execute(primitives.renamed)
    used: dict[str | None, int] = {}
    for event in ran.events[1:-1]:
        if event.object and event.event != "object.named" and not event.event.endswith("created"):
            used[event.object] = used.get(event.object, 0) + 1
    old = {"Event#1": 1, "Semaphore#1": 2, "Queue#1": 1, "Condition#1": 1, "SimpleQueue#1": 1, "RLock#1": 2}
    new = {f"named-{number}": count for number, count in enumerate(old.values())}
    assert used == {**old, **new, "Condition.lock#1": 4}


def test_a_run_in_this_process_leaves_nothing_patched(execute_here: Execute) -> None:
    """After a run with isolate=False `threading` is as it was, and threads of others were not traced meanwhile."""
    import queue
    import threading

    def picture() -> list[object]:
        owners = (threading, threading.Thread, threading.Condition, threading.Event, queue, queue.Queue)
        return [sorted((name, id(value)) for name, value in vars(owner).items() if callable(value)) for owner in owners]

    before = picture()
    ran = execute_here(primitives.held_by_name)
    assert ran.ending.outcome == ["Lock", "Lock", "Lock", "RLock", "RLock"]
    assert picture() == before
    assert isinstance(primitives.Account().lock, type(primitives.EARLY))
