"""The fixture `explore`: a test's callables go in, what was found comes out, or the test fails with it."""

from __future__ import annotations

import contextlib
import io
import logging
import re
import shlex
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from .. import api
from ..errors import ThreadbenchError
from ..explore.arguments import program_of
from ..explore.replaying import TIMEOUT, replay
from ..explore.strategies.base import Diverged
from ..places import WITNESSES
from ..verdicts import SEARCH_VERDICTS
from .failures import UnexpectedError
from .session import SuiteSession, suite_session
from .subjects import modules_of

if TYPE_CHECKING:
    from types import FrameType, ModuleType

    from ..explore.found import Found
    from ..explore.program import Program
    from ..explore.schedule import Schedule

HERE = Path(__file__).parent


class Explore:
    """What a test calls: `threadbench.explore`, judged. Made for one test.

    Args:
        item: the test.
    """

    def __init__(self, item: pytest.Item) -> None:
        self._item = item
        self._session = suite_session(item.config)
        self._calls = 0

    def __call__(
        self,
        setup: Callable[[], Any] | None = None,
        threads: Sequence[Callable[..., Any]] = (),
        check: Callable[..., Any] | None = None,
        outcome: Callable[..., Any] | None = None,
        *,
        expect: str | Sequence[str] = "holds",
        instrument: Sequence[ModuleType | Callable[..., Any]] | None = None,
        **settings: Any,
    ) -> Found:
        """Search the interleavings of threads, and fail unless the search comes to what is expected.

        Args:
            setup, threads, check, outcome: as for `threadbench.explore`.
            expect: the verdict that is asked for, or several.
            instrument: the modules and callables under test, besides those of the callables; None: the project's
                modules that the test leads to.
            settings: the other arguments of `threadbench.explore`; options of the command line go before them.

        Raises:
            UnexpectedError: it came to something else, or could not be done.
        """
        __tracebackhide__ = True
        place = _caller(sys._getframe(1), self._session)  # noqa: SLF001 - there is no other way to the line of the call
        return self.search((setup, threads, check, outcome), expect, instrument, settings, place)

    def search(
        self,
        given: tuple[Any, Any, Any, Any],
        expect: str | Sequence[str],
        instrument: Sequence[Any] | None,
        settings: dict[str, Any],
        place: tuple[str, int],
        values: Iterable[object] = (),
    ) -> Found:
        """As calling it; `place` is what the failure points at, `values` lead to modules under test too."""
        __tracebackhide__ = True
        self._calls += 1
        wanted = (expect,) if isinstance(expect, str) else tuple(expect)
        unknown = [word for word in wanted if word not in SEARCH_VERDICTS]
        if unknown or not wanted:
            raise UnexpectedError(f"expect: {expect!r} is none of {', '.join(SEARCH_VERDICTS)}", *place)
        if instrument is None:
            instrument = modules_of([getattr(self._item, "module", None), *values], self._item.config.rootpath)
        stored = self._stored()
        try:
            program = program_of(*given)
            code = [*program.code, *instrument]
            with _silence():
                if stored is not None:
                    found = _replayed(stored, program, code)
                else:
                    found = api.explore(*given, instrument=code, **{**settings, **self._options()})
        except (ThreadbenchError, Diverged) as error:
            text = error.render() if isinstance(error, ThreadbenchError) else f"error: {error}"
            if stored is not None:
                path = self._session.shown(self._session.replay) if self._session.replay else ""
                pytest.exit(f"{path} cannot be replayed: {text}", returncode=2)
            raise UnexpectedError(text, *place) from None
        witness = self._keep(found) if stored is None else None
        if found.verdict in wanted:
            return found
        _leave_as_asked(found)
        _show_output(found, program, code)
        rows = [str(found), ""]
        if wanted != ("holds",):
            rows.append(f"expected: {' or '.join(wanted)}")
        if witness:
            rows.append(f"replay: {shlex.join(['threadbench', 'replay', witness])}")
        reason = f"{found.verdict.upper()}: {found.reason}"
        raise UnexpectedError("\n".join(rows).rstrip(), *place, reason)

    def _options(self) -> dict[str, Any]:
        """What the command line says, which goes before what the test says."""
        settings = self._session.settings
        said = {name: getattr(settings, name) for name in ("model", "max_schedules", "time_limit", "seed")}
        return {name: value for name, value in said.items() if value is not None}

    @property
    def _test(self) -> str:
        """The test's id, from where pytest was called."""
        return "::".join([self._session.shown(self._item.path), *self._item.nodeid.split("::")[1:]])

    def _keep(self, found: Found) -> str | None:
        """Store a search's witness; its path, as the command is given it."""
        if found.witness is None:
            return None
        file, _, name = self._test.partition("::")
        stem = re.sub(r"[^\w.=,\[\]-]+", "_", name)[:120]
        number = f"~{self._calls}" if self._calls > 1 else ""
        path = WITNESSES / re.sub(r"[^\w.-]+", ".", file).strip(".")[-100:] / f"{stem}{number}.{found.model}.json"
        schedule = replace(found.witness, test=self._test, call=self._calls)
        whole = self._session.folder / path
        whole.parent.mkdir(parents=True, exist_ok=True)
        schedule.save(whole)
        self._item.user_properties.append(("threadbench.witness", str(path)))
        return str(path)

    def _stored(self) -> Schedule | None:
        """The schedule that this call is to replay, if one is."""
        schedule = self._session.stored
        if schedule is None or (schedule.test, schedule.call) != (self._test, self._calls):
            return None
        self._session.replayed = True
        return schedule


