"""Whether the strategies of a plugin explore: each is given a program of two threads that lose an update."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from ..api import explore
from ..errors import PluginError, UsageError
from ..plugins.failures import reason
from .rules import Finding

if TYPE_CHECKING:
    from .targets import Target

SCHEDULES: Final = 50


class _Counter:
    """What two threads change."""

    def __init__(self) -> None:
        self.value = 0


def _bump(counter: _Counter) -> None:
    counter.value += 1


def of_the_strategies(target: Target) -> Iterator[Finding]:
    """Each makes a strategy from a seed that answers its three calls."""
    for name, factory in target.strategies:
        try:
            explore(
                setup=_Counter,
                threads=[_bump, _bump],
                strategy=factory(7),
                max_schedules=SCHEDULES,
                stop_on_first=False,
            )
            continue
        except (PluginError, UsageError) as error:
            message = f"it broke off: {error}"
        except Exception as error:
            message = f"its factory raises {reason(error)}"
        cure = "see docs/python.md for the three calls: begin, choose and end"
        yield Finding("strategy-explores", f"strategy '{name}'", message, cure, target.place)
