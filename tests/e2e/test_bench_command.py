"""`threadbench bench` as a user runs it: tables, documents, pyperf's files, exit codes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
import venv
from pathlib import Path

import pyperf
import pytest

QUICK = ("--processes", "2", "--values", "2", "--warmups", "0", "--min-time", "1ms")
POOL = """
kind: pool
params: {tasks: [a, b, c], upto: 10, executor: thread}
"""


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    for name in ("CI", "FORCE_COLOR", "THREADBENCH_PLUGINS"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "pool.yaml").write_text(POOL, encoding="utf-8")
    return tmp_path


def bench(*words: str, quick: bool = True) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "threadbench", "bench", *words, *(QUICK if quick else ())]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)


def document(*words: str) -> dict:
    done = bench(*words, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_case_has_figures_in_its_own_units(desk: Path) -> None:
    """Time, throughput in tasks, CPU time, memory and switches are there, and every value; its traced run is kept."""
    told = document("pool.yaml")
    ((row,),) = [group["variants"] for group in told["groups"]]
    figures = row["figures"]
    assert (figures["units"], figures["unit"]) == (3, "tasks")
    assert figures["throughput"] == pytest.approx(3 / figures["time"])
    assert min(figures["time"], figures["cpu"], figures["memory"], figures["waits"] + figures["preemptions"]) > 0
    assert [len(values) for values in row["values"]] == [2, 2]
    assert row["traced"]["time"] > 0
    assert "future.wait.p95" in row["traced"]["metrics"]
    assert Path(row["traced"]["log"]).exists()
    assert any("too few" in caveat for caveat in row["caveats"])


def test_executors_are_compared_in_every_kind_that_has_them(desk: Path) -> None:
    """Threads and processes are timed beside each other, and the first is what the second is compared with."""
    (group,) = document("pool.yaml", "--vary", "params.executor=thread,process")["groups"]
    thread, process = group["variants"]
    assert [each["dimensions"] for each in (thread, process)] == [{"executor": "thread"}, {"executor": "process"}]
    assert thread["times_as_fast"] is None
    assert process["times_as_fast"]["centre"] > 0
    assert process["figures"]["child_memory"] > 0
    assert thread["figures"]["child_memory"] == 0
    assert group["scaling"] is None


def test_a_wrong_dimension_is_told_as_it_was_typed(desk: Path) -> None:
    """Nobody has typed the override that it is made into."""
    done = bench("pool.yaml", "--vary", "params.wrkers=1,2")
    assert done.stderr.startswith("--vary params.wrkers=1,2: error: 'wrkers' is no param of this kind\n")
    done = bench("pool.yaml", "--vary", "params.workers=0")
    assert done.stderr == "--vary params.workers=0: error: expected at least 1, got 0\n"
    assert done.returncode == 2


def test_a_dimension_takes_its_place_in_the_matrix(desk: Path) -> None:
    """Each cell of what else the matrix has is compared by itself; numbers give a curve."""
    (desk / "pool.yaml").write_text(POOL + "matrix: {upto: [1, 2], workers: [7, 9]}\n", encoding="utf-8")
    groups = document("pool.yaml", "--vary", "params.workers=1,2")["groups"]
    assert [group["case"] for group in groups] == ["pool.yaml::pool[upto=1]", "pool.yaml::pool[upto=2]"]
    assert [[row["dimensions"]["workers"] for row in group["variants"]] for group in groups] == [[1, 2], [1, 2]]
    assert [point["workers"] for point in groups[0]["scaling"]["points"]] == [1, 2]
    assert groups[0]["scaling"]["points"][0]["speed_up"]["centre"] == 1


def test_files_are_pyperf_s_own(desk: Path) -> None:
    """What --save writes, pyperf loads and compares; a baseline of it is compared case by case."""
    assert bench("pool.yaml", "--save", "a.json").returncode == 0
    done = bench("pool.yaml", "--baseline", "a.json", "--save", "b.json", "--json")
    (row,) = json.loads(done.stdout)["groups"][0]["variants"]
    assert row["baseline"]["judgement"] == "unclear"  # two processes cannot tell
    assert row["baseline"]["machine"] > 0
    suite = pyperf.BenchmarkSuite.load("b.json")
    assert suite.get_benchmark_names() == ["pool.yaml::pool"]
    assert suite.get_benchmarks()[0].get_nvalue() == 4
    compared = subprocess.run(
        [sys.executable, "-m", "pyperf", "compare_to", "a.json", "b.json", "--verbose"],
        capture_output=True,
        text=True,
        check=True,
    )
    # Which of the two it says is for its own test of significance.
    assert "[a]" in compared.stdout or "not significant" in compared.stdout.lower()


def test_what_became_much_slower_is_called(desk: Path) -> None:
    """A case that sleeps ten times as long as its baseline is slower, and the exit code says so."""
    (desk / "pool.yaml").write_text("kind: pool\nparams: {task: wait, pause: 1ms}\n", encoding="utf-8")
    assert bench("pool.yaml", "--save", "a.json", *QUICK, "--processes", "6", quick=False).returncode == 0
    slower = ("--set", "params.pause=30ms", "--baseline", "a.json", *QUICK, "--processes", "6")
    done = bench("pool.yaml", *slower, quick=False)
    assert done.returncode == 1
    assert "SLOWER than the baseline" in done.stdout


def test_what_does_not_end_well_is_not_timed(desk: Path) -> None:
    """A case that fails is named with the reason, the others are measured, and the exit code is that of `run`."""
    (desk / "race.yaml").write_text("kind: race\nexpect: {outcome: {value: 99}}\n", encoding="utf-8")
    done = bench(".")
    assert done.returncode == 1
    assert "race.yaml::race: failed, and that is not expected (" in done.stdout
    assert "1 measured, 1 not" in done.stdout


def test_a_workload_that_dies_when_timed_is_told(desk: Path) -> None:
    """What goes wrong only in the second run of a process ends the measuring, with the last line of what it said."""
    (desk / "odd.py").write_text(
        textwrap.dedent("""
            from threadbench import hookimpl, workload
            runs = []
            @workload("odd")
            def odd(run, params):
                runs.append(1)
                if len(runs) > 1:
                    raise RuntimeError("not again")
                return {}
            @hookimpl
            def threadbench_workloads():
                yield odd
        """),
        encoding="utf-8",
    )
    (desk / "odd.yaml").write_text("kind: odd\n", encoding="utf-8")
    done = bench("odd.yaml", "--plugin", "odd.py")
    assert done.returncode == 4
    assert "RuntimeError: not again" in done.stdout


def test_daemons_that_go_on_are_timed_in_fresh_processes(desk: Path) -> None:
    """What the main of a run leaves behind would disturb the next one: each process times one run, and that is said."""
    (desk / "daemon.yaml").write_text("kind: daemon\nparams: {daemon: true}\n", encoding="utf-8")
    (row,) = document("daemon.yaml")["groups"][0]["variants"]
    assert [len(values) for values in row["values"]] == [1, 1]
    assert row["figures"]["loops"] == 1
    assert any("daemon threads" in caveat for caveat in row["caveats"])


def test_an_interpreter_says_what_it_is(desk: Path) -> None:
    """Each Python that is given is shown with version and GIL, and is compared with the first."""
    told = document("pool.yaml", "--interpreter", sys.executable, "--interpreter", sys.executable)
    first, second = told["groups"][0]["variants"]
    assert first["interpreter"]["path"] == sys.executable
    assert first["interpreter"]["version"] == sys.version.split()[0]
    assert isinstance(first["interpreter"]["gil"], bool)
    assert first["benchmark"] != second["benchmark"]
    assert second["times_as_fast"]["centre"] > 0


def test_an_interpreter_without_threadbench_is_refused(desk: Path) -> None:
    """The message says what is missing there, and the command that mends it; nothing has been measured by then."""
    venv.create(desk / "bare", with_pip=False)
    python = desk / "bare" / "bin" / "python"
    done = bench("pool.yaml", "--interpreter", str(python))
    assert done.returncode == 2
    assert "cannot import threadbench" in done.stderr
    assert f"{python} -m pip install 'threadbench[bench]'" in done.stderr
    assert not (desk / ".threadbench").exists()


def test_an_interpreter_that_lacks_a_plugin_says_so(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the module of a kind is found by one interpreter only, the other's message names it."""
    (desk / "mine").mkdir()
    (desk / "mine" / "odd.py").write_text(
        "from threadbench import hookimpl, workload\n"
        "@workload('odd')\ndef odd(run, params):\n    return {}\n"
        "@hookimpl\ndef threadbench_workloads():\n    yield odd\n",
        encoding="utf-8",
    )
    (desk / "odd.yaml").write_text("kind: odd\n", encoding="utf-8")
    other = desk / "other"
    other.write_text(f'#!/bin/sh\nunset PYTHONPATH\nexec {sys.executable} "$@"\n', encoding="utf-8")
    other.chmod(0o755)
    monkeypatch.setenv("PYTHONPATH", str(desk / "mine"))
    done = bench("odd.yaml", "-p", "odd", "--interpreter", str(other))
    assert done.returncode == 3
    assert f"timed by {other}" in done.stderr
    assert "odd" in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--vary", "workers=1,2"), "expected a param and its values"),
        (("--vary", "params.workers="), "expected a param and its values"),
        (("--vary", "params.worker=1,2"), "'worker' is no param of this kind"),
        (("--vary", "params.workers=1,many"), "many"),
        (("--vary", "params.workers=1", "--vary", "params.workers=2"), "twice"),
        (("--interpreter", "no-such-python"), "there is no such program"),
        (("--interpreter", "true"), "does not answer as a Python does"),
        (("--baseline", "none.json"), "cannot read 'none.json'"),
        (("--baseline", "pool.yaml"), "no file of pyperf's"),
        (("--threshold", "150%"), "expected a part"),
    ],
)
def test_what_makes_no_sense_is_said_before_anything_runs(desk: Path, words: tuple[str, ...], said: str) -> None:
    """Mistakes in options end with 2, and with what was expected."""
    done = bench("pool.yaml", *words)
    assert (done.returncode, said in done.stderr) == (2, True), done.stderr
    assert not (desk / ".threadbench").exists()


