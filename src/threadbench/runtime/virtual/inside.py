"""The condition inside a traced object on virtual threads: what is written under the object's own lock."""

from __future__ import annotations

import threading
from sys import _getframe
from typing import TYPE_CHECKING, Any

from ...events.buffer import NUMBER, PAYLOAD
from ...events.log import encode_json
from ...events.vocabulary import EVENT_IDS
from ..native.tracing.recorder import where

if TYPE_CHECKING:
    from .logging import EventLog
    from .thread import VirtualThread

E = EVENT_IDS


class Inner(threading.Condition):
    """The condition inside a traced object: a wait on it is a wait of the object, and what the object has to say of its
    own change is said under its lock.
    """

    def __init__(self, lock: Any, log: EventLog, owner: Any, event: str, op: str = "", gave_up: str = "") -> None:
        super().__init__(lock)
        self._log = log
        self._object = owner
        self._event = event
        self._op = {"op": op} if op else {}
        self._gave_up = gave_up
        self.pending: dict[VirtualThread, tuple[str, int]] = {}
        """What a thread has to say at its first notification or, if there is none, where it lets go of the lock."""

    def say(self) -> None:
        """Log what the running thread has to say."""
        said = self.pending.pop(self._log.scheduler.current, None)
        if said is not None:
            event, number = said
            flag = NUMBER if number else 0
            self._log.emit(E[event], self._object._threadbench, where(_getframe(1)), flag, number)

    def _write(self, event: str, timeout: float | None) -> None:
        facts = self._op if timeout is None else {**self._op, "timeout": timeout}
        payload = encode_json(facts) if facts else b""
        flag = PAYLOAD if payload else 0
        self._log.emit(E[event], self._object._threadbench, where(_getframe(2)), flag, 0, payload)

    def wait(self, timeout: float | None = None) -> bool:
        """As `Condition.wait`, after the owner's event."""
        self._write(self._event, timeout)
        woke = super().wait(timeout)
        if not woke and self._gave_up:
            self._write(self._gave_up, timeout)
        return woke

    def notify(self, n: int = 1) -> None:
        """As `Condition.notify`."""
        self.say()
        super().notify(n)

    def notify_all(self) -> None:
        """As `Condition.notify_all`."""
        self.say()
        super().notify_all()

    def __exit__(self, kind: Any = None, error: Any = None, trace: Any = None) -> Any:
        if kind is None:
            self.say()
        else:
            self.pending.pop(self._log.scheduler.current, None)
        return super().__exit__(kind, error, trace)
