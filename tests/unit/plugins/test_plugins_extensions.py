"""Exporters, executors and observers of plugins: found by name, handed what they need, and blamed for what they do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from textwrap import dedent

import pytest
from plugin_site import good, status

import threadbench
from threadbench.errors import PluginError
from threadbench.observing import ObserverWarning
from threadbench.plugins import Registry

LINES = """
    import threadbench

    def write(log, destination):
        {body}

    @threadbench.hookimpl
    def threadbench_exporters():
        return {{"lines": write}}
"""
BODY = "destination.write_text(str(sum(1 for _ in threadbench.read_log(log))))"

WATCHING = """
    import json, sys
    from threadbench import hookimpl

    class Watching:
        seen = []

        def started(self, session):
            self.seen.append(["started", session.total])

        def events(self, case, batch):
            self.seen.append(["events", case, [event.seq for event in batch], [batch[0].event, batch[-1].event]])
            {events}

        def finished(self, result):
            self.seen.append(["finished", result.case_id])
            print("SEEN", json.dumps(self.seen), file=sys.stderr)

    @hookimpl
    def threadbench_observers():
        yield Watching()
"""

POOL = """
    import threading
    from concurrent.futures import ThreadPoolExecutor
    from threadbench import hookimpl

    class Pool(ThreadPoolExecutor):
        def shutdown(self, *arguments, **named):
            print("SHUT", flush=True)
            super().shutdown(*arguments, **named)

    def make(argument):
        {make}

    @hookimpl
    def threadbench_executors():
        return {{"pool": make}}
"""


def source(text: str, **parts: str) -> str:
    """A module of that text."""
    return dedent(text).format(**parts)


def command(site, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """A command that finds the site's distributions, in its parent folder."""
    return subprocess.run(
        [sys.executable, "-m", "threadbench", *arguments],
        cwd=site.folder.parent,
        env={**os.environ, "PYTHONPATH": str(site.folder), "NO_COLOR": "1", **environ},
        capture_output=True,
        text=True,
    )


@pytest.fixture
def log(site, tmp_path):
    """An event log of a short run."""
    (tmp_path / "s.yaml").write_text("kind: thread\n", encoding="utf-8")
    result = threadbench.run(str(tmp_path / "s.yaml"), events=tmp_path / "log.jsonl")
    assert result.verdict == "passed"
    return tmp_path / "log.jsonl"


def seen(done: subprocess.CompletedProcess[str]) -> list[list]:
    """What an observer says it was told."""
    return json.loads(done.stderr.rpartition("SEEN ")[2].partition("\n")[0])


def test_extensions_stand_in_the_row_of_their_plugin(site):
    """With their sorts and names; observers are counted, for they have none."""
    site.install("acme", {"a": source(LINES, body=BODY) + source(WATCHING, events="pass") + source(POOL, make="pass")})
    row = status(Registry(), "a")
    assert (row.status, row.extensions, row.observers) == ("ok", (("exporter", "lines"), ("executor", "pool")), 1)
    shown = command(site, "plugins", "list").stdout
    assert "exporter lines, executor pool, 1 observer" in shown


def test_an_exporter_writes_what_it_is_asked_for(site, log):
    """From the log, to the file; the report is shown as ever."""
    site.install("acme", {"a": source(LINES, body=BODY)})
    done = command(site, "report", str(log), "--export", "lines=count.txt")
    assert done.returncode == 0, done.stderr
    lines = log.read_text(encoding="utf-8").splitlines()
    assert (log.parent / "count.txt").read_text(encoding="utf-8") == str(len(lines))
    assert "passed" in done.stdout


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--export", "line=x"], 2, "exporter 'line' is unknown: no plugin provides it"),
        (["--export", "lines"], 2, "write NAME=FILE, not 'lines'"),
        (["--export", "lines=x"], 3, "exporter 'lines' of plugin 'a' of acme 1.0 raised ZeroDivisionError"),
    ],
)
def test_an_exporter_that_fails_is_named(site, log, words, code, said):
    """So is one that there is not; nobody sees a traceback."""
    site.install("acme", {"a": source(LINES, body="1 / 0")})
    done = command(site, "report", str(log), *words)
    assert done.returncode == code
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    if code == 3:
        assert f"{site.folder / 'acme_a.py'}:5" in done.stderr


def test_an_observer_is_told_all_of_a_run_in_batches(site, log):
    """Each event once, in order, from `run.started` to `run.finished`; and far fewer calls than events."""
    (log.parent / "many.yaml").write_text("kind: race\nparams: {pause: 0ms, updates: 2000}\nexpect: {checks: {}}\n")
    site.install("acme", {"a": source(WATCHING, events="pass")})
    done = command(site, "run", "many.yaml", "-p", "a", "--events", "many.jsonl")
    told = seen(done)
    assert told[0] == ["started", 1]
    assert told[-1] == ["finished", "many.yaml::many"]
    batches = [each for each in told if each[0] == "events"]
    assert {each[1] for each in batches} == {"many.yaml::many"}
    assert [seq for each in batches for seq in each[2]] == list(
        range(len((log.parent / "many.jsonl").read_text(encoding="utf-8").splitlines()))
    )
    assert (batches[0][3][0], batches[-1][3][1]) == ("run.started", "run.finished")
    assert len(batches) < len([seq for each in batches for seq in each[2]]) / 10


def test_an_observer_is_told_what_a_search_came_to(site, log):
    """Before the first search and after each."""
    site.install("acme", {"a": source(WATCHING, events="pass")})
    done = command(site, "explore", log.with_name("s.yaml").name, "-p", "a")
    assert seen(done) == [["started", 1], ["finished", "s.yaml::s"]]


