"""A process that times one case: `python -m threadbench.bench.worker ORDER PYPERF-OPTION…`, started by `sampling`.

pyperf's own worker does the timing: it calibrates loops, warms up, takes values, and writes them with what it knows of
interpreter and machine. Before each value it asks for its turn here, so that processes that are compared take turns
value by value, and what the machine does meanwhile meets all of them.
"""

from __future__ import annotations

import os
import resource
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from ..errors import ThreadbenchError
from . import yardstick
from .handle import TimedRun
from .order import PREFIX, Order

if TYPE_CHECKING:
    from ..scenario import Case

Usage = tuple[float, int, int]
"""CPU seconds, context switches that were waits, and those that were not; of this process and its ended children."""

_MEMORY = 1 if sys.platform == "darwin" else 1024
"""Bytes in what `ru_maxrss` counts."""

REFUSED = 64
"""Exit status where the case cannot be had here; standard error has JSON of why."""


def usage() -> Usage:
    """What has been used up to now."""
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return (
        own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime,
        own.ru_nvcsw + children.ru_nvcsw,
        own.ru_nivcsw + children.ru_nivcsw,
    )


class Timer:
    """Times loops of one case, and keeps what pyperf does not ask for.

    Args:
        order: what is to be done.
        case: which case that is.
        seed: of its random numbers.
    """

    def __init__(self, order: Order, case: Case, seed: int) -> None:
        self.run = TimedRun(seed, case.name)
        self._order = order
        self._workload = case.workload.function
        self._params = case.params
        self._units = case.workload.units
        self._values = 0
        self._loops = 0
        self._used: Usage = (0.0, 0, 0)
        self._done = 0.0
        self._elapsed = 0.0
        self._left_behind = 0
        self._child_memory = 0
        self._turns: list[yardstick.Turn] = []

    def __call__(self, loops: int) -> float:
        """Seconds that `loops` runs take, threads that outlive their main included; what pyperf calls for a value."""
        outcomes: list[Any] = []
        before = set(threading.enumerate())
        self._take_turn()
        turns: list[yardstick.Turn] = []
        if self._order.yardstick:
            elapsed, used = self._in_turns(loops, before, outcomes, turns)
        else:
            elapsed, used = self._run(loops, before, outcomes)
        self._child_memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * _MEMORY
        self._values += 1
        if self._values > self._order.skipped:
            self._count(loops, elapsed, used, outcomes)
            self._turns += turns
        self._left_behind = max(self._left_behind, threading.active_count() - len(before))
        return elapsed

    def _run(self, loops: int, before: set[threading.Thread], outcomes: list[Any]) -> tuple[float, Usage]:
        """Run so many times: seconds, and what was used."""
        keep, alive = outcomes.append, threading.active_count
        workload, run, params = self._workload, self.run, self._params
        count = alive()
        used = usage()
        started = time.perf_counter()
        for _ in range(loops):
            keep(workload(run, params))
            if alive() != count:
                count = _settle(before)
        elapsed = time.perf_counter() - started
        return elapsed, _sum(usage(), used, -1)

    def _in_turns(
        self, loops: int, before: set[threading.Thread], outcomes: list[Any], turns: list[yardstick.Turn]
    ) -> tuple[float, Usage]:
        """The same, a few runs at a time, and the yardstick between them."""
        whole, used_whole = 0.0, (0.0, 0, 0)
        last = yardstick.read(self._order.yardstick)
        for begun in range(0, loops, self._order.turn):
            runs = min(self._order.turn, loops - begun)
            elapsed, used = self._run(runs, before, outcomes)
            then, last = last, yardstick.read(self._order.yardstick)
            turns.append(yardstick.Turn(elapsed / runs, used[0] / runs, then, last))
            whole, used_whole = whole + elapsed, _sum(used_whole, used)
        return whole, used_whole

    def _take_turn(self) -> None:
        if self._order.ready is not None and self._order.go is not None:
            os.write(self._order.ready, b"r")
            if not os.read(self._order.go, 1):
                os._exit(0)  # nobody wants the value any more

    def _count(self, loops: int, elapsed: float, used: Usage, outcomes: list[Any]) -> None:
        self._loops += loops
        self._elapsed += elapsed
        self._used = _sum(self._used, used)
        if self._units:
            self._done += sum(_number(outcome, self._units[1]) for outcome in outcomes)

    def facts(self) -> dict[str, str | int | float]:
        """What has been counted, of one run on the average, as metadata of pyperf's."""
        loops = self._loops or 1
        made: dict[str, str | int | float] = {
            "cpu_time": self._used[0] / loops,
            "voluntary_switches": self._used[1] / loops,
            "involuntary_switches": self._used[2] / loops,
            "peak_memory": _peak_memory(),
            "child_peak_memory": self._child_memory,
            "failed_checks": sum(self.run.failed.values()),
            "left_behind": self._left_behind,
        }
        if self._units and self._done:
            made |= {"units": self._done / loops, "unit_name": self._units[0]}
        if self._turns:
            made |= yardstick.facts(self._turns)
        if self.run.failed:
            made["failed_check"] = max(self.run.failed, key=lambda name: self.run.failed[name])
        return {PREFIX + name: value for name, value in made.items()}


def _settle(before: set[threading.Thread]) -> int:
    """Wait for threads that are not daemons, as the end of a process would; how many threads there are then."""
    for thread in threading.enumerate():
        if thread not in before and not thread.daemon:
            thread.join()
    return threading.active_count()


def _sum(first: Usage, second: Usage, sign: int = 1) -> Usage:
    return first[0] + sign * second[0], first[1] + sign * second[1], first[2] + sign * second[2]


def _number(outcome: Any, key: str) -> float:
    """Units of work that an outcome states: a number, or as many as a list has items."""
    value = outcome.get(key) if isinstance(outcome, dict) else None
    if isinstance(value, list | tuple | dict):
        return len(value)
    return value if isinstance(value, int | float) else 0


def _peak_memory() -> int:
    """Bytes of this process that were resident at most.

    `ru_maxrss` of a process begins with that of whoever started it, so that Linux is asked for the mapping's own.
    """
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _MEMORY
    status = Path("/proc/self/status")
    if status.exists():
        own = next(
            (int(line.split()[1]) * 1024 for line in status.read_text().splitlines() if line.startswith("VmHWM:")), own
        )
    return own


def refuse(error: ThreadbenchError) -> int:
    """Say why the case cannot be had here, for the process that asked."""
    said = {"message": str(error), "hint": error.hint, "exit_code": error.exit_code}
    sys.stderr.write(msgspec.json.encode(said).decode() + "\n")
    return REFUSED


def main(words: list[str]) -> int:
    """Time the case of an order, by pyperf's options."""
    order = msgspec.json.decode(words[0], type=Order)
    for descriptor in (order.ready, order.go):
        if descriptor is not None:
            os.set_inheritable(descriptor, False)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what a workload prints is nobody's result
    try:
        case = order.lookup.case(order.case)
    except ThreadbenchError as error:
        return refuse(error)
    if case.folder is not None and case.folder not in sys.path[:1]:
        sys.path.insert(0, case.folder)
    from .measuring import time_in_this_process

    timer = Timer(order, case, order.lookup.seed or case.seed or 0)
    time_in_this_process(order, timer, words[1:])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
