"""Waiting times become metrics that are right within their stated precision, in bounded memory."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from threadbench.events.metrics import QUANTILES, Metrics, Times

durations = st.lists(st.integers(0, 10**12), min_size=1, max_size=200)


@given(durations)
def test_quantiles_are_right_within_a_hundredth(values: list[int]) -> None:
    """Each quantile is within 0.8 % of the nearest-rank quantile of the values themselves; the rest is exact."""
    times = Times()
    for value in values:
        times.add(value)
    values.sort()
    for q in QUANTILES.values():
        exact = values[math.ceil(q * len(values)) - 1]
        assert abs(times.quantile(q) - exact) <= exact * 0.008 + 0.5
    summary = times.summary()
    assert summary["count"] == len(values)
    assert math.isclose(summary["total"], sum(values) / 1e9)
    assert (summary["min"], summary["max"]) == (values[0] / 1e9, values[-1] / 1e9)


@given(st.integers(0, 2**63))
def test_one_value_is_its_own_quantile(value: int) -> None:
    """Of a single duration every quantile is that duration."""
    times = Times()
    times.add(value)
    assert times.quantile(0.5) == value
    assert len(times.buckets) == 1


def feed(metrics: Metrics, *events: tuple[int, str, str, str, dict[str, object]]) -> None:
    observers = metrics.observers()
    for t, name, thread, obj, data in events:
        observers[name](t, thread, obj, "", data)


def test_an_operation_that_did_not_wait_counts_as_zero() -> None:
    """An acquisition without `lock.waiting` before it is a sample of 0, so that percentiles speak of all of them."""
    metrics = Metrics()
    feed(
        metrics,
        (10, "lock.acquired", "a", "L", {}),
        (20, "lock.waiting", "b", "L", {}),
        (50, "lock.released", "a", "L", {}),
        (60, "lock.acquired", "b", "L", {}),
        (100, "lock.released", "b", "L", {}),
    )
    flat = metrics.flat()
    assert flat["lock.wait.count"] == 2
    assert (flat["lock.wait.min"], flat["lock.wait.max"]) == (0, 40e-9)
    assert (flat["lock.hold.count"], flat["lock.hold.total"]) == (2, 80e-9)


def test_queue_waits_are_told_apart_by_their_operation() -> None:
    """A wait to put and a wait to get are different metrics; woken and waiting again is one wait."""
    metrics = Metrics()
    feed(
        metrics,
        (0, "queue.waiting", "a", "Q", {"op": "get"}),
        (5, "queue.waiting", "a", "Q", {"op": "get"}),
        (9, "queue.got", "a", "Q", {"size": 0}),
        (10, "queue.waiting", "b", "Q", {"op": "put"}),
        (30, "queue.timed_out", "b", "Q", {"op": "put"}),
    )
    flat = metrics.flat()
    assert (flat["queue.get.wait.count"], flat["queue.get.wait.max"]) == (1, 9e-9)
    assert (flat["queue.put.wait.count"], flat["queue.put.wait.max"]) == (1, 20e-9)


def test_tasks_are_timed_in_the_queue_and_at_work() -> None:
    """A task waits from submission to start, and runs from start to end."""
    metrics = Metrics()
    feed(
        metrics,
        (0, "pool.submitted", "main", "P", {"task": 1, "name": "f"}),
        (4, "pool.started", "w", "P", {"task": 1}),
        (9, "pool.finished", "w", "P", {"task": 1}),
    )
    flat = metrics.flat()
    assert (flat["pool.queued.total"], flat["pool.run.total"]) == (4e-9, 5e-9)