def test_an_observer_is_heard_where_it_was_asked_for(site, log):
    """To be installed is not enough; `-p` and the variable are, for `threadbench.run` as well."""
    site.install("acme", {"a": source(WATCHING, events="pass")})
    assert "SEEN" not in command(site, "run", "s.yaml").stderr
    assert "SEEN" in command(site, "run", "s.yaml", THREADBENCH_PLUGINS="a").stderr
    code = "import threadbench; threadbench.run('s.yaml'); list(threadbench.run_all(['s.yaml']))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=log.parent,
        env={**os.environ, "PYTHONPATH": str(site.folder), "THREADBENCH_PLUGINS": "a"},
        capture_output=True,
        text=True,
    )
    assert done.stderr.count("SEEN") == 2


def test_an_observer_that_fails_stops_nothing(site, log, monkeypatch):
    """Neither the run nor another observer; who it was is said once, and it is told nothing more."""
    site.install("acme", {"a": source(WATCHING, events="raise SystemExit(3)")})
    site.install("bolt", {"b": source(WATCHING, events="pass")})
    done = command(site, "run", "s.yaml", "-p", "a", "-p", "b")
    assert done.returncode == 0
    assert done.stderr.count("warning: 'events' of observer of plugin 'a' of acme 1.0 raised SystemExit: 3 (") == 1
    assert done.stderr.count("SEEN") == 1
    monkeypatch.setenv("THREADBENCH_PLUGINS", "a")
    with pytest.warns(ObserverWarning, match="plugin 'a' of acme"):
        assert threadbench.run(str(log.with_name("s.yaml"))).verdict == "passed"


def test_an_executor_runs_a_search_and_is_shut_down(site, log):
    """It comes to what one process comes to, and its factory gets what stands behind its name."""
    site.install("acme", {"a": source(POOL, make="assert argument == 'two:2', argument; return Pool(2)")})
    (log.parent / "r.yaml").write_text("kind: race\nexplore: {max_schedules: 600}\n", encoding="utf-8")
    words = ["explore", "r.yaml", "--seed", "1", "--strategy", "random", "--all-outcomes", "--json"]
    here, there = command(site, *words), command(site, *words, "--executor", "pool:two:2")
    assert (here.returncode, there.returncode) == (1, 1), there.stderr
    outcomes = [json.loads(done.stdout)["searches"][0]["outcomes"] for done in (here, there)]
    assert [{**each, "witness": None} for each in outcomes[0]] == [{**each, "witness": None} for each in outcomes[1]]


@pytest.mark.parametrize(
    ("make", "said"),
    [
        ("return 3", "executor 'pool' of plugin 'a' of acme 1.0 made 3, which is no concurrent.futures.Executor"),
        ("raise OSError('nobody there')", "executor 'pool' of plugin 'a' of acme 1.0 raised OSError: nobody there ("),
    ],
)
def test_an_executor_that_fails_is_named(site, log, make, said):
    """Whatever its factory does; exit code 3."""
    site.install("acme", {"a": source(POOL, make=make)})
    done = command(site, "explore", "s.yaml", "--strategy", "random", "--executor", "pool")
    assert done.returncode == 3
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("def threadbench_exporters(): return {'a b': print}", "exporter 'a b' is not a valid name"),
        ("def threadbench_exporters(): return {'csv': 3}", "the function of exporter 'csv' cannot be called: 3"),
        ("def threadbench_exporters(): return 3", "threadbench_exporters gives 3: it has to return a mapping"),
        ("def threadbench_executors(): return {'processes': print}", "executor 'processes' is built in, and its name"),
        ("def threadbench_observers(): return [3]", "threadbench_observers gives 3, which has none of the methods"),
        ("def threadbench_observers(): return 3", "threadbench_observers gives 3: it has to return or yield observers"),
        ("def threadbench_observers(): pass", "threadbench_observers gives nothing: it has to return or yield what"),
    ],
)
def test_what_breaks_a_rule_is_told(site, text, reason):
    """The plugin is broken, or in conflict about that name, and the reason says which rule."""
    site.install("acme", {"a": f"from threadbench import hookimpl\n\n@hookimpl\n{text}\n"})
    row = status(Registry(), "a")
    assert row.status in {"broken", "conflict"}
    assert row.reason.startswith(reason)


def test_two_claims_of_one_exporter_name_both(site):
    """Neither has it; what else they provide stays."""
    site.install("acme", {"a": source(LINES, body=BODY) + good("mine")})
    site.install("bolt", {"b": source(LINES, body=BODY)})
    registry = Registry()
    with pytest.raises(PluginError, match=r"exporter 'lines' is claimed by .*acme 1\.0 and .*bolt"):
        registry.extension("exporter", "lines")
    assert registry.workload("mine").kind == "mine"


def test_calls_of_plugins_can_be_traced(site, log):
    """Hook, whose it is, what it gave and how long; of extensions too, failures included."""
    site.install("acme", {"a": source(LINES, body="raise KeyError('x')")})
    done = command(site, "report", str(log), "--export", "lines=x", THREADBENCH_TRACE_PLUGINS="1")
    assert "threadbench: threadbench_exporters of plugin 'a' of acme 1.0 gave [{'lines': <function write" in done.stderr
    assert "threadbench: exporter 'lines' of plugin 'a' of acme 1.0 raised KeyError: 'x' (" in done.stderr
