"""Sweeps over processes of this machine: the same as one process, whoever is killed, however often resumed."""

from __future__ import annotations

import json
import shlex
import signal
from pathlib import Path

import pytest
from sweeps import alive, began, begun, came_to, children, command, document, kill, lay_out, logs, swept, until

OPTIONS = ("-p", "numbering", "--seed", "5", "--json")


def test_two_processes_come_to_what_one_does(tmp_path: Path) -> None:
    """Cases, their order, verdicts, checks, outcomes and exit code are the same; each case begins once."""
    lay_out(tmp_path, 24)
    alone = swept(tmp_path, "quick.yaml", *OPTIONS)
    (tmp_path / "begun").unlink()
    together = swept(tmp_path, "quick.yaml", *OPTIONS, "--executor", "processes:2", "--events", "logs")
    assert (together.returncode, together.stderr.count("passed")) == (alone.returncode, alone.stderr.count("passed"))
    assert came_to(document(together)) == came_to(document(alone))
    assert [case["runs"][0]["verdict"] for case in document(together)["cases"]].count("failed") == 2
    assert sorted(began(tmp_path)) == list(range(24))
    assert len(logs(tmp_path / "logs")) == 24
    assert sorted(path.suffix for path in (tmp_path / "logs").iterdir()) == [".jsonl"] * 24


def test_repeats_and_their_pass_rate_are_those_of_one_process(tmp_path: Path) -> None:
    """Repeats of a case run at once, and are judged together."""
    lay_out(tmp_path, 3)
    more = ("--set", "repeat=4", "--set", "expect.pass_rate=1.0")
    alone = swept(tmp_path, "quick.yaml", *OPTIONS, *more)
    together = swept(tmp_path, "quick.yaml", *OPTIONS, *more, "--jobs", "2")
    assert came_to(document(together)) == came_to(document(alone))
    assert [len(case["runs"]) for case in document(together)["cases"]] == [4, 4, 4]


def test_with_fail_fast_the_cases_are_those_of_one_process(tmp_path: Path) -> None:
    """What others have come to behind the first failure is not told."""
    lay_out(tmp_path, 24)
    more = ("--set", "expect.verdict=passed", "-x")
    alone = swept(tmp_path, "quick.yaml", *OPTIONS, *more)
    together = swept(tmp_path, "quick.yaml", *OPTIONS, *more, "--executor", "processes:2")
    assert (together.returncode, len(document(together)["cases"])) == (1, 8)
    assert came_to(document(together)) == came_to(document(alone))


def test_a_killed_worker_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """Its cases are run again; what was done is not."""
    lay_out(tmp_path, 12, waits=(20, 21))
    alone = swept(tmp_path, "quick.yaml", *OPTIONS)
    (tmp_path / "begun").unlink()
    paths = ("slow.yaml", "quick.yaml")
    with begun(tmp_path, "run", *paths, *OPTIONS, "--executor", "processes:2", "--events", "logs") as sweep:
        until(lambda: {20, 21} <= set(began(tmp_path)), sweep)
        worker, other = until(lambda: len(found := children(sweep.pid)) == 2 and found)
        kill(worker)
        until(lambda: not alive(worker) and not alive(other))
        (tmp_path / "go").touch()
        out, err = sweep.communicate(timeout=60)
    assert sweep.returncode == 0, err
    cases = json.loads(out)["cases"]
    assert [case["case"] for case in cases[2:]] == [case["case"] for case in document(alone)["cases"]]
    assert came_to({"cases": cases[2:]}) == came_to(document(alone))
    assert [case["runs"][0]["outcome"]["square"] for case in cases[:2]] == [400, 441]
    assert len(logs(tmp_path / "logs")) == 14
    assert not [path for path in (tmp_path / "logs").iterdir() if path.suffix != ".jsonl"]


def test_a_killed_client_leaves_nobody_and_resume_goes_on(tmp_path: Path) -> None:
    """What its logs say is done stays as it is, byte for byte; the rest is run, with the seed that was drawn."""
    lay_out(tmp_path, 12, waits=(20, 21))
    words = ("quick.yaml", "slow.yaml", "-p", "numbering", "--json")
    executor = ("--executor", "processes:2", "--events", "logs")
    with begun(tmp_path, "run", *words, *executor) as sweep:
        until(lambda: {20, 21} <= set(began(tmp_path)) and len(logs(tmp_path / "logs")) == 12, sweep)
        workers = children(sweep.pid)
        kill(sweep.pid)
        until(lambda: not any(map(alive, workers)))
    before = logs(tmp_path / "logs")
    half = tmp_path / "logs" / "slow[number=20,wait=true].1.jsonl"
    half.write_bytes(min(before.values())[:40])
    (tmp_path / "begun").unlink()
    (tmp_path / "go").touch()
    done = swept(tmp_path, *words, *executor, "--resume")
    assert done.returncode == 0
    assert "resuming: 12 of 14 runs are done" in done.stderr
    assert sorted(began(tmp_path)) == [20, 21]
    after = logs(tmp_path / "logs")
    assert {name: after[name] for name in before} == before
    seeds = {run["seed"] for case in document(done)["cases"] for run in case["runs"]}
    alone = swept(tmp_path, *words, "--seed", str(seeds.pop()))
    assert not seeds
    assert came_to(document(done)) == came_to(document(alone))
    assert not (tmp_path / "logs" / ".working").exists()


