"""Every kind that lets its workers be threads or processes, with each of both, on each runtime."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import pytest

from threadbench.plugins import Registry
from threadbench.plugins.sources import BUILTIN_KINDS

EXECUTORS = [
    (kind, executor)
    for kind in BUILTIN_KINDS
    if (field := Registry(third_party=False).workload(kind).params.model_fields.get("executor"))
    for executor in get_args(field.annotation)
]


def came(folder: Path, verb: str, text: str, *options: str) -> tuple[int, dict[str, Any]]:
    """Exit code, and the document that a command prints."""
    (folder / "case.yaml").write_text(text, encoding="utf-8")
    words = [sys.executable, "-m", "threadbench", verb, "case.yaml", "--seed", "5", "--json", *options]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    return done.returncode, json.loads(done.stdout)


def test_there_are_such_kinds() -> None:
    """Threads and processes are what they offer."""
    assert {kind for kind, _ in EXECUTORS} == {"pool"}
    assert {executor for _, executor in EXECUTORS} == {"thread", "process"}


@pytest.mark.parametrize(("kind", "executor"), EXECUTORS)
def test_on_real_threads_each_executor_works(kind: str, executor: str, tmp_path: Path) -> None:
    """Its checks hold, alone and in a sweep, and both come to the same results."""
    text = f"kind: {kind}\nparams: {{executor: {executor}}}\n"
    for options in ((), ("--jobs", "2")):
        code, document = came(tmp_path, "run", text, *options)
        (run,) = document["cases"][0]["runs"]
        assert (code, run["verdict"], run["outcome"]["results"]) == (0, "passed", [50005000] * 4)


@pytest.mark.parametrize(("kind", "executor"), EXECUTORS)
def test_on_virtual_threads_processes_are_refused_with_their_line(kind: str, executor: str, tmp_path: Path) -> None:
    """At once, in a run as in a search, and never after a timeout; threads work."""
    text = f"kind: {kind}\nruntime: virtual\nparams: {{executor: {executor}, upto: 3}}\n"
    ran, document = came(tmp_path, "run", text)
    (run,) = document["cases"][0]["runs"]
    explored, document = came(tmp_path, "explore", text, "--max-schedules", "50")
    (search,) = document["searches"]
    if executor == "thread":
        assert (ran, run["verdict"], run["outcome"]["results"]) == (0, "passed", [6] * 4)
        assert (explored, search["verdict"]) == (0, "holds")
    else:
        assert (ran, run["verdict"]) == (4, "crashed")
        assert "a pool of processes, made in threadbench/kinds/pool.py:" in run["reason"]
        assert "needs `runtime: native`" in run["reason"]
        assert (explored, search["verdict"], search["schedules"]) == (6, "inconclusive", 0)
        assert "makes a pool of processes in threadbench/kinds/pool.py:" in search["reason"]
