"""A Dask cluster of real processes on loopback: a scheduler, and workers that know the plugin of a folder."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sweeps import environment, until

PORT = re.compile(r"Scheduler at: *tcp://(\S+)")
WORKER = ("--nthreads", "1", "--no-dashboard", "--memory-limit", "0", "--host", "127.0.0.1")


class Cluster:
    """A scheduler and its workers.

    Args:
        folder: where workers find modules, and work.
        workers: how many there are.
    """

    def __init__(self, folder: Path, workers: int = 2) -> None:
        self.folder = folder
        self._stack = contextlib.ExitStack()
        arguments = ("--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--no-show")
        self.scheduler, log = self._process("scheduler", *arguments)
        found = until(lambda: PORT.search(log.read_text(encoding="utf-8")), self.scheduler)
        self.address = found[1]
        self.workers = [self.worker() for _ in range(workers)]

    def worker(self, *before: Path) -> subprocess.Popen[Any]:
        """One more, once the scheduler knows it; `before` are folders where it finds modules before the others."""
        process, log = self._process("worker", self.address, "--no-nanny", *WORKER, before=before)
        until(lambda: "Registered to" in log.read_text(encoding="utf-8"), process)
        return process

    def _process(self, role: str, *arguments: str, before: tuple[Path, ...] = ()) -> tuple[subprocess.Popen[Any], Path]:
        paths = os.pathsep.join(map(str, (*before, self.folder)))
        number = len(list(self.folder.glob(f"{role}-*.log")))
        log = self.folder / f"{role}-{number}.log"
        with log.open("w") as file:
            process = subprocess.Popen(
                [sys.executable, "-m", f"distributed.cli.dask_{role}", *arguments],
                cwd=self.folder,
                env={
                    **environment(self.folder),
                    "PYTHONPATH": paths,
                    "PYTHONUNBUFFERED": "1",
                    "DASK_TEMPORARY_DIRECTORY": str(self.folder),
                },
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._stack.callback(_end, process)
        return process, log

    def close(self) -> None:
        """End all of it."""
        self._stack.close()


def _end(process: subprocess.Popen[Any]) -> None:
    if process.poll() is None:
        process.kill()
    process.wait()


@contextlib.contextmanager
def cluster(folder: Path, workers: int = 2) -> Iterator[Cluster]:
    """A cluster, ended with the body."""
    made = Cluster(folder, workers)
    try:
        yield made
    finally:
        made.close()
