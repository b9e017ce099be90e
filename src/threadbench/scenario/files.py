"""Path arguments to texts: files, folders and globs go in, `File`s and their `Source`s come out, or diagnostics."""

from __future__ import annotations

import codecs
import glob
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from ..errors import Diagnostic, Position
from .nodes import Source

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MAX_BYTES: Final = 1_000_000
SUFFIXES: Final = (".yaml", ".yml")

_OTHER_ENCODINGS: Final = (
    (b"\xff\xfe\x00\x00", "UTF-32"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)


class File(msgspec.Struct):
    """One file that was asked for.

    Attributes:
        path: as the user gave it, or the folder or glob as given with the rest appended.
        selectors: the `…` of every `path::…`; None once the whole file was asked for.
    """

    path: str
    selectors: list[str] | None


def files_of(paths: Sequence[str], found: list[Diagnostic]) -> list[File]:
    """The files that the arguments name, each once and under its first name; complaints are added to `found`."""
    files: dict[str, File] = {}
    for argument in paths:
        path, _, selector = argument.partition("::")
        for name in _expand(path, found):
            file = files.setdefault(os.path.realpath(name), File(name, []))
            if not selector:
                file.selectors = None
            elif file.selectors is not None:
                file.selectors.append(selector)
    return list(files.values())


def read(path: str, found: list[Diagnostic]) -> Source | None:
    """The text of a file; None, and a diagnostic, where there is none that could be YAML."""
    try:
        if not stat.S_ISREG(Path(path).stat().st_mode):  # before opening: a FIFO or a device could block for ever
            _refuse(path, found, "not a regular file")
            return None
        with Path(path).open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        _refuse(path, found, f"cannot be read: {error.strerror or error}")
        return None
    if len(data) > MAX_BYTES:
        _refuse(path, found, "larger than 1 MB", "keep data in files of its own, and scenarios small")
        return None
    for mark, encoding in _OTHER_ENCODINGS:
        if data.startswith(mark):
            _refuse(path, found, f"the file is {encoding}", "save it as UTF-8")
            return None
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        good = data[: error.start].decode()
        wrong = f"byte 0x{data[error.start]:02x} is not UTF-8"
        found.append(Source(path, f"{good}\ufffd").problem(len(good), len(good) + 1, wrong, "save the file as UTF-8"))
        return None
    return Source(path, text)


def _expand(path: str, found: list[Diagnostic]) -> Iterator[str]:
    try:
        place = Path(path)
        if place.is_dir() and path:
            names = sorted(_below(path))
            if not names:
                _refuse(path, found, "no scenario file in this folder", "scenario files end in .yaml or .yml")
            yield from names
        elif place.exists() and path:
            yield path
        elif glob.has_magic(path):
            yield from _matching(path, found)
        elif place.is_symlink():
            _refuse(path, found, "a link that leads nowhere")
        elif not path:
            _refuse("''", found, "no path", "write PATH, or PATH::CASE")
        else:
            _refuse(path, found, "no such file or folder", _similar(place))
    except OSError as error:
        _refuse(path, found, f"cannot be read: {error.strerror or error}")
    except ValueError:  # a NUL in the path
        _refuse(path, found, "not a path")


def _below(folder: str) -> Iterator[str]:
    for here, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (os.path.join(here, name) for name in names if _is_scenario_name(name))  # noqa: PTH118 - keeps "./"


def _matching(pattern: str, found: list[Diagnostic]) -> Iterator[str]:
    matches = sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207 - Path.glob takes no absolute patterns
    names: list[str] = []
    for match in matches:
        if Path(match).is_dir():
            names.extend(sorted(_below(match)))
        elif _is_scenario_name(match):
            names.append(match)
    if not names:
        _refuse(pattern, found, "no scenario file matches", "scenario files end in .yaml or .yml")
    yield from names


def _is_scenario_name(name: str) -> bool:
    return name.endswith(SUFFIXES) and not os.path.basename(name).startswith(".")  # noqa: PTH119 - a name, not a path


def _similar(path: Path) -> str | None:
    if not path.parent.is_dir():
        return None
    import difflib  # only on the way to an error

    # By stem: the ending alone makes any two short names alike.
    stems = {
        entry.stem: entry.name for entry in path.parent.iterdir() if entry.is_dir() or _is_scenario_name(entry.name)
    }
    close = difflib.get_close_matches(path.stem, stems, n=1)
    return f"did you mean '{stems[close[0]]}'?" if close else None


def _refuse(path: str, found: list[Diagnostic], message: str, hint: str | None = None) -> None:
    found.append(Diagnostic(Position(path, 1, 1), message, hint))
