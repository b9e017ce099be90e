"""What the batches of a search came to, kept on disk as they come, for a search that goes on where one was cut off.

JSON Lines: what is searched and how in the first one, then a line for each batch, in the order in which they ended.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from .._version import __version__
from ..errors import LogError
from .fingerprint import digests_of, fingerprint_of
from .parts import Part  # noqa: TC001 - what a line is decoded as
from .preparation import prepared

if TYPE_CHECKING:
    from .limits import Limits
    from .search import Search

SCHEMA: Final = "threadbench.search/1"


class Line(msgspec.Struct, frozen=True):
    """A batch: its number, how many schedules it was to run, what of the library was opened, and what it came to."""

    batch: int
    schedules: int
    opened: tuple[str, ...]
    part: Part


class Journal:
    """The journal of one search.

    Args:
        path: the file; its folders are made.
        about: JSON: all that what a batch comes to depends on.
        resume: take what is there for done, where it is about the same; else begin anew.

    Raises:
        LogError: the file cannot be written.
    """

    def __init__(self, path: Path, about: Mapping[str, Any], *, resume: bool) -> None:
        self.path = path
        self.done: dict[tuple[int, int, frozenset[str]], Part] = {}
        """What is there already, by batch, schedules, and what was opened."""
        first = msgspec.json.encode({"schema": SCHEMA, **about}, order="sorted") + b"\n"
        size = self._read(first) if resume else 0
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
            os.ftruncate(self._descriptor, size)
            os.lseek(self._descriptor, size, os.SEEK_SET)
        except OSError as error:
            raise LogError(f"cannot write the journal of a search {path}: {error.strerror}") from error
        if not size:
            self._write(first)

    def _read(self, first: bytes) -> int:
        """Take up what is there; how many bytes of it are whole."""
        try:
            lines = self.path.read_bytes().splitlines(keepends=True)
        except OSError:
            return 0
        if not lines or lines[0] != first:
            return 0
        size = len(first)
        for text in lines[1:]:
            try:
                line = _decode(text)
            except (msgspec.MsgspecError, UnicodeDecodeError):
                break
            if not text.endswith(b"\n"):
                break  # cut off within it
            self.done[line.batch, line.schedules, frozenset(line.opened)] = line.part
            size += len(text)
        return size

    def add(self, batch: int, schedules: int, opened: frozenset[str], part: Part) -> None:
        """Keep what a batch came to.

        Raises:
            LogError: the file cannot be written.
        """
        self._write(msgspec.json.encode(Line(batch, schedules, tuple(sorted(opened)), part)) + b"\n")

    def _write(self, data: bytes) -> None:
        try:
            while data:
                data = data[os.write(self._descriptor, data) :]
        except OSError as error:
            raise LogError(f"cannot write the journal of a search {self.path}: {error.strerror}") from error

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)


_decode = msgspec.json.Decoder(Line).decode


class Kept(msgspec.Struct, frozen=True):
    """Where a search keeps its journal, and whether it goes on with the one that is there.

    Attributes:
        about: JSON: what is searched.
    """

    path: str
    about: Mapping[str, Any]
    resume: bool = False


@contextmanager
def journal_of(kept: Kept | None, search: Search, code: Sequence[Any], limits: Limits) -> Iterator[Journal | None]:
    """The journal of a search: what batches come to depends on the code under test, the limits, and no time.

    One that has begun again goes on in the same journal, which says of each batch what was opened for it.

    Raises:
        LogError: the file cannot be written.
    """
    if kept is None:
        yield None
        return
    with prepared(search, code) as subject:
        digests = digests_of(subject.named)
    own = {name: digest for name, digest in digests.items() if name.partition(":")[0] not in search.opened}
    fingerprint = fingerprint_of(own)
    settings = msgspec.to_builtins(limits)
    del settings["time_limit"]
    python = sys.version.partition(" ")[0]
    about = {**kept.about, "limits": settings, "fingerprint": fingerprint, "python": python, "threadbench": __version__}
    journal = Journal(Path(kept.path), about, resume=kept.resume or bool(search.opened))
    try:
        yield journal
    finally:
        journal.close()


def seed_in(path: Path, case: str) -> int | None:
    """The seed of the search of a case that was cut off; None where there is no journal of it."""
    try:
        with path.open("rb") as file:
            said = msgspec.json.decode(file.readline())
    except (OSError, msgspec.MsgspecError):
        return None
    seed = said.get("limits", {}).get("seed") if isinstance(said, dict) and said.get("case") == case else None
    return seed if isinstance(seed, int) else None
