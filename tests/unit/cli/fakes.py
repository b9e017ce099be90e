"""Stand-ins for what the command line watches: cases, results and sessions as the engine hands them out."""

from __future__ import annotations

import io
import json
from typing import Any

import msgspec


class FakeSession(msgspec.Struct, frozen=True):
    """As `engine.Session`."""

    version: str = "0.1.0"
    python: str = "3.13.0"
    implementation: str = "CPython"
    gil: bool = True
    cpus: int = 2
    platform: str = "linux"
    seed: int = 42
    total: int = 1


class FakeCase(msgspec.Struct, frozen=True):
    """As `scenario.Case`, as far as it is watched."""

    id: str = "a.yaml::a"
    timeout: float = 10.0
    repeat: int = 1


class FakeResult(msgspec.Struct, frozen=True):
    """As `engine.Result`."""

    closing: dict[str, Any]
    case_id: str = "a.yaml::a"
    kind: str = "race"
    repeat: int = 1
    seed: int = 42
    log_path: str = "missing.jsonl"


class FakeCaseResult(msgspec.Struct, frozen=True):
    """As `engine.CaseResult`."""

    results: tuple[FakeResult, ...]
    case_id: str = "a.yaml::a"
    as_expected: bool = True
    pass_rate: float = 1.0
    failures: tuple[Any, ...] = ()


class FakeTerminal(io.StringIO):
    """A stream that is, or is not, a terminal."""

    def __init__(self, *, terminal: bool = True) -> None:
        super().__init__()
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal


def result(verdict: str = "passed", *, as_expected: bool | None = None, **data: Any) -> FakeResult:
    """A result with this closing line; `log_path`, `case_id` and `repeat` are the result's own."""
    own = {key: data.pop(key) for key in ("log_path", "case_id", "repeat") if key in data}
    good = verdict == "passed" if as_expected is None else as_expected
    return FakeResult({"verdict": verdict, "as_expected": good, "cause": "returned", "duration": 0.3, **data}, **own)


def write_log(path: Any, *events: dict[str, Any]) -> str:
    """A log file of these events between a first and a last line."""
    first = {"schema": "threadbench.events/1", "case": "a.yaml::a", "kind": "race", "seed": 42}
    rows = [
        {"event": "run.started", "data": first},
        *events,
        {"event": "run.finished", "data": {"verdict": "passed", "as_expected": True}},
    ]
    lines = [json.dumps({"seq": seq, "t": seq * 1000, **row}) for seq, row in enumerate(rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)
