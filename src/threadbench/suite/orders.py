"""What pytest and the process that runs its scenarios say to each other: pickled, one record after the other."""

from __future__ import annotations

from typing import NamedTuple


class Settings(NamedTuple):
    """How the session runs scenarios and explores; the first thing that the desk is told.

    Attributes:
        mode: `auto`: cases are run, and explored too where their scenario says what a search must come to; `run` and
            `explore`: all are.
        model: where points are, instead of what scenarios and tests say; None: what they say.
        max_schedules, time_limit: the budget of each search, likewise; seconds.
        seed: of every run and search, likewise.
        plugins: switches of `-p`, and files ending in .py.
    """

    mode: str = "auto"
    model: str | None = None
    max_schedules: int | None = None
    time_limit: float | None = None
    seed: int | None = None
    plugins: tuple[str, ...] = ()


class Collect(NamedTuple):
    """Which cases are in this file?"""

    path: str


class Row(NamedTuple):
    """A case, as an item needs it; `line` counts from 1."""

    name: str
    kind: str
    tags: tuple[str, ...]
    line: int
    run: bool
    searched: bool


class Rows(NamedTuple):
    """The cases of a file, in order."""

    rows: tuple[Row, ...]


class Refused(NamedTuple):
    """Why it cannot be done, for a person."""

    text: str


class Execute(NamedTuple):
    """Run a case that was collected, with all its repeats; or search its interleavings."""

    path: str
    name: str
    search: bool


class Report(NamedTuple):
    """What a case came to.

    Attributes:
        passed: it is as expected.
        text: the block that explains it; empty where it passed.
        message: the same in one line.
        line: of the expectation that was not met, in the scenario's file; None: of the scenario.
        sections: titles and texts of what else there is to show.
        facts: names and values for machines.
        interrupted: by Ctrl-C.
    """

    passed: bool
    text: str = ""
    message: str = ""
    line: int | None = None
    sections: tuple[tuple[str, str], ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    interrupted: bool = False
