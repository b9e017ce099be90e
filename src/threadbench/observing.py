"""Observers of a session: runs and searches enter, whoever asked to watch them is told; nobody's failure is another's.

Imported by engine, searches, api and cli.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from .attribution import asked
from .errors import PluginError

if TYPE_CHECKING:
    from .plugins import Registry

Say = Callable[[str], None]


class ObserverWarning(UserWarning):
    """An observer failed, and is heard no more."""


def warn(text: str) -> None:
    """Say that an observer failed, to whoever called from Python."""
    warnings.warn(text, ObserverWarning, stacklevel=2)


class Observers:
    """All that have to be told, in the order of their plugins.

    Args:
        given: pairs of whose it is and an observer, as a registry has them.
        say: tells a person of one that failed.
    """

    def __init__(self, given: Sequence[tuple[str, Any]], say: Say = warn) -> None:
        self._all = list(given)
        self._say = say

    @classmethod
    def of(cls, registry: Registry, say: Say = warn) -> Observers | None:
        """Those of a registry's plugins; None where there are none.

        Raises:
            PluginError: a plugin that was named cannot be loaded.
        """
        given = registry.observers()
        return cls(given, say) if given else None

    def started(self, session: Any) -> None:
        """Before the first run or search."""
        self._tell("started", session)

    def tap(self, case: str) -> Callable[[bytes], None]:
        """What is handed the lines of a case's log as they are written."""
        return partial(self._lines, case)

    def finished(self, result: Any) -> None:
        """After each run or search."""
        self._tell("finished", result)

    def _lines(self, case: str, lines: bytes) -> None:
        from .events.reader import decode_lines

        if any(callable(getattr(observer, "events", None)) for _, observer in self._all):
            self._tell("events", case, decode_lines(lines))

    def _tell(self, method: str, *arguments: Any) -> None:
        for pair in list(self._all):
            owner, observer = pair
            function = getattr(observer, method, None)
            if not callable(function):
                continue
            try:
                asked(f"'{method}' of {owner}", function, *arguments)
            except PluginError as error:
                self._all.remove(pair)
                self._say(f"{error}; it is told nothing more")
