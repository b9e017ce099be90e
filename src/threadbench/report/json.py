"""The JSON documents of `run` and `report`: one object with a `schema` key, everything an account has."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .account import Account, CaseAccount
    from .contention import ObjectRow, Pair
    from .critical import Step
    from .summary import Summary, ThreadRow

RUN_SCHEMA = "threadbench.run/1"
REPORT_SCHEMA = "threadbench.report/1"


def dump(document: Mapping[str, Any]) -> str:
    """A document as text: ASCII, indented, one line end; numbers that JSON cannot write become null."""
    return json.dumps(_clean(document), indent=2, allow_nan=False) + "\n"


def compact(value: Any) -> str:
    """A value as JSON on one line."""
    return json.dumps(_clean(value), allow_nan=False, separators=(",", ":"))


def run_document(
    session: Mapping[str, Any] | None,
    cases: Sequence[CaseAccount],
    *,
    duration: float,
    interrupted: bool,
    exit_code: int,
) -> dict[str, Any]:
    """What `run --json` prints."""
    return {
        "schema": RUN_SCHEMA,
        "session": dict(session) if session is not None else None,
        "cases": [
            {
                "case": case.case,
                "as_expected": case.as_expected,
                "pass_rate": case.pass_rate,
                "failures": [msgspec.to_builtins(failure) for failure in case.failures],
                "runs": [run_entry(run) for run in case.runs],
            }
            for case in cases
        ],
        "duration": duration,
        "interrupted": interrupted,
        "exit_code": exit_code,
    }


def report_document(
    account: Account, summary: Summary, exit_code: int, *, missing: str | None = None
) -> dict[str, Any]:
    """What `report --json` prints; times in seconds. `missing` is what the log lacks."""
    return {
        "schema": REPORT_SCHEMA,
        "opening": msgspec.to_builtins(account.opening),
        "run": run_entry(account),
        "threads": [_thread(row) for row in summary.threads],
        "objects": [object_entry(row) for row in summary.objects],
        "blocked": [pair_entry(pair) for pair in summary.pairs],
        "critical_path": {
            "steps": [_step(step) for step in summary.path.steps],
            "certain": summary.path.certain,
            "cut": summary.path.cut,
        },
        "missing": missing,
        "exit_code": exit_code,
    }


def run_entry(run: Account) -> dict[str, Any]:
    """One run: its name and seed, then all of its last line."""
    closing = msgspec.to_builtins(run.closing) if run.closing else {"verdict": run.verdict, "as_expected": False}
    return {"case": run.case, "kind": run.kind, "repeat": run.repeat, "seed": run.seed, "log": run.log, **closing}


def _thread(row: ThreadRow) -> dict[str, Any]:
    return {
        "name": row.name,
        "first": row.first / 1e9,
        "last": row.last / 1e9,
        "events": row.events,
        "finished": row.finished,
        "waits": row.waits.summary(),
    }


def object_entry(row: ObjectRow) -> dict[str, Any]:
    """An object of the contention table; times in seconds."""
    return {
        "name": row.name,
        "kind": row.kind,
        "done": row.done,
        "contended": row.contended,
        "gave_up": row.gave_up,
        "waiting": row.waiting,
        "waits": row.waits.summary(),
        "holds": row.holds.summary(),
        "owners": row.owners,
        "waited_at": [{"at": site.at, "count": site.count, "total": site.total / 1e9} for site in row.waited_at()],
    }


def pair_entry(pair: Pair) -> dict[str, Any]:
    """Who blocked whom; times in seconds."""
    return {
        "object": pair.object,
        "holder": pair.holder,
        "waiter": pair.waiter,
        "count": pair.count,
        "total": pair.total / 1e9,
        "longest": pair.longest / 1e9,
        "still": pair.still,
    }


def _step(step: Step) -> dict[str, Any]:
    return {
        "thread": step.thread,
        "start": step.start / 1e9,
        "end": step.end / 1e9,
        "op": step.op,
        "object": step.object,
        "handed": step.handed / 1e9,
        "certain": step.certain,
    }


def _clean(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): _clean(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(each) for each in value]
    if isinstance(value, msgspec.Struct):
        return _clean(msgspec.structs.asdict(value))
    return value if value is None or isinstance(value, str | int) else str(value)
