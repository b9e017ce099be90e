"""The `run` that a workload is handed on native threads (and from it `run.emit`, `run.check`, `run.rng`, …)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from sys import _getframe
from types import CodeType
from typing import TYPE_CHECKING, Any

from ...events.buffer import PAYLOAD, what_word
from ...events.log import encode_json
from ...events.vocabulary import EVENT_IDS
from .tracing import recorder
from .tracing.recorder import NO_SITE, adopt, local, own_event, rename, renumber, site, where, write_payload

if TYPE_CHECKING:
    import random

NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*")
CHECK = EVENT_IDS["check"]
WITH_PAYLOAD = what_word(0, 0, PAYLOAD)


class NativeRun:
    """See `threadbench.Run`; one for all threads of a run.

    Args:
        kind: prefix of the emitted events.
        seed: what the random numbers are made from, with `salt` and the thread's name.
    """

    runtime = "native"

    def __init__(self, kind: str, seed: int, salt: str) -> None:
        self.seed = seed
        self._kind = kind
        self._salt = salt
        self._known: dict[str, tuple[int, CodeType | None, int, int]] = {}
        """By name: the third word of an event with a payload, and the site of the last emit."""

    @property
    def rng(self) -> random.Random:
        """The calling thread's generator."""
        try:
            generator: random.Random = local.rng
        except AttributeError:
            if not hasattr(local, "name"):
                self._writer()
            import random  # brings hashlib along, and most workloads leave nothing to chance

            generator = local.rng = random.Random(f"{self.seed}/{self._salt}/{getattr(local, 'name', '')}")
        return generator

    @property
    def time(self) -> str:
        """How time passes."""
        return "real"

    def choose(self, n: int, /, names: Sequence[str] = ()) -> int:  # noqa: ARG002 - for explanations of schedules
        """One of `0 … n-1`."""
        return self.rng.randrange(n)

    def act_as(self, name: str | None, /) -> None:
        """See `threadbench.Run`: only schedules are explained."""

    def emit(self, name: str, /, **data: Any) -> None:
        """Log `<kind>.<name>`."""
        frame = _getframe(1)
        try:
            what, code, lasti, at = self._known[name]
        except KeyError:
            what, code, lasti, at = what_word(self._number(name), 0, PAYLOAD), *NO_SITE
        if frame.f_code is not code or frame.f_lasti != lasti:
            code, lasti, at = site(frame)
            self._known[name] = what, code, lasti, at
        try:
            put = local.put_data
        except AttributeError:
            self._writer()
            put = local.put_data
        if data:
            put(what, at, data)
        else:
            local.put(what ^ WITH_PAYLOAD, at)

    def check(self, name: str, ok: object, /, **data: Any) -> bool:
        """Log a `check`."""
        if not data.keys().isdisjoint(("name", "ok")):
            raise TypeError("run.check: 'name' and 'ok' are its own; call what goes with them by other names")
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
                renumber(obj, rename(number, str(name)))
                return obj
        raise TypeError(
            f"cannot name {obj!r}: it is not an object of this run that is traced (a lock, queue, event, …)"
        )

    def _number(self, name: str) -> int:
        if not NAME.fullmatch(name):
            raise ValueError(
                f"event name {name!r}: lower-case words joined by dots or underscores, such as 'item.taken'"
            )
        return own_event(f"{self._kind}.{name}")

    def _writer(self) -> Any:
        """The slow way to a thread's emit: its first event, or it is of the run only by using `run`."""
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
