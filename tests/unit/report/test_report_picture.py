"""The timeline in a terminal: lanes to the scale of its width, each state a character of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from samples import contended_log, event

from threadbench.errors import columns
from threadbench.report.line import plain
from threadbench.report.picture import Picture
from threadbench.report.spans import follow

if TYPE_CHECKING:
    from threadbench.events import Event


def drawn(events: list[Event], width: int = 80) -> list[str]:
    """The lines of a log's timeline."""
    picture = Picture()
    for record in follow(events):
        picture.add(record)
    return [plain(each) for each in picture.lines(width)]


def test_a_lane_shows_when_a_thread_ran_waited_and_held() -> None:
    """16 ms in 16 columns: T1 holds from 2, contended from 6, to 12; T2 begins at 3, waits from 6, holds to 14."""
    title, first, second, legend = drawn(contended_log(), 4 + 16 + 1)
    assert title == "timeline  1ms to 17ms, 1ms a column"
    assert first == "T1  ─▄▄▄▄██████────"
    assert second == "T2    ───······▄▄───"
    assert legend.startswith("─ running  · waiting")


def test_a_timeline_is_as_wide_as_it_may_be() -> None:
    """No line is wider than the terminal, and the lanes use it."""
    for width in (40, 80, 200):
        lanes = drawn(contended_log(), width)[1:3]
        assert max(columns(lane) for lane in lanes) == width - 1


def test_the_depth_of_a_queue_is_a_sparkline() -> None:
    """It rises, keeps its height where nothing happens, and falls."""
    sizes = [1, 2, 3, 4, 3, 2, 1, 0]
    log = [event(at, 2 * at, "queue.put", "T", object="Q", size=size) for at, size in enumerate(sizes)]
    (spark,) = [each for each in drawn([*log, event(8, 16, "thread.finished", "T")], 20) if each.startswith("Q")]
    bars = spark.split()[1]
    assert spark.endswith("0..4")
    assert bars[0] < max(bars) > bars[-1]
    assert bars[-1] == "▁"


def test_a_log_that_outgrows_its_columns_is_drawn_to_the_same_scale() -> None:
    """A minute with a wait in its second half, after hours of columns were made narrow."""
    log = [
        event(0, 0, "thread.started", "T"),
        event(1, 0.001, "lock.acquired", "T", object="L"),
        event(2, 0.002, "lock.released", "T", object="L"),
        event(3, 30_000, "event.waiting", "T", object="E"),
        event(4, 60_000, "event.woke", "T", object="E"),
        event(5, 60_000, "thread.finished", "T"),
    ]
    lane = drawn(log, 3 + 20 + 1)[1]
    assert lane == "T  " + "─" * 10 + "·" * 10


def test_a_deadlock_waits_to_the_end() -> None:
    """Threads that never went on are drawn to where the log ends."""
    log = [
        event(0, 0, "lock.waiting", "A", object="L"),
        event(1, 0, "lock.waiting", "B", object="M"),
        event(2, 10, "run.finished", None, verdict="deadlock"),
    ]
    assert [lane[3:] for lane in drawn(log, 3 + 10 + 1)[1:3]] == ["·" * 10] * 2


def test_many_threads_are_cut() -> None:
    """The first have lanes, the others a number."""
    lines = drawn([event(at, at, "race.step", f"T{at}") for at in range(100)])
    assert lines[25] == "… 76 more threads"


def test_hostile_names_draw_nothing_of_their_own() -> None:
    """Control characters and marks of direction are escapes, long names are cut, lanes stay aligned."""
    names = ["\x1b[2J", "\u202eevil", "x" * 10_000, "ok"]
    lines = drawn([event(at, at, "race.step", name) for at, name in enumerate(names)])
    assert not any("\x1b" in each or "\u202e" in each for each in lines)
    assert max(map(columns, lines)) < 120
