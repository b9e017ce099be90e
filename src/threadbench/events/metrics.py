"""Waiting, holding and running times of a run as flat metrics: `lock.wait.p95`, `queue.put.wait.max`, …

Every operation counts, also one that did not have to wait (0), so that a percentile speaks of all of them. Memory is
bounded: times are counted in buckets of 1/64 octave, so percentiles are right within 0.8 %; count, sum and extremes
are exact.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from .scribe import Observer

_SUB: Final = 6
QUANTILES: Final = {"p50": 0.50, "p90": 0.90, "p95": 0.95, "p99": 0.99}


def _bucket(value: int) -> int:
    shift = value.bit_length() - 1 - _SUB
    return value if shift <= 0 else ((shift << _SUB) + (value >> shift))


def _middle(bucket: int) -> float:
    shift = (bucket >> _SUB) - 1
    if shift < 1:
        return float(bucket)
    low = (bucket - (shift << _SUB)) << shift
    return low + (1 << shift) / 2


class Times:
    """Durations in nanoseconds, counted.

    `quantile(q)` is the smallest recorded value (within a bucket) that at least q of all values do not exceed: the
    nearest-rank definition.
    """

    __slots__ = ("buckets", "count", "largest", "smallest", "total")

    def __init__(self) -> None:
        self.count = self.total = self.largest = 0
        self.smallest: int | None = None
        self.buckets: dict[int, int] = {}

    def add(self, value: int) -> None:
        """Count one duration."""
        self.count += 1
        if value <= 0:  # most operations do not wait
            value = bucket = 0
        else:
            self.total += value
            if value > self.largest:
                self.largest = value
            bucket = _bucket(value)
        if self.smallest is None or value < self.smallest:
            self.smallest = value
        self.buckets[bucket] = self.buckets.get(bucket, 0) + 1

    def quantile(self, q: float) -> float:
        """The q-quantile in nanoseconds, 0 <= q <= 1; of nothing it is 0."""
        rank = max(1, -int(-q * self.count // 1))
        for bucket in sorted(self.buckets):
            rank -= self.buckets[bucket]
            if rank <= 0:
                return min(max(_middle(bucket), self.smallest or 0), self.largest)
        return 0.0

    def summary(self) -> dict[str, float]:
        """count, and total, mean, min, max, p50, p90, p95, p99 in seconds."""
        if not self.count:
            return {}
        times = {"total": self.total, "mean": self.total / self.count, "min": self.smallest or 0, "max": self.largest}
        times |= {name: self.quantile(q) for name, q in QUANTILES.items()}
        return {"count": self.count, **{name: value / 1e9 for name, value in times.items()}}


class Metrics:
    """Keeps the times of one run; `observers()` is what a `Scribe` shows events to."""

    def __init__(self) -> None:
        self._times: dict[str, Times] = {}
        self._since: dict[tuple[str, str], int] = {}

    def flat(self) -> dict[str, float]:
        """All metrics so far, `<what>.<statistic>` to a number, times in seconds."""
        return {
            f"{what}.{statistic}": value
            for what in sorted(self._times)
            for statistic, value in self._times[what].summary().items()
        }

    def _begin(self, what: str) -> Observer:
        def begin(t: int, thread: str, obj: str, at: str, data: Mapping[str, Any]) -> None:
            self._since.setdefault((thread, what), t)

        return begin

    def _end(self, what: str, *, waited: bool = True) -> Observer:
        """The end of a span of the thread; one that had no beginning did not have to wait."""

        def end(t: int, thread: str, obj: str, at: str, data: Mapping[str, Any]) -> None:
            since = self._since.pop((thread, what), None)
            if since is not None or waited:
                times = self._times.get(what) or self._times.setdefault(what, Times())
                times.add(0 if since is None else t - since)

        return end

    def _hold_begins(self, t: int, thread: str, obj: str, at: str, data: Mapping[str, Any]) -> None:
        self._since[obj, "hold"] = t

    def _hold_ends(self, t: int, thread: str, obj: str, at: str, data: Mapping[str, Any]) -> None:
        since = self._since.pop((obj, "hold"), None)
        if since is not None:
            self._times.setdefault("lock.hold", Times()).add(t - since)

    def _task_submitted(self, t: int, thread: str, obj: str, at: str, data: Mapping[str, Any]) -> None:
        self._since[obj, f"task {data.get('task')}"] = t

    def _task_started(self, t: int, thread: str, obj: str, at: str, data: Mapping[str, Any]) -> None:
        key = obj, f"task {data.get('task')}"
        submitted = self._since.pop(key, t)
        self._times.setdefault("pool.queued", Times()).add(t - submitted)
        self._since[key] = t

    def _task_finished(self, t: int, thread: str, obj: str, at: str, data: Mapping[str, Any]) -> None:
        started = self._since.pop((obj, f"task {data.get('task')}"), t)
        self._times.setdefault("pool.run", Times()).add(t - started)

    def _queue_begins(self, t: int, thread: str, obj: str, at: str, data: Mapping[str, Any]) -> None:
        self._since.setdefault((thread, f"queue.{data.get('op')}.wait"), t)

    def _queue_gave_up(self, t: int, thread: str, obj: str, at: str, data: Mapping[str, Any]) -> None:
        self._end(f"queue.{data.get('op')}.wait")(t, thread, obj, at, data)

    def observers(self) -> dict[str, Observer]:
        """Event name to the function to show it to."""
        spans: dict[str, tuple[str, tuple[str, ...]]] = {
            "lock": ("lock.wait", ("lock.timed_out",)),
            "semaphore": ("semaphore.wait", ("semaphore.acquired", "semaphore.timed_out")),
            "condition": ("condition.wait", ("condition.woke", "condition.timed_out")),
            "barrier": ("barrier.wait", ("barrier.passed", "barrier.broken")),
            "event": ("event.wait", ("event.woke", "event.timed_out")),
            "future": ("future.wait", ("future.woke", "future.timed_out")),
        }
        table: dict[str, Observer] = {}
        for noun, (what, ends) in spans.items():
            table[f"{noun}.waiting"] = self._begin(what)
            table |= {end: self._end(what) for end in ends}
        waited = self._end("lock.wait")

        def acquired(t: int, thread: str, obj: str, at: str, data: Mapping[str, Any]) -> None:
            waited(t, thread, obj, at, data)
            self._hold_begins(t, thread, obj, at, data)

        return table | {
            "lock.acquired": acquired,
            "lock.released": self._hold_ends,
            "thread.joining": self._begin("thread.join.wait"),
            "thread.joined": self._end("thread.join.wait"),
            "thread.timed_out": self._end("thread.join.wait"),
            "queue.waiting": self._queue_begins,
            "queue.put": self._end("queue.put.wait"),
            "queue.got": self._end("queue.get.wait"),
            "queue.joined": self._end("queue.join.wait"),
            "queue.timed_out": self._queue_gave_up,
            "pool.submitted": self._task_submitted,
            "pool.started": self._task_started,
            "pool.finished": self._task_finished,
        }
