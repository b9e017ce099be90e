"""Where in the code under test something happened, and what stands there."""

from __future__ import annotations

import functools
import linecache
import os
import sys
from types import CodeType, FrameType
from typing import Any, Final

import msgspec

from ..runtime.virtual.scheduler import Scheduler


class Place(msgspec.Struct, frozen=True):
    """A line of code.

    Attributes:
        file: as the code has it.
        line: from 1.
        function: its qualified name.
    """

    file: str
    line: int
    function: str

    @property
    def source(self) -> str:
        """The line, without what surrounds it; empty where nobody can tell."""
        return linecache.getline(self.file, self.line).strip()

    def __str__(self) -> str:
        return f"{short_name(self.file)}:{self.line}"


def short_name(file: str) -> str:
    """The last part of a path."""
    return file.rpartition(os.sep)[2]


_BOTTOM: Final = Scheduler.execute.__code__
"""What the main thread's stack rests on; below is whoever explores."""
_PACKAGE: Final = __file__.rpartition(os.sep)[0].rpartition(os.sep)[0] + os.sep
_KINDS: Final = _PACKAGE + "kinds" + os.sep
_CALLS_OTHERS: Final = _KINDS + "code.py"
"""The built-in kind that is not under test itself: it calls what is."""
_STDLIB: Final = os.__file__.rpartition(os.sep)[0]
_PLATSTDLIB: Final = f"{sys.exec_prefix}{os.sep}{sys.platlibdir}{os.sep}{short_name(_STDLIB)}"
_LIBRARIES: Final = tuple(
    {os.path.realpath(path) + os.sep for path in (_STDLIB, _PLATSTDLIB)} | {_STDLIB + os.sep, _PLATSTDLIB + os.sep}
)
"""As `sysconfig` has the two paths, which takes its time to be asked."""
_INSTALLED: Final = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")


@functools.cache
def is_own(file: str) -> bool:
    """Whether a file is threadbench's; the built-in kinds are code under test."""
    return file.startswith(_PACKAGE) and (not file.startswith(_KINDS) or file == _CALLS_OTHERS)


@functools.cache
def is_library(file: str) -> bool:
    """Whether a file is threadbench's or the standard library's."""
    return (
        file.startswith("<frozen ")
        or is_own(file)
        or (file.startswith(_LIBRARIES) and not any(part in file for part in _INSTALLED))
    )


def is_generated(code: CodeType) -> bool:
    """Whether code has no place of its own: methods that dataclasses and their like write."""
    return code.co_filename[:1] == "<" and code.co_name[:2] == "__"


def shown_path(file: str) -> str:
    """The shortest honest path: below the working directory, else below an entry of `sys.path`."""
    here = os.getcwd()  # noqa: PTH109 - a string is wanted
    for root in (here, *sys.path):
        folder = root.rstrip(os.sep) + os.sep
        if root and file.startswith(folder):
            return file[len(folder) :]
    return file


class Caller(msgspec.Struct, frozen=True):
    """Who called a primitive.

    Attributes:
        place: in the code under test; None where threadbench itself did.
        inside: what the code called there, where that is the standard library's: `Queue.get`.
        owner: whose method that is.
        visit: tells one call there from the next.
    """

    place: Place | None
    inside: str | None = None
    owner: Any = None
    visit: int = 0


def caller(frame: FrameType | None) -> Caller:
    """Who called a primitive: the innermost frame that is neither the standard library's nor threadbench's."""
    library: FrameType | None = None
    while frame is not None and frame.f_code is not _BOTTOM:
        code = frame.f_code
        if not is_library(code.co_filename) and not is_generated(code):
            place = Place(code.co_filename, frame.f_lineno, code.co_qualname)
            if library is None:
                return Caller(place)
            owner = library.f_locals.get("self") if library.f_code.co_varnames[:1] == ("self",) else None
            return Caller(place, library.f_code.co_qualname, owner, id(library))
        if not is_own(code.co_filename) and not is_generated(code):
            library = frame
        frame = frame.f_back
    return Caller(None)
