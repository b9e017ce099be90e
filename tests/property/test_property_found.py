"""Drawn programs on which reduction and plain search once disagreed, as they were shrunk."""

from __future__ import annotations

import pytest
from comparing import MOST_STATEMENTS, Tally, compare, comparison
from drawn import Do, Drawn, Start

ALIVE = "return len(s.W) and s.W[0].is_alive()"
NOW = "return time.monotonic_ns()"

FOUND = {
    # What a thread does before the join of one that has ended does not come after that end.
    "before a join": Drawn(((Do(ALIVE),), (Start("thread", (Do(ALIVE),), "join"),))),
    # A schedule is given up in which a thread has failed.
    "failed, then cut": Drawn(
        (
            (Start("thread", (Do("if s.W:\n    s.W[0].join()"),), "join"), Do(ALIVE)),
            (Start("thread", (Do(ALIVE),), "join"),),
        )
    ),
    # A daemon may start a thread which is none before the main thread looks whom to wait for, or after.
    "daemon with a child": Drawn(
        ((Do("return s.y"),), (Start("thread", (Do("return s.y"),), "join"),)), daemons=frozenset({1})
    ),
    # Who reads an item is no later than who wrote another, and who reads all of them is.
    "time beside an item": Drawn(((Do(NOW), Do(NOW), Do("s.e['a'] = t")), (Do("return s.e.get('b')"), Do(NOW)))),
    "time of items": Drawn(((Do(NOW), Do(NOW), Do("s.e['a'] = t")), (Do("return tuple(s.e.values())"), Do(NOW)))),
}


@pytest.mark.parametrize("model", MOST_STATEMENTS)
def test_what_was_found_stays_mended(model: str) -> None:
    """Each comes to the same ends again, in every model."""
    tally = Tally()
    with comparison(model) as search:
        for program in FOUND.values():
            compare(program, search, tally, plainly=1_500, most=1_000)
    assert not tally.discarded, tally
    assert tally.compared >= 2, tally


MISSED = Drawn(
    (
        (Start("daemon", (Do("return s.R.acquire(False)"),), ""),),
        (Start("daemon", (Do("s.R.acquire()"),), "join"),),
        (Do("return s.R.acquire(timeout=1)"),),
    )
)


def test_who_waits_to_the_end_beside_tries_may_have_come_first() -> None:
    """A lock that is tried twice, and acquired by a daemon that somebody waits for."""
    with comparison("free-threaded") as search:
        compare(MISSED, search, Tally(), plainly=3_000, most=1_000)
