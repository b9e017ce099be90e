"""A run on virtual threads is the same each time, takes no time to sleep, and is not changed by its log."""

from __future__ import annotations

import contextlib
import io
import json
import re
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import jsonschema
import looping
import pytest
from test_runtime_words import execute, virtual_template, virtually

import threadbench
from threadbench.events import schema
from threadbench.runtime.virtual import worker
from threadbench.runtime.virtual.handle import VirtualRun
from threadbench.runtime.virtual.patches import SUBSTITUTES, patched
from threadbench.runtime.virtual.points import instrumented
from threadbench.runtime.virtual.running import RunScheduler
from threadbench.runtime.virtual.runtime import VirtualRuntime
from threadbench.runtime.virtual.scheduler import Scheduler

__all__ = ["execute", "virtual_template"]

LIBRARY = Path(__file__).parents[4] / "scenarios"
MODELS = ("sync", "gil", "free-threaded")
CASES = ["race", "lock-with", "prodcons-event-only", "thread-join", "daemon", "non-daemon", "pool-map"]


def logs(folder: Path, hash_seed: int, model: str, seed: int = 3) -> dict[str, str]:
    """The logs of a run of some of the library in a process of its own, without what the wall clock says."""
    subprocess.run(
        [
            *(sys.executable, "-m", "threadbench", "run", *(str(LIBRARY / f"{case}.yaml") for case in CASES)),
            *("--set", "runtime=virtual", "--set", f"model={model}", "--seed", str(seed), "--events", str(folder)),
        ],
        check=True,
        env={"PATH": "", "PYTHONHASHSEED": str(hash_seed), "PYTHONPATH": str(Path(worker.__file__).parents[3])},
        capture_output=True,
        cwd=folder.parent,
    )
    wall = re.compile(r'"(started":"[^"]*"|duration":[0-9.e-]+(?=,"counts|,"deadlock)|cpu":[0-9.e-]+)')
    return {path.name: wall.sub("", path.read_text()) for path in sorted(folder.glob("*.jsonl"))}


@pytest.mark.parametrize("model", MODELS)
def test_a_seed_gives_the_same_bytes(tmp_path: Path, model: str) -> None:
    """In whatever process, with whatever hash seed, but for what the wall clock says; another seed gives others."""
    first, second = (logs(tmp_path / str(number), number, model) for number in (1, 2))
    assert len(first) == len(CASES)
    assert first == second
    assert logs(tmp_path / "other", 1, model, seed=4)["race.1.jsonl"] != first["race.1.jsonl"]


@pytest.mark.parametrize("model", MODELS)
def test_every_line_is_valid(virtual_template: Any, tmp_path: Path, model: str) -> None:
    """Each line of a log fits the schema that is shipped, and runs of one seed write the same lines."""
    run = virtually(virtual_template, tmp_path, model)
    validator = jsonschema.Draft202012Validator(schema.event_schema())
    texts = []
    for _ in range(2):
        ran = run(looping.of_everything)
        assert ran.ending.cause == "returned", ran.ending
        texts.append(ran.log.read_text())
        for line in texts[-1].splitlines():
            validator.validate(json.loads(line))
    assert texts[0] == texts[1]


def test_hours_are_slept_at_once(execute: Any) -> None:
    """Sleepers wake in the order of their hours, by a clock that jumps."""
    ran = execute(looping.sleeps_for_hours, timeout=10)
    assert ran.ending.outcome == {"woken": [1, 2, 3], "hours": 3}
    assert ran.events[-1].t >= 3 * 3600 * 10**9
    assert ran.ending.metrics["duration"] >= 3 * 3600
    assert ran.ending.duration < 10


def test_who_sleeps_wakes_beside_who_does_not_rest(execute: Any) -> None:
    """Work takes time: what is done until a sleeper wakes is about what the sleep has points for."""
    assert 100 < execute(looping.busy_beside_a_sleeper).ending.outcome < 10_000


@pytest.mark.parametrize("seed", range(5))
def test_a_timeout_is_waited_for(execute: Any, seed: int) -> None:
    """Who finds a lock free, and another takes it first, waits for it as long as it said."""
    assert execute(looping.patient, seed=seed).ending.outcome == [True] * 4


def test_looking_for_ever_is_a_livelock(execute: Any) -> None:
    """Threads that look at what nobody changes any more are named with where they look."""
    ran = execute(looping.polite_for_ever)
    assert ran.ending.cause == "livelock"
    assert {row["thread"] for row in ran.ending.facts["running"]} == {"left", "right"}
    assert {"left", "right"} <= {stack["thread"] for stack in ran.ending.facts["stacks"]}


class Silent(RunScheduler):
    """As runs are scheduled, without a log."""

    spawn = Scheduler.spawn
    stop = Scheduler.stop
    declare_stuck = Scheduler.declare_stuck


def silently(function: Any, model: Any) -> Sequence[int]:
    """The choices of a run that logs nothing."""
    scheduler = Silent(model)

    def main() -> None:
        scheduler.seed("1/salt/schedule")
        stack.enter_context(
            instrumented([function], scheduler, accesses=True, switches=model == "gil", substitutes=SUBSTITUTES)
        )
        function(VirtualRun(scheduler, kind="t", seed=1, salt="salt"), None)

    with ExitStack() as stack:
        stack.enter_context(patched(scheduler))
        stack.enter_context(contextlib.redirect_stdout(io.StringIO()))
        execution = scheduler.execute(main)
    assert execution.cause == "finished", execution
    return execution.choices


@pytest.mark.parametrize("model", MODELS)
def test_the_log_changes_no_schedule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: str) -> None:
    """With a log and without, the same seed makes the same choices."""
    schedulers: list[RunScheduler] = []

    class Kept(RunScheduler):
        def __init__(self, model: Any) -> None:
            super().__init__(model)
            schedulers.append(self)

    monkeypatch.setattr(worker, "RunScheduler", Kept)
    ran = virtually(VirtualRuntime(isolate=False), tmp_path, model)(looping.of_everything)
    assert ran.ending.cause == "returned", ran.ending
    (scheduler,) = schedulers
    assert len(scheduler.choices) > 100
    assert list(scheduler.choices) == list(silently(looping.of_everything, model))


@pytest.mark.parametrize("stem", ["race", "lock-acquire", "thread-join", "pool-submit", "prodcons"])
def test_the_words_are_the_native_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stem: str) -> None:
    """A scenario's log has the same events of the same objects on both runtimes, but for what depends on who is first,
    accesses, and the gate behind which native threads start.
    """
    monkeypatch.chdir(tmp_path)

    def words(runtime: str) -> set[tuple[str, str | None, tuple[str, ...]]]:
        file = tmp_path / f"{stem}-{runtime}.yaml"
        text = (LIBRARY / f"{stem}.yaml").read_text().replace("run_for: 100ms", "run_for: 5ms")
        file.write_text(f"runtime: {runtime}\n{text}")
        return {
            (event.event, event.object, tuple(event.data))
            for event in threadbench.run(file, seed=1).events[1:-1]
            if not event.event.endswith((".waiting", ".joining", ".joined"))
            and not event.event.startswith(("data.", "barrier.", "object."))
        }

    assert words("native") == words("virtual")
