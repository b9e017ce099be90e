"""An event loop whose order is a choice: which timer fires, and, if so asked, which task that is ready goes on.

It is asyncio's own base loop with another heart. Asyncio's asks the operating system which sockets are ready; this one
has none, and where nothing is ready it waits for what another thread hands in (`call_soon_threadsafe`), on a queue of
`queue`: a wait that threadbench knows, so that tasks that all wait for each other are a deadlock like any other.

    a turn      what is due goes to the end of what is ready; then what is ready is called
    time        real, or virtual in the order of ends: a timer is due when its time has come
                adversarial: at each turn any timer may be due or not, in any order: `run.choose`
    order       fifo: in a turn, all that is ready when it begins, in its order, which is asyncio's
                any: of the tasks that are ready one, whichever: `run.choose`
"""

import asyncio
import heapq
import queue
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from contextvars import Context
from typing import Any, Literal, TypeVar

from threadbench import Run

from .watching import Watched

Order = Literal["fifo", "any"]
Thing = TypeVar("Thing")


class Loop(asyncio.BaseEventLoop):
    """An event loop of tasks, timers and calls from other threads, without sockets.

    Args:
        run: what chooses, and where events go.
        order: whether tasks that are ready go on as asyncio has them, or in any order.
    """

    # What asyncio's base loop keeps, and leaves its subclasses to work on; the same from 3.11 to 3.13.
    _ready: Any
    _scheduled: list[Any]
    _stopping: bool
    _clock_resolution: float

    def __init__(self, run: Run, order: Order = "fifo") -> None:
        super().__init__()
        self._bench = run
        self._order = order
        self._inbox: queue.SimpleQueue[asyncio.Handle] = run.name(queue.SimpleQueue(), "event loop")
        self._begun: dict[Watched, asyncio.Task[Any]] = {}
        """What has not ended, in the order of its making."""
        self._names: dict[str, int] = {}
        """Names of tasks, and how many there are of each."""
        self._objects: dict[int, str] = {}
        self._kept: list[object] = []
        self._turns = 0

    def name(self, thing: object, name: str) -> None:
        """See `called`."""
        self._objects[id(thing)] = name
        self._kept.append(thing)  # and so its identity
        with suppress(TypeError):  # where events are logged, only what is traced can have a name
            self._bench.name(thing, name)  # for the explanations of a search

    def run_main(self, main: Coroutine[Any, Any, Any]) -> Any:
        """Run a coroutine as the task `main` to its end, cancel what it left behind, and close.

        What ends the run from outside ends here, too: tasks are closed where they stand, and nobody complains of it.
        """
        try:
            result = self.run_until_complete(self.create_task(main, name="main"))
            left = list(self._begun.values())
            for task in left:
                task.cancel()
            if left:
                self._names.pop("main")  # it goes on as main
                self.run_until_complete(self.create_task(_gathered(left), name="main"))
            return result
        finally:
            self.close()
            for watched in list(self._begun):
                watched.close()

    # -- what asyncio asks of a loop -----------------------------------------------------------------------------------

    def create_task(self, coro: Any, *, name: Any = None, context: Context | None = None) -> asyncio.Task[Any]:
        """A task that tells what it does; without a name it has that of its function, and a number."""
        text = str(name or getattr(coro, "__name__", "task"))
        watched = Watched(coro, self._bench, self._objects, self._begins, self._begun.pop)
        task: asyncio.Task[Any] = asyncio.Task(watched, loop=self, name=text, context=context)
        self._begun[watched] = task
        return task

    def _begins(self, watched: Watched) -> str:
        """The name, unlike any other, of a task whose first step this is: before 3.13 it may have come late."""
        text = name = self._begun[watched].get_name()
        while text in self._names:
            self._names[name] += 1
            text = f"{name}#{self._names[name]}"
        self._names[text] = 1
        self._begun[watched].set_name(text)
        return text

    def call_soon_threadsafe(  # type: ignore[override]  # the types of args are not tied to the callback's
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        """From another thread: have it called in one of the next turns."""
        if self.is_closed():
            raise RuntimeError("Event loop is closed")
        handle = asyncio.Handle(callback, args, self, context)
        self._inbox.put(handle)
        return handle

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """What nobody has caught, as asyncio tells it; of a loop that is closed, nothing."""
        if not self.is_closed():
            super().call_exception_handler(context)

    def _run_once(self) -> None:
        """One turn."""
        # A local variable, for whoever looks whether a thread comes back to where it was with nothing changed: what
        # changes in asyncio's own code is not seen.
        turn = self._turns = self._turns + 1  # noqa: F841 - read by who compares frames
        self._take_in()
        if self._bench.time == "adversarial":
            self._fire_any()
        else:
            self._fire_due()
        if self._order == "any":
            self._call(self._chosen())
        else:
            for _ in range(len(self._ready)):
                self._call(self._ready.popleft())

    def _call(self, handle: Any) -> None:
        if handle is not None and not handle.cancelled():
            handle._run()  # noqa: SLF001 - that is how a loop calls it

    # -- what is due ---------------------------------------------------------------------------------------------------

    def _take_in(self) -> None:
        """What other threads have handed in is ready."""
        while not self._inbox.empty():
            self._ready.append(self._inbox.get())

    def _idle(self, until: float | None) -> None:
        """Nothing is ready: wait for another thread to hand something in, or for a time to come."""
        if until is None:
            stuck = ", ".join(f"{watched.name} at {watched.told()}" for watched in self._begun)
            self._bench.name(self._inbox, f"event loop: {stuck}")
        timeout = None if until is None else max(0.0, until - self.time())
        with suppress(queue.Empty):  # the time has come
            self._ready.append(self._inbox.get(timeout=timeout))
        if until is None:
            self._bench.name(self._inbox, "event loop")

    def _fire_due(self) -> None:
        """Timers whose time has come are ready."""
        waiting = self._waiting()
        if not self._ready and not self._stopping:
            self._idle(waiting[0].when() if waiting else None)
        now = self.time() + self._clock_resolution
        for timer in waiting:
            if timer.when() < now:
                self._fire(timer)

    def _fire_any(self) -> None:
        """Any timers are ready, in any order; one at least where nothing else is."""
        while True:
            waiting = self._waiting()
            go_on = bool(self._ready) or self._stopping
            if not waiting:
                if not go_on:
                    self._idle(None)
                return
            if not go_on:
                self._idle(waiting[0].when())  # nothing yet, or what a thread hands in meanwhile
                if self._ready:
                    continue
            # To go on comes last: who tries the first of all options first comes to an end, also where a task looks
            # again and again whether a time has come.
            names = [f"{_told(timer)} is due" for timer in waiting] + ["go on"] * go_on
            number = self._bench.choose(len(names), names)
            if number == len(waiting):
                return
            later = waiting[number].when() - self.time()
            if later > 0:
                time.sleep(later)
            self._fire(waiting[number])

    def _waiting(self) -> list[Any]:
        """Timers that nobody has cancelled, those that are due first in front."""
        for timer in [timer for timer in self._scheduled if timer.cancelled()]:
            self._drop(timer)
        return sorted(self._scheduled)  # stable: of two that are due at once, the one that heads the heap

    def _drop(self, timer: Any) -> None:
        self._scheduled.remove(timer)
        heapq.heapify(self._scheduled)
        timer._scheduled = False  # noqa: SLF001 - it asks before it tells the loop that it is cancelled

    def _fire(self, timer: Any) -> None:
        self._drop(timer)
        self._ready.append(timer)

    # -- which task goes on --------------------------------------------------------------------------------------------

    def _chosen(self) -> Any:
        """The next handle: what is no step of a task first, in its order; else the step of any task."""
        steps: dict[asyncio.Task[Any], Any] = {}
        for handle in self._ready:
            task = _task(handle)
            if task is None or handle.cancelled():
                self._ready.remove(handle)
                return handle
            steps.setdefault(task, handle)
        if not steps:
            return None
        handles = list(steps.values())
        handle = handles[self._bench.choose(len(handles), [task.get_name() for task in steps])]
        self._ready.remove(handle)
        return handle


def run_tasks(run: Run, main: Coroutine[Any, Any, Any], order: Order = "fifo") -> Any:
    """What a coroutine returns, as the task `main` of a loop of its own; see `Loop`."""
    return Loop(run, order).run_main(main)


def called(name: str, thing: Thing) -> Thing:
    """Within `run_tasks`: give a lock, queue, event, … of asyncio the name that it is told by; returns it."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, Loop)
    loop.name(thing, name)
    return thing


async def _gathered(tasks: list[asyncio.Task[Any]]) -> None:
    await asyncio.gather(*tasks, return_exceptions=True)


def _task(handle: Any) -> asyncio.Task[Any] | None:
    """The task whose step a handle is."""
    owner = getattr(handle._callback, "__self__", None)  # noqa: SLF001 - nothing else tells
    return owner if isinstance(owner, asyncio.Task) else None


def _told(timer: Any) -> str:
    """What a timer is for."""
    for argument in timer._args or ():  # noqa: SLF001 - nothing else tells
        for callback in getattr(argument, "_callbacks", None) or ():
            owner = getattr(callback[0], "__self__", None)
            if isinstance(owner, asyncio.Task):
                return f"the timer of {owner.get_name()}"
    owner = getattr(timer._callback, "__self__", None)  # noqa: SLF001 - nothing else tells
    return "a timer" if owner is None else f"the timer of {type(owner).__name__}"
