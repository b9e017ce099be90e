"""`--html FILE`: what a verb has to show, as a page that needs nothing but a browser."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from .options import Destination, write_file

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..report.account import Account
    from ..report.search import SearchAccount
    from ..report.summary import Summary
    from ..results import SearchResult
    from ..scenario import Case

_LARGEST: Final = 256 * 1024
"""Bytes of a scenario's file that is still shown."""

F = TypeVar("F", bound="Callable[..., Any]")


def html_option(function: F) -> F:
    """`--html FILE`, which needs the extra `html`: a missing one is said before anything long begins."""
    return click.option(
        "--html",
        type=Destination(),
        callback=_available,
        metavar="FILE",
        help="Write one self-contained HTML page to FILE; needs the extra 'html'.",
    )(function)


def _available(_ctx: click.Context, _param: click.Parameter, value: str | None) -> str | None:
    if value is not None:
        from ..report.html.page import require_html

        require_html()
    return value


def write_run_page(path: str, account: Account, summary: Summary, missing: str | None) -> None:
    """Write the page of a run whose log has been read once, and lacks that; reads it again.

    Raises:
        UsageError: it cannot be written.
        LogError: nothing of the log can be read.
    """
    from ..report.html.run import run_page
    from ..report.reading import Reading

    source, about = scenario_of(account)
    page = run_page(account, Reading(account.log), summary, source=source, about_source=about, missing=missing)
    write_file(path, page)


def write_search_page(path: str, searches: Sequence[SearchAccount], found: Sequence[tuple[Case, SearchResult]]) -> None:
    """Write the page of searches; each of their witnesses is run once more, to be walked through.

    Raises:
        UsageError: it cannot be written, or a witness cannot be run.
    """
    import msgspec

    from ..report.html.searches import Explored, Walk, search_page, walked_of
    from ..searches import walk_case

    explored = []
    for search, (case, done) in zip(searches, found, strict=True):
        walks: dict[int, Walk] = {}
        for number in walked_of(search):
            steps = walk_case(case, done.found.outcomes[number].witness, done.seed)
            if steps is not None:
                walks[number] = msgspec.convert(msgspec.to_builtins(steps), Walk, strict=False)
        explored.append(Explored(search, walks))
    write_file(path, search_page(explored))


def scenario_of(account: Account) -> tuple[str | None, str]:
    """The text of the scenario's file, where it still is where the log says, and what to say of it.

    Only YAML is looked at: a log comes from anywhere, and may name any file of the machine.
    """
    file = Path(account.file)
    if file.suffix not in {".yaml", ".yml"}:
        return None, ""
    try:
        if not file.is_file() or file.stat().st_size > _LARGEST:
            return None, ""
        text = file.read_text(encoding="utf-8")
        changed = file.stat().st_mtime > Path(account.log).stat().st_mtime
    except (OSError, UnicodeDecodeError):
        return None, ""
    return text, f"{account.file}, as it is now" + (": it was changed after this run" if changed else "")
