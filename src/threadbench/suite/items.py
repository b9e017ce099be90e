"""Scenario files as pytest sees them: a file, its cases, and the searches of those that say what one must come to.

scenarios/bank.threadbench.yaml::transfer[workers=2]              is run
scenarios/bank.threadbench.yaml::explore::transfer[workers=2]     its interleavings are searched
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from .failures import UnexpectedError
from .orders import Refused, Row
from .session import suite_session

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path


class ScenarioFile(pytest.File):
    """A file of scenarios."""

    def collect(self) -> Iterable[pytest.Item | pytest.Collector]:
        """Its cases, in order, then the searches.

        Raises:
            CollectError: the file is not valid, or a plugin is missing; with all that is wrong.
        """
        session = suite_session(self.config)
        answer = session.desk.collect(session.shown(self.path))
        if isinstance(answer, Refused):
            raise self.CollectError(answer.text)
        for row in answer.rows:
            if row.run:
                yield CaseItem.from_parent(self, name=row.name, row=row, search=False)
        searched = [row for row in answer.rows if row.searched]
        if searched:
            yield Searches.from_parent(self, name="explore", rows=searched)


class Searches(pytest.Collector):
    """The searches of a file's cases."""

    def __init__(self, *, rows: Sequence[Row], **rest: Any) -> None:
        super().__init__(**rest)
        self._rows = rows

    def collect(self) -> Iterator[pytest.Item]:
        """One for each."""
        for row in self._rows:
            yield CaseItem.from_parent(self, name=row.name, row=row, search=True)


class CaseItem(pytest.Item):
    """A case that is run, with all its repeats, or whose interleavings are searched."""

    def __init__(self, *, row: Row, search: bool, **rest: Any) -> None:
        super().__init__(**rest)
        self._row = row
        self._search = search
        self.extra_keyword_matches.update([row.kind, *row.tags])
        known = {str(line).partition(":")[0].partition("(")[0] for line in self.config.getini("markers")}
        for tag in row.tags:
            if tag.startswith("_"):
                continue  # which pytest keeps for itself
            if tag not in known:
                self.config.addinivalue_line("markers", f"{tag}: a tag of scenarios")
                known.add(tag)
            self.add_marker(tag)

    def runtest(self) -> None:
        """Run or search it.

        Raises:
            UnexpectedError: it did not go well.
            KeyboardInterrupt: Ctrl-C.
        """
        session = suite_session(self.config)
        path = session.shown(self.path)
        answer = session.desk.execute(path, self._row.name, search=self._search)
        if isinstance(answer, Refused):
            raise UnexpectedError(answer.text, path, self._row.line)
        self.user_properties += answer.facts
        for title, text in answer.sections:
            self.add_report_section("call", title, text)
        if not answer.passed:
            raise UnexpectedError(answer.text, path, answer.line or self._row.line, answer.message)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where the scenario stands: the file, its line from 0, and what it is called."""
        return self.path, self._row.line - 1, f"explore::{self.name}" if self._search else self.name
