"""All that `run` imports, in one place and in no function: what a run that goes well needs, and no more.

The command line imports this before it reads the options. Within a command the stack is so deep that an import here and
there would cross the end of a chunk of the interpreter's frames (16 KiB, `DATA_STACK_CHUNK_SIZE` in CPython's
pystate.c) again and again, at a system call each time: together that took longer than to read the files.
"""

from __future__ import annotations

from ..engine import Options, run_cases, settle
from ..lookup import Lookup
from ..observing import Observers
from ..plugins import Registry
from ..scenario import load_cases
from ..scenario.selection import select
from .watch import Progress, explained, read_once_more

__all__ = [
    "Lookup",
    "Observers",
    "Options",
    "Progress",
    "Registry",
    "explained",
    "load_cases",
    "read_once_more",
    "run_cases",
    "select",
    "settle",
]
