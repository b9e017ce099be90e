"""GitHub's workflow commands: an annotation at each expectation that was not met, and the summary page of a step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..durations import format_duration
from ..errors import printable
from .block import failure_text
from .line import plain
from .search import search_block
from .text import case_label

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ..errors import Diagnostic
    from .account import Account, CaseAccount, Failure
    from .line import Line
    from .search import SearchAccount


def annotation(message: str, *, file: str = "", row: int = 0, column: int = 0, title: str = "") -> str:
    """One `::error …::message` command; hostile text cannot end it or begin another."""
    places = [("file", file), ("line", str(row) if row else ""), ("col", str(column) if row else ""), ("title", title)]
    where = ",".join(f"{key}={_property(value)}" for key, value in places if value)
    return f"::error{' ' + where if where else ''}::{_data(message)}"


def diagnostic_annotations(diagnostics: Sequence[Diagnostic]) -> Iterator[str]:
    """An annotation for each thing wrong in scenario files."""
    for each in diagnostics:
        place = each.position
        message = each.message + (f"\n{each.hint}" if each.hint else "")
        yield annotation(message, file=place.path, row=place.line, column=place.column, title="threadbench")


def case_annotations(case: CaseAccount) -> Iterator[str]:
    """An annotation for each expectation that a case did not meet, each once over its repeats."""
    if case.as_expected:
        return
    failures = [*case.failures, *(failure for run in case.runs if run.closing for failure in run.closing.failures)]
    first: dict[str, Failure] = {}
    for failure in failures:
        first.setdefault(failure.path, failure)
    for failure in first.values():
        file, row, column = _place(failure.at, case)
        message = failure_text(failure)
        yield annotation(message, file=file, row=row, column=column, title=case.case)
    if not first:
        run = next((run for run in case.runs if not run.as_expected), case.runs[-1])
        reason = (run.closing.reason if run.closing else None) or run.verdict
        yield annotation(reason, file=run.file, title=case.case)


def search_annotations(search: SearchAccount) -> Iterator[str]:
    """An annotation for each expectation that a search did not meet, with what it found."""
    title = f"{search.case} ({search.model})"
    for failure in search.failures:
        file, row, column = _place_of(failure.at, search.file)
        message = f"{failure_text(failure)}\n{search.reason}"
        yield annotation(message, file=file, row=row, column=column, title=title)


def search_summary(searches: Sequence[SearchAccount], total: str) -> str:
    """Markdown: a table of the searches, then a fold for each that is not as expected."""
    rows = [f"### threadbench: {_cell(total)}", "", "| verdict | case | model | schedules |", "|---|---|---|---|"]
    for search in searches:
        mark = "✅" if search.as_expected else "❌"
        rows.append(f"| {mark} {search.verdict} | {_cell(search.case)} | {search.model} | {search.schedules} |")
    for search in searches:
        if not search.as_expected:
            text = "\n".join("    " + plain(each) for each in search_block(search))
            rows += ["", f"<details><summary>{_html(printable(search.case))}</summary>", "", text, "", "</details>"]
    return "\n".join(rows) + "\n"


def step_summary(cases: Sequence[CaseAccount], total: str, block: Callable[[Account], list[Line]]) -> str:
    """Markdown: a table of the cases, then a fold for each that is not as expected."""
    rows = [f"### threadbench: {_cell(total)}", "", "| verdict | case | time |", "|---|---|---|"]
    for case in cases:
        word, role = case_label(case)
        rows.append(
            f"| {'✅' if role == 'good' else '❌'} {word} | {_cell(case.case)} | {format_duration(case.duration)} |"
        )
    for case in cases:
        run = next((run for run in case.runs if not run.as_expected), None)
        if not case.as_expected and run is not None:
            text = "\n".join("    " + plain(each) for each in block(run))
            rows += ["", f"<details><summary>{_html(printable(case.case))}</summary>", "", text, "", "</details>"]
    return "\n".join(rows) + "\n"


def _place(at: str | None, case: CaseAccount) -> tuple[str, int, int]:
    return _place_of(at, case.case.partition("::")[0])


def _place_of(at: str | None, file: str) -> tuple[str, int, int]:
    parts = (at or "").rsplit(":", 2)
    if len(parts) == 3 and parts[1].isdecimal() and parts[2].isdecimal():
        return parts[0], int(parts[1]), int(parts[2])
    return file, 0, 0


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _cell(text: str) -> str:
    return _html(printable(text)).replace("|", "&#124;")


def _html(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
