"""One search: schedules are executed, and each distinct end is kept with how it was reached."""

from __future__ import annotations

import gc
from collections.abc import Callable
from math import inf
from typing import TYPE_CHECKING, Any

import msgspec

from ..outcomes import no_json
from ..runtime.virtual import originals
from ..runtime.virtual.clock import AdversarialClock, CausalClock, Clock, OrderedClock
from ..runtime.virtual.points.current import current
from ..runtime.virtual.scheduler import Scheduler
from ..runtime.virtual.timely import OrderedScheduler
from .ending import without_addresses
from .parts import End
from .shrink import Attempt, shrink
from .standstill import Uncontrolled
from .strategies.base import Diverged, Strategy

if TYPE_CHECKING:
    from ..runtime.virtual.execution import Execution, Model
    from .limits import Limits
    from .parts import Part
    from .program import Came, Program

Judge = Callable[[Any], str | None]
"""What is wrong with an outcome, None when nothing is."""

Tick = Callable[["Search"], None]
"""Is told how a search gets on."""

TICK = 0.1
"""Seconds between two of them."""

Key = tuple[str, Any, str | None]
"""Cause, outcome and reason of an end."""

COLLECT_EVERY = 500
"""Schedules between collections of garbage: within one, when a finalizer runs must not be chance."""
COLLECT_ALL_EVERY = 20
"""Of these collections, one in so many looks at old objects too: all that the process has, mostly not the search's."""


