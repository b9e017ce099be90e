"""What a call on an executor takes along: packed in one process, opened in another, which has to be alike. A leaf.

Modules are found by their names, where the worker looks and where the one looked who asks; plugins in one file, which
no other process can find by a name, travel with their source.
"""

from __future__ import annotations

import atexit
import importlib
import pickle
import shutil
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any, Final

import msgspec

from ._version import __version__
from .attribution import told
from .errors import UsageError
from .extensions import ONE_FILE
from .hashing import blake2b

STAMP: Final = f"threadbench {__version__} on {sys.implementation.name} {sys.version_info[0]}.{sys.version_info[1]}" + (
    "" if getattr(sys, "_is_gil_enabled", lambda: True)() else " without a GIL"
)
"""What has to be the same on both sides of a call, for what comes of it to be what would have come of it here."""
CURE: Final = "install the same there, plugins too, and start its workers again"


class OneFile(msgspec.Struct, frozen=True):
    """A plugin in one file: the name that its module has in every process, and what is in it."""

    module: str
    path: str
    source: bytes


class Parcel(msgspec.Struct, frozen=True):
    """Something pickled, and what is needed to read it.

    Attributes:
        stamp: of the process that packed it.
        path: where modules are looked for, besides where the worker does.
    """

    stamp: str
    path: tuple[str, ...]
    files: tuple[OneFile, ...]
    pickled: bytes


def packed(pickled: bytes) -> Parcel:
    """A parcel of what has been pickled."""
    files = tuple(_one_file(name) for name in sorted(sys.modules) if _travels(name))
    return Parcel(STAMP, tuple(sys.path), files, pickled)


def opened(parcel: Parcel) -> Any:
    """What is in a parcel.

    Raises:
        UsageError: this process is another threadbench or Python, or does not find a module.
    """
    if parcel.stamp != STAMP:
        raise UsageError(
            f"the executor's process has {STAMP}, and was sent what {parcel.stamp} has packed",
            hint="install the same there",
        )
    sys.path.extend(folder for folder in parcel.path if folder not in sys.path)
    try:
        for file in parcel.files:
            _files.provide(file)
        return pickle.loads(parcel.pickled)
    except Exception as error:
        raise UsageError(f"the executor's process cannot import what is run: {told(error)}", hint=CURE) from None


def source_digest(module: str) -> str | None:
    """Of the file that a module comes from, as it is now; None where it comes from none."""
    file = getattr(sys.modules.get(module), "__file__", None)
    try:
        return blake2b(Path(file).read_bytes(), digest_size=12).hexdigest() if file else None
    except OSError:
        return None


def _travels(module: str) -> bool:
    return module.startswith(ONE_FILE) and getattr(sys.modules[module], "__file__", None) is not None


def _one_file(module: str) -> OneFile:
    path = str(sys.modules[module].__file__)
    known = _files.known.get(module)
    if known is None:
        known = _files.known[module] = OneFile(module, path, Path(path).read_bytes())
    return known


class _Files:
    """Plugins in one file that this process has read, or was sent: as modules that processes it starts find, too."""

    def __init__(self) -> None:
        self.known: dict[str, OneFile] = {}
        self._folders: dict[str, str] = {}
        self._turn = threading.Lock()

    def provide(self, file: OneFile) -> None:
        """Let a plugin be imported by its module's name; another one of that name is so no more."""
        with self._turn:
            if self.known.get(file.module) == file:
                return
            before = self._folders.pop(file.module, None)
            if before is not None:
                sys.path.remove(before)
            sys.modules.pop(file.module, None)
            folder = tempfile.mkdtemp(prefix="threadbench-")
            atexit.register(shutil.rmtree, folder, ignore_errors=True)
            Path(folder, f"{file.module}.py").write_text(_STUB.format(file=file), encoding="utf-8")
            sys.path.append(folder)
            importlib.invalidate_caches()
            self.known[file.module], self._folders[file.module] = file, folder


_STUB: Final = """\
import linecache

__file__ = {file.path!r}
linecache.cache[__file__] = 0, None, {file.source!r}.decode(errors="replace").splitlines(keepends=True), __file__
exec(compile({file.source!r}, __file__, "exec", dont_inherit=True))
"""
"""The module as it would be where its file is: places in it are those that the one who asks knows."""

_files = _Files()
