"""Whatever ends a run, it ends with the right cause, the reason, and a complete log."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import endings
import pytest
from running import HEADER, Execute, Ran

from threadbench.events.log import LogWriter
from threadbench.runtime.base import Task
from threadbench.runtime.native import NativeRuntime


def texts(ran: Ran) -> list[tuple[str | None, str, str]]:
    return [(event.thread, event.data["stream"], event.data["text"]) for event in ran.of("log")]


def gone(pid: int) -> bool:
    """Whether a process has ended (a zombie has)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


@pytest.mark.parametrize("value", [None, 0, "text", [1, {"a": None}], {"deep": {"er": [True]}}])
def test_outcome_is_what_the_workload_returned(execute: Execute, value: Any) -> None:
    """Any JSON value comes back as it was."""
    ran = execute(endings.returns, value)
    assert (ran.ending.cause, ran.ending.outcome) == ("returned", value)


@pytest.mark.parametrize(
    ("function", "params", "reason"),
    [
        (endings.raises, None, "ValueError in MainThread (REASON): no such account"),
        (endings.raises_in_a_thread, None, "KeyError in teller (REASON): 'account'"),
        (endings.leaves_by_sys_exit, None, "SystemExit in MainThread (REASON): 3"),
        (
            endings.returns_no_json,
            None,
            "TypeError in MainThread (REASON): the outcome is not a JSON value: Encoding objects of type object is "
            "unsupported; return numbers, texts, lists, dicts",
        ),
        (endings.exits, 0, "the process left with status 0 before its workload returned"),
        (endings.exits, 5, "the process left with status 5 before its workload returned"),
        (endings.exits_after_return, None, "the process left with status 9 after its workload had returned"),
        (endings.segfaults, None, "the process was ended by SIGSEGV"),
        (endings.aborts, None, "the process was ended by SIGABRT"),
    ],
)
def test_crash_is_told(execute: Execute, function: Any, params: Any, reason: str) -> None:
    """An exception in any thread, an exit and a signal are crashes, each told in a sentence."""
    ran = execute(function, params)
    assert ran.ending.cause == "crashed"
    crash = ran.ending.facts["crash"]
    assert ran.ending.reason == reason.replace("REASON", str(crash.get("at")))
    if crash["kind"] == "exception" and function is not endings.returns_no_json:
        assert "endings.py:" in crash["at"]
        assert crash["traceback"]


def test_segfault_shows_stacks_and_keeps_events(execute: Execute) -> None:
    """After a segmentation fault the log has what was emitted before it, and the stack that it came from."""
    ran = execute(endings.segfaults)
    assert ran.of("t.before")
    assert any("in segfaults" in frame for stack in ran.ending.facts["stacks"] for frame in stack["frames"])


def test_sys_exit_ends_its_thread_only(execute: Execute) -> None:
    """`sys.exit` in a thread other than main ends that thread, as Python has it."""
    assert execute(endings.thread_leaves_by_sys_exit).ending.outcome == "still here"


@pytest.mark.parametrize("function", [endings.sleeps, endings.ignores_everything])
def test_timeout_says_who_was_still_running(execute: Execute, function: Any) -> None:
    """A run that does not end is ended, even one that ignores everything, and shows who ran and where."""
    ran = execute(function, timeout=0.5)
    assert ran.ending.cause == "timeout"
    (row,) = ran.ending.facts["running"]
    assert (row["thread"], row["state"]) == ("MainThread", "running")
    assert any(f"in {function.__name__}" in frame for frame in ran.ending.facts["stacks"][0]["frames"])


def test_non_daemon_is_waited_for(execute: Execute) -> None:
    """The run goes on until the last non-daemon thread has ended."""
    ran = execute(endings.background_goes_on, False)
    assert ran.ending.outcome == "main is done"
    assert ran.names("background") == ["thread.started", "t.late", "thread.finished"]


def test_daemon_is_cut_off(execute: Execute) -> None:
    """A daemon thread ends with main, in the middle of what it does."""
    ran = execute(endings.background_goes_on, True)
    assert ran.ending.outcome == "main is done"
    assert ran.names("background") == ["thread.started"]


def test_what_is_printed_is_logged(execute: Execute) -> None:
    """Lines of `print` come with their thread; what goes past Python, from children too, without one."""
    found = texts(execute(endings.prints))
    assert ("MainThread", "stdout", "one line") in found
    assert ("MainThread", "stderr", "to stderr") in found
    assert ("MainThread", "stdout", "two") in found
    assert ("MainThread", "stdout", "lines") in found
    assert (None, "stdout", "past the log") in found
    assert (None, "stdout", "from a child") in found
    assert ("printer", "stdout", "half a line") in found


