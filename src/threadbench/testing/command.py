"""The command, as users of a plugin type it: words enter, its exit code, document and text leave."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

TIMEOUT = 600.0
"""Seconds after which a command is ended; scenarios have timeouts of their own, which come first."""


class Done(NamedTuple):
    """What a command came to.

    Attributes:
        exit_code: as documented.
        document: what `--json` prints.
        told: what a person is told, with failures and how to replay them.
    """

    exit_code: int
    document: Mapping[str, Any]
    told: str


def command(folder: Path, words: Sequence[str | os.PathLike[str]]) -> Done:
    """Run `threadbench` with these words and `--json`, in a process of its own that lives in this folder.

    It imports what this process could: `sys.path` is its own.

    Raises:
        AssertionError: it has printed no document.
        subprocess.TimeoutExpired: it does not end.
    """
    folder.mkdir(parents=True, exist_ok=True)
    # What tells a command to annotate or to draw would stand between the lines of a failure.
    kept = {name: value for name, value in os.environ.items() if name not in {"GITHUB_ACTIONS", "FORCE_COLOR"}}
    path = os.pathsep.join(str(Path(each).absolute()) for each in sys.path if each)
    done = subprocess.run(
        [sys.executable, "-m", "threadbench", *(os.fspath(word) for word in words), "--json"],
        cwd=folder,
        env={**kept, "PYTHONPATH": path, "NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=TIMEOUT,
    )
    try:
        document = json.loads(done.stdout)
    except ValueError:
        document = None
    assert isinstance(document, dict), f"threadbench left with {done.returncode}, and printed:\n{done.stderr}"
    return Done(done.returncode, document, done.stderr)


def by_case(entries: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Parts of a document by the names of their cases; by whole ids where two files have cases of one name.

    Searches of one case under several models have the model behind it, as a line of the command has.
    """
    models = Counter(entry["case"] for entry in entries)
    named = [f"{entry['case']}  {entry['model']}" if models[entry["case"]] > 1 else entry["case"] for entry in entries]
    short = [name.rpartition("::")[2] for name in named]
    counted = Counter(short)
    return {
        (brief if counted[brief] == 1 else name): entry
        for name, brief, entry in zip(named, short, entries, strict=True)
    }
