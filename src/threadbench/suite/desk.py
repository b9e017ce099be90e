"""The warm process that runs a session's scenarios: orders come in through a pipe, reports leave through another.

It is started once for a session, imports threadbench and the plugins, and nothing of pytest's or of the tests: so that
runs and searches can be forked from it within milliseconds, and see the code that `threadbench run` would see. (pytest
itself has threads, and rewrites the asserts of what it imports.)

    pytest               desk (one a session)             template (one), searches
      item ── order ──>   load, fork, judge  ── fork ──>    a worker for each run
           <── report ──
"""

from __future__ import annotations

import os
import pickle
import re
import signal
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NoReturn

from ..collecting import collecting_nothing
from .orders import Collect, Execute, Refused, Report, Row, Rows, Settings

with collecting_nothing():
    from ..engine import Options, case_results, runtime_for, session_of, settle
    from ..errors import ThreadbenchError
    from ..observing import Observers
    from ..places import WITNESSES, new_folder
    from ..plugins import Registry
    from ..report.line import plain
    from ..scenario import load_cases

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from ..report.account import CaseAccount, Failure
    from ..report.line import Line
    from ..results import Result
    from ..runtime.native import NativeRuntime
    from ..scenario import Case

_OUTPUT = 500
"""Lines of a run's output that are shown at most."""
_EVENTS_READ = 1_000_000
"""A log of more takes longer to read than its reader has patience."""


class _Observers(Observers):
    """As told by one session, though each case is asked for by itself."""

    begun = False

    def started(self, session: Any) -> None:
        """Before the first run or search."""
        if not self.begun:
            self.begun = True
            super().started(session)


class Desk:
    """Answers orders, one at a time.

    Args:
        settings: of the session.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        files = [name for name in settings.plugins if name.endswith(".py")]
        switches = [name for name in settings.plugins if not name.endswith(".py")]
        self._registry = Registry.from_switches(switches, plugin_files=files)
        self._again = tuple(
            word
            for option, values in (("-p", switches), ("--plugin", files))
            for value in values
            for word in (option, value)
        )
        self._said: list[str] = []
        self._observers = _Observers(self._registry.observers(), self._said.append)
        self._cases: dict[tuple[str, str], Case] = {}
        self._runtime: NativeRuntime | None = None
        self._folder: Path | None = None
        self._places: dict[str, str] = {}

    def answer(self, order: Collect | Execute) -> Rows | Refused | Report:
        """Do what is asked for; what a person has to know of it instead is an answer too."""
        try:
            if isinstance(order, Collect):
                return Rows(tuple(self._collected(order.path)))
            case = self._cases[order.path, order.name]
            report = self._searched(case) if order.search else self._ran(case)
            if not self._said:
                return report
            said, self._said[:] = "\n".join(self._said) + "\n", []
            return report._replace(sections=(*report.sections, ("threadbench", said)))
        except ThreadbenchError as error:
            return Refused(error.render())

    def close(self) -> None:
        """End what was forked for the next run."""
        if self._runtime is not None:
            self._runtime.__exit__(None, None, None)

    def _collected(self, path: str) -> Iterator[Row]:
        settings = self._settings
        for case in load_cases([path], self._registry, seed=settings.seed):
            self._cases[path, case.name] = case
            searched = settings.mode == "explore" or (settings.mode == "auto" and _speaks_of_searches(case))
            yield Row(
                case.name,
                case.workload.kind,
                case.scenario.tags,
                case.position.line,
                run=settings.mode != "explore",
                searched=searched,
            )

    def _ran(self, case: Case) -> Report:
        from ..cli.watch import account, case_account

        cases = [case]
        folder = os.path.join(self._runs(), self._place(case), "")  # noqa: PTH118 - the slash says that it is a folder
        options = Options(
            self._settings.seed, events=folder, fork_here=True, replay=self._again, observers=self._observers
        )
        if self._runtime is None:
            # With the kinds of all files, which have been collected: workers descend from it.
            self._runtime = runtime_for(list(self._cases.values()), options)
        (done,) = case_results(cases, session_of(cases, options), options, self._runtime, None)
        shown = next((result for result in done.results if not result.as_expected), done.results[-1])
        facts = (
            ("threadbench.verdict", shown.verdict),
            ("threadbench.seed", str(shown.seed)),
            ("threadbench.duration", f"{sum(result.duration for result in done.results):.6f}"),
            ("threadbench.log", shown.log_path),
        )
        if self._runtime.interrupts.count:
            return Report(passed=False, text="interrupted", facts=facts, interrupted=True)
        sections = tuple(_output(shown))
        if done.as_expected:
            return Report(passed=True, sections=sections, facts=facts)
        told = case_account(done)
        failures = [*told.failures, *(failure for run in told.runs if run.closing for failure in run.closing.failures)]
        return Report(
            passed=False,
            text=_text(_failed(told)),
            message=_message(account(shown).verdict, failures, shown.reason),
            line=_line(failures),
            sections=sections,
            facts=facts,
        )

    def _searched(self, case: Case) -> Report:
        with collecting_nothing():
            from ..cli.searching import search_account
            from ..explore import explorer  # noqa: F401 - here once, and not in each search's process
            from ..report.search import label, not_judged, search_block
            from ..searches import SearchOptions, explore_cases

        settings = self._settings
        options = SearchOptions(
            models=(settings.model,) if settings.model else None,
            max_schedules=settings.max_schedules,
            time_limit=settings.time_limit,
            seed=settings.seed,
            settings=self._again,
            observers=self._observers,
            witnesses=os.path.join(WITNESSES, self._place(case)),  # noqa: PTH118 - printed as it is
        )
        summary = explore_cases([case], options)
        if summary.interrupted:
            return Report(passed=False, text="interrupted", interrupted=True)
        (done,) = summary.searches
        account = search_account(case, done)
        facts = [
            ("threadbench.verdict", account.verdict),
            ("threadbench.seed", str(account.seed)),
            ("threadbench.model", account.model),
            ("threadbench.duration", f"{account.duration:.6f}"),
            ("threadbench.schedules", str(account.schedules)),
            ("threadbench.exhaustive", "yes" if account.exhaustive else "no"),
        ]
        if account.witness:
            facts.append(("threadbench.witness", account.witness))
        # In other modes the item that runs the case judges it.
        silent = _text(not_judged([account])) if settings.mode == "explore" else ""
        sections = (("threadbench", f"{silent}\n"),) if silent else ()
        if account.as_expected:
            return Report(passed=True, sections=sections, facts=tuple(facts))
        return Report(
            passed=False,
            text=_text(search_block(account)),
            message=_message(label(account)[0], account.failures, account.reason),
            line=_line(account.failures),
            sections=sections,
            facts=tuple(facts),
        )

    def _runs(self) -> Path:
        """The folder of the session's event logs."""
        self._folder = self._folder or new_folder()
        return self._folder

    def _place(self, case: Case) -> str:
        """A folder for what a case leaves behind: two files may have cases of one name, and spell it alike."""
        path = case.id.partition("::")[0]
        stem = re.sub(r"[^\w.=,-]+", ".", path).strip(".")[-100:]
        place, number = stem, 1
        while self._places.setdefault(place, path) != path:
            number += 1
            place = f"{stem}~{number}"
        return place