def _leave_as_asked(found: Found) -> None:
    """Skip a test whose threads call `pytest.skip` or `pytest.xfail`: from the first schedule on, and not by a race."""
    asked = re.search(r" raised (Skipped|XFailed): (.*)", found.reason) if found.schedules_to_first == 1 else None
    if found.verdict == "crashed" and asked:
        if asked[1] == "Skipped":
            pytest.skip(asked[2])
        pytest.xfail(asked[2])


def _replayed(schedule: Schedule, program: Program, code: Sequence[Any]) -> Found:
    """What a stored schedule comes to now, which must be what it came to."""
    found = replay(schedule, program, code, timeout=TIMEOUT)
    (end,) = found.outcomes
    if (end.cause, end.value) != (schedule.cause, schedule.outcome):
        raise Diverged(f"it came to {end.cause} {end.value!r}, and was {schedule.cause} {schedule.outcome!r}")
    return found


def _caller(frame: FrameType | None, session: SuiteSession) -> tuple[str, int]:
    """Where a test called: the file, as the command would be given it, and the line."""
    while frame is not None and Path(frame.f_code.co_filename).parent == HERE:
        frame = frame.f_back
    assert frame is not None
    return session.shown(Path(frame.f_code.co_filename)), frame.f_lineno


class _Nowhere(io.TextIOBase):
    """Where thousands of schedules write the same."""

    def write(self, text: str, /) -> int:
        return len(text)

    def writable(self) -> bool:
        return True


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Within it, what is printed and logged goes nowhere: it would come once for each schedule."""
    root = logging.getLogger()
    taken = [handler for handler in root.handlers if type(handler).__module__.startswith("_pytest.")]
    nowhere = _Nowhere()
    for handler in taken:
        root.removeHandler(handler)
    quiet = logging.NullHandler()
    root.addHandler(quiet)
    try:
        with contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):
            yield
    finally:
        root.removeHandler(quiet)
        for handler in taken:
            root.addHandler(handler)


def _show_output(found: Found, program: Program, code: Sequence[Any]) -> None:
    """Run the witness once more, with what it prints and logs in pytest's hands."""
    if found.witness is not None:
        with contextlib.suppress(ThreadbenchError, Diverged):
            replay(found.witness, program, code, timeout=TIMEOUT, told=False)