def test_without_pyperf_the_cure_is_printed(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra is named, with the command that installs it."""
    (desk / "pyperf.py").write_text("raise ImportError('not here')\n", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(desk))
    done = bench("pool.yaml")
    assert done.returncode == 2
    assert "pip install 'threadbench[bench]'" in done.stderr


def test_tables_are_written_as_markdown(desk: Path) -> None:
    """A row for each variant, behind the same head as on the terminal."""
    assert bench("pool.yaml", "--vary", "params.workers=1,2", "--markdown", "out.md").returncode == 0
    rows = [line for line in Path("out.md").read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    assert rows[0].startswith("| variant | compared | time of a run |")
    assert [row.split(" | ")[0] for row in rows[1:3]] == ["| workers=1", "| workers=2"]


def test_a_page_is_written(desk: Path) -> None:
    """One file with the table and a curve; where jinja2 is missing nothing is measured before that is said."""
    words = ("--vary", "params.workers=1,2", "--html", "out.html")
    assert bench("pool.yaml", *words).returncode == 0
    text = Path("out.html").read_text(encoding="utf-8")
    assert "Speed-up over workers=1" in text
    assert "workers=2" in text
    (desk / "jinja2.py").write_text("raise ImportError('not here')\n", encoding="utf-8")
    refused = subprocess.run(
        [sys.executable, "-m", "threadbench", "bench", "pool.yaml", "--html", "again.html"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(desk)},
    )
    assert refused.returncode == 2
    assert "pip install 'threadbench[html]'" in refused.stderr
    assert not (desk / "again.html").exists()


def test_ctrl_c_leaves_nothing_behind(desk: Path) -> None:
    """Ctrl-C ends the measuring with 130, and no process of it goes on."""
    (desk / "pool.yaml").write_text("kind: pool\nparams: {task: wait, pause: 200ms}\n", encoding="utf-8")
    command = [sys.executable, "-m", "threadbench", "bench", "pool.yaml", "--processes", "50"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        while not (children := timing(process.pid)):
            time.sleep(0.02)
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "interrupted" in out
    for child in children:
        while alive(child):
            time.sleep(0.02)


def timing(parent: int) -> list[int]:
    """Processes that measure for this one."""
    found = []
    for each in Path("/proc").glob("[0-9]*"):
        try:
            stat = (each / "stat").read_text().rpartition(")")[2].split()
            words = (each / "cmdline").read_bytes()
        except OSError:
            continue
        if int(stat[1]) == parent and b"threadbench.bench.worker" in words:
            found.append(int(each.name))
    return found


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
