"""A worker process: the supervisor's side of it."""

from __future__ import annotations

import _pickle as pickle  # see `wire`
import os
import signal
from typing import TYPE_CHECKING, Any

from ...errors import InternalError, UsageError
from . import kernel

if TYPE_CHECKING:
    from pathlib import Path

    from ..base import Task
    from .template import Template


def pickled(task: Task) -> bytes:
    """A task as bytes that a worker process can load.

    Raises:
        UsageError: the workload or its params are not importable there (a closure, a notebook cell, a class made in a
            function); the message says which, and what to do.
    """
    function: Any = task.function
    module = getattr(getattr(function, "function", function), "__module__", None)
    try:
        if module == "__main__":
            raise pickle.PicklingError("it is defined in __main__")
        return pickle.dumps(task)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise UsageError(
            f"the workload of kind '{task.kind}' cannot be run in a process of its own, "
            f"because that process cannot import it: {error}",
            hint="put it into a module, or pass isolate=False to run it in this process",
        ) from error


class IsolatedWorker:
    """A `Worker` in a process forked from a template."""

    other_threads = 0

    def __init__(self, template: Template) -> None:
        self._template = template
        self.pid = 0
        self.exit_code: int | None = None
        self._pipes: dict[int, str] = {}

    def start(self, task: Task, live: Path) -> None:
        """Fork it and let it begin."""
        body = pickled(task)
        (out, theirs_out), (err, theirs_err) = os.pipe(), os.pipe()
        try:
            self.pid = self._template.start_worker(body, str(live.absolute()), (theirs_out, theirs_err), task.model)
        finally:
            os.close(theirs_out)
            os.close(theirs_err)
        for descriptor, stream in ((out, "stdout"), (err, "stderr")):
            os.set_blocking(descriptor, False)
            self._pipes[descriptor] = stream

    def nap(self, seconds: float) -> list[tuple[str, bytes]]:
        """Wait for output, the end, or the time."""
        watched = list(self._pipes)
        ends = self._template.socket.fileno()
        if self.exit_code is None:
            watched.append(ends)
        readable = kernel.readable(watched, seconds)
        printed = [
            (stream, data)
            for descriptor, stream in list(self._pipes.items())
            if descriptor in readable and (data := self._read(descriptor))
        ]
        if ends in readable:
            self._end()
        return printed

    def _read(self, descriptor: int) -> bytes:
        try:
            data = os.read(descriptor, 1 << 16)
        except BlockingIOError:
            return b""
        if not data:
            os.close(descriptor)
            del self._pipes[descriptor]
        return data

    def write_stacks(self) -> None:
        """Ask its faulthandler."""
        self._template.kill_worker(kernel.STACKS_SIGNAL)

    def interrupt(self) -> None:
        """A KeyboardInterrupt in its main thread."""
        self._template.kill_worker(signal.SIGINT)

    def kill(self) -> None:
        """SIGKILL, and wait until it and its children are reaped."""
        self._template.kill_worker(signal.SIGKILL)
        while self.exit_code is None:
            self._end()

    def _end(self) -> None:
        try:
            self.exit_code = self._template.ended()
        except InternalError:
            self.exit_code = -signal.SIGKILL  # the template was killed, and the kernel kills its children with it

    def close(self) -> None:
        """Close the capture pipes."""
        for descriptor in self._pipes:
            os.close(descriptor)
        self._pipes = {}
