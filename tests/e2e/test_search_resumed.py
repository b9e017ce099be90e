"""Searches that are split over processes: who is killed changes nothing, and what batches came to is gone on from."""

from __future__ import annotations

import json
import shlex
import signal
from pathlib import Path
from typing import Any

from sweeps import alive, begun, children, document, finished, kill, lay_out, searched, until

RACE = "kind: race\nparams: {workers: 2, pause: 0ms}\nexpect: {explore: violated}\n"
LONG = ("--max-schedules", "3000", "--time-limit", "20m")
WORDS = ("race.yaml", "--strategy", "random", *LONG, "--all-outcomes", "--json")
SEEDED = (*WORDS, "--seed", "5")


def laid_out(folder: Path) -> Path:
    """A race; where its search keeps its journal."""
    (folder / "race.yaml").write_text(RACE, encoding="utf-8")
    return folder / ".threadbench" / "searches" / "race.free-threaded.jsonl"


def batches(journal: Path) -> list[bytes]:
    """The lines of a journal that are whole, but for the first."""
    lines = journal.read_bytes().splitlines(keepends=True) if journal.exists() else []
    return [line for line in lines[1:] if line.endswith(b"\n")]


def explored(folder: Path, *arguments: str) -> dict[str, Any]:
    """What a search came to, from begin to end."""
    return document(finished(folder, "explore", *arguments))


def test_a_killed_process_loses_and_doubles_no_schedule(tmp_path: Path) -> None:
    """Its batches are run again, with the seeds that they had."""
    journal = laid_out(tmp_path)
    with begun(tmp_path, "explore", *SEEDED, "--jobs", "2") as search:
        until(lambda: batches(journal), search)
        (apart,) = children(search.pid)
        kill(children(apart)[0])
        out, err = search.communicate(timeout=240)
    assert search.returncode == 0, err
    assert len(batches(journal)) == 12
    assert searched(json.loads(out)) == searched(explored(tmp_path, *SEEDED))


def test_a_killed_client_leaves_nobody_and_resume_goes_on(tmp_path: Path) -> None:
    """What is whole in the journal is not run again; the seed is the one that was drawn."""
    journal = laid_out(tmp_path)
    with begun(tmp_path, "explore", *WORDS, "--jobs", "2") as search:
        until(lambda: len(batches(journal)) > 2, search)
        (apart,) = children(search.pid)
        processes = [apart, *children(apart)]
        kill(search.pid)
        until(lambda: not any(map(alive, processes)))
    before = batches(journal)
    assert len(before) < 12
    with journal.open("ab") as file:
        file.write(b'{"batch":11,"sched')
    done = explored(tmp_path, *WORDS, "--jobs", "2", "--resume")
    after = batches(journal)
    assert after[: len(before)] == before
    assert sorted(json.loads(line)["batch"] for line in after) == list(range(12))
    alone = explored(tmp_path, *WORDS, "--seed", str(done["searches"][0]["seed"]))
    assert searched(done) == searched(alone)


def test_ctrl_c_says_how_to_go_on(tmp_path: Path) -> None:
    """The command that it prints finishes the search."""
    journal = laid_out(tmp_path)
    with begun(tmp_path, "explore", *SEEDED, "--jobs", "2") as search:
        until(lambda: batches(journal), search)
        search.send_signal(signal.SIGINT)
        _, err = search.communicate(timeout=60)
    assert search.returncode == 130
    before = batches(journal)
    (again,) = [line.partition("goes on: ")[2] for line in err.splitlines() if "goes on: " in line]
    program, verb, *words = shlex.split(again)
    assert (program, verb) == ("threadbench", "explore")
    assert searched(explored(tmp_path, *words)) == searched(explored(tmp_path, *SEEDED))
    assert batches(journal)[: len(before)] == before


