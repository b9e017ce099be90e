"""Names that nobody else has."""

from __future__ import annotations

from threadbench.runtime.naming import unique


def test_the_second_of_a_name_gets_a_number() -> None:
    """With a first name, that one goes without; without, all are numbered."""
    threads: dict[str, int] = {}
    assert [unique("worker", threads, first="worker") for _ in range(3)] == ["worker", "worker#2", "worker#3"]
    objects: dict[str, int] = {}
    assert [unique("Lock", objects) for _ in range(2)] == ["Lock#1", "Lock#2"]


def test_a_name_given_by_hand_is_not_given_again() -> None:
    """Whoever is called `worker#2` keeps that for itself, whether it comes before or after."""
    counts: dict[str, int] = {}
    names = [unique(name, counts, first=name) for name in ("worker#2", "worker", "worker", "worker#2", "worker")]
    assert names == ["worker#2", "worker", "worker#3", "worker#2#2", "worker#4"]
