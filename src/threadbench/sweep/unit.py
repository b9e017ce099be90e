"""One run of one case as it travels: packed here, run there by `run_unit`, and its event log brought back.

A worker needs no file of the one who asks, and leaves none: modules alone have to be importable where it is.
"""

from __future__ import annotations

import os
import pickle
import shutil
import sys
import tempfile
import threading
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from .._version import __version__
from ..attribution import told
from ..errors import LogError, ThreadbenchError, UsageError

if TYPE_CHECKING:
    from ..engine import Options
    from ..results import Session
    from ..runtime.native import NativeRuntime
    from ..scenario import Case

ONE_FILE: Final = "threadbench_file_"
"""How names of modules begin that only a process knows which has read them from a file, or is forked from one that has.
"""


class Unit(msgspec.Struct, frozen=True):
    """A run to be done.

    Attributes:
        version: of threadbench, and of Python, by which it was packed.
        path: where modules are looked for, besides where the worker does.
        payload: case, number of the repeat, session and options, pickled.
        scratch: a folder to work in, on the same machine; None: one for temporary files.
        forked: the worker descends from the one who asks, and knows all its modules.
    """

    version: tuple[str, int, int]
    path: tuple[str, ...]
    payload: bytes
    scratch: str | None = None
    forked: bool = False


class Came(msgspec.Struct, frozen=True):
    """What came of a run: its event log, compressed."""

    log: bytes


class Refused(msgspec.Struct, frozen=True):
    """Why a run could not be done at all, and would not be anywhere else."""

    message: str
    hint: str | None = None


VERSION: Final = (__version__, *sys.version_info[:2])


def packed(case: Case, repeat: int, session: Session, options: Options, *, scratch: Path | None, forked: bool) -> Unit:
    """A run, ready to travel.

    Raises:
        UsageError: another process could not import what it runs.
    """
    module = case.workload.function.__module__
    if module.startswith(ONE_FILE) and not forked:
        raise UsageError(
            f"the kind '{case.workload.kind}' is of a plugin in one file, which no other machine can import",
            hint="make it a module that is installed there, and name it with -p",
        )
    try:
        payload = pickle.dumps((case, repeat, session, options.replay))
    except Exception as error:  # whatever a plugin's params hold
        raise UsageError(f"{case.id} cannot be sent to other processes: {told(error)}") from None
    return Unit(VERSION, tuple(sys.path), payload, str(scratch) if scratch else None, forked)


def run_unit(unit: Unit) -> Came | Refused:
    """Do a run; called in a process of the executor, or in one of its threads."""
    if unit.version != VERSION:
        theirs, ours = (f"threadbench {v} on Python {major}.{minor}" for v, major, minor in (unit.version, VERSION))
        return Refused(f"the executor's process has {ours}, and was sent a run of {theirs}", "install the same there")
    sys.path.extend(folder for folder in unit.path if folder not in sys.path)
    try:
        case, repeat, session, replay = pickle.loads(unit.payload)
    except Exception as error:
        return Refused(
            f"the executor's process cannot import what is run: {told(error)}", "install it there, plugins too"
        )
    folder = Path(tempfile.mkdtemp(prefix="threadbench-", dir=unit.scratch))
    try:
        return Came(_log_of(case, repeat, session, replay, folder / "run.jsonl", forked=unit.forked))
    except (UsageError, LogError) as error:
        return Refused(str(error), error.hint)
    except ThreadbenchError as error:
        return Refused(f"{case.id}: {error}", error.hint)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _log_of(case: Case, repeat: int, session: Session, replay: tuple[str, ...], path: Path, *, forked: bool) -> bytes:
    from ..engine import Options, run_once

    run_once(case, repeat, session, Options(replay=replay), _kept.runtime(case, forked=forked), path)
    packer = zlib.compressobj(1)  # logs become a tenth at the fastest, and better takes longer than a network
    with path.open("rb") as file:
        parts = [packer.compress(part) for part in iter(lambda: file.read(1 << 20), b"")]
    return b"".join([*parts, packer.flush()])


class _Kept(threading.local):
    """The runtime that a thread of a worker goes on with, and with it the template that its runs are forked from."""

    def __init__(self) -> None:
        self._key: Any = None
        self._runtime: NativeRuntime | None = None

    def runtime(self, case: Case, *, forked: bool) -> NativeRuntime:
        """One for a case; that of the case before where it will do."""
        from ..engine import Options, runtime_for

        key = os.getpid(), case.scenario.runtime, tuple(sys.path)
        if self._runtime is None or key != self._key:
            if self._runtime is not None:
                self._runtime.__exit__()
            self._key, self._runtime = key, runtime_for([case], Options(fork_here=forked))
        return self._runtime


_kept = _Kept()
