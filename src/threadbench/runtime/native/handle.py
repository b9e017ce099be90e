"""The `run` that a workload is handed on native threads (and from it `run.emit`, `run.check`, `run.rng`, …)."""

from __future__ import annotations

import random
import re
from sys import _getframe
from typing import Any

from msgspec.json import encode

from ...events.buffer import LARGEST_PAYLOAD, PAYLOAD
from ...events.log import encode_json
from ...events.vocabulary import EVENT_IDS
from .tracing import recorder
from .tracing.recorder import adopt, local, nowhere, own_event, places, rename, where, write_payload

NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*")
CHECK = EVENT_IDS["check"]


class NativeRun:
    """See `threadbench.Run`; one for all threads of a run.

    Args:
        kind: prefix of the emitted events.
        seed: what the random numbers are made from, with `salt` and the thread's name.
    """

    def __init__(self, kind: str, seed: int, salt: str) -> None:
        self.seed = seed
        self._kind = kind
        self._salt = salt
        self._numbers: dict[str, int] = {}

    @property
    def rng(self) -> random.Random:
        """The calling thread's generator."""
        try:
            generator: random.Random = local.rng
        except AttributeError:
            if not hasattr(local, "name"):
                self._writer()
            generator = local.rng = random.Random(f"{self.seed}/{self._salt}/{getattr(local, 'name', '')}")
        return generator

    def choose(self, n: int, /) -> int:
        """One of `0 … n-1`."""
        return self.rng.randrange(n)

    def emit(self, name: str, /, **data: Any) -> None:
        """Log `<kind>.<name>`."""
        frame = _getframe(1)
        at = places[id(frame.f_code) + frame.f_lasti] or where(frame)
        try:
            number = self._numbers[name]
        except KeyError:
            number = self._number(name)
        try:
            write = local.emit
        except AttributeError:
            write = nowhere
        if write is nowhere:
            write = self._writer()
        if not data:
            write(number, 0, at)
            return
        try:
            payload = encode(data)
        except (UnicodeEncodeError, OverflowError):
            payload = encode_json(data)
        if len(payload) <= LARGEST_PAYLOAD:
            write(number, 0, at, PAYLOAD, 0, payload)
        else:
            write_payload(write, number, 0, at, payload)

    def check(self, name: str, ok: object, /, **data: Any) -> bool:
        """Log a `check`."""
        truth = bool(ok)
        write = getattr(local, "emit", None)
        if write is None or write is recorder.nowhere:
            write = self._writer()
        payload = encode_json({"name": str(name), "ok": truth, **data})
        write_payload(write, CHECK, 0, where(_getframe(1)), payload)
        return truth

    def name(self, obj: Any, name: str, /) -> Any:
        """Name a traced object."""
        for attribute in ("_number", "_threadbench"):
            number = getattr(obj, attribute, None)
            if number:
                setattr(obj, attribute, rename(number, str(name)))
                return obj
        raise TypeError(
            f"cannot name {obj!r}: it is not an object of this run that is traced (a lock, queue, event, …)"
        )

    def _number(self, name: str) -> int:
        if not NAME.fullmatch(name):
            raise ValueError(
                f"event name {name!r}: lower-case words joined by dots or underscores, such as 'item.taken'"
            )
        number = self._numbers[name] = own_event(f"{self._kind}.{name}")
        return number

    def _writer(self) -> Any:
        """The slow way to a thread's emit: its first event, or a thread that only its use of `run` makes one of the run."""
        write = adopt()
        if write is recorder.nowhere:
            if not recorder.is_open():
                raise RuntimeError(
                    "run.emit and run.check work in the process of the run only: "
                    "return what a child process found out, and emit it in the parent"
                )
            import threading

            write = adopt(threading.current_thread().name, {"daemon": threading.current_thread().daemon})
        return write
