"""The virtual runtime: a workload's one schedule, in a process like that of native runs, with the same supervisor.

What differs is who says how it ended: the scheduler knows at once that nobody can go on, and time is what it says.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from ..native import NativeRuntime
from ..native.supervisor import Supervisor
from ..native.watch import describe

if TYPE_CHECKING:
    from ..base import Cause, Ending, Task
    from ..native.waits import Thread
    from ..native.watch import DeadlockWatch


class VirtualRuntime(NativeRuntime):
    """Runs tasks that have a `model` on virtual threads, and any other on native ones."""

    def _worker_here(self, _task: Task) -> Any:
        if _task.model is None:
            return super()._worker_here(_task)
        from .worker import VirtualInProcessWorker

        return VirtualInProcessWorker()

    def _supervisor(self, _task: Task) -> type[Supervisor]:
        return Supervisor if _task.model is None else VirtualSupervisor


class VirtualSupervisor(Supervisor):
    """Supervises a run on virtual threads: wall time, the process and Ctrl-C are its own to watch, all else is told."""

    _ended_by: Mapping[str, Any] | None = None

    def _observers(self) -> list[Mapping[str, Any]]:
        return [*super()._observers(), {"~ended": self._note_end}]

    def _note_end(self, _t: int, _thread: str, _obj: str, _at: str, data: Mapping[str, Any]) -> None:
        self._ended_by = data

    def _now(self) -> int:
        """Virtual time."""
        return max((last.t for last in self._scribe.last.values()), default=0)

    def _stuck(self, _watch: DeadlockWatch) -> list[Thread]:
        return []

    def _ended(self, code: int) -> tuple[Cause, str | None, dict[str, Any]]:
        told = self._ended_by
        if told is None or told["cause"] not in {"deadlock", "livelock"}:
            return super()._ended(code)
        standing = {row["thread"]: row for row in told["standing"]}
        stacks = [{"thread": name, "frames": row["frames"]} for name, row in standing.items()]
        if told["cause"] == "livelock":
            return "livelock", told["reason"], {"running": self._running(), "stacks": stacks}
        waits = self._waits
        deadlock = {
            "cycle": [waits.row(thread) for thread in waits.cycle()],
            "waiting": [
                _row(waits.row(thread), standing.get(thread.name))
                for thread in waits.threads.values()
                if thread.name in told["circle"] or not told["circle"]
            ],
        }
        return "deadlock", describe(deadlock), {"deadlock": deadlock, "stacks": stacks}

    def _idents(self) -> dict[int, str]:
        """All virtual threads are one of the system's: in a dump it is whoever was heard of last."""
        last = max(self._scribe.last.items(), key=lambda item: item[1].seq, default=None)
        return _Whoever(self._drain.names.get("thread", last[0])) if last else {}

    def _ending(self, cause: Cause, reason: str | None, facts: Mapping[str, Any]) -> Ending:
        """As `Supervisor`, but that metrics tell virtual time, and that waits for the log's reader are nobody's."""
        ending = super()._ending(cause, reason, facts)
        now = self._now()
        self._log.moment = now
        counts = {**ending.facts["counts"], "back_pressure": 0}
        facts = {**ending.facts, "counts": counts, "deterministic": True}
        return replace(ending, metrics={**ending.metrics, "duration": now / 1e9}, facts=facts)


class _Whoever(dict[int, str]):
    """One name for every ident."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name

    def get(self, _ident: int, _default: Any = None) -> Any:
        """The name."""
        return self._name


def _row(row: dict[str, Any], standing: Mapping[str, Any] | None) -> dict[str, Any]:
    """A waiting thread; for what it waits for that has no event, the scheduler says what it is."""
    if row["waits"] is None and standing is not None:
        at = standing["frames"][0].partition(" in ")[0] if standing["frames"] else None
        row["waits"] = {"op": standing["waits"] or "nothing", "object": standing["waits"], "at": at}
    return row
