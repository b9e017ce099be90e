"""`threadbench report`: an event log enters; the block that `run` prints leaves, with tables of threads and waits."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..errors import LogError, PluginError, UsageError
from .options import Destination, junit_option, output_options, registry_options, write_file
from .pages import html_option, write_run_page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..lookup import Switches
    from ..plugins import Registry
    from ..report.account import Account
    from ..report.line import Line
    from ..report.picture import Picture
    from ..report.summary import Summary
    from .console import Console


def exports_option(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> list[tuple[str, str]]:
    """Read `NAME=FILE`s."""
    for value in values:
        name, _, file = value.partition("=")
        if not (name and file):
            raise click.BadParameter(f"write NAME=FILE, not '{value}'", ctx, param)
    return [(name, file) for name, _, file in (value.partition("=") for value in values)]


@click.command("report", short_help="Show what an event log says: verdict, threads, waits.")
@click.argument("log", metavar="LOG")
@click.option(
    "--export",
    "exports",
    multiple=True,
    callback=exports_option,
    metavar="NAME=FILE",
    help="Have a plugin's exporter write FILE; repeatable.",
)
@html_option
@click.option(
    "--trace",
    type=Destination(),
    metavar="FILE",
    help="Write a Chrome trace to FILE, for Perfetto (ui.perfetto.dev), chrome://tracing or vizviewer.",
)
@click.option(
    "--against",
    metavar="OTHER",
    help="Compare with another log, or a witness with another witness: what changed, and where they part.",
)
@junit_option
@registry_options
@output_options
def command(
    log: str,
    exports: Sequence[tuple[str, str]],
    html: str | None,
    trace: str | None,
    against: str | None,
    junit: str | None,
    switches: Switches,
    console: Console,
) -> int:
    """Show what an event log says: verdict, threads, waits.

    A log whose supervisor died is closed first, with all that its threads had written. The exit code is the run's.
    """
    from ..events import recover
    from ..events.reader import WHERE_LOGS_LIE
    from ..report.account import CaseAccount, account_of
    from ..report.block import block
    from ..report.picture import Picture
    from ..report.reading import Reading
    from ..report.summary import Tally
    from ..verdicts import RUN_VERDICTS, UNEXPECTED_END, exit_code
    from .against import is_witness

    if not Path(log).is_file():
        reason = "is a folder; name one of the logs in it" if Path(log).is_dir() else "there is no such file"
        inside = min(Path(log).glob("*.jsonl"), default=None)
        raise LogError(f"{log}: {reason}", hint=f"such as {inside}" if inside else WHERE_LOGS_LIE)
    if against is not None:
        if exports or html or trace or junit:
            raise UsageError("--against writes no file", hint="write one of each log by itself")
        from .against import show_against

        return show_against(log, against, console)
    if is_witness(log):
        raise UsageError(f"{log} is a witness, and no event log", hint=f"threadbench replay {log}")
    recover(log)
    if trace:
        write_trace(log, trace)
    if exports:
        export(log, exports, switches.registry(), console)
    picture, reading = Picture(), Reading(log)
    tally = Tally(picture.add)
    account = account_of(tally.counting(reading), log)
    summary = tally.summary()
    code = next(
        (exit_code(word, as_expected=account.as_expected) for word in RUN_VERDICTS if word == account.verdict),
        UNEXPECTED_END,
    )
    if reading.damage:
        console.warn(f"partial report: {reading.missing}")
        code = LogError.exit_code
    if html:
        write_run_page(html, account, summary, reading.missing)
    if junit or console.json:
        case = CaseAccount(account.case, (account,), account.as_expected, float(account.as_expected))
        if junit:
            from ..report.junit import junit as junit_text

            def explained(run: Account) -> list[Line]:
                return block(run, lambda each: Reading(each.log))

            write_file(junit, junit_text([case], explained, lambda _run: (summary, reading.missing)))
        if console.json:
            from ..report import json

            console.text(json.dump(json.report_document(account, summary, code, missing=reading.missing)))
            return code
    _draw(account, summary, picture, console)
    return code


def write_trace(log: str, file: str) -> None:
    """Write a log as a Chrome trace.

    Raises:
        LogError: nothing of the log can be read.
        UsageError: the file cannot be written.
    """
    from ..report import chrome

    try:
        chrome.write(Path(log), Path(file))
    except OSError as error:
        raise UsageError(f"cannot write '{file}': {error.strerror}") from error


def export(log: str, exports: Sequence[tuple[str, str]], registry: Registry, console: Console) -> None:
    """Have exporters of plugins write files; all are found before the first one writes.

    One that ends where the log is damaged has done what it could: that is said, and is no fault of the plugin's.

    Raises:
        UsageError: nobody provides one.
        PluginError: one cannot be used, or fails.
    """
    from ..attribution import asked
    from ..plugins import provided

    found = [(provided("exporter", name, registry), file) for name, file in exports]
    for exporter, file in found:
        assert exporter is not None, "no exporter of this option is built in"
        try:
            asked(exporter.owner, exporter.given, Path(log), Path(file), cure="correct it, or leave --export out")
        except PluginError as error:
            if not isinstance(error.__cause__, LogError):
                raise
            console.warn(f"{exporter.owner} wrote {file} as far as the log can be read")


def _draw(account: Account, summary: Summary, picture: Picture, console: Console) -> None:
    from ..report import text
    from ..report.account import CaseAccount
    from ..report.block import block
    from ..report.line import line
    from ..report.reading import Reading
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
        console.lines(block(account, lambda each: Reading(each.log)))
        console.line(line(""))
    console.lines(picture.lines(console.width))
    console.line(line(""))
    console.lines(tables(summary, everything=console.verbose, width=console.width))
    if console.verbose:
        console.line(line(""))
        console.lines(Timeline().rows(Reading(account.log)))