def test_ctrl_c_keeps_what_is_done_and_says_how_to_go_on(tmp_path: Path) -> None:
    """The command that it prints finishes the sweep."""
    lay_out(tmp_path, 6, waits=(20, 21))
    with begun(tmp_path, "run", "quick.yaml", "slow.yaml", "-p", "numbering", "--executor", "processes:2") as sweep:
        until(lambda: {20, 21} <= set(began(tmp_path)), sweep)
        until(lambda: len(list(tmp_path.glob(".threadbench/runs/*/*.jsonl"))) == 6, sweep)
        workers = children(sweep.pid)
        sweep.send_signal(signal.SIGINT)
        out, err = sweep.communicate(timeout=60)
    assert sweep.returncode == 130
    assert "interrupted after 6 of 8 cases" in out
    assert not any(map(alive, workers))
    (again,) = [line.partition("goes on: ")[2] for line in err.splitlines() if "goes on: " in line]
    (tmp_path / "go").touch()
    program, _, *words = shlex.split(again)
    assert program == "threadbench"
    done = swept(tmp_path, *words)
    assert "resuming: 6 of 8 runs are done" in done.stdout
    assert "8 cases in" in done.stdout
    assert done.returncode == 0


def test_a_changed_scenario_is_run_again(tmp_path: Path) -> None:
    """A log that is of other params, another seed or other expectations is not taken for done."""
    lay_out(tmp_path, 4)
    words = ("quick.yaml", "-p", "numbering", "--events", "logs", "--jobs", "2")
    assert swept(tmp_path, *words, "--seed", "1").returncode == 0
    same = swept(tmp_path, *words, "--resume")
    assert "resuming: 4 of 4 runs are done" in same.stdout
    other = swept(tmp_path, *words, "--resume", "--seed", "2")
    assert "resuming: 0 of 4 runs are done" in other.stdout
    stricter = swept(tmp_path, *words, "--resume", "--set", "expect.outcome.square=4", "--set", "expect.verdict=passed")
    assert "resuming: 1 of 4 runs are done" in stricter.stdout
    assert stricter.returncode == 1


def test_without_a_folder_resume_takes_the_newest_of_these_cases(tmp_path: Path) -> None:
    """Also after a run in one process; where there is none, it says so."""
    lay_out(tmp_path, 4, waits=(3,))
    words = ("quick.yaml", "-p", "numbering")
    nothing = swept(tmp_path, *words, "--resume")
    assert (nothing.returncode, "has logs of these cases" in nothing.stderr) == (2, True)
    assert swept(tmp_path, *words).returncode == 0
    (tmp_path / "go").touch()
    assert swept(tmp_path, "slow.yaml", "-p", "numbering").returncode == 0
    assert "resuming: 3 of 3 runs are done" in swept(tmp_path, *words, "--resume").stdout


def test_a_plugin_in_one_file_runs_in_forked_processes(tmp_path: Path) -> None:
    """They know what this one has read."""
    lay_out(tmp_path, 3)
    done = swept(tmp_path, "quick.yaml", "--plugin", "numbering.py", "--jobs", "2")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--executor", "procesess"], 2, "did you mean 'processes'?"),
        (["--executor", "processes:0"], 2, "'0' is no number of processes"),
        (["--executor", "processes:2", "--jobs", "3"], 2, "do not agree"),
        (["--executor", "processes:2", "--events", "quick.yaml"], 2, "is a file, and a sweep has a log for each run"),
        (["--resume", "--events", "nowhere"], 2, "there is no folder nowhere to resume from"),
    ],
)
def test_what_makes_no_sense_is_refused(tmp_path: Path, words: list[str], code: int, said: str) -> None:
    """Before anything runs, with what would make sense."""
    lay_out(tmp_path, 3)
    done = swept(tmp_path, "quick.yaml", "-p", "numbering", *words)
    assert (done.returncode, said in done.stderr) == (code, True), done.stderr
    assert not began(tmp_path)


def test_the_command_line_of_one_process_imports_no_executor() -> None:
    """A plain run begins as fast as ever."""
    import subprocess

    done = subprocess.run(
        [*command("--help")[:1], "-X", "importtime", *command("run", "--help")[1:]],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "concurrent.futures" not in done.stderr
    assert "threadbench.executors" not in done.stderr
