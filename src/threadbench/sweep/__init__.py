"""Sweeps: cases go in, each run of each goes to an executor, logs come back as they finish, and with them the results.

Results are read from logs, whoever wrote them: those that an interrupted sweep left are worth what new ones are. The
command line imports `sweep_cases`, and who asks from Python `sweep_results`.
"""

from __future__ import annotations

from .session import Sweep, SweepWatcher, sweep_cases, sweep_results

__all__ = ["Sweep", "SweepWatcher", "sweep_cases", "sweep_results"]