def test_a_journal_of_something_else_is_begun_anew(tmp_path: Path) -> None:
    """Another seed, other params, other code: the batches would be others."""
    journal = laid_out(tmp_path)
    few = ("race.yaml", "--strategy", "random", "--max-schedules", "500", "--jobs", "2", "--all-outcomes", "--json")
    explored(tmp_path, *few, "--seed", "1")
    first = journal.read_bytes()
    explored(tmp_path, *few, "--seed", "1", "--resume")
    assert journal.read_bytes() == first
    explored(tmp_path, *few, "--seed", "2", "--resume")
    second = journal.read_bytes()
    assert second.splitlines()[1:] != first.splitlines()[1:]
    explored(tmp_path, *few, "--seed", "2", "--resume", "--set", "params.workers=3")
    assert journal.read_bytes().splitlines()[1:] != second.splitlines()[1:]


def test_a_journal_of_a_workload_that_has_changed_is_begun_anew(tmp_path: Path) -> None:
    """What `@workload` stands before is code under test as well."""
    lay_out(tmp_path, 4)
    words = ("quick.yaml", "-p", "numbering", "-k", "number=3", "--strategy", "random", "--max-schedules", "300")
    how = (*words, "--jobs", "2", "--seed", "1", "--json")
    (before,) = explored(tmp_path, *how)["searches"][0]["outcomes"]
    plugin = tmp_path / "numbering.py"
    plugin.write_text(plugin.read_text(encoding="utf-8").replace("number**2", "number ** 3"), encoding="utf-8")
    (after,) = explored(tmp_path, *how, "--resume")["searches"][0]["outcomes"]
    assert (before["value"]["square"], after["value"]["square"], after["count"]) == (9, 27, 300)


def test_batches_that_the_end_of_the_time_cuts_off_are_run_again(tmp_path: Path) -> None:
    """However often the time is up, the journal has whole batches, and the end is that of one process."""
    journal = laid_out(tmp_path)
    how = ("race.yaml", "--strategy", "random", "--all-outcomes", "--json", "--seed", "5", "--max-schedules", "3000")
    verdicts = [
        explored(tmp_path, *how, "--jobs", "2", "--time-limit", limit, *resume)["searches"][0]["verdict"]
        for limit, resume in (("900ms", ()), ("1s", ("--resume",)), ("1100ms", ("--resume",)))
    ]
    assert set(verdicts) <= {"violated", "inconclusive"}
    lines = [json.loads(line) for line in batches(journal)]
    assert all(line["part"]["schedules"] == line["schedules"] for line in lines)
    done = explored(tmp_path, *how, "--jobs", "2", "--time-limit", "20m", "--resume")
    assert sum(outcome["count"] for outcome in done["searches"][0]["outcomes"]) == 3000
    assert searched(done) == searched(explored(tmp_path, *how, "--time-limit", "20m"))


STUCK = """\
import os


class State:
    value = 0


def add(state):
    state.value += 1


def wait(state):
    if state.value:
        os.read(os.pipe()[0], 1)
"""


def test_a_schedule_that_stands_still_in_a_batch_ends_the_search_with_its_place(tmp_path: Path) -> None:
    """As it does where there is one process; what other batches do is no news of it."""
    (tmp_path / "stuck.py").write_text(STUCK, encoding="utf-8")
    threads = "[{call: 'stuck:add'}, {call: 'stuck:wait'}]"
    (tmp_path / "stuck.yaml").write_text(f"kind: code\nparams: {{setup: 'stuck:State', threads: {threads}}}\n")
    words = ("stuck.yaml", "--strategy", "random", "--timeout", "2s", "--time-limit", "20m", "--seed", "1", "--json")
    for how in ((), ("--jobs", "2")):
        (search,) = explored(tmp_path, *words, *how)["searches"]
        assert search["verdict"] == "inconclusive"
        assert "wait has not come to a point for" in search["reason"]
        assert "in stuck.py:14 in wait" in search["reason"]


def test_resume_needs_batches(tmp_path: Path) -> None:
    """A search in one process keeps nothing to go on with."""
    laid_out(tmp_path)
    done = finished(tmp_path, "explore", "race.yaml", "--resume")
    assert (done.returncode, "it needs --jobs or --executor" in done.stderr) == (2, True)
