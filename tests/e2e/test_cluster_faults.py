"""What goes wrong with a Dask cluster is told, and costs no result: workers that go, come late or are others; a client
that is killed again and again; logs as large as they get.

In a session of its own: `nox -s cluster`.
"""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from clusters import Cluster, cluster
from sweeps import began, begun, came_to, document, finished, kill, lay_out, logs, searched, swept, until

if not os.environ.get("THREADBENCH_CLUSTER"):
    pytest.skip("needs distributed: `nox -s cluster`", allow_module_level=True)

OPTIONS = ("-p", "numbering", "--seed", "5", "--json")
RACE = "kind: race\nparams: {workers: 2, pause: 0ms}\nexpect: {explore: violated}\n"
SAMPLED = ("race.yaml", "--strategy", "random", "--seed", "5", "--all-outcomes", "--json", "--time-limit", "60m")
KILLS = 8
"""Of the client, at random moments of one sweep."""
OTHER = """\
import threadbench._version

threadbench._version.__version__ = "0.0.1"
"""


@pytest.fixture
def dask(tmp_path: Path) -> Iterator[Cluster]:
    """Two workers, who know the plugin."""
    lay_out(tmp_path, 40, waits=(200, 201))
    (tmp_path / "race.yaml").write_text(RACE, encoding="utf-8")
    with cluster(tmp_path) as made:
        yield made


def executor(dask: Cluster) -> tuple[str, str]:
    return "--executor", f"dask://{dask.address}"


def batches(folder: Path) -> int:
    """How many have come back to a search."""
    journal = folder / ".threadbench" / "searches" / "race.free-threaded.jsonl"
    return journal.read_bytes().count(b"\n") - 1 if journal.exists() else 0


def bereft(dask: Cluster) -> None:
    """Kill all workers."""
    for worker in dask.workers:
        kill(worker.pid)
        worker.wait()


def test_a_sweep_without_workers_says_so_and_goes_on_when_one_joins(dask: Cluster) -> None:
    """What is the matter, what is done so far, and how to go on later; nothing is lost or done twice."""
    folder = dask.folder
    paths = ("quick.yaml", "slow.yaml")
    said = folder / "said"
    with said.open("w") as file, begun(folder, "run", *paths, *OPTIONS, *executor(dask), stderr=file) as sweep:
        until(lambda: {200, 201} <= set(began(folder)), sweep)
        bereft(dask)
        until(lambda: "has had no worker" in said.read_text(), sweep)
        dask.worker()
        until(lambda: "that is over: this goes on" in said.read_text(), sweep)
        (folder / "go").touch()
        out, _ = sweep.communicate(timeout=120)
    assert sweep.returncode == 0
    assert "; 40 of 42 runs are done; this goes on when that is over" in said.read_text()
    assert "later: threadbench run quick.yaml slow.yaml -p numbering --executor dask://" in said.read_text()
    assert came_to(json.loads(out)) == came_to(document(swept(folder, *paths, *OPTIONS)))


def test_a_search_without_workers_says_so_and_goes_on_when_one_joins(dask: Cluster) -> None:
    """Its process is not taken for stuck, and no schedule is lost or counted twice."""
    folder = dask.folder
    words = ("explore", *SAMPLED, "--max-schedules", "10000", "--timeout", "4s")
    said = folder / "said"
    with said.open("w") as file, begun(folder, *words, *executor(dask), stderr=file) as search:
        until(lambda: batches(folder) > 2, search)
        bereft(dask)
        until(lambda: "has had no worker" in said.read_text(), search)
        dask.worker()
        out, _ = search.communicate(timeout=300)
    assert search.returncode == 0
    assert "schedules done; this goes on when that is over" in said.read_text()
    assert "later: threadbench explore race.yaml" in said.read_text()
    assert searched(json.loads(out)) == searched(document(finished(folder, *words)))


