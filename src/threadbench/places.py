"""Where event logs and witnesses go: cases enter, a path for each run or search leaves. The engine imports this."""

from __future__ import annotations

import os
import re
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from .errors import LogError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .scenario import Case

KEPT: Final = ".threadbench"
"""The folder, in that of the command, of all that it keeps."""
RUNS: Final = Path(KEPT) / "runs"
WITNESSES: Final = Path(KEPT) / "witnesses"
SEARCHES: Final = Path(KEPT) / "searches"
_BEGIN: Final = b'{"seq":0'
"""How each event log begins."""


def log_paths(cases: Sequence[Case], events: str | None) -> Iterator[Path]:
    """Where the log of each run goes, in the order of the runs.

    Args:
        cases: what is run.
        events: a file for a single run, else a folder; None makes a folder below `RUNS`.

    Raises:
        LogError: there is no place for them.
    """
    if events is not None:
        target = Path(events)
        single = len(cases) == 1 and cases[0].repeat == 1
        if single and not target.is_dir() and not events.endswith(("/", os.sep)):
            _require_log(target)
            yield target
            return
        if target.is_file():
            raise LogError(f"--events {target} is a file, and there are several runs", hint="name a folder")
        folder = target
    else:
        folder = new_folder()
    taken: dict[str, int] = {}
    for case in cases:
        stem = _stem(case)
        count = taken[stem] = taken.get(stem, 0) + 1
        stem = stem if count == 1 else f"{stem}~{count}"
        for repeat in range(1, case.repeat + 1):
            yield folder / f"{stem}.{repeat}.jsonl"


def _require_log(target: Path) -> None:
    """Whoever names a scenario by mistake keeps it: only a log is written over by a log."""
    if not target.is_file():
        return
    with target.open("rb") as file:
        begin = file.read(len(_BEGIN))
    if begin not in {b"", _BEGIN}:
        raise LogError(
            f"--events {target} is there already and no event log, and nothing is written over it",
            hint="name another file, such as run.jsonl",
        )


def witness_paths(searches: Sequence[tuple[Case, str]], folder: str | Path = WITNESSES) -> Iterator[Path]:
    """Where the witness of each search goes: of a case, under a model."""
    taken: dict[str, int] = {}
    stems: dict[str, str] = {}
    for case, model in searches:
        if case.id not in stems:
            stem = _stem(case)
            count = taken[stem] = taken.get(stem, 0) + 1
            stems[case.id] = stem if count == 1 else f"{stem}~{count}"
        yield Path(folder) / f"{stems[case.id]}.{model}.json"


def _stem(case: Case) -> str:
    """The case's name as a file's: what the file system takes, as long as it takes with what comes behind it."""
    wanted = re.sub(r"[^\w.=,\[\]-]+", "_", case.name)
    encoding = sys.getfilesystemencoding()
    return wanted.encode(encoding, "replace").replace(b"?", b"_")[:120].decode(encoding, "ignore")


def new_folder() -> Path:
    """A folder of this session's own; two that start in the same millisecond must not share one.

    Raises:
        LogError: it cannot be made.
    """
    name = datetime.now().strftime("%Y-%m-%dT%H-%M-%S.%f")[:-3]
    for number in range(1, 1000):
        folder = RUNS / (name if number == 1 else f"{name}~{number}")
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        except OSError as error:
            raise LogError(
                f"cannot write event logs below {RUNS}: {error.strerror}", hint="--events names another place"
            ) from error
        return folder
    raise LogError(f"cannot find a free name below {RUNS}")
