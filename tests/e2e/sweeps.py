"""What tests of sweeps share: a folder of cases, the command, and what a sweep came to, without times and places."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

PLUGIN = """\
import os
import pathlib
import time

from threadbench import Params, hookimpl, workload


class Numbered(Params):
    number: int = 0
    wait: bool = False
    \"\"\"Until a file `go` lies beside the scenario.\"\"\"
    folder: str = "."


@workload("numbered", params=Numbered)
def numbered(run, params):
    \"\"\"Tells who ran it.\"\"\"
    folder = pathlib.Path(params.folder)
    with (folder / "begun").open("a") as file:
        file.write(f"{params.number}\\n")
    while params.wait and not (folder / "go").exists():
        time.sleep(0.005)
    run.check("below 7", params.number % 10 != 7)
    run.emit("square", of=params.number)
    return {"square": params.number**2, "drawn": run.rng.random()}


@hookimpl
def threadbench_workloads():
    yield numbered
"""
PATIENCE = 60.0
"""Seconds within which what is waited for has to be."""


def lay_out(folder: Path, count: int, *, waits: tuple[int, ...] = ()) -> None:
    """A plugin, and a scenario of so many cases, of which some wait for the file `go`."""
    (folder / "numbering.py").write_text(PLUGIN, encoding="utf-8")
    quick = [number for number in range(count) if number not in waits]
    for name, numbers, wait in (("quick", quick, "false"), ("slow", list(waits) or [0], "true")):
        text = f"""
            kind: numbered
            params: {{folder: {folder}}}
            matrix: {{number: {numbers}, wait: [{wait}]}}
            expect: {{verdict: [passed, failed]}}
            """
        (folder / f"{name}.yaml").write_text(textwrap.dedent(text), encoding="utf-8")


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "threadbench", *arguments]


def environment(folder: Path) -> dict[str, str]:
    """Where the plugin is found, by workers too."""
    return {**os.environ, "PYTHONPATH": str(folder)}


def swept(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A sweep from begin to end."""
    return finished(folder, "run", *arguments)


def finished(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command from begin to end."""
    return subprocess.run(
        command(*arguments),
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        text=True,
        check=False,
        timeout=20 * PATIENCE,
    )


@contextlib.contextmanager
def begun(folder: Path, *arguments: str, stderr: IO[str] | int = subprocess.PIPE) -> Iterator[subprocess.Popen[str]]:
    """A command that goes on, and does not outlive the test."""
    process = subprocess.Popen(
        command(*arguments),
        cwd=folder,
        env=environment(folder),
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def until(state: Callable[[], Any], process: subprocess.Popen[str] | None = None) -> Any:
    """Wait for a state; what it is then."""
    deadline = time.monotonic() + PATIENCE
    while not (now := state()):
        assert time.monotonic() < deadline, "it does not come to that"
        if process is not None and process.poll() is not None:
            raise AssertionError(f"it has ended: {process.communicate()}")
        time.sleep(0.01)
    return now


def children(pid: int) -> list[int]:
    """Processes that a process has started, and that are alive."""
    path = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(word) for word in path.read_text(encoding="ascii").split()]


def alive(pid: int) -> bool:
    """Whether a process is, and is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


def came_to(document: Mapping[str, Any]) -> list[Any]:
    """All that a document tells of cases, but for times, places and what depends on them."""
    varies = {"log", "duration", "metrics", "counts"}
    return [
        {**case, "runs": [{key: value for key, value in run.items() if key not in varies} for run in case["runs"]]}
        for case in document["cases"]
    ]


def searched(document: Mapping[str, Any]) -> list[Any]:
    """All that a document tells of searches, but for how long they took, and in how many processes, each time again."""
    of_this = {"duration", "repeat"}
    return [{key: value for key, value in search.items() if key not in of_this} for search in document["searches"]]


def document(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """The one that a command printed."""
    assert done.stdout, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def logs(folder: Path) -> dict[str, bytes]:
    """The logs in a folder, by name."""
    return {path.name: path.read_bytes() for path in folder.glob("*.jsonl")}


def began(folder: Path) -> list[int]:
    """Numbers of the cases that began, each as often as it did."""
    path = folder / "begun"
    return [int(word) for word in path.read_text(encoding="ascii").split()] if path.exists() else []
