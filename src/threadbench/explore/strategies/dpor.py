"""Dynamic partial-order reduction: one schedule for each class of schedules that differ only in the order of
independent steps.

Source sets with sleep sets (Abdulla, Aronis, Jonsson & Sagonas, Optimal Dynamic Partial Order Reduction, POPL 2014,
algorithm 1). After each schedule the new steps are looked at for races: two steps that are dependent, could have come
in the other order, and are not ordered by steps between them. For each race a thread is noted, at the choice before its
first step, whose going first there leads to the other order. Choices are then undone from the last one, and the next
noted thread is tried.

Blocking: a thread that waits for a lock did not get to take its step, and taking a lock is in a race with the taking
before it, not with the release that made it possible. At the end of a schedule, what threads still wait for is looked
at as if it had happened.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from ...runtime.virtual.accesses import READ, WRITE, Access
from .base import Diverged, option_of
from .dependency import Footprint, Step, Trace, independent

if TYPE_CHECKING:
    from ...runtime.virtual.execution import Execution
    from ...runtime.virtual.scheduler import Scheduler
    from ...runtime.virtual.thread import Resource, VirtualThread

Sleep = dict[int, tuple[Footprint, int]]
"""Threads whose going on would lead to nothing new: what their step does, and how many objects had a number then."""


class Node(Step):
    """One choice, the step of the thread that was taken, and what is known of the alternatives."""

    __slots__ = ("backtrack", "daemon", "done", "objects", "options", "sleep", "values")

    def __init__(self, options: Sequence[int], taken: int, sleep: Sleep | None, objects: int) -> None:
        self.options = options
        """Threads that could go on, where there was more than one."""
        self.thread = taken
        self.sleep = sleep
        self.objects = objects
        """Objects that had a number: only those have the same in each schedule that comes here."""
        self.footprint = None
        self.backtrack: set[int] | None = None
        """Threads that are to be tried here; None while that is only the one taken."""
        self.done: Footprint | None = None
        """What it did, over all numbers that `run.choose` gave it within the step."""
        self.daemon = False
        """Whether the thread taken is one."""
        self.values = 0
        """Not a choice of thread, but of a number below this; `thread` is that number."""


MOST_RECORDED = 1_000_000
"""What a reduction may remember of a schedule: for each choice a fixed share, and as much as there are threads. With
two threads that is 91,000 choices, with a hundred 9,200.
"""
RECORDED = 8
"""That fixed share."""
FEW = 100
"""So many choices may be recorded of however many threads."""


class Reduction:
    """Exhaustive up to the order of independent steps; gives up where a schedule has more of them than can be kept."""

    name: ClassVar[str] = "dpor"
    footprint: ClassVar[bool] = True

    def __init__(self) -> None:
        self._stack: list[Node] = []
        self._trace = Trace()
        self.exhausted = False
        self.gave_up: str | None = None
        """Why nothing more is to be expected of it."""
        self.cut = 0
        """Schedules that were given up because only sleeping threads could go on; they are counted apart."""

    def begin(self, scheduler: Scheduler) -> bool:
        """See `Strategy`."""
        self._scheduler = scheduler
        self._depth = 0
        self._last: Node | None = None
        return not self.exhausted and self.gave_up is None

    def choose(self, options: Sequence[Any]) -> Any:
        """See `Strategy`."""
        depth = self._depth
        stack = self._stack
        scheduler = self._scheduler
        self._depth = depth + 1
        if depth < len(stack):
            node = stack[depth]
            number = node.thread
            if node.values or type(options) is range:
                return self._number(node, options)
            last = self._last
            done = scheduler.footprint
            assert done is not None
            if last is not None and last.footprint is not None:
                if last.daemon:
                    done.append((END, READ))
                if last.footprint != done:
                    self._diverged(last, done)
            done.clear()
            self._last = node
            for option in options:
                if option.number == number:
                    return option
            return option_of(options, number, scheduler)
        if self.gave_up is not None or (depth > FEW and depth * (RECORDED + len(scheduler.threads)) > MOST_RECORDED):
            return self._go_on(options)
        if type(options) is range:
            node = Node((), 0, None, 0)
            node.values = len(options)
            stack.append(node)
            return 0
        me = scheduler.current
        last = self._last
        done = scheduler.footprint
        assert done is not None
        scheduler.footprint = []
        sleep = None
        if last is not None:  # what was done before the first choice: everything comes after it
            if last.daemon:
                done.append((END, READ))
            self._add(last, done, False)
            if last.sleep:
                sleep = _asleep(last, done)
        if len(options) == 1:
            chosen = options[0]
            others: Sequence[int] = ()
        else:
            chosen = me if me in options else options[0]
            others = [thread.number for thread in options]
        if sleep and chosen.number in sleep:
            awake = [thread for thread in options if thread.number not in sleep]
            if not awake:
                self._depth = depth
                self.cut += 1
                return None
            chosen = awake[0]
        node = Node(others, chosen.number, sleep, scheduler.serial)
        if chosen.daemon:
            node.daemon = True
        stack.append(node)
        self._last = node
        return chosen

    def _number(self, node: Node, options: Sequence[Any]) -> int:
        """What `run.choose` is answered again."""
        now = len(options) if type(options) is range else 0
        if now != node.values:
            is_now, was = (f"a number below {values}" if values else "who goes on" for values in (now, node.values))
            self._scheduler.abort(Diverged(f"after the same choices {is_now} is chosen, where it was {was} before"))
        return node.thread

    def _go_on(self, options: Sequence[Any]) -> Any:
        """The schedule is too long: see it to its end, with all that was known of it forgotten."""
        scheduler = self._scheduler
        if self.gave_up is None:
            self.gave_up = f"a schedule has more than {self._depth - 1:,} choices, too many for a reduction"
            self._stack, self._trace, self._last = [], Trace(), None
            scheduler.footprint = None
        if isinstance(options, range):
            return 0
        return scheduler.current if scheduler.current in options else options[0]

    def _add(self, node: Node, done: Footprint, last: bool) -> None:
        """What the thread did that was taken at this choice: note its races."""
        if node.footprint is not None:
            if node.footprint != done:
                self._diverged(node, done)
            return
        self._trace.add(node, done, len(self._stack), last)
        node.done = done if node.done is None else [*node.done, *done]
        for earlier in node.races:
            self._reverse(earlier, node)

    def _diverged(self, node: Node, footprint: Sequence[Access]) -> NoReturn:
        """The same choices led to other accesses: which, first."""
        assert node.footprint is not None
        before, now = next((a, b) for a, b in zip_longest(node.footprint, footprint) if a != b)
        scheduler = self._scheduler
        scheduler.abort(
            Diverged(
                f"{scheduler.threads[node.thread].name}, after the same choices, {scheduler.told(now)} "
                f"where it {scheduler.told(before)} before"
            )
        )

    def _reverse(self, earlier: Step, step: Step) -> None:
        """See that a schedule is tried in which `step` comes before `earlier`."""
        assert isinstance(earlier, Node)  # what never came is in no trace
        thread, index = earlier.thread, earlier.index
        first: dict[int, Step] = {}
        """Of each thread its first step that does not come after `earlier`."""
        for between in self._trace.after(earlier):
            if between.thread not in first and between.clock.get(thread, -1) < index:
                first[between.thread] = between
        if step.thread not in first:
            first[step.thread] = step
        initials = set(first)
        if len(first) > 1:
            for number, own in first.items():
                clock = own.clock
                if any(other is not own and clock.get(each, -1) >= other.index for each, other in first.items()):
                    initials.discard(number)
        backtrack = earlier.backtrack
        if backtrack is None:
            if thread in initials:
                return
            backtrack = earlier.backtrack = {thread}
        elif not initials.isdisjoint(backtrack):
            return
        able = initials.intersection(earlier.options)
        if not able:
            backtrack.update(earlier.options)  # cannot be, by the theory; to try them all is always right
        elif step.thread in able:
            backtrack.add(step.thread)
        else:
            backtrack.add(min(able))

    def end(self, execution: Execution) -> None:
        """See `Strategy`."""
        if self.gave_up is not None:
            return
        stack = self._stack
        threads = execution.threads
        if execution.cause != "cut":
            scheduler = self._scheduler
            done, scheduler.footprint = scheduler.footprint, []
            if self._last is not None and done is not None:
                done.append((END, WRITE))
                self._add(self._last, done, not execution.left)
        for thread, resource in execution.left:  # who waits where a schedule is given up may wait in no other
            if resource is not None or execution.cause != "cut":
                self._note_left(thread, resource)
        while stack:
            node = stack[-1]
            if node.values:
                if node.thread + 1 < node.values:
                    node.thread += 1
                    self._trace.undo(len(stack))
                    return
            elif node.backtrack is not None:  # most choices are in no race
                if node.sleep is None:
                    node.sleep = {}
                if node.done is not None:
                    node.sleep[node.thread] = node.done, node.objects
                    node.done = None
                left = node.backtrack.difference(node.sleep)
                if left:
                    self._trace.undo(len(stack))
                    node.thread = min(left)
                    node.daemon = threads[node.thread].daemon
                    return
            stack.pop()
        self._trace.undo(0)
        self.exhausted = True

    def _note_left(self, thread: VirtualThread, resource: Resource | None) -> None:
        """What a thread did not get to do: a waiting one for others' sake, a daemon because the others had ended."""
        undone = resource.wanted() if resource is not None else []
        if thread.daemon and resource is None:
            undone.append((END, READ))
        if undone:
            step = self._trace.as_if(thread.number, undone)
            for earlier in step.races:
                self._reverse(earlier, step)


def _asleep(last: Node, done: Footprint) -> Sleep | None:
    """Who sleeps after a step, of those who slept before it."""
    assert last.sleep is not None
    return {
        number: (what, objects)
        for number, (what, objects) in last.sleep.items()
        if number != last.thread and independent(what, done, objects)
    } or None


END = 0, "end"
"""Where the last step of all that are waited for meets the steps of daemons, which end with it."""
