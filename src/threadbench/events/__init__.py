"""The event log: threads emit into segments, a supervisor drains them into JSON Lines, readers read them back.

In come records of traced primitives and of workloads; out comes one file that outlives whatever happens to the run.
Runtimes write it, reports read it; nothing here knows either.
"""

from .reader import read_log
from .record import SCHEMA, Event
from .recovery import recover
from .schema import event_schema

__all__ = ["SCHEMA", "Event", "event_schema", "read_log", "recover"]
