"""The words of the event log: every event that threadbench itself writes, what it means and what its `data` holds.

Workers and supervisors agree on the numbers below, so that no string travels for them; a plugin's own
`<kind>.<name>` gets its number when first used. `docs/events.md` and the JSON Schema are made from this table.
"""

from __future__ import annotations

from typing import Final

VOCABULARY: Final[dict[str, str]] = {
    "run.started": "the first line: schema, scenario, case, params, seed, runtime, Python, platform, wall clock",
    "run.finished": "the last line: verdict, outcome, checks, metrics, counts, and what ended the run",
    "thread.started": "a thread begins, `at` where it was started (ident, native_id, daemon, by: starter, pool)",
    "thread.finished": "a thread has ended",
    "thread.crashed": "an exception left the thread's function (type, message)",
    "thread.joining": "waits for the thread `object` to end (timeout)",
    "thread.joined": "the thread `object` has ended",
    "thread.timed_out": "gave up waiting for the thread `object` to end",
    "lock.waiting": "found the lock taken and waits for it (timeout)",
    "lock.acquired": "has the lock; logged after it was acquired (depth, for a reentrant one)",
    "lock.released": "gives the lock back; logged before it is released",
    "lock.timed_out": "did not get the lock in time (timeout; 0 for an attempt that does not wait)",
    "semaphore.created": "a semaphore of so many permits (value)",
    "semaphore.waiting": "found no permit and waits for one (timeout)",
    "semaphore.acquired": "has a permit; logged after it was acquired",
    "semaphore.released": "gives permits back (n); logged before they are released",
    "semaphore.timed_out": "did not get a permit in time",
    "condition.waiting": "releases the condition's lock and waits to be notified (timeout)",
    "condition.woke": "was notified and has the lock again",
    "condition.timed_out": "was not notified in time, and has the lock again",
    "condition.notified": "wakes up to n waiters; n is -1 for all",
    "barrier.created": "a barrier for so many threads (parties)",
    "barrier.waiting": "arrived at the barrier and waits for the others (timeout)",
    "barrier.passed": "all have arrived, goes on (index of arrival)",
    "barrier.broken": "the barrier was broken or reset",
    "event.set": "sets the event; logged before waiters wake",
    "event.cleared": "clears the event",
    "event.waiting": "found the event not set and waits for it (timeout)",
    "event.woke": "the event is set, goes on",
    "event.timed_out": "the event was not set in time",
    "queue.created": "a queue for so many items (maxsize, 0 without bound)",
    "queue.waiting": "found the queue full (op put), empty (op get) or unfinished (op join) and waits (op, timeout)",
    "queue.put": "an item is in the queue (size after it)",
    "queue.got": "an item is out of the queue (size after it)",
    "queue.done": "an item that was taken is done with",
    "queue.joined": "every item put was done with, goes on",
    "queue.closed": "the queue was shut down",
    "queue.timed_out": "gave up waiting (op)",
    "pool.created": "an executor of so many workers (workers)",
    "pool.submitted": "a task is handed to the pool (task number, its function's name)",
    "pool.started": "a worker begins the task (task)",
    "pool.finished": "the task has ended (task, error when it raised)",
    "pool.refused": "the pool took no more tasks (task)",
    "pool.closing": "the pool takes no more tasks and, with wait, this thread waits for its workers (wait)",
    "pool.closed": "the pool is shut down",
    "future.waiting": "waits for the result of a task (task, timeout), or for one of several (count)",
    "future.woke": "the result is there, goes on",
    "future.timed_out": "the result was not there in time",
    "future.cancelled": "the task was cancelled before it began (task)",
    "future.set": "a result was set by hand",
    "data.read": "instrumented code is about to read an attribute, item or variable (key; virtual threads only)",
    "data.write": "instrumented code is about to write an attribute, item or variable (key; virtual threads only)",
    "object.named": "the object has this name from now on (was)",
    "check": "the workload states a named yes/no (name, ok, and what it adds)",
    "log": "what the workload printed or logged (stream, text)",
    "~outcome": "internal: the workload's outcome on its way to the supervisor; never in a log",
    "~unfinished": "internal: a printed line without its end (stream, text), in case it never comes",
    "~awake": "internal: an exception ended the thread's wait",
    "~idle": "internal: a pool's worker waits for a task",
    "~work": "internal: a pool's workers have one more task, or a wake-up to end",
    "~took": "internal: a pool's worker took a task",
    "~ended": "internal: how a schedule of virtual threads ended (cause, reason, standing)",
}

EVENT_IDS: Final[dict[str, int]] = {name: number for number, name in enumerate(VOCABULARY, start=1)}
FIRST_OWN_ID: Final = 1024
"""Plugins' own event names are numbered from here."""

ARGUMENTS: Final[dict[str, str]] = {
    "lock.acquired": "depth",
    "semaphore.created": "value",
    "semaphore.released": "n",
    "condition.notified": "n",
    "barrier.created": "parties",
    "barrier.passed": "index",
    "queue.created": "maxsize",
    "queue.put": "size",
    "queue.got": "size",
    "pool.created": "workers",
    "pool.started": "task",
    "pool.finished": "task",
    "pool.refused": "task",
    "future.waiting": "task",
    "future.woke": "task",
    "future.timed_out": "task",
    "future.cancelled": "task",
}
"""What the number that a record carries without a payload is called in `data`."""
