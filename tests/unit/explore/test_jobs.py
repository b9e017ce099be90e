"""A search that samples, split over processes: what it comes to does not depend on how many there are."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import cash
import click
import pytest
from click.testing import CliRunner

import threadbench
from threadbench.cli.executing import executor_named
from threadbench.executors import agreed

THREADS = [cash.deposit, cash.deposit, cash.deposit_often]


def balance(account: cash.Account) -> int:
    return account.balance


def kind_of_lock() -> str:
    return repr(threading.Lock())


def explored(schedules: int = 600, **how: Any) -> threadbench.Found:
    return threadbench.explore(
        cash.Account, THREADS, None, balance, max_schedules=schedules, seed=5, stop_on_first=False, **how
    )


def table(found: threadbench.Found) -> list[tuple[Any, ...]]:
    """What a search came to, outcome by outcome."""
    return [(each.value, each.cause, each.count, each.first) for each in found.outcomes] + [(found.points,)]


@pytest.mark.parametrize("strategy", ["random", "pct", "pos"])
def test_one_job_or_two_come_to_the_same(strategy: str) -> None:
    """The same seed: the same outcomes, as often, first in the same schedule."""
    alone = explored(strategy=strategy)
    assert len(alone.outcomes) > 3
    assert table(explored(strategy=strategy, jobs=2)) == table(alone)


@pytest.mark.parametrize("strategy", ["rff", "auto"])
def test_what_learns_is_the_same_for_any_number_of_jobs(strategy: str) -> None:
    """Batches learn from those before them, whoever ran these; from two jobs to three nothing changes."""
    assert table(explored(1_500, strategy=strategy, jobs=2)) == table(explored(1_500, strategy=strategy, jobs=3))


def test_what_was_learned_is_understood_by_processes_that_start_from_nothing() -> None:
    """Instructions go by names there: the code of another process is another object."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        found = explored(1_000, strategy="rff", executor=pool)
    assert table(found) == table(explored(1_000, strategy="rff", jobs=2))


class Till:
    """Three threads take its lock three times each: in 9! / (3! · 3! · 3!) orders."""

    def __init__(self) -> None:
        self.lock = threading.Lock()

    def serve(self) -> None:
        for _ in range(3):
            with self.lock:
                pass


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_one_process_exhausts_jobs_exhaust_too(jobs: int) -> None:
    """A space that is too large for the first try of a reduction, and not for its turns in one process."""
    found = threadbench.explore(Till, [Till.serve] * 3, model="sync", jobs=jobs, time_limit=600)
    assert (found.verdict, found.exhaustive) == ("holds", True), found.reason
    assert found.schedules > 1_680


def test_what_no_job_exhausts_holds_as_sampled() -> None:
    """With the schedules that were asked for, the reduction's among them."""
    found = threadbench.explore(Till, [Till.serve] * 4, model="sync", jobs=2, max_schedules=3_000, time_limit=600)
    assert (found.verdict, found.exhaustive, found.schedules) == ("holds", False, 3_000)


def wait_for_a_process(account: cash.Account) -> None:
    with ProcessPoolExecutor(1) as pool:
        account.balance += pool.submit(len, "a").result()


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_cannot_be_controlled_is_inconclusive_with_jobs_too(jobs: int) -> None:
    """The line is named; nothing is raised."""
    found = threadbench.explore(cash.Account, [wait_for_a_process] * 2, jobs=jobs)
    assert found.verdict == "inconclusive"
    assert "makes a pool of processes in" in found.reason


def calculate(account: cash.Account) -> None:
    exec("account.balance += 1", {"account": account})


def test_a_reduction_that_cannot_see_everything_says_so_with_jobs_too() -> None:
    """Where code is made at run time, the end of the reduction in the first process is no proof."""
    found = threadbench.explore(cash.Account, [calculate, calculate], None, balance, jobs=2)
    assert (found.verdict, found.exhaustive) == ("inconclusive", False)
    assert "exec()" in found.reason


