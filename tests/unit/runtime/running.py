"""What these tests run functions with: a function in, its ending and its events out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from threadbench.events import Event, read_log
from threadbench.events.log import LogWriter
from threadbench.runtime.base import Ending, Task
from threadbench.runtime.native import NativeRuntime

HEADER = {"scenario": "t", "case": "t", "kind": "t", "params": {}, "seed": 1, "runtime": "native", "python": "3"}


@dataclass
class Ran:
    """What came of a function."""

    ending: Ending
    events: list[Event]
    log: Path

    def names(self, thread: str | None = None) -> list[str]:
        return [event.event for event in self.events if thread in (None, event.thread)]

    def of(self, *names: str) -> list[Event]:
        return [event for event in self.events if event.event in names]


Execute = Callable[..., Ran]


def execute_with(runtime: NativeRuntime, folder: Path) -> Execute:
    def execute(function: Any, params: Any = None, *, timeout: float = 30, seed: int = 1) -> Ran:
        log = LogWriter.create(folder / "log.jsonl", HEADER)
        ending = runtime.run(Task("t", function, params, seed, "salt", timeout), log)
        log.finish({"verdict": "passed", "as_expected": True, "counts": {}})
        return Ran(ending, list(read_log(log.path)), log.path)

    return execute