class Search:
    """Executes schedules of a program, under whatever strategy.

    Args:
        program: what runs.
        model: where points are.
        ordered: time is a clock on the wall; else adversarial.
        judge: what is wrong with an outcome.
        max_points: a schedule of as many is cut.
        tick: called between schedules, several times a second.
    """

    def __init__(
        self,
        program: Program,
        *,
        model: Model,
        ordered: bool,
        judge: Judge | None = None,
        max_points: int = 100_000,
        tick: Tick | None = None,
    ) -> None:
        self.program = program
        self.scheduler = (OrderedScheduler if ordered else Scheduler)(model=model, max_points=max_points)
        self.ends: dict[Key, End] = {}
        self.schedules = 0
        self.cut = 0
        self.points = 0
        self.unfair = False
        """Whether schedules were left out in which a thread that polls never lets the others go on."""
        self.bad: End | None = None
        """The first end that is not as it should be."""
        self.gave_up: str | None = None
        """Why a reduction did, if it did."""
        self.unseen: str | None = None
        """What was met that a search which ended does not know everything of, for a person."""
        self.interrupted = False
        """Somebody asked for an early end."""
        self.trouble: str | None = None
        """Why nothing comes of batches that are under way, where that is known."""
        self.opened: frozenset[str] = frozenset()
        """Parts of the standard library that tell what they do."""
        self.listens = False
        """Whether it can begin again."""
        self.discovered: set[str] = set()
        """Others that code under test looks into: the search is to begin again with these."""
        self.uncontrolled: Uncontrolled | None = None
        """A thread did what no schedule controls: the search ended there."""
        self._uncollected = 0
        """Schedules since garbage was collected, whoever chose."""
        self._tick = tick
        self._told = originals.monotonic()
        self._judge = judge
        self._ordered = ordered
        self.causal = False
        """Threads have clocks of their own, whoever chooses."""

    @classmethod
    def under(cls, limits: Limits, program: Program, judge: Judge | None, tick: Tick | None = None) -> Search:
        """A search as the limits have it."""
        return cls(
            program,
            model=limits.model,
            ordered=limits.time == "ordered",
            judge=judge,
            max_points=limits.max_points,
            tick=tick,
        )

    def use(self, strategy: Strategy) -> None:
        """From now on this strategy chooses."""
        clock: Clock
        footprint = strategy.footprint or self.causal
        clock = OrderedClock() if self._ordered else CausalClock() if footprint else AdversarialClock()
        intents = getattr(strategy, "intents", False) and not footprint
        self.scheduler.use(strategy, clock, footprint=footprint, intents=intents)
        # Hooks call the observer's methods as they were when the code was instrumented; they are others now.
        scheduler = self.scheduler
        current.access, current.together, current.switch = scheduler.access, scheduler.together, scheduler.switch

    def visit(
        self, strategy: Strategy, *, schedules: int, until: float, stop_on_first: bool, points: float = inf
    ) -> bool:
        """Execute up to so many schedules, or points, or until that time, which may come within a schedule; False when
        the strategy has none left."""
        points += self.points
        scheduler = self.scheduler
        scheduler.until = until
        self.use(strategy)
        execute, run, keep = scheduler.execute, self._run, self._keep
        clock = originals.monotonic
        for _ in range(schedules):
            if not strategy.begin(scheduler):
                return False
            execution = execute(run)
            if scheduler.overrun:
                self.points += execution.points
                return True
            strategy.end(execution)
            keep(execution)
            if (self.bad is not None and stop_on_first) or self.discovered:
                return True
            now = clock()
            if now - self._told > TICK:
                self._tell(now)
            if now > until or self.points > points or self.interrupted:
                return True
            self._uncollected += 1
            if self._uncollected % COLLECT_EVERY == 0:
                gc.collect(2 if self._uncollected % (COLLECT_EVERY * COLLECT_ALL_EVERY) == 0 else 1)
        return True

    def interrupt(self) -> None:
        """End with the schedule under way; may be called by a signal's handler."""
        self.interrupted = True

    def looks(self) -> bool:
        """Whether threads are running, or may yet; not what a check or an outcome looks at in the end."""
        threads = self.scheduler.threads
        over = len(threads) > 1 and all(thread.done for thread in threads[1:])
        return self.scheduler.running and not self.scheduler.quiet and not over

    def discover(self, part: str) -> None:
        """Code under test looks into a part of the library."""
        if self.listens and not self.scheduler.quiet and part not in self.opened:
            self.discovered.add(part)

    def tell(self) -> None:
        """Tell how it gets on, where nothing has been told for a while."""
        now = originals.monotonic()
        if now - self._told > TICK:
            self._tell(now)

    def _tell(self, now: float) -> None:
        self._told = now
        if self._tick is not None:
            self._tick(self)

    def _run(self) -> Came:
        return self.program.run(self.scheduler)

    def _keep(self, execution: Execution) -> None:
        self.points += execution.points
        if self.scheduler.unfair:
            self.unfair = True
        if execution.cause == "cut":
            self.cut += 1
            return
        self.schedules += 1
        key, outcome = self.ended(execution)
        end = self._end(key, outcome, self.schedules)
        end.count += 1
        if end.choices is None or len(execution.choices) < len(end.choices):
            end.choices = tuple(execution.choices)
            end.points = execution.points
            end.threads = tuple(thread.name for thread in execution.threads)
            end.causal = self.scheduler.timed and isinstance(self.scheduler.clock, CausalClock)

    def _end(self, key: Key, outcome: Any, first: int) -> End:
        end = self.ends.get(key)
        if end is None:
            end = self.ends[key] = End(key[0], outcome, key[2], first)
            if end.bad and self.bad is None:
                self.bad = end
        return end

    def add(self, part: Part) -> None:
        """Take up what a batch came to that ran elsewhere."""
        for found in part.ends:
            end = self._end(_key(found.cause, found.outcome, found.reason), found.outcome, self.schedules + found.first)
            end.count += found.count
            if end.choices is None or (found.choices is not None and len(found.choices) < len(end.choices)):
                end.choices, end.points, end.threads = found.choices, found.points, found.threads
                end.causal = found.causal
        self.schedules += part.schedules
        self.points += part.points
        self.cut += part.cut
        self.unfair = self.unfair or part.unfair
        self.discovered.update(part.discovered)
        self._tell(originals.monotonic())

    def forget(self) -> None:
        """Begin anew, prepared as it is."""
        self.ends = {}
        self.schedules = self.cut = self.points = 0
        self.unfair = False
        self.bad = None
        self.discovered = set()

    def ended(self, execution: Execution) -> tuple[Key, Any]:
        """Which of the distinct ends it is, and its outcome; where that is no JSON value, a crash, as in a run."""
        cause, outcome, reason = self.came_to(execution)
        try:
            return _key(cause, outcome, reason), outcome
        except _NO_JSON as error:
            return ("crashed", None, str(no_json(error, self.program.place))), None

    def came_to(self, execution: Execution) -> tuple[str, Any, str | None]:
        """Cause, outcome and what was wrong."""
        if execution.cause != "finished":
            return execution.cause, None, _same_each_time(execution.reason)
        came: Came = execution.value
        reason = came.violation
        if reason is None and self._judge is not None:
            reason = self._judge(came.outcome)
        return ("finished" if reason is None else "violated"), came.outcome, _same_each_time(reason)

    def shortened(self, end: End, effort: int = 400_000) -> Attempt:
        """The shortest schedule found that comes to the same end; see `shrink`."""
        assert end.choices is not None
        self.causal = end.causal
        wanted = _key(end.cause, end.outcome, end.reason)
        first = True

        def follow(strategy: Strategy) -> tuple[Execution, bool] | None:
            nonlocal first
            if (self.interrupted or self.uncontrolled) and not first:
                return None
            again, first = first, False
            now = originals.monotonic()
            if now - self._told > TICK:
                self._tell(now)
            self.scheduler.until = inf
            self.use(strategy)
            strategy.begin(self.scheduler)
            try:
                execution = self.scheduler.execute(self._run)
            except Uncontrolled as error:
                self.uncontrolled = error
                return None
            strategy.end(execution)
            key, outcome = self.ended(execution)
            same = key == wanted
            if again and not same:
                came = f"{end.reason or _shown(end.outcome)}, and then to {key[2] or _shown(outcome)}"
                raise Diverged(f"the same choices came to {came}")
            return execution, same

        return shrink(end.choices, follow, effort)


_SIMPLE = frozenset({int, str, type(None)})  # no booleans: 1 == True, and they are two outcomes
_NO_JSON = TypeError, ValueError, RecursionError


def _same_each_time(reason: str | None) -> str | None:
    return None if reason is None else without_addresses(reason)


def _key(cause: str, outcome: Any, reason: str | None) -> Key:
    return cause, outcome if type(outcome) in _SIMPLE else _encoded(outcome), reason


def _shown(outcome: Any) -> str:
    return _encoded(outcome).decode()


def _encoded(value: Any) -> bytes:
    try:
        return msgspec.json.encode(value, order="sorted")
    except TypeError:
        return msgspec.json.encode(value)  # where it can be but not be sorted; or says better why it cannot
