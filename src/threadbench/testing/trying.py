"""Whether what a plugin provides besides kinds does what it is for: strategies explore, and exporters write."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ..api import explore
from ..errors import PluginError, UsageError
from ..plugins.failures import reason
from .logs import fake_log
from .rules import Finding

if TYPE_CHECKING:
    from ..extensions import Extension
    from .targets import Target

SCHEDULES: Final = 50
_EVENTS: Final[tuple[tuple[str, str, dict[str, Any]], ...]] = (
    ("thread.started", "MainThread", {"ident": 1, "native_id": 1, "daemon": False}),
    ("lock.acquired", "MainThread", {"object": "gate", "at": "turnstile.py:3"}),
    ("lock.released", "MainThread", {"object": "gate", "at": "turnstile.py:4"}),
    ("thread.finished", "MainThread", {}),
)


class _Counter:
    """What two threads change."""

    def __init__(self) -> None:
        self.value = 0


def _bump(counter: _Counter) -> None:
    counter.value += 1


def of_the_extensions(target: Target) -> Iterator[Finding]:
    """Everything that it provides by a name, but for executors, which may need more than a name."""
    for extension in target.extensions:
        if extension.what == "strategy":
            yield from _explores(target, extension)
        elif extension.what == "exporter":
            yield from _writes(target, extension)


def _explores(target: Target, extension: Extension) -> Iterator[Finding]:
    """A factory makes a strategy from a seed, which answers its three calls."""
    try:
        explore(
            setup=_Counter,
            threads=[_bump, _bump],
            strategy=extension.given(7),
            max_schedules=SCHEDULES,
            stop_on_first=False,
        )
        return
    except (PluginError, UsageError) as error:
        message = f"it broke off: {error}"
    except Exception as error:
        message = f"its factory raises {reason(error)}"
    cure = "see docs/extending.md for the three calls: begin, choose and end"
    yield Finding("strategy-explores", f"strategy '{extension.name}'", message, cure, target.place)


def _writes(target: Target, extension: Extension) -> Iterator[Finding]:
    """An exporter writes a file from a log, also from one that was cut off."""
    for finished in (True, False):
        with tempfile.TemporaryDirectory(prefix="threadbench-") as folder:
            log = fake_log(Path(folder, "log.jsonl"), _EVENTS, finished=finished)
            before, written = log.read_bytes(), Path(folder, "written")
            message = None
            try:
                extension.given(log, written)
                if not written.exists():
                    message = "it writes no file"
                elif log.read_bytes() != before:
                    message = "it changes the log"
            except Exception as error:
                message = f"it raises {reason(error)}"
            if message:
                whole = "" if finished else " of a log that was cut off"
                cure = "read the log with threadbench.read_log, and write the file whose path is given"
                subject = f"exporter '{extension.name}'"
                yield Finding("exporter-writes", subject, message + whole, cure, target.place)
                return