def _speaks_of_searches(case: Case) -> bool:
    """Whether the scenario says how it is searched, or what a search must come to."""
    scenario = case.scenario
    return "explore" in scenario.model_fields_set or not {"explore", "outcomes"}.isdisjoint(scenario.expect)


def _failed(told: CaseAccount) -> Iterator[Line]:
    from ..cli.watch import events_of
    from ..report.text import failure_block

    return failure_block(told, events_of, output=False)


def _output(result: Result) -> Iterator[tuple[str, str]]:
    """What a run printed and logged, by stream, where it did."""
    counts = result.closing["counts"]
    if not counts["by_event"].get("log") or counts["events"] > _EVENTS_READ:
        return
    streams: dict[str, list[str]] = {}
    for event in result.events:
        if event.event == "log":
            data = event.data or {}
            streams.setdefault(str(data.get("stream", "log")), []).append(str(data.get("text", "")))
    for stream, lines in streams.items():
        hidden = [f"… {len(lines) - _OUTPUT} lines above: {result.log_path}"] if len(lines) > _OUTPUT else []
        yield stream, "\n".join([*hidden, *lines[-_OUTPUT:]]) + "\n"


def _text(lines: Iterable[Line]) -> str:
    return "\n".join(map(plain, lines))


def _message(verdict: str, failures: Iterable[Failure], reason: str | None) -> str:
    from ..report.block import failure_text

    first = next((failure for failure in failures if failure.path != "verdict"), None)
    if first:
        return failure_text(first)
    return f"{verdict.upper()}: {reason}" if reason else verdict.upper()


def _line(failures: Iterable[Failure]) -> int | None:
    """The line of the first expectation that is written in the scenario's file."""
    for failure in failures:
        parts = (failure.at or "").rsplit(":", 2)
        if len(parts) == 3 and parts[1].isdecimal():
            return int(parts[1])
    return None


def main(reading: int, writing: int, parent: int) -> NoReturn:
    """Answer until nobody asks any more; the process has been started for it."""
    from ..runtime.native import kernel

    kernel.load()
    kernel.die_with_parent(parent)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever started pytest may have had it ignored
    settle()
    with open(reading, "rb") as orders, open(writing, "wb") as answers:
        settings = pickle.load(orders)
        desk: Any = None
        failure: Refused | None = None
        try:
            desk = Desk(settings)
        except ThreadbenchError as error:
            failure = Refused(error.render())
        while True:
            try:
                order = pickle.load(orders)
                answer = failure or desk.answer(order)
            except EOFError:
                break
            except KeyboardInterrupt:  # between two runs
                answer = Report(passed=False, text="interrupted", interrupted=True)
            except Exception as error:  # a bug of ours is told like anything else, and the desk stays
                import traceback

                said = "".join(traceback.format_exception(error))
                answer = Refused(f"internal error: {error}\nthis is a bug of threadbench, not yours.\n{said}")
            with suppress(BrokenPipeError):
                pickle.dump(answer, answers)
                answers.flush()
        if desk is not None:
            desk.close()
    sys.exit(0)
