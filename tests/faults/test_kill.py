"""Whatever is killed, every event whose `emit` had returned is in the log, and no line is torn.

The moments are drawn from a seed; `THREADBENCH_KILLS` sets how many of each way (a nox session runs the long campaign).
"""

from __future__ import annotations

import json
import os
import random
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from threadbench.events import read_log
from threadbench.events.recovery import live_folder

FLOOD = Path(__file__).with_name("flood.py")
KILLS = int(os.environ.get("THREADBENCH_KILLS", "4"))
THREADS = 8


class Flood:
    """A `threadbench run` of the flood, as a user starts it."""

    def __init__(self, folder: Path, **params: object) -> None:
        self.log = folder / "flood.jsonl"
        self.counts = folder / "counts"
        self.counts.write_bytes(bytes(8 * THREADS))
        scenario = folder / "flood.yaml"
        shown = {"counts": str(self.counts), "threads": THREADS, "payload": 300, **params}
        scenario.write_text(json.dumps({"kind": "flood", "timeout": "60s", "params": shown}))
        command = [sys.executable, "-m", "threadbench", "run", str(scenario), "--plugin", str(FLOOD)]
        self.command = [*command, "--events", str(self.log)]
        self.process = subprocess.Popen(
            self.command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def returned(self) -> tuple[int, ...]:
        """How many emits of each thread have returned."""
        return struct.unpack(f"<{THREADS}Q", self.counts.read_bytes())

    def wait_until_emitting(self) -> None:
        """Until every thread has emitted."""
        deadline = time.monotonic() + 60
        while not all(self.returned()):
            assert self.process.poll() is None, self.process.communicate()[0]
            assert time.monotonic() < deadline
            time.sleep(0.005)

    def worker(self) -> int:
        """The pid of the worker: the child of the template, which is the supervisor's child."""
        (template,) = children(self.process.pid)
        (worker,) = children(template)
        return worker

    def finish(self) -> str:
        """Wait for its end; what it printed."""
        return self.process.communicate(timeout=60)[0]


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def assert_complete(flood: Flood, closing_verdict: str) -> None:
    """Each returned emit is in the log, in order; the log is whole, gapless and closed."""
    returned = flood.returned()
    found = [0] * THREADS
    last = None
    for last in read_log(flood.log):  # raises on a torn line or a gap in seq
        if last.event == "flood.item":
            number = last.data["n"]
            assert last.data["i"] == found[number] + 1
            found[number] += 1
    assert all(there >= promised for there, promised in zip(found, returned, strict=True)), (found, returned)
    assert sum(returned) > 0
    assert last is not None
    assert last.event == "run.finished"
    assert last.data["verdict"] == closing_verdict
    assert flood.log.read_bytes().endswith(b"\n")
    assert not live_folder(flood.log).exists()


def report(log: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "threadbench", "report", str(log)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(params=range(KILLS))
def moment(request: pytest.FixtureRequest) -> Iterator[float]:
    """Seconds of emitting before the kill."""
    return random.Random(f"kill {request.node.originalname} {request.param}").uniform(0.0, 0.5)


def test_killed_worker_loses_nothing(tmp_path: Path, moment: float) -> None:
    """After `kill -9` of the worker the supervisor writes what was emitted, and calls it a crash."""
    flood = Flood(tmp_path)
    flood.wait_until_emitting()
    time.sleep(moment)
    os.kill(flood.worker(), signal.SIGKILL)
    output = flood.finish()
    assert flood.process.returncode == 4, output
    assert "SIGKILL" in output
    assert_complete(flood, "crashed")


def test_killed_supervisor_loses_nothing(tmp_path: Path, moment: float) -> None:
    """After `kill -9` of the supervisor its worker dies, and `report` recovers the log."""
    flood = Flood(tmp_path)
    flood.wait_until_emitting()
    worker = flood.worker()
    time.sleep(moment)
    flood.process.kill()
    flood.finish()
    recovered = report(flood.log)
    assert recovered.returncode in (0, 130), recovered.stderr
    assert not Path(f"/proc/{worker}").exists()
    assert_complete(flood, "interrupted")


def test_both_killed_lose_nothing(tmp_path: Path, moment: float) -> None:
    """After `kill -9` of worker and supervisor `report` recovers the log."""
    flood = Flood(tmp_path)
    flood.wait_until_emitting()
    worker = flood.worker()
    time.sleep(moment)
    for pid in random.Random(moment).sample([worker, flood.process.pid], 2):
        os.kill(pid, signal.SIGKILL)
    flood.finish()
    recovered = report(flood.log)
    assert recovered.returncode in (0, 130), recovered.stderr
    assert_complete(flood, "interrupted")


@pytest.mark.parametrize(("death", "said"), [("segv", "SIGSEGV"), ("exit", "status 3")])
def test_dying_worker_loses_nothing(tmp_path: Path, death: str, said: str, moment: float) -> None:
    """A worker that dies of SIGSEGV or `os._exit` amid emitting threads leaves a complete log."""
    flood = Flood(tmp_path, death=death, events=1000 + int(moment * 20000))
    output = flood.finish()
    assert flood.process.returncode == 4, output
    assert said in output
    assert_complete(flood, "crashed")


def test_killed_template_loses_nothing(tmp_path: Path) -> None:
    """After `kill -9` of the process between supervisor and worker the log is complete all the same."""
    flood = Flood(tmp_path)
    flood.wait_until_emitting()
    (template,) = children(flood.process.pid)
    os.kill(template, signal.SIGKILL)
    output = flood.finish()
    assert flood.process.returncode == 4, output
    assert_complete(flood, "crashed")


def test_log_of_a_run_under_way_is_not_overwritten(tmp_path: Path) -> None:
    """A second run with the same log is refused, and the first goes on unharmed; `report` waits for its end."""
    flood = Flood(tmp_path)
    flood.wait_until_emitting()
    second = subprocess.run(flood.command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert second.returncode == 2, second
    assert "another run is writing" in second.stderr
    early = report(flood.log)
    assert early.returncode == 2
    assert "its run has not ended" in early.stderr
    os.kill(flood.worker(), signal.SIGKILL)
    flood.finish()
    assert_complete(flood, "crashed")