def test_where_no_worker_comes_back_the_sweep_ends_and_is_gone_on_from(dask: Cluster) -> None:
    """After a minute, with exit code 3; the command that it prints finishes the sweep."""
    folder = dask.folder
    paths = ("quick.yaml", "slow.yaml", *OPTIONS, "--events", "logs")
    with begun(folder, "run", *paths, *executor(dask)) as sweep:
        until(lambda: {200, 201} <= set(began(folder)), sweep)
        bereft(dask)
        _, err = sweep.communicate(timeout=180)
    assert sweep.returncode == 3
    assert "has had no worker for" in err
    assert "40 of 42 runs are done, and kept in logs" in err
    (folder / "go").touch()
    dask.worker()
    done = swept(folder, *paths, *executor(dask), "--resume")
    assert "resuming: 40 of 42 runs are done" in done.stderr
    assert came_to(document(done)) == came_to(document(swept(folder, "quick.yaml", "slow.yaml", *OPTIONS)))


def test_workers_may_come_late(tmp_path: Path) -> None:
    """A sweep that finds none waits for the first, and gives the second its share."""
    lay_out(tmp_path, 20, waits=(200, 201))
    with cluster(tmp_path, 0) as dask:
        paths = ("slow.yaml", "quick.yaml")
        with begun(tmp_path, "run", *paths, *OPTIONS, *executor(dask)) as sweep:
            dask.worker()
            until(lambda: began(tmp_path), sweep)
            dask.worker()
            until(lambda: {200, 201} <= set(began(tmp_path)), sweep)
            (tmp_path / "go").touch()
            out, err = sweep.communicate(timeout=120)
        assert sweep.returncode == 0, err
        assert came_to(json.loads(out)) == came_to(document(swept(tmp_path, *paths, *OPTIONS)))


def test_a_worker_of_another_version_is_refused(tmp_path: Path) -> None:
    """Both versions are named, nothing is run: neither a sweep nor a search comes to what others would not."""
    lay_out(tmp_path, 3)
    (tmp_path / "race.yaml").write_text(RACE, encoding="utf-8")
    other = tmp_path / "other"
    other.mkdir()
    (other / "sitecustomize.py").write_text(OTHER, encoding="utf-8")
    with cluster(tmp_path, 0) as dask:
        dask.worker(other)
        for words in (("run", "quick.yaml", *OPTIONS), ("explore", *SAMPLED)):
            done = finished(tmp_path, *words, *executor(dask))
            assert done.returncode == 2, done.stderr
            assert "the executor's process has threadbench 0.0.1 on cpython" in done.stdout + done.stderr
            assert "install the same there" in done.stdout + done.stderr
    assert not began(tmp_path)


def test_a_client_that_is_killed_again_and_again_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """At random moments: each log is whole or not there, what is there stays, and the end is that of one process."""
    lay_out(tmp_path, 200)
    draw = random.Random(11)
    kept: dict[str, bytes] = {}
    with cluster(tmp_path) as dask:
        words = ("quick.yaml", *OPTIONS, *executor(dask), "--events", "logs")
        for number in range(KILLS):
            resume = ("--resume",) if number else ()
            with begun(tmp_path, "run", *words, *resume) as sweep:
                wanted = min(190, len(kept) + draw.randrange(12))
                until(lambda wanted=wanted: len(logs(tmp_path / "logs")) >= wanted, sweep)
                time.sleep(draw.random() / 20)
                kill(sweep.pid)
                sweep.wait()
            now = logs(tmp_path / "logs")
            assert {name: now[name] for name in kept} == kept
            assert all(b'"run.finished"' in log.splitlines()[-1] for log in now.values())
            kept = now
        done = swept(tmp_path, *words, "--resume")
    assert done.returncode == 0, done.stderr
    assert f"resuming: {len(kept)} of 200 runs are done" in done.stderr
    after = logs(tmp_path / "logs")
    assert {name: after[name] for name in kept} == kept
    assert len(after) == 200
    assert came_to(document(done)) == came_to(document(swept(tmp_path, "quick.yaml", *OPTIONS)))


