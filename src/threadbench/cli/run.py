"""`threadbench run`: files, folders and cases enter; lines, documents and an event log for each run leave."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from ..collecting import collecting_nothing
from ..verdicts import INTERRUPTED
from .executing import executor_option
from .options import case_options, junit_option, output_options, write_file
from .resuming import shared

if TYPE_CHECKING:
    from ..lookup import Lookup
    from .console import Console


@click.command("run", short_help="Run scenarios: a line for each case, an event log for each run.")
@click.argument("paths", nargs=-1, required=True, metavar="PATH[::CASE]…")
@click.option(
    "--events",
    metavar="PATH|-",
    help="Write the event log to this file, or for several runs into this folder; - writes it to standard output.",
)
@click.option("-x", "--fail-fast", is_flag=True, help="Stop after the first case that is not as expected.")
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="How many runs there are at a time; default 1.")
@executor_option
@click.option(
    "--resume",
    is_flag=True,
    help="Go on with a sweep that was interrupted: in the folder that --events names, else in the newest."
    " What its logs say is done is not run again.",
)
@junit_option
@case_options
@output_options
def command(
    paths: tuple[str, ...],
    events: str | None,
    fail_fast: bool,
    jobs: int | None,
    executor: tuple[str, str] | None,
    resume: bool,
    junit: str | None,
    lookup: Lookup,
    console: Console,
) -> int:
    """Run scenarios: a line for each case, an event log for each run.

    PATH is a scenario file, a folder or a glob; behind two colons stands the case, as it is printed. With --executor,
    --jobs or --resume runs go to an executor, several at a time, and lines come as cases finish; --json, --junit and
    the failures at the end have the order of one process.
    """
    with collecting_nothing():
        from .running import Observers, Options, Progress, explained, read_once_more, run_cases

        registry = lookup.switches.registry()
        cases = lookup.cases(paths, registry)
    progress = Progress(console, [case.id for case in cases], copy_events=events == "-")
    again = lookup.settings()
    options = Options(
        lookup.seed,
        fail_fast,
        events=None if events == "-" else events,
        fork_here=True,
        replay=again,
        observers=Observers.of(registry, console.warn),
    )
    swept = executor is not None or jobs is not None or resume
    if swept:
        from ..executors import agreed, provided_executor
        from .sweeping import planned

        executor = executor or ("processes", "")
        agreed(jobs, executor)
        if executor == ("processes", ""):
            executor = "processes", str(jobs or (1 if resume else os.cpu_count() or 1))
        how = shared(console, jobs, executor, lookup.seed, junit, fail_fast=fail_fast)
        words = [*paths, *lookup.selection(), *again, *how]
        sweep, options = planned(cases, options, provided_executor(executor, registry), jobs, words, resume=resume)
        progress.standing.again = sweep.again
    try:
        if swept:
            from ..sweep import sweep_cases

            summary = sweep_cases(cases, options, sweep, progress)
        else:
            summary = run_cases(cases, options, progress)
        interrupted, exit_code = summary.interrupted, summary.exit_code
    except KeyboardInterrupt:  # between two runs, where no runtime catches it
        interrupted, exit_code = True, INTERRUPTED
    progress.finish(interrupted=interrupted)
    if swept and interrupted:
        console.warn(f"goes on: {sweep.again}")
    if junit:
        from ..report.junit import junit as junit_text

        write_file(junit, junit_text(progress.cases, explained, read_once_more))
    if console.json:
        from ..report import json

        console.text(
            json.dump(
                json.run_document(
                    progress.session,
                    progress.cases,
                    duration=progress.duration,
                    interrupted=interrupted,
                    exit_code=exit_code,
                )
            )
        )
    return exit_code
