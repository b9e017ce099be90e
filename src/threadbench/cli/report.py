"""`threadbench report`: an event log enters; the block that `run` prints leaves, with tables of threads and waits."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..errors import LogError
from .options import junit_option, output_options, write_file

if TYPE_CHECKING:
    from ..report.account import Account
    from ..report.summary import Summary
    from .console import Console


@click.command("report", short_help="Show what an event log says: verdict, threads, waits.")
@click.argument("log", metavar="LOG")
@junit_option
@output_options
def command(log: str, junit: str | None, console: Console) -> int:
    """Show what an event log says: verdict, threads, waits.

    A log whose supervisor died is closed first, with all that its threads had written. The exit code is the run's.
    """
    from ..events import read_log, recover
    from ..report.account import CaseAccount, account_of
    from ..report.block import block
    from ..report.summary import Tally
    from ..verdicts import RUN_VERDICTS, UNEXPECTED_END, exit_code

    if not Path(log).is_file():
        reason = "is a folder; name one of the logs in it" if Path(log).is_dir() else "there is no such file"
        raise LogError(f"{log}: {reason}")
    recover(log)
    tally = Tally()
    account = account_of(tally.counting(read_log(log)), log)
    code = next(
        (exit_code(word, as_expected=account.as_expected) for word in RUN_VERDICTS if word == account.verdict),
        UNEXPECTED_END,
    )
    if junit or console.json:
        case = CaseAccount(account.case, (account,), account.as_expected, float(account.as_expected))
        if junit:
            from ..report.junit import junit as junit_text

            write_file(junit, junit_text([case], lambda run: block(run, lambda each: read_log(each.log))))
        if console.json:
            from ..report import json

            console.text(json.dump(json.report_document(account, tally.summary(), code)))
            return code
    _draw(account, tally.summary(), console)
    return code


def _draw(account: Account, summary: Summary, console: Console) -> None:
    from ..events import read_log
    from ..report import text
    from ..report.account import CaseAccount
    from ..report.block import block
    from ..report.line import line
    from ..report.tables import tables
    from ..report.timeline import Timeline

    case = CaseAccount(account.case, (account,), account.as_expected, float(account.as_expected))
    if console.quiet:
        console.line(text.case_line(case, text.width_of([account.case])))
        return
    if account.opening:
        console.line(text.log_header(account.opening))
    console.line(text.case_line(case, text.width_of([account.case])))
    console.line(line(""))
    if account.verdict != "passed" or not account.as_expected:
        console.lines(block(account, lambda each: read_log(each.log)))
        console.line(line(""))
    console.lines(tables(summary, everything=console.verbose))
    if console.verbose:
        console.line(line(""))
        console.lines(Timeline().rows(read_log(account.log)))
