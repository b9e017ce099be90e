"""The end of the process: at once, where the interpreter's own way would change nothing but take longer.

Everything is written and closed when a command is done. To take some four hundred modules apart before the memory goes
back to the system anyway costs a tenth of a short run (mypy leaves in the same way, for the same reason).
"""

from __future__ import annotations

import atexit
import os
import sys
import threading


def leave(code: int) -> None:
    """End the process; returns where somebody still counts on the interpreter's own end."""
    if threading.active_count() > 1 or sys.flags.inspect or _watched():
        return
    atexit._run_exitfuncs()  # noqa: SLF001 - has no public name
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):  # what an exit handler wrote has nowhere to go: the interpreter has a code for it
        return
    os._exit(code)


def _watched() -> bool:
    """Whether a debugger or a profiler waits for the end."""
    if sys.gettrace() or sys.getprofile():
        return True
    monitoring = getattr(sys, "monitoring", None)  # since 3.12
    return monitoring is not None and any(monitoring.get_tool(tool) for tool in range(6))
