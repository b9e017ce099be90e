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
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from ..attribution import told
from ..errors import LogError, ThreadbenchError, UsageError
from ..shipping import CURE, Parcel, opened, packed, source_digest

if TYPE_CHECKING:
    from ..engine import Options
    from ..results import Session
    from ..runtime.native import NativeRuntime
    from ..scenario import Case


class Unit(msgspec.Struct, frozen=True):
    """A run to be done.

    Attributes:
        sweep: which one it is of: what a worker has imported for another is not used for this one.
        parcel: case, number of the repeat, seed and options; from a process that this one is forked from, pickled.
        source: the digest of the workload's module.
        scratch: a folder to work in, on the same machine; None: one for temporary files.
    """

    sweep: str
    parcel: Parcel | bytes
    source: str | None = None
    scratch: str | None = None

    @property
    def forked(self) -> bool:
        """The worker descends from the one who asks, and knows all its modules."""
        return isinstance(self.parcel, bytes)


class Came(msgspec.Struct, frozen=True):
    """What came of a run: its event log, compressed."""

    log: bytes


class Refused(msgspec.Struct, frozen=True):
    """Why a run could not be done at all, and would not be anywhere else."""

    message: str
    hint: str | None = None


class Packer:
    """Packs the runs of one sweep.

    Args:
        session: whose seed cases have that name none.
        options: of the sweep.
        scratch: see `Unit`.
        forked: see `Unit`.
    """

    def __init__(self, session: Session, options: Options, *, scratch: Path | None, forked: bool) -> None:
        self._session = session
        self._options = options
        self._scratch = str(scratch) if scratch else None
        self._forked = forked
        self._sweep = os.urandom(8).hex()
        self._source = cache(source_digest)

    def pack(self, case: Case, repeat: int) -> Unit:
        """A run, ready to travel.

        Raises:
            UsageError: another process could not import what it runs.
        """
        try:
            pickled = pickle.dumps((case, repeat, self._session, self._options.replay))
        except Exception as error:  # whatever a plugin's params hold
            raise UsageError(f"{case.id} cannot be sent to other processes: {told(error)}") from None
        if self._forked:
            return Unit(self._sweep, pickled, scratch=self._scratch)
        return Unit(self._sweep, packed(pickled), self._source(case.workload.function.__module__), self._scratch)


def run_unit(unit: Unit) -> Came | Refused:
    """Do a run; called in a process of the executor, or in one of its threads.

    Raises:
        OSError: this machine cannot do it, and another one may.
        LogError: the same.
    """
    folder = None
    try:
        parcel = unit.parcel
        case, repeat, session, replay = pickle.loads(parcel) if isinstance(parcel, bytes) else opened(parcel)
        _require_same(case.workload.function.__module__, unit)
        folder = tempfile.mkdtemp(prefix="threadbench-", dir=unit.scratch)
        return Came(_log_of(unit, case, repeat, session, replay, Path(folder, "run.jsonl")))
    except LogError:
        raise
    except ThreadbenchError as error:
        return Refused(str(error), error.hint)
    finally:
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)


def _require_same(module: str, unit: Unit) -> None:
    if unit.source is not None and unit.source != source_digest(module):
        raise UsageError(
            f"the executor's process has another {sys.modules[module].__file__} than the one that asks", hint=CURE
        )


def _log_of(unit: Unit, case: Case, repeat: int, session: Session, replay: tuple[str, ...], path: Path) -> bytes:
    from ..engine import Options, run_once, session_of

    here = replace(session_of([case], Options(session.seed)), seed=session.seed, total=session.total)
    run_once(case, repeat, here, Options(replay=replay), _kept.runtime(unit, case), path)
    packer = zlib.compressobj(1)  # logs become a tenth at the fastest, and better takes longer than a network
    with path.open("rb") as file:
        parts = [packer.compress(part) for part in iter(lambda: file.read(1 << 20), b"")]
    return b"".join([*parts, packer.flush()])


class _Kept(threading.local):
    """The runtime that a thread of a worker goes on with, and with it the template that its runs are forked from."""

    def __init__(self) -> None:
        self._key: Any = None
        self._held: _Held | None = None

    def runtime(self, unit: Unit, case: Case) -> NativeRuntime:
        """One for a case; that of the case before where it will do."""
        from ..engine import Options, runtime_for

        key = os.getpid(), unit.sweep, case.scenario.runtime, tuple(sys.path)
        if self._held is None or key != self._key:
            self._held = None  # ends the template before
            self._key, self._held = key, _Held(runtime_for([case], Options(fork_here=unit.forked)))
        return self._held.runtime


class _Held:
    """A runtime that ends with who holds it: a thread that ends drops what is local to it, and tells nobody."""

    def __init__(self, runtime: NativeRuntime) -> None:
        self.runtime = runtime

    def __del__(self) -> None:
        self.runtime.__exit__()


_kept = _Kept()
