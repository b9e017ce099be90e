"""A Dask cluster as an executor: the address of a scheduler enters; calls are made by its workers, and if there is
none, that is known.

`executors` makes one where a user names it.
"""

from __future__ import annotations

import importlib
import pickle
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from functools import partial
from typing import Any, Final, TypeVar
from uuid import uuid4

from .attribution import told
from .durations import format_duration
from .errors import ExecutorError, UsageError

T = TypeVar("T")

FRESH: Final = 1.0
"""Seconds for which a cluster's size is taken to be what it was."""
ANSWER: Final = 10.0
"""Seconds within which a cluster has to answer when it is joined, or left."""
SOON: Final = 2.0
"""Seconds within which a scheduler has to say its size: Ctrl-C waits for it."""
DESERTED: Final = 3.0
"""Seconds without a worker, or an answer, from which on that is said."""
GIVEN_UP: Final = 60.0
"""Seconds without a worker, or an answer, after which nothing is waited for any more."""


class Cluster(Executor):
    """A Dask cluster, through the executor that its client has.

    Args:
        address: `HOST:PORT` of its scheduler.

    Raises:
        UsageError: `distributed` is not installed.
        ExecutorError: nobody answers there.
    """

    def __init__(self, address: str) -> None:
        try:
            distributed: Any = importlib.import_module("distributed")
        except ImportError as error:
            raise UsageError(
                f"a Dask cluster needs the package 'distributed': {error}", hint="pip install 'threadbench[dask]'"
            ) from None
        if not address:
            raise UsageError("a Dask cluster is named by its scheduler", hint="--executor dask://HOST:PORT")
        try:
            self._client: Any = distributed.Client(f"tcp://{address}", timeout=ANSWER, set_as_default=False)
        except (OSError, ValueError) as error:
            raise ExecutorError(f"no Dask scheduler answers at {address}: {told(error)}") from None
        self._address = address
        self._threads, self._asked = 0, -FRESH
        self._trouble = ""
        self._since = time.monotonic()
        """When there was a worker last."""
        # Not `pure`: a call that is made again because its result was lost is another one.
        self._executor = self._client.get_executor(pure=False)

    @property
    def width(self) -> int:
        """How many calls its workers make at a time, as of a second ago."""
        self._look()
        return max(1, self._threads)

    def gone(self) -> str | None:
        """Why nothing will come of it any more; None where something may."""
        if self._client.status != "running":
            return f"the Dask scheduler at {self._address} has gone"
        trouble = self.trouble()
        return trouble if trouble and time.monotonic() - self._since > GIVEN_UP else None

    def trouble(self) -> str | None:
        """Why nothing comes of it now, and may yet."""
        self._look()
        lasted = time.monotonic() - self._since
        return f"{self._trouble} for {format_duration(round(lasted))}" if lasted > DESERTED else None

    def final(self, error: BaseException) -> str | None:
        """Why a call that ended like this is not worth another one; None where it is. Dask makes calls again itself."""
        if type(error).__name__ != "KilledWorker":
            return None
        allowed = getattr(error, "allowed_failures", 0)
        return (
            f"{allowed + 1} workers have ended that were about it (distributed.scheduler.allowed-failures: {allowed})"
        )

    def _look(self) -> None:
        """Ask the scheduler, once a second, whose workers there are."""
        if time.monotonic() - self._asked < FRESH:
            return
        try:
            threads: dict[str, int] = self._client.sync(self._client.scheduler.ncores, callback_timeout=SOON)
        except Exception:  # whatever a connection may have; `gone` tells what is over
            self._trouble = f"the Dask scheduler at {self._address} has not answered"
        else:
            self._threads = sum(threads.values())
            self._trouble = f"the Dask cluster at {self._address} has had no worker"
            if threads:
                self._since = time.monotonic()
        self._asked = time.monotonic()

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """As any executor's. The scheduler is sent bytes: it reads what it can, and has no need of threadbench."""
        call = pickle.dumps(_Call(fn, args, kwargs))
        key = f"{getattr(fn, '__name__', 'call')}-{uuid4().hex}"
        future: Future[T] = self._executor.submit(pickle.loads, call, key=key)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: ARG002 - an executor's
        """Leave the cluster as it is, for others; what is still to be done for this client is dropped."""
        self._client.close(timeout=ANSWER)

    def kill(self) -> None:
        """Leave at once."""
        self.shutdown()


class _Call:
    """A call that is made where it is unpickled, and leaves what came of it."""

    def __init__(self, fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self._function = partial(fn, **kwargs) if kwargs else fn
        self._arguments = args

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        """The call itself."""
        return self._function, self._arguments
