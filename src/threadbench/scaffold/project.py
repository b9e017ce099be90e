"""A plugin's project: its name enters, files that install, test and run as they are leave."""

from __future__ import annotations

import keyword
import re
import shlex
from typing import TYPE_CHECKING, Final

import msgspec

from .._version import API_VERSION, __version__
from ..errors import UsageError
from ..plugins.sources import BUILTIN_KINDS
from ..plugins.workload import KIND
from .texts import filled

if TYPE_CHECKING:
    from pathlib import Path

PREFIX: Final = "threadbench-"
LONGEST: Final = 60
"""Characters of a name, which is part of file names."""

FILES: Final = {
    "pyproject.toml": "pyproject.toml",
    "src/{module}/__init__.py": "module.py",
    "src/{module}/py.typed": None,
    "scenarios/{kind}.yaml": "plugin-scenario.yaml",
    "tests/test_{identifier}.py": "test_plugin.py",
    "README.md": "README.md",
    ".gitignore": "gitignore",
    ".github/workflows/test.yml": "workflow.yml",
}
"""Paths in the project, each with its template; None for an empty file."""

_TAKEN: Final = {"counter", "gate", "params", "people", "person", "run", "threading", "workload", "hookimpl"}
"""Names that the module uses for something else."""


class Names(msgspec.Struct, frozen=True):
    """A plugin's name, as each place needs it: `turnstile` is kind, entry point and, with a prefix, distribution."""

    kind: str
    distribution: str
    module: str
    identifier: str
    function: str
    camel: str


def names_of(name: str) -> Names:
    """All names of a plugin that is to be called `name`, its kind's, with or without `threadbench-`.

    Raises:
        UsageError: it cannot be called that; the hint has what it can be called.
    """
    kind = name.removeprefix(PREFIX)
    if "/" in name or "\\" in name:
        last = re.split(r"[/\\]", name.rstrip("/\\"))[-1]
        raise UsageError(f"a plugin's name is no path: '{name}'", hint=f"write {last or 'turnstile'} -o FOLDER")
    if not re.fullmatch(KIND, kind) or not kind[-1].isalnum() or len(kind) > LONGEST:
        rule = f"a lower-case letter, then letters, digits, '-' and '_', no more than {LONGEST}, a letter or digit last"
        near = re.sub(r"[^a-z0-9_-]+", "-", kind.lower()).strip("-_0123456789 ")[:LONGEST]
        raise UsageError(f"'{kind}' is no name for a kind: {rule}", hint=f"did you mean '{near}'?" if near else None)
    if kind in BUILTIN_KINDS:
        raise UsageError(f"kind '{kind}' is built in, and its name reserved", hint=f"call it 'my-{kind}', say")
    identifier = kind.replace("-", "_")
    clash = keyword.iskeyword(identifier) or identifier in _TAKEN
    return Names(
        kind=kind,
        distribution=PREFIX + kind.replace("_", "-"),
        module=f"threadbench_{identifier}",
        identifier=identifier,
        function=f"{identifier}_" if clash else identifier,
        camel="".join(part.capitalize() for part in identifier.split("_")),
    )


def project_files(names: Names) -> dict[str, str]:
    """Every file of the project: its path, its text."""
    words = {
        **msgspec.structs.asdict(names),
        "api": API_VERSION,
        "next_api": str(int(API_VERSION.partition(".")[0]) + 1),
        "version": ".".join(__version__.split(".")[:2]),
    }
    return {path.format(**words): filled(template, words) if template else "" for path, template in FILES.items()}


def write_project(folder: Path, files: dict[str, str]) -> None:
    """Write a project into a folder that is empty, or not there yet.

    Raises:
        UsageError: there is something, or it cannot be written.
    """
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise UsageError(
                f"'{folder}' is there already, and nothing is written over it", hint="name another with -o"
            )
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write '{error.filename or folder}': {error.strerror}") from error


def commands(folder: Path) -> list[str]:
    """What to type next: make an environment and install, test, run."""
    return [
        " && ".join(
            (
                f"cd {shlex.quote(str(folder))}",
                "python3 -m venv .venv",
                ".venv/bin/python -m pip install --quiet --upgrade pip",
                ".venv/bin/pip install --quiet --editable . --group test",
            )
        ),
        ".venv/bin/pytest",
        ".venv/bin/threadbench run scenarios",
    ]
