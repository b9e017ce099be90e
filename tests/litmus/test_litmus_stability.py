"""Schedules depend on program, strategy and seed alone; and what real threads come to is among what is explored."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import litmus_conditions
import litmus_locks
import litmus_memory
import pytest

from litmus import visited

SCRIPT = """
import sys
sys.path.insert(0, sys.argv[1])
import safe, test_litmus_safe
from test_litmus_safe import *
for name in ("heap", "pool_completed", "locked_cache", "gate", "timer"):
    threads, ends = safe.PROGRAMS[name]
    for strategy in (Reduction(), Priorities(3), Random(3)):
        run = Threads(threads, safe.Shared, ends, None)
        search = Search(run, model="free-threaded", ordered=False)
        kept = search._keep
        search._keep = lambda execution: (print(name, list(execution.choices)), kept(execution))
        with prepared(search, run.code):
            search.visit(strategy, schedules=3, until=float("inf"), stop_on_first=False)
"""


def schedules(hash_seed: str) -> str:
    """Every choice of some schedules, made in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", SCRIPT, str(Path(__file__).parent)],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def test_schedules_are_the_same_in_every_process() -> None:
    """The same seed gives the same choices, whatever the process and its hash seed."""
    first = schedules("0")
    assert first.count("\n") > 20
    assert schedules("12345") == first


NATIVE = (
    litmus_memory.lost_update,
    litmus_memory.store_buffering,
    litmus_memory.message_passing,
    litmus_memory.check_then_act_by_get,
    litmus_memory.set_default,
    litmus_locks.lock_order,
    litmus_locks.nonblocking,
    litmus_locks.acquire_timeout,
    litmus_locks.two_releases,
    litmus_locks.event_is_set,
    litmus_locks.simple_producers,
    litmus_locks.get_nowait,
    litmus_conditions.checked_twice,
    litmus_conditions.barrier_of_two,
)


@pytest.mark.parametrize("program", NATIVE, ids=lambda program: program.name)
def test_real_threads_come_to_nothing_else(program) -> None:
    """What 200 runs on OS threads come to, with a switch as often as can be, is in the explored set of model `gil`."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    came = set()
    try:
        for _ in range(200):
            state = program.setup()
            threads = [threading.Thread(target=function, args=(state,)) for function in program.threads]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            came.add(program.outcome(state))
    finally:
        sys.setswitchinterval(before)
    assert came <= visited(program, "gil")["dpor"].outcomes
