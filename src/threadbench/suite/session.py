"""What a session of pytest has of threadbench: its options, understood, and the desk, started when it is needed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from .handle import Desk
from .orders import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..explore.schedule import Schedule

KEY: pytest.StashKey[SuiteSession] = pytest.StashKey()


class SuiteSession:
    """A session's; use `suite_session`.

    Attributes:
        settings: of runs and searches.
        folder: where pytest was called: what paths that are printed are relative to.
        replay: the witness that is to be replayed, if one is, and `stored`, what is in it.
        replayed: whether the search that it belongs to has been met.

    Raises:
        pytest.UsageError: it cannot be read.
    """

    def __init__(self, config: pytest.Config) -> None:
        self.folder = config.invocation_params.dir
        schedules, seconds = config.getoption("threadbench_budget") or (None, None)
        self.settings = Settings(
            mode=config.getoption("threadbench_mode") or mode_of(config),
            model=config.getoption("threadbench_model"),
            max_schedules=schedules,
            time_limit=seconds,
            seed=config.getoption("threadbench_seed"),
            plugins=tuple(self._plugins(config)),
        )
        replay = config.getoption("threadbench_replay")
        self.replay = Path(self.folder, replay) if replay else None
        self.stored = _loaded(self.replay) if self.replay else None
        self.replayed = False
        self._desk: Desk | None = None

    @property
    def desk(self) -> Desk:
        """The process that runs scenarios."""
        if self._desk is None:
            self._desk = Desk(self.settings, self.folder)
        return self._desk

    def shown(self, path: Path) -> str:
        """A path as the command would be given it."""
        return str(path.relative_to(self.folder)) if path.is_relative_to(self.folder) else str(path)

    def close(self) -> None:
        """The session ends."""
        if self._desk is not None:
            self._desk.close()
            self._desk = None

    def _plugins(self, config: pytest.Config) -> Iterator[str]:
        for name in config.getini("threadbench_plugins"):
            yield self.shown(config.rootpath / name) if name.endswith(".py") else name


def _loaded(path: Path) -> Schedule:
    from ..errors import UsageError
    from ..explore.schedule import load

    try:
        schedule = load(path)
    except UsageError as error:
        raise pytest.UsageError(error.render()) from None
    if schedule.test is None:
        raise pytest.UsageError(f"{path} belongs to no test; `threadbench replay` runs it")
    return schedule


def left_undone(config: pytest.Config) -> str | None:
    """That a witness was to be replayed, and that no search was met that it belongs to; None where all is well."""
    session = suite_session(config)
    if session.stored is None or session.replayed or config.getoption("numprocesses", None):
        return None
    number = f"search {session.stored.call} of " if session.stored.call > 1 else ""
    return f"nothing was replayed: {session.shown(session.replay or Path())} belongs to {number}{session.stored.test}"


def mode_of(config: pytest.Config) -> str:
    """What the configuration file says of it.

    Raises:
        pytest.UsageError: it is no mode.
    """
    mode = str(config.getini("threadbench_mode"))
    if mode not in MODES:
        raise pytest.UsageError(f"threadbench_mode: {mode!r} is none of {', '.join(MODES)}")
    return mode


MODES = ("auto", "run", "explore")


def suite_session(config: pytest.Config) -> SuiteSession:
    """The session's, made when it is first asked for."""
    if KEY not in config.stash:
        config.stash[KEY] = session = SuiteSession(config)
        config.add_cleanup(session.close)
    return config.stash[KEY]


def budget(text: str) -> tuple[int | None, float | None]:
    """A budget as it is written: a number of schedules, a duration, or both with a comma between.

    Raises:
        ValueError: it is neither; the message says what is.
    """
    from ..durations import parse_duration

    schedules: int | None = None
    seconds: float | None = None
    for word in text.split(","):
        if word.isascii() and word.isdigit() and int(word):
            schedules = int(word)
            continue
        try:
            seconds = parse_duration(word)
        except ValueError:
            seconds = None
        if not seconds:
            raise ValueError(f"'{text}' is neither a number of schedules nor a duration, such as 500, 10s or 500,10s")
    return schedules, seconds
