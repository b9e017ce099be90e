"""Where plugins come from: the table of built-in kinds, entry points of installed distributions, modules, files.

Nothing that is found here is imported here. Imported by the registry only.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from .._version import __version__
from .hookspecs import PROJECT
from .status import Source

if TYPE_CHECKING:
    from importlib.metadata import Distribution

BUILTIN_KINDS: Final = ("thread", "race", "lock", "daemon", "pool", "prodcons", "code")
"""Each is a plugin module `threadbench.kinds.<kind>`; a table, so that to run one imports no other and no metadata."""


def builtin(kind: str) -> Source:
    """The source of a built-in kind."""
    return Source(kind, "builtin", f"{PROJECT}.kinds.{kind}", PROJECT, __version__)


def installed() -> list[Source]:
    """Sources in the entry-point group `threadbench` of every installed distribution, sorted by name, then owner."""
    from importlib.metadata import distributions  # costs as much as pluggy: not for runs of built-in kinds

    found: dict[tuple[str, str | None, str], Source] = {}
    seen: set[str] = set()
    for distribution in distributions():
        try:
            text = distribution.read_text("entry_points.txt")
        except UnicodeDecodeError:
            continue  # whose group it would be cannot be told, and other tools' files are not ours to judge
        if not text or f"[{PROJECT}]" not in text:
            continue
        sources = _declared(distribution)
        owner = sources[0].distribution if sources else None
        if owner and owner in seen:
            continue  # further down sys.path: shadowed by another installation of the same distribution
        seen.add(owner or "")
        found.update({(source.name, source.distribution, source.target): source for source in sources})
    return sorted(found.values(), key=lambda source: (source.name, source.distribution or "", source.target))


def file(path: str) -> Source:
    """The source of a one-file plugin, named as the user wrote it."""
    target, problem = path, None
    try:
        target = str(Path(path).resolve())
        if not Path(target).exists():
            problem = "there is no such file"
        elif not Path(target).is_file():  # a pipe would be waited for
            problem = "it is not a file; a plugin of several modules is installed, or named with -p MODULE"
    except (OSError, ValueError, RuntimeError) as error:  # no permission, name too long, a NUL in it, a loop of links
        problem = f"it cannot be read: {error}"
    return Source(path, "file", target, problem=problem)


def module(name: str) -> Source:
    """The source of a plugin that is named by its module and need not be installed."""
    return Source(name, "module", name)


def _declared(distribution: Distribution) -> list[Source]:
    name = version = None
    try:
        name, version = distribution.metadata["Name"], distribution.version
        return [
            Source(point.name, "distribution", point.value, name, version)
            for point in distribution.entry_points
            if point.group == PROJECT
        ]
    except Exception as error:  # metadata is written by anybody: one bad file must not hide the others' plugins
        label = name or "unknown distribution"
        problem = f"its installed metadata cannot be read: {type(error).__name__}: {error}"
        return [Source(label, "distribution", "", name, version, problem)]
