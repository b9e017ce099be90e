"""A strategy of somebody else's: whatever it does, what is said of it names whose it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

from ...attribution import shown, told
from ...errors import PluginError
from ...runtime.virtual.points.current import NOBODY, current
from ...runtime.virtual.thread import Unwind

if TYPE_CHECKING:
    from ...runtime.virtual.execution import Execution
    from ...runtime.virtual.scheduler import Scheduler
    from ...strategies import Provided, Strategy


class Foreign:
    """Hands everything on to a strategy of which nothing is known, and looks at what comes back.

    Args:
        provided: what makes it.
        seed: what it is made from.

    Raises:
        PluginError: from any method: it raised something, or gave what is no answer. From `choose` the schedule is
            aborted with it, since the code under test is further up on the stack.
    """

    def __init__(self, provided: Provided, seed: int) -> None:
        self._owner = provided.owner
        self.name = provided.name
        self._strategy: Strategy = self._asked(provided.factory, seed)
        for method in ("begin", "choose", "end"):
            if not callable(getattr(self._strategy, method, None)):
                raise self._blamed(f"has no method '{method}'")
        self.footprint = bool(getattr(self._strategy, "footprint", False))
        self.intents = bool(getattr(self._strategy, "intents", False))

    def begin(self, scheduler: Scheduler) -> bool:
        """See `Strategy`."""
        self._scheduler = scheduler
        more: Any = self._asked(self._strategy.begin, scheduler)
        if not isinstance(more, bool):
            raise self._blamed(f"answers {shown(more)} to `begin`, which is neither True nor False")
        return more

    def choose(self, options: Sequence[Any]) -> Any:
        """See `Strategy`."""
        scheduler = self._scheduler
        chosen = failure = None
        scheduler.quiet += 1
        try:
            with _unobserved():
                chosen = self._strategy.choose(options)
                if chosen is not None and chosen not in options:
                    failure = self._blamed(f"chose {shown(chosen)}, which is none of the options")
        except (Unwind, KeyboardInterrupt):
            raise
        except BaseException as error:
            failure = self._raised(error)
        finally:
            scheduler.quiet -= 1
        if failure is not None:
            scheduler.abort(failure)
        return chosen

    def end(self, execution: Execution) -> None:
        """See `Strategy`."""
        self._asked(self._strategy.end, execution)

    def _asked(self, function: Callable[[Any], Any], argument: Any) -> Any:
        try:
            with _unobserved():
                return function(argument)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # SystemExit too: a strategy that calls sys.exit() must not end the bench
            self._reraise(error)

    def _reraise(self, error: BaseException) -> NoReturn:
        raise self._raised(error) from error

    def _raised(self, error: BaseException) -> PluginError:
        blamed = self._blamed(f"raised {told(error)}")
        blamed.__cause__ = error
        return blamed

    def _blamed(self, what: str) -> PluginError:
        return PluginError(f"{self._owner} {what}", hint="use another strategy, or correct it")


@contextmanager
def _unobserved() -> Iterator[None]:
    """Within it, nothing is a point or put back: a strategy may stand in a module that is under test."""
    ident, current.ident = current.ident, NOBODY
    try:
        yield
    finally:
        current.ident = ident
