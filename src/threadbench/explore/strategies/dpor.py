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


class Node:
    """One choice, and what is known of the alternatives."""

    __slots__ = ("backtrack", "daemon", "done", "objects", "options", "sleep", "step", "taken", "values")

    def __init__(self, options: list[int], taken: int, sleep: Sleep, objects: int) -> None:
        self.options = options
        """Threads that could go on."""
        self.taken = taken
        self.sleep = sleep
        self.backtrack = {taken}
        """Threads that are to be tried here."""
        self.objects = objects
        """Objects that had a number: only those have the same in each schedule that comes here."""
        self.step: Step | None = None
        """What the thread taken did."""
        self.done: list[Access] | None = None
        """What it did, over all numbers that `run.choose` gave it within the step."""
        self.daemon = False
        """Whether the thread taken is one."""
        self.values = 0
        """Not a choice of thread, but of a number below this; `taken` is that number."""


MOST_RECORDED = 1_000_000
"""What a reduction may remember of a schedule: for each choice a fixed share, and as much as there are threads. With
two threads that is 91,000 choices, with a hundred 9,200.
"""
RECORDED = 8
"""That fixed share."""


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
            return self._replay(stack[depth], options)
        if self.gave_up is not None or depth * (RECORDED + len(scheduler.threads)) > MOST_RECORDED:
            return self._go_on(options)
        if isinstance(options, range):
            node = Node([], 0, {}, 0)
            node.values = len(options)
            stack.append(node)
            return 0
        sleep = self._close()
        me = scheduler.current
        chosen = None
        if not sleep:
            chosen = me if me in options else options[0]
        else:
            for option in options:
                if option.number not in sleep and (chosen is None or option is me):
                    chosen = option
            if chosen is None:
                self._depth = depth
                self.cut += 1
                return None
        node = Node([t.number for t in options], chosen.number, sleep, scheduler.serial)
        node.daemon = chosen.daemon
        stack.append(node)
        self._last = node
        return chosen

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

    def _replay(self, node: Node, options: Sequence[Any]) -> Any:
        number = node.taken
        if node.values:
            return number
        last = self._last
        footprint = self._scheduler.footprint
        assert footprint is not None
        if last is not None and last.step is not None:
            if last.daemon:
                footprint.append((END, READ))
            if last.step.footprint != footprint:
                self._diverged(last, footprint)
        footprint.clear()
        self._last = node
        for option in options:
            if option.number == number:
                return option
        return option_of(options, number, self._scheduler)

    def _close(self) -> Sleep:
        """The step since the last choice is complete: note its races; returns who sleeps after it."""
        scheduler = self._scheduler
        done = scheduler.footprint
        assert done is not None
        scheduler.footprint = []
        node = self._last
        if node is None:
            return {}  # what was done before the first choice: everything comes after it
        if node.daemon:
            done.append((END, READ))
        self._add(node, done)
        sleep = node.sleep
        if not sleep:
            return {}  # another: each choice adds to its own
        return {
            number: (what, objects)
            for number, (what, objects) in sleep.items()
            if number != node.taken and independent(what, done, objects)
        }

    def _add(self, node: Node, done: list[Access], *, last: bool = False) -> None:
        """What the thread did that was taken at this choice."""
        step = node.step
        if step is not None:
            if step.footprint != done:
                self._diverged(node, done)
            return
        node.step = step = self._trace.add(node.taken, done, node, len(self._stack), last=last)
        node.done = done if node.done is None else node.done + done
        if step.races:
            self._note_races(step)

    def _diverged(self, node: Node, footprint: Sequence[Access]) -> NoReturn:
        """The same choices led to other accesses: which, first."""
        assert node.step is not None
        before, now = next((a, b) for a, b in zip_longest(node.step.footprint, footprint) if a != b)
        scheduler = self._scheduler
        scheduler.abort(
            Diverged(
                f"{scheduler.threads[node.taken].name}, after the same choices, {scheduler.told(now)} "
                f"where it {scheduler.told(before)} before"
            )
        )

    def _note_races(self, step: Step) -> None:
        for earlier in step.races:
            self._reverse(earlier, step)

    def _reverse(self, earlier: Step, step: Step) -> None:
        """See that a schedule is tried in which `step` comes before `earlier`."""
        node = earlier.node
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
        if not initials.isdisjoint(node.backtrack):
            return
        able = initials.intersection(node.options)
        if not able:
            node.backtrack.update(node.options)  # cannot be, by the theory; to try them all is always right
        elif step.thread in able:
            node.backtrack.add(step.thread)
        else:
            node.backtrack.add(min(able))

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
                self._add(self._last, done, last=not execution.left)
        for thread, resource in execution.left:  # who waits where a schedule is given up may wait in no other
            if resource is not None or execution.cause != "cut":
                self._note_left(thread, resource)
        while stack:
            node = stack[-1]
            if node.values:
                if node.taken + 1 < node.values:
                    node.taken += 1
                    self._trace.undo(len(stack))
                    return
                stack.pop()
                continue
            if node.done is not None:
                if len(node.backtrack) == 1:  # who was taken: most choices are in no race
                    stack.pop()
                    continue
                node.sleep[node.taken] = node.done, node.objects
                node.done = node.step = None
            left = node.backtrack.difference(node.sleep)
            if left:
                node.taken = min(left)
                node.daemon = threads[node.taken].daemon
                self._trace.undo(len(stack))
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
            self._note_races(self._trace.as_if(thread.number, undone))


END = 0, "end"
"""Where the last step of all that are waited for meets the steps of daemons, which end with it."""
