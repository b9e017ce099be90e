"""A session of `threadbench bench`: groups are measured one after the other, and said as they are done."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..bench import caveats, tables
from ..bench.documents import document
from ..bench.measuring import write_file
from ..bench.process import FailedError
from ..bench.report import Measured, measured
from ..bench.sampling import Sampled, sample
from ..bench.traced import Traced, trace
from ..durations import format_duration
from ..engine import Options, session_of
from ..report.line import line
from ..report.text import header
from ..verdicts import FAILED, INTERRUPTED, OK, UNEXPECTED_END, gravest

if TYPE_CHECKING:
    from ..bench.interpreters import Interpreter
    from ..bench.plan import Group
    from ..bench.report import Baseline
    from ..bench.sampling import Effort
    from ..lookup import Lookup
    from ..scenario import Case
    from .console import Console


class BenchSession:
    """What is measured, and what has come of it so far.

    Attributes:
        sampled: all that was measured.
        measured: groups that are done.
        unfit: cases that were not measured, and why.
        notes: about the machine.
        interrupted: whether Ctrl-C ended it.
        session: who measures, on what.
    """

    def __init__(self, console: Console, lookup: Lookup, effort: Effort, baseline: Baseline | None) -> None:
        self.sampled: list[Sampled] = []
        self.measured: list[Measured] = []
        self.unfit: dict[str, str] = {}
        self.interrupted = False
        self._console = console
        self._lookup = lookup
        self._effort = effort
        self._baseline = baseline
        self._codes: list[int] = []
        self.session = session_of([], Options(lookup.seed))
        self._started = time.monotonic()
        self.notes = list(caveats.of_machine(self.session.cpus, os.getloadavg()[0]))

    def measure(self, cases: Sequence[Case], groups: Sequence[Group], pythons: Sequence[Interpreter] = ()) -> None:
        """Measure groups until all are done, or Ctrl-C; `pythons` are those that were asked for.

        Raises:
            ThreadbenchError: an interpreter cannot have a case, or a log cannot be written.
        """
        if not self._console.quiet:
            self._say_who(pythons)
        try:
            traced = trace(cases, self._lookup.seed)
            for case_id, each in traced.items():
                if each.unfit:
                    self.unfit[case_id] = each.unfit
                    self._codes.append(each.result.exit_code)
            for group in groups:
                self._measure(group, traced)
        except KeyboardInterrupt:
            self.interrupted = True
        self._console.clear_live()

    def _measure(self, group: Group, traced: dict[str, Traced]) -> None:
        left_out = {variant.case.id for variant in group.variants} & self.unfit.keys()
        for case_id in sorted(left_out):
            self._console.line(line(("not measured", "bad"), f"  {case_id}: {self.unfit[case_id]}"))
        if left_out:
            if len(left_out) < len({variant.case.id for variant in group.variants}):
                self._console.line(line((f"  so {group.title} is compared with nothing, and left out", "dim")))
            return
        try:
            sampled = sample(group, self._lookup, self._effort, lambda *done: self._show(group, *done))
        except FailedError as error:
            self._console.clear_live()
            for variant in group.variants:
                self.unfit[variant.case.id] = str(error)
            self._codes.append(UNEXPECTED_END)
            self._console.line(line(("not measured", "bad"), f"  {group.title}: {error}"))
            return
        found = measured(group, sampled, traced, self.session.cpus, self._baseline)
        self.sampled += sampled
        self.measured.append(found)
        self._codes += [FAILED for row in found.rows if row.change and row.change.judgement == "slower"]
        self._console.clear_live()
        if not self._console.quiet:
            self._console.lines([*tables.text(found), line("")])

    def save(self, path: str) -> None:
        """Write what was measured as pyperf's JSON."""
        write_file(path, [(each.calibration, *each.rounds) for each in self.sampled])

    def finish(self, pythons: Sequence[Interpreter]) -> int:
        """Say what it came to, and return the exit code."""
        exit_code = INTERRUPTED if self.interrupted else gravest([OK, *self._codes])
        changes = [row.change.judgement for each in self.measured for row in each.rows if row.change]
        parts = [f"{len(self.sampled)} measured"]
        parts += [f"{len(self.unfit)} not"] if self.unfit else []
        if self._baseline:
            parts += [f"{changes.count('slower')} slower than the baseline, {changes.count('faster')} faster"]
        parts += ["interrupted"] if self.interrupted else []
        took = format_duration(time.monotonic() - self._started)
        self._console.line(line((f"{', '.join(parts)} in {took}", "bad" if exit_code else "good")))
        if self._console.json:
            from ..report import json

            told = document(
                self.session,
                self.measured,
                self.unfit,
                self.notes,
                interrupted=self.interrupted,
                exit_code=exit_code,
            )
            self._console.text(json.dump({**told, "interpreters": [each.about for each in pythons]}))
        return exit_code

    def _say_who(self, pythons: Sequence[Interpreter]) -> None:
        self._console.line(header(self.session))
        for each in pythons:
            self._console.line(line(f"  {each.given}: {each.about}"))
        for note in self.notes:
            self._console.line(line((f"! {note}", "warn")))

    def _show(self, group: Group, done: int, whole: int) -> None:
        what = "calibrating" if not done else f"round {done} of {whole}"
        self._console.show_live(line(group.title, f": {what}"))