def test_half_a_line_outlives_a_kill(execute: Execute) -> None:
    """What was printed without an end of line is in the log after `kill -9`."""
    found = texts(execute(endings.prints_and_dies))
    assert [text for _, _, text in found] == ["whole", "half"]


def test_hostile_text_is_kept(execute: Execute) -> None:
    """Lone surrogates are spelled out, and control characters, large numbers and long texts go through as they are."""
    ran = execute(endings.hostile_text)
    assert ran.ending.cause == "returned", ran.ending
    assert ran.ending.outcome == "\\udc80"
    (event,) = ran.of("t.text")
    assert event.data["text"] == "\\ud800"
    assert event.data["nul"] == "\0"
    assert event.data["big"] == 2**80
    assert event.data["long"] == "x" * 300_000
    assert ran.of("t.named")[0].thread == "thread \\udc80 \n\"'"


@pytest.mark.parametrize("function", [endings.pool_children, endings.stubborn_grandchild])
def test_children_end_with_the_run(execute: Execute, tmp_path: Path, function: Any) -> None:
    """Processes that a workload started do not outlive it, whatever they ignore."""
    pids = tmp_path / "pids"
    execute(function, str(pids), timeout=3)
    assert pids.read_text()
    assert all(gone(int(pid)) for pid in pids.read_text().split())


def test_process_pool_is_traced_from_its_parent(execute: Execute) -> None:
    """A process pool's tasks are submitted and finished in the parent's log."""
    ran = execute(endings.process_pool)
    assert ran.ending.outcome == [1, 2, 3]
    assert [event.data["task"] for event in ran.of("pool.submitted")] == [1, 2, 3]
    assert sorted(event.data["task"] for event in ran.of("pool.finished")) == [1, 2, 3]


def test_emit_in_a_child_process_says_so(execute: Execute) -> None:
    """`run.emit` in a child process raises rather than lose the event."""
    assert execute(endings.emits_in_a_child).ending.outcome == 7


def test_check_holds_if_it_held_each_time(execute: Execute) -> None:
    """A check that failed once has failed, with what it said then."""
    checks = {check.name: check for check in execute(endings.checks_twice).ending.checks}
    assert checks["steady"].ok is False
    assert checks["steady"].data == {"seen": 3}
    assert checks["fine"].ok is True


def test_wrong_uses_raise_as_ever(execute: Execute) -> None:
    """Traced primitives refuse what the real ones refuse."""
    assert execute(endings.wrong_uses).ending.outcome == [
        "ValueError",
        "TypeError",
        "TypeError",
        "TypeError",
        "RuntimeError",
        "ValueError",
        "ValueError",
        "RuntimeError",
        "RuntimeError",
        "RuntimeError",
        "ValueError",
    ]


def test_seed_and_thread_name_fix_random_numbers(execute: Execute) -> None:
    """The same seed gives each thread the same numbers, another seed others, and threads differ."""
    first, again, other = (execute(endings.random_numbers, seed=seed).ending.outcome for seed in (1, 1, 2))
    assert first == again
    assert first != other
    assert first["a"] != first["b"]


def test_a_signal_handler_may_emit_within_an_emit(execute: Execute) -> None:
    """Neither the interrupted nor the interrupting events are lost."""
    ran = execute(endings.signal_storm)
    for name, count in ran.ending.outcome.items():
        assert sorted(event.data["n"] for event in ran.of(f"t.{name}")) == list(range(1, count + 1))


def test_interrupt_lets_the_workload_clean_up(tmp_path: Path) -> None:
    """After the first Ctrl-C the workload gets a KeyboardInterrupt and a moment for its `finally`."""
    with NativeRuntime() as runtime:
        runtime.interrupts.count = 0
        log = LogWriter.create(tmp_path / "log.jsonl", HEADER)

        def tick(elapsed: float) -> None:
            if '"t.began"' in log.path.read_text():
                runtime.interrupts.count = 1

        started = time.monotonic()
        ending = runtime.run(Task("t", endings.interrupted_cleanup, None, 1, "", 60), log, tick)
        log.finish({"verdict": "interrupted", "as_expected": False, "counts": {}})
    assert ending.cause == "interrupted"
    assert '"t.cleaned_up"' in log.path.read_text()
    assert time.monotonic() - started < 30
