"""A sweep as it is typed: options of `run` enter, a `Sweep` leaves that knows its folder and how to resume it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from ..errors import LogError, UsageError
from ..places import RUNS, log_paths, new_folder
from ..sweep import Sweep
from .resuming import command_again

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..engine import Options
    from ..extensions import Extension
    from ..scenario import Case


def planned(
    cases: Sequence[Case],
    options: Options,
    executor: tuple[Extension, str],
    jobs: int | None,
    words: Sequence[str],
    *,
    resume: bool,
) -> tuple[Sweep, Options]:
    """A sweep, and the options that it is done with.

    Args:
        cases: all of them.
        options: those of the run; the folder for logs is added.
        executor: who runs them.
        jobs: how many at a time; None: as many as the executor can.
        words: what was typed, but for the folder.
        resume: go on where logs are.

    Raises:
        UsageError: there is nothing to go on with.
        LogError: there is no place for logs.
    """
    folder = _folder(cases, options.events, resume=resume)
    again = command_again("run", [*words, "--events", str(folder)])
    sweep = Sweep(executor=executor, jobs=jobs, folder=folder, resume=resume, again=again)
    return sweep, replace(options, events=str(folder))


def _folder(cases: Sequence[Case], events: str | None, *, resume: bool) -> Path:
    if events is not None:
        folder = Path(events)
        if folder.exists() and not folder.is_dir():
            raise LogError(f"--events {folder} is a file, and a sweep has a log for each run", hint="name a folder")
        if resume and not folder.is_dir():
            raise UsageError(f"there is no folder {folder} to resume from")
    elif resume:
        folder = _newest(cases)
    else:
        return new_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LogError(f"cannot write event logs in {folder}: {error.strerror}") from error
    return folder


def _newest(cases: Sequence[Case]) -> Path:
    """The newest folder that has a log of one of these cases."""
    folders = [each for each in RUNS.iterdir() if each.is_dir()] if RUNS.is_dir() else []
    for folder in sorted(folders, reverse=True):
        if any(path.exists() for path in log_paths(cases, str(folder))):
            return folder
    raise UsageError(
        f"no folder below {RUNS} has logs of these cases to resume from",
        hint="name one with --events, or leave --resume out",
    )
