"""A schedule that is kept: the choices that lead to an outcome, and what they belong to."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import msgspec

from ..errors import UsageError
from .limits import MODELS

if TYPE_CHECKING:
    from pathlib import Path

    from ..verdicts import SearchVerdict
    from .found import Found

FORMAT = "threadbench.witness/1"
_IMPLEMENTATIONS = {"cpython": "CPython", "pypy": "PyPy"}  # as `platform` calls them, which takes long to import
_PYTHON = f"{_IMPLEMENTATIONS.get(sys.implementation.name, sys.implementation.name)} {sys.version.split()[0]}"


class Schedule(msgspec.Struct, frozen=True, kw_only=True, weakref=True):
    """The choices that fix an interleaving.

    Attributes:
        choices: at each choice, the number of the thread that went on (0 is the main thread, then in order of their
            creation), or what `run.choose` was answered.
        model: where points are.
        time: `adversarial`, `ordered`, or `causal`: adversarial, with a clock for each thread.
        cause: what the schedule came to: `finished`, `violated`, `deadlock`, `livelock`, `crashed`.
        reason: for a person, None when nothing was wrong.
        outcome: the JSON value of a schedule that finished.
        preemptions: how often a thread that could have gone on did not.
        points: of all threads together.
        python: the version and implementation it was found on.
        fingerprint: of the code under test.
        code: a digest of each function in it, by `module:function`: tells which of them changed.
        scenario: id of the case, as it can be pasted back; None where callables were given.
        settings: what the case needs besides its id, as options of the command.
        params: those of the case; None where callables were given.
        test: id of the test of pytest's that gave callables, and `call`, the how manieth of its searches it was.
    """

    format: str = FORMAT
    scenario: str | None = None
    settings: tuple[str, ...] = ()
    params: dict[str, Any] | None = None
    test: str | None = None
    call: int = 1
    model: str
    time: str
    cause: str
    reason: str | None = None
    outcome: Any = None
    preemptions: int
    points: int
    python: str = _PYTHON
    fingerprint: str
    code: dict[str, str] = {}
    threads: tuple[str, ...]
    choices: tuple[int, ...]

    @property
    def verdict(self) -> SearchVerdict:
        """Of a search that has come to this and to nothing worse."""
        return "holds" if self.cause == "finished" else self.cause  # type: ignore[return-value] # the other causes are verdicts

    def save(self, path: str | Path) -> Path:
        """Write the schedule as one JSON file, which `threadbench replay` and `load` read.

        Raises:
            OSError: the file cannot be written.
        """
        from pathlib import Path

        path = Path(path)
        path.write_bytes(msgspec.json.format(msgspec.json.encode(self), indent=0 if len(self.choices) > 200 else 2))
        return path

    def replay(self) -> Found:
        """Run it again, in this process; only where callables were explored here.

        Raises:
            UsageError: it was read from a file: the command `threadbench replay` finds its scenario.
            Diverged: the code does something else now.
        """
        from .replaying import replay_here

        return replay_here(self)


def again(schedule: Schedule) -> str:
    """What explores once more what a schedule was found in: a command, or words where callables were explored."""
    import shlex  # what is called in Python has no use for it

    if schedule.test is not None:
        return f"explore it again: {shlex.join(['pytest', schedule.test])}"
    if schedule.scenario is None:
        return "explore it again"
    time = ["--time", "ordered"] if schedule.time == "ordered" else []
    words = ["threadbench", "explore", schedule.scenario, *schedule.settings, "--model", schedule.model, *time]
    return f"explore it again: {shlex.join(words)}"


def load(path: str | Path) -> Schedule:
    """A schedule from a file that `save` wrote.

    Raises:
        UsageError: the file cannot be read, or is none.
    """
    from pathlib import Path

    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}", hint="name the file that `threadbench explore` printed") from None
    try:
        found = msgspec.json.decode(data, type=Schedule)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is no witness: {error}", hint="`threadbench explore` writes them") from None
    if found.model not in MODELS:
        raise UsageError(f"{path} is no witness: there is no model {found.model!r}")
    if found.format != FORMAT:
        raise UsageError(f"{path} has format {found.format!r}; this version reads {FORMAT!r}")
    return found
