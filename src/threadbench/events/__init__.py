"""The event log: threads emit into segments, a supervisor drains them into JSON Lines, readers read them back.

In come records of traced primitives and of workloads; out comes one file that outlives whatever happens to the run.
Runtimes write it, reports read it; nothing here knows either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .record import SCHEMA, Event

if TYPE_CHECKING:
    from .reader import read_log
    from .recovery import recover
    from .schema import event_schema

__all__ = ["SCHEMA", "Event", "event_schema", "read_log", "recover"]

_HOMES = {"event_schema": "schema", "read_log": "reader", "recover": "recovery"}
"""Imported when they are first used: who writes a log has use for none of them."""


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module '{__name__}' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
