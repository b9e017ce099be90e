"""Tasks that tell what they do: when they start, what they wait for and where, when they go on, how they end."""

import asyncio
import os
from collections.abc import Callable, Coroutine
from typing import Any

from threadbench import Run

_ASYNCIO = os.path.dirname(asyncio.__file__) + os.sep  # noqa: PTH120 - frames have file names as text


class Watched(Coroutine[Any, Any, Any]):
    """A coroutine that a task runs, and what it does as events.

    Args:
        work: the coroutine.
        run: where events go.
        objects: names of locks, queues, events, … by their identity.
        begins: called when it begins; returns its name.
        ended: called when it has ended, however.
    """

    def __init__(
        self,
        work: Any,
        run: Run,
        objects: dict[int, str],
        begins: Callable[["Watched"], str],
        ended: Callable[["Watched"], object],
    ) -> None:
        self._work = work
        self._run = run
        self._objects = objects
        self._begins = begins
        self._ended = ended
        self.name = ""
        """That of its task; empty until it begins. `main` is its thread's own work."""
        self.awaits: dict[str, str] = {}
        """What it waits for, `on`, and where, `at`; empty while it does not."""

    def send(self, value: Any) -> Any:
        """Go on until it has to wait."""
        return self._step(self._work.send, value)

    def throw(self, *error: Any) -> Any:
        """Go on with an exception, as a task that is cancelled does."""
        return self._step(self._work.throw, *error)

    def told(self) -> str:
        """What it waits for, and where; or that it does not."""
        return f"{self.awaits['on']} ({self.awaits['at']})" if self.awaits else "its next step"

    def close(self) -> None:
        """End it where it stands."""
        self._work.close()

    def __await__(self) -> Any:
        """A task awaits nothing but itself."""
        return self

    def __getattr__(self, name: str) -> Any:
        # Tasks ask a coroutine for its frame and its name when they print themselves.
        return getattr(self._work, name)

    def _step(self, go_on: Callable[..., Any], *arguments: Any) -> Any:
        self.awaits = {}
        if self.name:
            self._tell("task.resumed")
        else:
            self.name = self._begins(self)
            self._tell("task.started")
        self._run.act_as(None if self.name == "main" else self.name)
        try:
            future = go_on(*arguments)
        except BaseException as end:
            self._run.act_as(None)
            self._ended(self)
            how = "returned" if isinstance(end, StopIteration) else _ending(end)
            self._tell("task.finished", how=how)
            raise
        self._run.act_as(None)
        self.awaits = waiting(self._work, future, self._objects)
        self._tell("task.waiting", **self.awaits)
        return future

    def _tell(self, event: str, **data: str) -> None:
        self._run.emit(event, task=self.name, **data)


def _ending(error: BaseException) -> str:
    return "cancelled" if isinstance(error, asyncio.CancelledError) else f"raised {type(error).__name__}"


def waiting(work: Any, future: Any, objects: dict[int, str]) -> dict[str, str]:
    """What a coroutine that has just given way waits for, `on`, and the line of code that does, `at`.

    Args:
        work: the coroutine; those that it awaits are followed to the last.
        future: what it gave way with; None for `asyncio.sleep(0)`.
        objects: names by identity.
    """
    on, at = "", "?"
    while (frame := _frame(work)) is not None:
        if frame.f_code.co_filename.startswith(_ASYNCIO):
            owner = frame.f_locals.get("self")
            method = frame.f_code.co_name
            on = f"{'asyncio' if owner is None else objects.get(id(owner), type(owner).__name__)}.{method}"
        else:
            at = f"{os.path.basename(frame.f_code.co_filename)}:{frame.f_lineno}"  # noqa: PTH119 - it is text
            on = ""
        work = _awaited(work)
    if not on:
        on = "nothing" if future is None else _described(future)
    return {"on": on, "at": at}


def _frame(work: Any) -> Any:
    for attribute in ("cr_frame", "gi_frame", "ag_frame"):
        frame = getattr(work, attribute, None)
        if frame is not None:
            return frame
    return None


def _awaited(work: Any) -> Any:
    return getattr(work, "cr_await", None) or getattr(work, "gi_yieldfrom", None) or getattr(work, "ag_await", None)


def _described(future: Any) -> str:
    if isinstance(future, asyncio.Task):
        return f"task {future.get_name()}"
    return "asyncio.gather" if "Gathering" in type(future).__name__ else type(future).__name__