def test_a_log_of_300_000_events_and_an_outcome_of_megabytes_come_back_whole(dask: Cluster) -> None:
    """As they are in one process."""
    folder = dask.folder
    (folder / "flooding.py").write_text(FLOODING, encoding="utf-8")
    (folder / "flood.yaml").write_text("kind: flooding\ntimeout: 5m\n", encoding="utf-8")
    words = ("flood.yaml", "-p", "flooding", "--seed", "5", "--json", "--events", "logs")
    together = swept(folder, *words, *executor(dask))
    (log,) = logs(folder / "logs").values()
    assert log.count(b'"event":"flooding.drop"') == 300_000
    alone = swept(folder, *words[:-1], "alone")
    assert len(document(together)["cases"][0]["runs"][0]["outcome"]) == 4_000_000
    assert came_to(document(together)) == came_to(document(alone))


def edited(path: Path, before: str, after: str) -> None:
    """Somebody has changed a file: its size too, or a second later Python takes what it has compiled for up to date."""
    path.write_text(path.read_text(encoding="utf-8").replace(before, after), encoding="utf-8")


def squares(folder: Path, *words: str) -> list[int]:
    """What a sweep over five cases comes to."""
    done = swept(folder, "five.yaml", "--seed", "5", "--json", *words)
    return [case["runs"][0]["outcome"]["square"] for case in document(done)["cases"]]


def test_a_plugin_in_one_file_travels_as_it_is_now(tmp_path: Path) -> None:
    """Runs and searches on workers that have no such file; once it has changed, none goes on with the old one."""
    client, theirs = tmp_path / "client", tmp_path / "theirs"
    client.mkdir()
    theirs.mkdir()
    lay_out(client, 5)
    (client / "quick.yaml").rename(client / "five.yaml")
    (client / "numbering.py").rename(client / "mine.py")
    with cluster(theirs) as dask:
        words = ("--plugin", "mine.py", *executor(dask))
        assert squares(client, *words) == [0, 1, 4, 9, 16]
        how = ("--strategy", "random", "--max-schedules", "300", "--seed", "5", "--json", "-k", "number=3")
        again = ("explore", "five.yaml", *how, "--set", "expect.verdict=passed")
        alone, together = finished(client, *again, "--plugin", "mine.py"), finished(client, *again, *words)
        assert searched(document(together)) == searched(document(alone))
        edited(client / "mine.py", "params.number**2", "params.number ** 3")
        assert squares(client, *words) == [0, 1, 8, 27, 64]
        together = finished(client, *again, *words)
        assert document(together)["searches"][0]["outcomes"][0]["value"]["square"] == 27


def test_workers_with_other_code_do_not_answer(tmp_path: Path) -> None:
    """One that has imported what has changed since, or has another file by that name: the command says which."""
    lay_out(tmp_path, 5)
    (tmp_path / "quick.yaml").rename(tmp_path / "five.yaml")
    other = tmp_path / "other"
    other.mkdir()
    how = ("--strategy", "random", "--max-schedules", "300", "--seed", "5", "-k", "number=3", "-p", "numbering")
    with cluster(tmp_path, 1) as dask:
        assert finished(tmp_path, "explore", "five.yaml", *how, *executor(dask)).returncode == 0
        edited(tmp_path / "numbering.py", "params.number**2", "params.number ** 3")
        stale = finished(tmp_path, "explore", "five.yaml", *how, *executor(dask))
        assert stale.returncode == 2
        assert "other code than the one that asks: numbering.py: function numbered changed" in stale.stderr
        assert squares(tmp_path, "-p", "numbering", *executor(dask)) == [0, 1, 8, 27, 64]
    (other / "numbering.py").write_text((tmp_path / "numbering.py").read_text() + "\n", encoding="utf-8")
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    with cluster(theirs, 0) as dask:
        dask.worker(other)
        done = swept(tmp_path, "five.yaml", "-p", "numbering", *executor(dask))
        assert done.returncode == 2
        assert f"has another {other / 'numbering.py'} than the one that asks" in done.stderr


FLOODING = """\
from threadbench import hookimpl, workload


@workload("flooding")
def flooding(run, params):
    \"\"\"Tells more than anybody reads.\"\"\"
    for number in range(300_000):
        run.emit("drop", number=number)
    return "x" * 4_000_000


@hookimpl
def threadbench_workloads():
    yield flooding
"""
