"""What is asked of the operating system beyond `os`: die with the parent, adopt orphans, find children.

Linux does all of it; elsewhere a template still ends its workers itself, because it sees its supervisor's socket close.
"""

from __future__ import annotations

import contextlib
import math
import os
import select
import signal
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

STACKS_SIGNAL: Final = signal.SIGRTMAX - 1 if hasattr(signal, "SIGRTMAX") else signal.SIGUSR2
"""What makes a worker write the stacks of its threads; not one that workloads use."""

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_CHILD_SUBREAPER: Final = 36


def readable(descriptors: Iterable[int], seconds: float | None) -> set[int]:
    """Those from which something can be read, or that have ended; waits for it up to so many seconds, None for ever.

    Not `select`, which refuses descriptors from 1024 on: a process that has many files open explores and runs, too.
    """
    if not hasattr(select, "poll"):
        return set(select.select(list(descriptors), [], [], seconds)[0])
    poll = select.poll()
    for descriptor in descriptors:
        poll.register(descriptor, select.POLLIN)
    return {descriptor for descriptor, _ in poll.poll(None if seconds is None else math.ceil(seconds * 1e3))}


def _prctl() -> Any:
    if sys.platform != "linux":
        return lambda *_: 0
    # Not `ctypes` itself: to import its Python part takes as long as to fork.
    from _ctypes import call_function, dlopen, dlsym

    address = dlsym(dlopen(None, os.RTLD_NOW), "prctl")  # type: ignore[arg-type] # None is this process
    return lambda *arguments: call_function(address, arguments)


prctl: Any = None


def load() -> None:
    """Find `prctl` before there are children that need it at once."""
    global prctl
    prctl = prctl or _prctl()


def die_with_parent(parent: int) -> None:
    """Be killed when the parent process (its forking thread) ends; end now if it has already."""
    prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent ends."""
    prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def kill_children() -> None:
    """Kill and reap all children, then those that they leave, until there are none that can be seen."""
    with contextlib.suppress(ChildProcessError):
        while children := _children():
            for pid in children:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            os.waitpid(-1, 0)


def _children() -> list[int]:
    try:
        text = Path(f"/proc/self/task/{os.getpid()}/children").read_text()
    except OSError:
        return []
    return [int(pid) for pid in text.split()]
