"""A Dask cluster comes to what one process does, whoever is killed: a scheduler and two workers, real processes here.

In a session of its own: `nox -s cluster`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from clusters import Cluster, cluster
from sweeps import began, begun, came_to, document, finished, kill, lay_out, logs, searched, swept, until

if not os.environ.get("THREADBENCH_CLUSTER"):
    pytest.skip("needs distributed: `nox -s cluster`", allow_module_level=True)

OPTIONS = ("-p", "numbering", "--seed", "5", "--json")


@pytest.fixture
def dask(tmp_path: Path) -> Iterator[Cluster]:
    """Two workers, who know the plugin."""
    lay_out(tmp_path, 200, waits=(200, 201))
    with cluster(tmp_path) as made:
        yield made


RACE = "kind: race\nparams: {workers: 2, pause: 0ms}\nexpect: {explore: violated}\n"
SAMPLED = ("race.yaml", "--strategy", "random", "--seed", "5", "--all-outcomes", "--json", "--time-limit", "60m")


def executor(dask: Cluster) -> tuple[str, ...]:
    return "--executor", f"dask://{dask.address}", "--events", "logs"


def test_a_sweep_of_200_cases_is_that_of_one_process(dask: Cluster) -> None:
    """Cases, their order, verdicts, checks and outcomes; each case begins once."""
    folder = dask.folder
    alone = swept(folder, "quick.yaml", *OPTIONS)
    (folder / "begun").unlink()
    together = swept(folder, "quick.yaml", *OPTIONS, *executor(dask))
    assert together.returncode == alone.returncode == 0, together.stderr
    assert len(document(together)["cases"]) == 200
    assert came_to(document(together)) == came_to(document(alone))
    assert sorted(began(folder)) == list(range(200))
    assert len(logs(folder / "logs")) == 200


def test_a_killed_worker_loses_and_doubles_nothing(dask: Cluster) -> None:
    """What it was about is run again by the other one, or one that comes."""
    folder = dask.folder
    paths = ("slow.yaml", "quick.yaml")
    narrow = ("-k", "number=20 or number=1")
    with begun(folder, "run", *paths, *narrow, *OPTIONS, *executor(dask)) as sweep:
        until(lambda: {200, 201} <= set(began(folder)), sweep)
        kill(dask.workers[0].pid)
        dask.workers[0].wait()
        dask.worker()
        until(lambda: len(set(began(folder))) < len(began(folder)), sweep)
        (folder / "go").touch()
        out, err = sweep.communicate(timeout=120)
    assert sweep.returncode == 0, err
    together = json.loads(out)
    alone = swept(folder, *paths, *narrow, *OPTIONS)
    assert came_to(together) == came_to(document(alone))
    assert len(logs(folder / "logs")) == len(together["cases"]) > 100


def test_a_killed_client_is_gone_on_from(dask: Cluster) -> None:
    """What its logs say is done stays, byte for byte, and the rest is run."""
    folder = dask.folder
    paths = ("quick.yaml", "slow.yaml")
    narrow = ("-k", "number=20 or number=1")
    with begun(folder, "run", *paths, *narrow, *OPTIONS, *executor(dask)) as sweep:
        until(lambda: {200, 201} & set(began(folder)) and len(logs(folder / "logs")) > 100, sweep)
        kill(sweep.pid)
        sweep.wait()
    before = logs(folder / "logs")
    (folder / "go").touch()
    done = swept(folder, *paths, *narrow, *OPTIONS, *executor(dask), "--resume")
    assert done.returncode == 0, done.stderr
    assert f"resuming: {len(before)} of {len(document(done)['cases'])} runs are done" in done.stderr
    after = logs(folder / "logs")
    assert {name: after[name] for name in before} == before
    alone = swept(folder, *paths, *narrow, *OPTIONS)
    assert came_to(document(done)) == came_to(document(alone))


def batches(folder: Path) -> int:
    """How many have come back to a search."""
    journal = folder / ".threadbench" / "searches" / "race.free-threaded.jsonl"
    return journal.read_bytes().count(b"\n") - 1 if journal.exists() else 0


def test_a_search_of_100_000_schedules_is_that_of_one_process(dask: Cluster) -> None:
    """Outcomes, how often and in which schedule first, witnesses; also where a worker is killed midway."""
    folder = dask.folder
    (folder / "race.yaml").write_text(RACE, encoding="utf-8")
    words = ("explore", *SAMPLED, "--max-schedules", "100000")
    with begun(folder, *words, "--executor", f"dask://{dask.address}") as search:
        until(lambda: batches(folder) > 20, search)
        kill(dask.workers[0].pid)
        dask.workers[0].wait()
        dask.worker()
        out, err = search.communicate(timeout=1200)
    assert search.returncode == 0, err
    together = json.loads(out)
    assert sum(outcome["count"] for outcome in together["searches"][0]["outcomes"]) == 100_000
    assert batches(folder) == 400
    assert searched(together) == searched(document(finished(folder, *words)))


def test_a_search_whose_client_is_killed_is_gone_on_from(dask: Cluster) -> None:
    """Batches that came back are not run again."""
    folder = dask.folder
    (folder / "race.yaml").write_text(RACE, encoding="utf-8")
    words = ("explore", *SAMPLED, "--max-schedules", "10000")
    with begun(folder, *words, "--executor", f"dask://{dask.address}") as search:
        until(lambda: batches(folder) > 5, search)
        kill(search.pid)
        search.wait()
    kept = batches(folder)
    assert kept < 40
    done = document(finished(folder, *words, "--executor", f"dask://{dask.address}", "--resume"))
    assert batches(folder) == 40
    assert searched(done) == searched(document(finished(folder, *words)))


def test_a_scheduler_that_goes_ends_the_sweep_with_the_command_that_goes_on(dask: Cluster) -> None:
    """Exit code 3, what was done is kept."""
    folder = dask.folder
    with begun(folder, "run", "slow.yaml", "quick.yaml", *OPTIONS, *executor(dask), "-k", "number=20") as sweep:
        until(lambda: {200, 201} <= set(began(folder)), sweep)
        kill(dask.scheduler.pid)
        out, err = sweep.communicate(timeout=120)
    assert sweep.returncode == 3, err
    assert "the Dask scheduler at" in err + out
    assert "--executor dask://" in err + out
    assert "--resume" in err + out


def test_a_scheduler_that_goes_ends_a_search_with_the_command_that_goes_on(dask: Cluster) -> None:
    """What came back is kept."""
    folder = dask.folder
    (folder / "race.yaml").write_text(RACE, encoding="utf-8")
    words = ("explore", *SAMPLED, "--max-schedules", "10000")
    with begun(folder, *words, "--executor", f"dask://{dask.address}") as search:
        until(lambda: batches(folder) > 2, search)
        kill(dask.scheduler.pid)
        out, err = search.communicate(timeout=120)
    assert search.returncode == 3, err
    assert "the Dask scheduler at" in out
    assert "--resume" in out


def test_where_nobody_answers_it_says_so(tmp_path: Path) -> None:
    """Before anything runs."""
    lay_out(tmp_path, 1)
    done = swept(tmp_path, "quick.yaml", "-p", "numbering", "--executor", "dask://127.0.0.1:9")
    assert (done.returncode, "no Dask scheduler answers at 127.0.0.1:9" in done.stderr) == (3, True), done.stderr
    nameless = swept(tmp_path, "quick.yaml", "-p", "numbering", "--executor", "dask")
    assert (nameless.returncode, "--executor dask://HOST:PORT" in nameless.stderr) == (2, True), nameless.stderr
