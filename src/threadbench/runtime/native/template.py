"""The single-threaded process that workers are forked from, and the supervisor's handle on it.

It has imported threadbench and plugins, never user code, so that a fork is safe and fresh. It ends its worker's whole
family when the worker ends, and its own when its supervisor's socket closes: whoever is killed, nobody is left behind.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import signal
import sys
from collections.abc import Sequence
from typing import NoReturn

from ...errors import InternalError
from . import kernel, tracing, wire, worker
from .worker import Order


def serve(sock: wire.socket) -> NoReturn:
    """Fork a worker per order until the socket closes; the process has got ready."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl-C is the supervisor's to answer
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with contextlib.suppress(OSError):
        os.setsid()
    # Not killed with its supervisor, whose socket tells it in time to clean up after its worker.
    kernel.adopt_orphans()
    gc.freeze()  # what is shared with every worker is not to be copied by its collector
    try:
        while True:
            message, descriptors = wire.receive(sock)
            if isinstance(message, Order):
                _run_worker(sock, message, descriptors)
            # A kill for a worker that had ended by itself needs nothing.
    except (EOFError, OSError):
        kernel.kill_children()
        os._exit(0)


def _get_ready() -> None:
    """Do once what every worker would have to do."""
    kernel.load()
    tracing.prepare()


def _run_worker(sock: wire.socket, order: Order, descriptors: list[int]) -> None:
    """Fork one worker, and stay with it until it and its children have ended."""
    parent = os.getpid()
    ready, go = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            sock.close()
            os.setsid()
            os.read(ready, 1)  # the supervisor knows of us before we do anything
            os.close(ready)
            os.close(go)
            kernel.die_with_parent(parent)
            worker.main(order, *descriptors)
        finally:
            os._exit(70)
    for descriptor in (ready, *descriptors):
        os.close(descriptor)
    ended = os.pidfd_open(pid) if hasattr(os, "pidfd_open") else None
    wire.send(sock, ("started", pid))
    os.write(go, b"!")
    os.close(go)
    try:
        status = None
        while status is None:
            asks = sock.fileno()
            watched = [asks] if ended is None else [asks, ended]
            readable = kernel.readable(watched, 0.05 if ended is None else None)
            if asks in readable:
                signum, _ = wire.receive(sock)
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signum)
            if ended is None or ended in readable:
                found, status_now = os.waitpid(pid, os.WNOHANG)
                status = status_now if found else None
    finally:
        if ended is not None:
            os.close(ended)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    kernel.kill_children()
    wire.send(sock, ("ended", os.waitstatus_to_exitcode(status)))


class Template:
    """The supervisor's handle.

    Args:
        fork: fork it from this process, which must be single-threaded and free of user code (the command line is);
        else it
            is a new interpreter.
        preload: modules that it imports first.
    """

    def __init__(self, *, fork: bool, preload: Sequence[str] = ()) -> None:
        ours, theirs = wire.socketpair()
        self.socket = ours
        self.alive = True
        self._path = None if fork else list(sys.path)
        if fork and hasattr(os, "fork"):
            for stream in (sys.stdout, sys.stderr):
                if stream is not None:
                    stream.flush()  # or the child would write it too
            _get_ready()  # here: a forked process would copy each page of every object that is looked at
            self.pid = os.fork()
            if self.pid == 0:
                try:
                    ours.close()
                    serve(theirs)
                finally:
                    os._exit(70)
            self._process = None
        else:
            import subprocess

            code = (
                f"import sys; sys.path[:] = {self._path!r}\n"
                f"from threadbench.runtime.native.template import main; main({theirs.fileno()}, {list(preload)!r})"
            )
            self._process = subprocess.Popen([sys.executable, "-c", code], pass_fds=[theirs.fileno()])
            self.pid = self._process.pid
        theirs.close()

    def start_worker(self, task: bytes, live: str, capture: tuple[int, int], model: str | None) -> int:
        """Fork a worker; returns its pid. It runs from then on.

        Raises:
            InternalError: the template is gone.
        """
        try:
            wire.send(self.socket, Order(task, live, self._path, model), capture)
            (word, pid), _ = wire.receive(self.socket)
        except (EOFError, OSError) as error:
            raise InternalError("the template process has gone") from error
        assert word == "started"
        return int(pid)

    def ended(self) -> int:
        """The exit code of the worker (negative: the signal that ended it), once the socket is readable.

        Raises:
            InternalError: the template is gone.
        """
        try:
            (word, code), _ = wire.receive(self.socket)
        except EOFError as error:
            self.alive = False
            raise InternalError("the template process has gone") from error
        assert word == "ended"
        return int(code)

    def kill_worker(self, signum: int) -> None:
        """Send the worker a signal."""
        with contextlib.suppress(OSError):
            wire.send(self.socket, int(signum))

    def close(self) -> None:
        """End the template, and with it whatever is left of its workers."""
        self.socket.close()
        if self._process is not None:
            self._process.wait()
        else:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(self.pid, 0)


def main(descriptor: int, preload: Sequence[str]) -> NoReturn:
    """Be a template that was started as an interpreter of its own."""
    tracing.settle()
    for module in preload:
        # One that cannot be imported fails where it is needed, in the run, with its traceback in the log.
        with contextlib.suppress(Exception):
            importlib.import_module(module)
    _get_ready()
    serve(wire.socket(fileno=descriptor))
