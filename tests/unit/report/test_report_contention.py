"""Every figure of the contention table, against the same figure computed in another way from the raw log."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
import naive
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import contended_log, event

from threadbench.events import Event
from threadbench.report.critical import Step
from threadbench.report.summary import Summary, summarize

if TYPE_CHECKING:
    from pathlib import Path

    from threadbench.events.metrics import Times

MS = 1_000_000


class Machine:
    """Threads that take locks and permits and use a queue as real ones would: a log comes out in which each line may
    follow.
    """

    def __init__(self, draw: Any) -> None:
        self.draw = draw
        self.t = 0
        self.lines: list[dict[str, Any]] = []
        self.holder: dict[str, str] = {}
        self.waits: dict[str, tuple[str, str]] = {}
        self.size = 0
        self.permits = 2

    def log(self, name: str, thread: str, obj: str | None = None, **data: Any) -> None:
        """Write a line, some time after the one before."""
        self.t += self.draw(st.integers(0, 5000))
        line: dict[str, Any] = {"seq": len(self.lines), "t": self.t, "event": name, "thread": thread}
        self.lines.append(line | ({"object": obj} if obj else {}) | ({"data": data} if data else {}))

    def step(self, thread: str) -> None:
        """One thing that the thread may do now."""
        if thread in self.waits:
            self.wait_on(thread, *self.waits[thread])
            return
        choice = self.draw(st.sampled_from(["A", "B", "A", "B", "put", "get", "own", "+S", "-S"]))
        if choice == "own":
            self.log("shop.served", thread)
        elif choice == "put" or (choice == "get" and self.size):
            self.use(thread, choice)
        elif choice == "get":
            self.log("queue.waiting", thread, "Q", op="get")
            self.waits[thread] = "get", "Q"
        elif choice == "-S":
            if self.permits < 2:  # whoever took it
                self.log("semaphore.released", thread, "S", n=1)
                self.permits += 1
        elif choice == "+S":
            if self.permits:
                self.permit(thread)
            else:
                self.log("semaphore.waiting", thread, "S")
                self.waits[thread] = "permit", "S"
        elif self.holder.get(choice) == thread:
            self.log("lock.released", thread, choice)
            del self.holder[choice]
        elif choice in self.holder:
            self.log("lock.waiting", thread, choice)
            self.waits[thread] = "lock", choice
        else:
            self.take(thread, choice)

    def wait_on(self, thread: str, what: str, obj: str) -> None:
        """It gets what it waits for, gives up, waits again, or just waits."""
        gives_up = self.draw(st.integers(0, 9)) == 0
        if what == "lock" and (gives_up or obj not in self.holder):
            del self.waits[thread]
            if gives_up:
                self.log("lock.timed_out", thread, obj, timeout=1)
            else:
                self.take(thread, obj)
        elif what == "permit" and (gives_up or self.permits):
            del self.waits[thread]
            if gives_up:
                self.log("semaphore.timed_out", thread, obj, timeout=1)
            else:
                self.permit(thread)
        elif what == "get" and self.size:
            del self.waits[thread]
            self.use(thread, "get")
        elif what == "get" and gives_up:
            self.log("queue.waiting", thread, obj, op="get")  # woken, and another was quicker

    def take(self, thread: str, lock: str) -> None:
        """It has the lock."""
        self.log("lock.acquired", thread, lock)
        self.holder[lock] = thread

    def permit(self, thread: str) -> None:
        """It has a permit."""
        self.log("semaphore.acquired", thread, "S")
        self.permits -= 1

    def use(self, thread: str, op: str) -> None:
        """An item goes in or out."""
        self.size += 1 if op == "put" else -1
        self.log("queue.put" if op == "put" else "queue.got", thread, "Q", size=self.size)


@st.composite
def logs(draw: st.DrawFn) -> str:
    """The raw lines of a log of up to four threads."""
    machine = Machine(draw)
    threads = ["T1", "T2", "T3", "T4"][: draw(st.integers(1, 4))]
    for thread in draw(st.lists(st.sampled_from(threads), min_size=1, max_size=80)):
        machine.step(thread)
    machine.log("shop.closed", "T1") if "T1" not in machine.waits else None
    return "\n".join(map(json.dumps, machine.lines))


def decoded(raw: str) -> list[Event]:
    """The events of raw lines."""
    return [msgspec.json.decode(line, type=Event) for line in raw.splitlines()]


def agrees(times: Times, exact: list[int]) -> None:
    """Counts, sums and extremes are the same; percentiles within the width of a bucket."""
    assert (times.count, times.total, times.largest) == (len(exact), sum(exact), max(exact, default=0))
    for q in (0.5, 0.95) if exact else ():
        assert times.quantile(q) == pytest.approx(naive.quantile(exact, q), rel=0.008)


def compare(raw: str, summary: Summary) -> int:
    """All rows and pairs of a summary with those computed from the raw log; returns how many waits there were."""
    lines = naive.lines_of(raw)
    pairs: dict[tuple[str, str, str], int] = {}
    times: dict[tuple[str, str, str], tuple[int, int, bool]] = {}
    contended = 0
    for row in summary.objects:
        if row.kind == "pool":
            sites, still = naive.closings(lines, row.name)
            ended = sum(line["event"] == "pool.finished" and line["object"] == row.name for line in lines)
            assert (row.done, row.gave_up) == (ended, 0), row.name
            agrees(row.waits, [time for _, time in sites])
        else:
            sites, still = naive.contended(lines, row.kind, row.name)
            waited, done, gave_up = naive.waits(lines, row.kind, row.name)
            assert (row.done, row.gave_up) == (done, gave_up), row.name
            agrees(row.waits, [end - start for _, start, end in waited])
        assert (row.contended, row.waiting) == (len(sites), len(still)), row.name
        places = {at: [time for where, time in sites if where == at] for at, _ in sites}
        assert {site.at: (site.count, site.total) for site in row.waited_at()} == {
            at: (len(times), sum(times)) for at, times in places.items()
        }
        assert row.owners == (naive.owner_changes(lines, row.name) if row.kind == "lock" else 0)
        contended += row.contended
        if row.kind == "lock":
            held = naive.holds(lines, row.name)
            released = naive.ended(held, lines, row.name)
            agrees(row.holds, [end - start for _, start, end in released])
            for (holder, waiter), time in naive.blocked([*waited, *still], held).items():
                pairs[row.name, holder, waiter] = time
            for (holder, waiter), told in naive.met(waited, still, held, len(released)).items():
                times[row.name, holder, waiter] = told
        elif row.kind == "semaphore":
            agrees(row.holds, naive.permits(lines, row.name))
        else:
            agrees(row.holds, [])
        if row.kind == "thread":
            joins = [(waiter, end - start, False) for waiter, start, end in waited]
            joins += [(waiter, end - start, True) for waiter, start, end in still]
            for joining in {waiter for waiter, *_ in joins}:
                key = row.name, row.name, joining
                own = [(time, open_) for waiter, time, open_ in joins if waiter == joining and time]
                pairs[key] = sum(time for time, _ in own)
                if own:
                    times[key] = len(own), max(time for time, _ in own), any(open_ for _, open_ in own)
    assert {(pair.object, pair.holder, pair.waiter): pair.total for pair in summary.pairs if pair.total} == {
        key: time for key, time in pairs.items() if time
    }
    told = {(pair.object, pair.holder, pair.waiter): pair for pair in summary.pairs if pair.total}
    assert {key: (pair.count, pair.longest, pair.still) for key, pair in told.items()} == times
    return contended


@settings(deadline=None)
@given(logs())
def test_every_figure_agrees_with_one_computed_in_another_way(raw: str) -> None:
    """Operations, waits, holds, percentiles, what was given up, who blocked whom and for how long: of any log."""
    compare(raw, summarize(decoded(raw)))


def test_the_figures_of_the_library_agree_with_ones_computed_in_another_way(library_logs: list[Path]) -> None:
    """The same for what scenarios really log, on both runtimes; of the longest, for their first thousand lines."""
    contended = 0
    for log in library_logs:
        raw = "\n".join(log.read_text(encoding="utf-8").splitlines()[:1000])
        contended += compare(raw, summarize(decoded(raw)))
    assert contended > 100


def test_a_wait_under_three_holders_is_in_three_pairs() -> None:
    """T1 waits from 1 to 9, while T2 has the lock until 3, T3 until 6, T2 again until 8: who is in whose way, and how
    long.
    """
    log = [
        event(0, 0, "lock.acquired", "T2", object="L"),
        event(1, 1, "lock.waiting", "T1", object="L"),
        event(2, 3, "lock.released", "T2", object="L"),
        event(3, 4, "lock.acquired", "T3", object="L"),
        event(4, 6, "lock.released", "T3", object="L"),
        event(5, 7, "lock.acquired", "T2", object="L"),
        event(6, 8, "lock.released", "T2", object="L"),
        event(7, 9, "lock.acquired", "T1", object="L"),
    ]
    summary = summarize(log)
    assert [(pair.holder, pair.waiter, pair.total, pair.count) for pair in summary.pairs] == [
        ("T2", "T1", 3 * MS, 2),
        ("T3", "T1", 2 * MS, 1),
    ]
    (row,) = summary.objects
    assert (row.owners, row.waits.largest) == (3, 8 * MS)


def test_places_where_threads_waited_are_kept() -> None:
    """Of an object, by what was lost there."""
    (row,) = summarize(contended_log()).objects
    assert [(site.at, site.count, site.total) for site in row.waited_at()] == [("race.py:3", 1, 6 * MS)]


def test_the_critical_path_leads_from_the_beginning_to_the_end_of_main() -> None:
    """main starts W and joins it; W waits for a lock that X releases: what X did until then is on the path."""
    log = [
        event(0, 0, "thread.started", "main"),
        event(1, 1, "thread.started", "X", by="main"),
        event(2, 2, "lock.acquired", "X", object="L"),
        event(3, 3, "thread.started", "W", by="main"),
        event(4, 4, "lock.waiting", "W", object="L"),
        event(5, 5, "thread.joining", "main", object="W"),
        event(6, 8, "lock.released", "X", object="L"),
        event(7, 9, "lock.acquired", "W", object="L"),
        event(8, 9, "thread.finished", "X"),
        event(9, 12, "thread.finished", "W"),
        event(10, 13, "thread.joined", "main", object="W"),
        event(11, 14, "thread.finished", "main"),
    ]
    path = summarize(log).path
    assert path.steps == (
        Step("main", 0, 1 * MS),
        Step("X", 1 * MS, 8 * MS, "thread.start", "X"),
        Step("W", 9 * MS, 12 * MS, "lock.acquire", "L", 1 * MS),
        Step("main", 13 * MS, 14 * MS, "thread.join", "W", 1 * MS),
    )
    assert (path.certain, path.cut) == (True, False)


def test_a_log_of_more_wakings_than_are_kept_has_a_path_that_is_cut() -> None:
    """The path then begins somewhere, and says so."""

    def pingpong() -> Any:
        yield event(0, 0, "thread.started", "main")
        for at in range(1, 220_000, 2):
            yield event(at, at, "queue.waiting", "main", object="Q", op="get")
            yield event(at + 1, at + 0.5, "queue.put", "T", object="Q", size=1)
            yield event(at + 2, at + 0.6, "queue.got", "main", object="Q", size=0)

    path = summarize(pingpong()).path
    assert path.cut
    assert len(path.steps) <= 100_001
