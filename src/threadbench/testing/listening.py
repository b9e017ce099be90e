"""A workload that is listened to: run here on virtual threads, its outcome, events and checks as it gave them.

A log has them as JSON already. What they were before, and where they came from, is seen from inside only.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import msgspec

from ..engine import Options, run_cases
from ..plugins import Workload
from ..runtime.native.handle import NAME
from .only import case_of

if TYPE_CHECKING:
    from pathlib import Path

    from ..results import Result

ADDED: Final = "added by threadbench.testing, to see whether it comes out"


class AddedError(Exception):
    """What is raised inside a workload to see whether it swallows exceptions."""


class Heard(msgspec.Struct):
    """What a workload gave.

    Attributes:
        outcome: as it returned it; `returned` tells whether it did.
        events: names to the place that first emitted them.
        checks: names to all places that stated them.
        added: where the first check was refused, if one was to be.
    """

    outcome: Any = None
    returned: bool = False
    events: dict[Any, str] = {}
    checks: dict[Any, set[str]] = {}
    added: str | None = None


class _Listener:
    """The run that the workload is handed: notes names, and hands on what is well-formed."""

    def __init__(self, run: Any, heard: Heard, *, refuse: bool) -> None:
        self._run = run
        self._heard = heard
        self._refuse = refuse

    def __getattr__(self, name: str) -> Any:
        return getattr(self._run, name)

    def emit(self, name: str, /, **data: Any) -> None:
        self._heard.events.setdefault(name, _caller())
        if isinstance(name, str) and NAME.fullmatch(name):
            self._run.emit(name, **data)

    def check(self, name: str, ok: object, /, **data: Any) -> bool:
        self._heard.checks.setdefault(name, set()).add(_caller())
        if self._refuse:
            self._heard.added = self._heard.added or _caller()
            raise AddedError(ADDED)
        return bool(self._run.check(name, ok, **data))


def listen(
    workload: Workload, params: Mapping[str, Any], folder: Path, *, seed: int, timeout: float, refuse: bool = False
) -> tuple[Heard, Result]:
    """Run a workload on virtual threads of this process; with `refuse` its checks raise."""
    heard = Heard()

    def function(run: Any, given: Any) -> Any:
        heard.outcome = workload.function(_Listener(run, heard, refuse=refuse), given)
        heard.returned = True
        return None

    # Points are in the code that the workload itself names, or stands in.
    function.__module__ = workload.function.__module__
    shadow = Workload(workload.kind, workload.params, function, workload.code)
    case = case_of(shadow, params, "virtual", seed=seed, timeout=timeout)
    summary = run_cases([case], Options(events=str(folder / f"heard-{refuse}.jsonl"), isolate=False))
    return heard, summary.cases[0].results[0]


def _caller() -> str:
    frame = sys._getframe(1)  # noqa: SLF001 - who called the listener; between them may be what makes points of calls
    while frame.f_back is not None and frame.f_globals["__name__"].startswith((__name__, "threadbench.runtime.")):
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"


def not_json(value: Any, path: str = "outcome") -> str | None:
    """The first thing inside a value that is not JSON, with the way to it; None where all is."""
    if value is None or isinstance(value, str | bool | int):
        return None
    if isinstance(value, float):
        return None if value - value == 0 else f"{path} is {value}, which JSON has not"
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if not isinstance(key, str):
                return f"{path} has the key {key!r}, and keys are texts"
            step = f".{key}" if re.fullmatch(r"\w+", key) else f"[{key!r}]"
            wrong = not_json(inner, path + step)
            if wrong:
                return wrong
        return None
    if isinstance(value, list | tuple):
        return next(filter(None, (not_json(each, f"{path}[{at}]") for at, each in enumerate(value))), None)
    return f"{path} is a {type(value).__qualname__}"