def test_a_violation_is_found_shrunk_and_replayed_with_jobs() -> None:
    """The witness that a process found is made short here."""
    found = threadbench.explore(
        cash.Account, THREADS, lambda account: account.balance == 220, strategy="pos", jobs=2, max_schedules=600
    )
    assert (found.verdict, found.witness.preemptions) == ("violated", 1)
    assert found.witness.replay().verdict == "violated"


def test_any_executor_runs_the_batches() -> None:
    """One whose processes start from nothing, and are handed what is explored."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        found = explored(strategy="random", executor=pool)
    assert table(found) == table(explored(strategy="random"))


def test_an_executor_is_left_as_it_was_found() -> None:
    """The next search that it runs batches of is another one, and what else it runs has real locks."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        assert len(explored(strategy="random", executor=pool).outcomes) > 3
        one = threadbench.explore(cash.Account, [cash.deposit], None, balance, strategy="random", executor=pool)
        assert [each.value for each in one.outcomes] == [100]
        assert "virtual" not in pool.submit(kind_of_lock).result()


def test_an_executor_of_threads_in_this_process_will_do() -> None:
    """Batches take turns, and what they have prepared is put back for the search to go on."""
    code = cash.deposit.__code__
    with ThreadPoolExecutor(2) as pool:
        for _ in range(2):
            assert table(explored(strategy="random", executor=pool)) == table(explored(strategy="random"))
    assert cash.deposit.__code__ is code


@pytest.mark.parametrize("strategy", ["dpor", "dfs"])
def test_what_does_not_split_says_so(strategy: str) -> None:
    """A reduction's next schedule depends on all before."""
    with pytest.raises(threadbench.UsageError, match="does not split over jobs"):
        explored(strategy=strategy, jobs=2)


@pytest.mark.parametrize("jobs", [0, -1, True, 1.5, "2"])
def test_a_number_of_jobs_that_makes_no_sense_is_refused(jobs: object) -> None:
    """With a sentence that says what would."""
    with pytest.raises(threadbench.UsageError, match="jobs must be a whole number"):
        explored(strategy="random", jobs=jobs)


@click.command()
@click.option("--jobs", type=click.IntRange(min=1))
@click.option("--executor", callback=executor_named)
def asked(jobs: int | None, executor: tuple[str, str] | None) -> None:
    """Print how many processes there are to be."""
    click.echo(agreed(jobs, executor))


@pytest.mark.parametrize(
    ("words", "processes"),
    [
        ([], 1),
        (["--jobs", "3"], 3),
        (["--executor", "processes:2"], 2),
        (["--executor", "processes:2", "--jobs", "2"], 2),
    ],
)
def test_both_options_say_how_many_processes(words: list[str], processes: int) -> None:
    """`--executor processes:N` is `--jobs N`."""
    assert CliRunner().invoke(asked, words).output == f"{processes}\n"


def test_an_executor_without_a_number_takes_every_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many processes as CPUs; with `--jobs` they have to agree."""
    monkeypatch.setattr("os.cpu_count", lambda: 4)
    assert CliRunner().invoke(asked, ["--executor", "processes"]).output == "4\n"
    with pytest.raises(threadbench.UsageError, match="do not agree"):
        agreed(3, ("processes", "4"))


@pytest.mark.parametrize(
    ("executor", "said"),
    [
        ("threads:2", "executor 'threads' is unknown"),
        ("process", "did you mean 'processes'"),
        ("processes:0", "'0' is no number"),
    ],
)
def test_an_executor_that_there_is_not_is_refused(executor: str, said: str, tmp_path: Path) -> None:
    """With what was probably meant, and exit code 2."""
    (tmp_path / "s.yaml").write_text("kind: race", encoding="utf-8")
    words = [sys.executable, "-m", "threadbench", "explore", "s.yaml", "--no-plugins", "--executor", executor]
    result = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True)
    assert result.returncode == 2
    assert said in result.stderr
