"""The page that `run` prints: header, lines of cases, blocks of failures, totals."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from samples import CRASH, DEADLOCK, LOST, TIMEOUT, case, contended_log, event, run

from threadbench.errors import LogError
from threadbench.report import text
from threadbench.report.account import account_of
from threadbench.report.block import block
from threadbench.report.line import Line, plain
from threadbench.report.timeline import Timeline, gist


def shown(lines: list[Line]) -> str:
    return "\n".join(map(plain, lines))


def block_of(account, events=()) -> str:
    return shown(block(account, lambda _: iter(events)))


def test_the_header_names_what_a_result_depends_on() -> None:
    """Version, interpreter, GIL, CPUs, platform and seed stand in one line."""
    facts = {"version": "0.1.0", "python": "3.13.0", "implementation": "CPython", "gil": False, "cpus": 2}
    session = SimpleNamespace(**facts, platform="linux", seed=42)
    assert plain(text.header(session)) == "threadbench 0.1.0 · CPython 3.13.0, GIL off · 2 CPUs · linux · seed 42"


def test_lines_of_cases_are_aligned() -> None:
    """Ids of different length leave durations in one column."""
    cases = [case(run(case="a.yaml::a")), case(run(case="longer.yaml::longer"))]
    width = text.width_of(each.case for each in cases)
    first, second = (plain(text.case_line(each, width)) for each in cases)
    assert first.index("300ms") == second.index("300ms")


@pytest.mark.parametrize(
    ("verdict", "as_expected", "label"),
    [
        ("passed", True, "passed"),
        ("deadlock", True, "deadlock (expected)"),
        ("deadlock", False, "DEADLOCK"),
        ("passed", False, "PASSED (unexpected)"),
    ],
)
def test_a_label_tells_whether_the_verdict_was_asked_for(verdict: str, as_expected: bool, label: str) -> None:
    """Capitals are what nobody asked for."""
    assert plain(text.case_line(case(run(verdict, as_expected=as_expected)), 10)).startswith(label + "  ")


def test_a_case_line_has_the_key_figures_of_the_outcome() -> None:
    """Short values of the outcome stand behind the duration, nested ones do not."""
    outcome = {"value": 2, "lost": 1, "order": [1, 2], "nested": {"a": 1}, "long": "x" * 100}
    shown_line = plain(text.case_line(case(run(outcome=outcome, cause="returned")), 10))
    assert shown_line.endswith("value 2, lost 1, order [1, 2]")


def test_figures_of_repeats_are_ranges_where_they_differ() -> None:
    """Five repeats make one line with the smallest and the largest value."""
    runs = [run(repeat=number, outcome={"lost": number, "value": 3}, cause="returned") for number in (1, 2, 5)]
    line = plain(text.case_line(case(*runs), 10))
    assert line.endswith("3 of 3 repeats as expected, lost 1..5, value 3")


def test_a_failing_case_line_says_why() -> None:
    """The first expectation that was not met stands behind the duration."""
    line = plain(text.case_line(case(run("failed", failures=[LOST])), 10))
    assert line.endswith("outcome.lost: expected == 0, got 17")


def test_totals_count_each_way_to_end() -> None:
    """The last line counts what nobody asked for first, and names the slowest case."""
    cases = [case(run()), case(run("deadlock", as_expected=True)), case(run("failed", duration=2.0, case="b.yaml::b"))]
    assert plain(text.totals(cases, 3.2, planned=3)) == (
        "3 cases in 3.2s: 1 FAILED, 1 deadlock (expected), 1 passed; slowest 2s b.yaml::b"
    )


def test_totals_of_an_interrupted_session_say_how_far_it_came() -> None:
    """After Ctrl-C the last line tells how many cases had ended."""
    line = plain(text.totals([case(run())], 3.2, planned=12, interrupted=True))
    assert line == "interrupted after 1 of 12 cases in 3.2s: 1 passed"


def test_a_failure_shows_its_place_with_a_caret() -> None:
    """file:line:column, the source line and a caret below the value that was expected."""
    lines = block_of(run("failed", failures=[LOST])).splitlines()
    assert lines[0] == "FAILED scenarios/race.yaml::race"
    assert lines[1] == "  scenarios/race.yaml:12:11: outcome.lost: expected == 0, got 17"
    assert lines[2] == "    12 |     lost: 0"
    assert lines[3].index("^") == lines[2].index("0", 10)


def test_the_caret_stands_below_wide_characters() -> None:
    """Characters of two columns before the value move the caret by two."""
    failure = {**LOST, "source": '"재고": 0', "at": "a.yaml:1:7"}
    source, caret = block_of(run("failed", failures=[failure])).splitlines()[2:4]
    assert caret.index("^") == source.index(": 0") + 2 + 2


def test_a_failing_check_shows_the_events_before_it() -> None:
    """The check with its data, and the last events up to it, but none after it."""
    checks = [{"name": "all counted", "ok": False, "at": "race.py:9", "data": {"lost": 1}}]
    lines = block_of(run("failed", failures=[LOST], checks=checks), contended_log())
    assert "check all counted: no  lost=1 (race.py:9)" in lines
    assert "lock.released" in lines
    assert "thread.finished" not in lines


def test_without_a_failing_check_the_last_event_of_each_thread_is_shown() -> None:
    """An unexpected outcome is explained by where the threads came to."""
    events = [each for each in contended_log() if each.event != "check"]
    lines = block_of(run("failed", failures=[LOST]), events)
    assert "last event of each thread:" in lines
    assert lines.count("T1 ") == 1
    assert lines.count("T2 ") == 1


def test_what_the_workload_printed_is_shown_on_failure() -> None:
    """Lines of output stand behind a bar."""
    assert "  output:\n    | hello\n" in block_of(run("failed"), contended_log())


def test_a_block_ends_with_the_replay_command_and_what_it_cannot_do() -> None:
    """The command with the seed; natively it does not repeat the order of threads."""
    lines = block_of(run("failed")).splitlines()
    assert lines[-3] == "  replay: threadbench run scenarios/race.yaml::race --seed 42"
    assert "the order of OS threads is not replayed" in lines[-2]
    assert lines[-1] == "  log: runs/race.1.jsonl"


def test_a_deadlock_is_told_as_its_cycle() -> None:
    """Each thread of the cycle with what it holds and waits for, then the others that wait, then stacks."""
    lines = block_of(run("deadlock", **DEADLOCK))
    assert "  T1 holds printer (office.py:14) waits for disk (office.py:15)\n" in lines
    assert "  T2 holds disk (office.py:20) waits for printer (office.py:21)\n" in lines
    assert "  also waiting:\n    main waits for T1 (office.py:30)\n" in lines
    assert "      office.py:15 in first\n" in lines


def test_a_deadlock_of_many_threads_fits_a_screen() -> None:
    """However many threads hang, the block has at most 40 lines and says where the rest is."""
    waiting = [{"thread": f"T{n}", "waits": {"op": "queue.get", "object": "Queue#1"}} for n in range(500)]
    stacks = [{"thread": f"T{n}", "frames": [f"a.py:{m} in f" for m in range(100)]} for n in range(500)]
    lines = block_of(run("deadlock", deadlock={"cycle": waiting, "waiting": waiting}, stacks=stacks), contended_log())
    assert len(lines.splitlines()) <= 40
    assert "more lines: threadbench report runs/race.1.jsonl" in lines
    assert "replay: " in lines


def test_a_timeout_tells_who_was_still_running() -> None:
    """Thread, state, how long, where, and its last event."""
    assert ("worker  sleeping for 9.8s (race.py:30)  last event #7: lock.acquired Lock#1 (race.py:29)") in block_of(
        run("timeout", **TIMEOUT)
    )


def test_a_crash_tells_exception_thread_and_place() -> None:
    """The exception in one line, and the end of its traceback."""
    lines = block_of(run("crashed", **CRASH))
    assert "  ZeroDivisionError in worker: division by zero (race.py:30)\n" in lines
    assert "        1 / 0\n" in lines


def test_a_long_traceback_is_cut_at_its_beginning() -> None:
    """What raised is at the end of a traceback: that is what stays."""
    crash = {**CRASH["crash"], "traceback": [f"frame {number}\n" for number in range(1000)]}
    lines = block_of(run("crashed", crash=crash))
    assert "frame 999" in lines
    assert "frame 500" not in lines


@pytest.mark.parametrize(
    ("crash", "said"),
    [
        ({"kind": "signal", "signal": "SIGSEGV"}, "killed by SIGSEGV"),
        ({"kind": "exit", "status": 3}, "exited with status 3"),
    ],
)
def test_a_dead_process_tells_signal_or_status(crash: dict[str, object], said: str) -> None:
    """A process that was killed or left by itself has no traceback to show."""
    assert said in block_of(run("crashed", crash=crash))


def test_repeats_that_fail_alike_are_told_once() -> None:
    """Three repeats with the same failure make one block that says how many."""
    runs = [run("failed", repeat=number, failures=[LOST]) for number in (1, 2, 3)]
    lines = shown(list(text.failure_block(case(*runs, run(repeat=4)), lambda _: ())))
    assert lines.count("outcome.lost") == 1
    assert "3 of 4 repeats" in lines


def test_hostile_text_is_shown_as_escapes() -> None:
    """Escape sequences in names, outputs and messages reach no terminal."""
    evil = "\x1b[2J\u202e\n"
    checks = [{"name": evil, "ok": False, "data": {evil: evil}}]
    account = run("failed", case=f"a.yaml::{evil}", checks=checks, failures=[{**LOST, "source": evil, "got": evil}])
    events = [event(1, 1, "log", evil, stream=evil, text=evil), event(2, 1, f"x.{evil}", evil, object=evil, at=evil)]
    lines = block(account, lambda _: events)
    assert not any(char in plain(each) for each in lines for char in "\x1b\u202e\n")


def test_the_gist_of_a_long_log_is_small() -> None:
    """A hundred thousand events and threads leave a bounded number of events behind."""
    events = (event(number, number, "race.step", f"T{number}") for number in range(100_000))
    assert len(gist(events).last) <= 1000


def test_a_timeline_shows_each_event_in_columns() -> None:
    """Every event between the first and the last line of the log, the object in one column."""
    rows = [plain(row) for row in Timeline().rows(contended_log())]
    assert len(rows) == 10
    assert rows[3].index("Lock#1") == rows[4].index("Lock#1")
    assert rows[6].endswith("stdout | hello")


def test_a_log_that_is_none_is_refused() -> None:
    """A file whose first line opens no run is named as what it is."""
    with pytest.raises(LogError, match=r"a\.txt: not an event log"):
        account_of([event(0, 0, "lock.acquired", "T1")], "a.txt")


def test_a_last_line_of_another_shape_is_refused() -> None:
    """A log that somebody else wrote ends with a message, not with an accident while drawing."""
    events = [*contended_log()[:-1], event(11, 17, "run.finished", None, verdict="failed", failures="none")]
    with pytest.raises(LogError, match="not what threadbench writes"):
        account_of(events, "a.jsonl")


def test_keys_of_later_versions_are_passed_over() -> None:
    """The schema grows: what this version does not know is no error."""
    events = [*contended_log()[:-1], event(11, 17, "run.finished", None, verdict="failed", weather={"rain": 1})]
    assert account_of(events, "a.jsonl").verdict == "failed"


def test_an_unfinished_log_has_no_verdict() -> None:
    """A log without its last line is unfinished, and as nobody expected."""
    account = account_of(contended_log()[:-1], "a.jsonl")
    assert (account.verdict, account.as_expected) == ("unfinished", False)
    assert "UNFINISHED" in block_of(account)
