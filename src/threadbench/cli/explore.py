"""`threadbench explore`: files, folders and cases enter; verdicts over all interleavings and witnesses leave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
import msgspec

from ..collecting import collecting_nothing
from ..durations import typed_duration
from ..errors import ExecutorError, UsageError
from ..verdicts import INTERRUPTED
from .executing import executor_option, typed
from .options import case_options, junit_option, output_options, seconds, write_file
from .pages import html_option
from .resuming import command_again, flagged, shared, valued

if TYPE_CHECKING:
    from ..lookup import Lookup
    from .console import Console
    from .searching import SearchProgress


MODELS = ("sync", "gil", "free-threaded")
TIMES = ("adversarial", "ordered")


@click.command("explore", short_help="Search the interleavings of scenarios, and keep the shortest that goes wrong.")
@click.argument("paths", nargs=-1, required=True, metavar="PATH[::CASE]…")
@click.option(
    "--model",
    type=click.Choice([*MODELS, "all"]),
    help="Where another thread may be scheduled, instead of the scenario's model; all: each, and which are safe.",
)
@click.option(
    "--strategy",
    metavar="NAME",
    help="What picks the next choice: auto, dpor, dfs, rff, pct, pos, random, or a plugin's.",
)
@click.option("--max-schedules", type=click.IntRange(min=1), help="How many schedules are run at most.")
@click.option("--time-limit", callback=seconds, metavar="DURATION", help="How long each search goes on at most.")
@click.option(
    "--time",
    type=click.Choice(TIMES),
    help="Whether sleeps and timeouts may end in any order, or in the order of their length.",
)
@click.option(
    "--all-outcomes",
    is_flag=True,
    help="Go on for the whole table of outcomes, where the first end that is not as it should be would do.",
)
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="How many processes sample at a time; default 1.")
@executor_option
@click.option(
    "--resume",
    is_flag=True,
    help="Go on with searches that were interrupted: what batches of schedules came to is in .threadbench/searches,"
    " and those are not run again. Needs --jobs or --executor.",
)
@click.option("-x", "--fail-fast", is_flag=True, help="Stop after the first search that is not as expected.")
@html_option
@junit_option
@case_options
@output_options
def command(
    paths: tuple[str, ...],
    model: str | None,
    strategy: str | None,
    max_schedules: int | None,
    time_limit: float | None,
    time: str | None,
    all_outcomes: bool,
    jobs: int | None,
    executor: tuple[str, str] | None,
    resume: bool,
    fail_fast: bool,
    html: str | None,
    junit: str | None,
    lookup: Lookup,
    console: Console,
) -> int:
    """Search the interleavings of scenarios, and keep the shortest that goes wrong.

    Threads are virtual: every switch between them is a choice of the search. A line for each case tells its verdict and
    how much was looked at; the schedule that goes wrong is stored, to be run again with `threadbench replay`.
    """
    with collecting_nothing():
        from ..executors import agreed, provided_executor
        from ..observing import Observers
        from ..places import SEARCHES
        from ..plugins import provided
        from ..searches import SearchOptions, explore_cases
        from ..strategies import Provided
        from .searching import SearchProgress

        registry = lookup.switches.registry()
        named = provided("strategy", strategy, registry) if strategy else None
        pool = provided_executor(executor, registry) if executor else None
        cases = lookup.cases(paths, registry)
    if resume and jobs in {None, 1} and executor is None:
        raise UsageError("--resume goes on with batches of schedules: it needs --jobs or --executor")
    models = MODELS if model == "all" else (model,) if model else None
    settings = lookup.settings()
    how = [
        *settings,
        *valued(("--strategy", strategy), ("--max-schedules", max_schedules), ("--time", time)),
        *valued(("--time-limit", None if time_limit is None else typed_duration(time_limit))),
        *flagged(("--all-outcomes", all_outcomes)),
    ]
    again = command_again(
        "explore",
        [
            *(*paths, *lookup.selection(), *how),
            *valued(("--model", model), ("--html", html)),
            *shared(console, jobs, executor, lookup.seed, junit, fail_fast=fail_fast),
        ],
    )
    progress = SearchProgress(
        console,
        [case.id for case in cases],
        len(models or ("",)),
        again=again,
        how=[*how, *valued(("--executor", typed(executor) if executor else None), ("--jobs", jobs))],
    )
    options = SearchOptions(
        models=models,
        strategy=strategy,
        provided=Provided.by(named),
        time=time,
        max_schedules=max_schedules,
        time_limit=time_limit,
        all_outcomes=all_outcomes,
        seed=lookup.seed,
        jobs=agreed(jobs, executor),
        executor=pool if executor and executor[0] != "processes" else None,
        observers=Observers.of(registry, console.warn),
        fail_fast=fail_fast,
        journals=str(SEARCHES),
        resume=resume,
        settings=settings,
    )
    try:
        summary = explore_cases(cases, options, progress)
        interrupted, exit_code = summary.interrupted, summary.exit_code
    except KeyboardInterrupt:  # between two searches
        interrupted, exit_code = True, INTERRUPTED
    except ExecutorError as error:
        raise ExecutorError(f"{error}; what batches came to is kept", hint=f"goes on: {again}") from error
    progress.finish(interrupted=interrupted)
    if interrupted and (options.jobs != 1 or options.executor):
        console.warn(f"goes on: {again}")
    if html:
        from .pages import write_search_page

        write_search_page(html, progress.searches, progress.found)
    if junit:
        from ..report.junit import search_junit

        write_file(junit, search_junit(progress.searches))
    if console.json:
        from ..report import json

        console.text(json.dump(document(progress, interrupted=interrupted, exit_code=exit_code)))
    return exit_code


def document(progress: SearchProgress, *, interrupted: bool, exit_code: int) -> dict[str, Any]:
    """What `explore --json` prints."""
    return {
        "schema": "threadbench.explore/1",
        "session": progress.session,
        "searches": [msgspec.to_builtins(search) for search in progress.searches],
        "duration": progress.duration,
        "interrupted": interrupted,
        "exit_code": exit_code,
    }
