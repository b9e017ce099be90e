"""`threadbench bench`: files, folders and cases enter; how fast they are, compared, and with how sure it is, leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from msgspec.structs import replace

from ..errors import ScenarioError, UsageError
from .options import Destination, case_options, output_options, seconds, write_file
from .pages import html_option

if TYPE_CHECKING:
    from ..lookup import Lookup
    from .console import Console


def part(ctx: click.Context, param: click.Parameter, value: str) -> float:
    """Read `5%` or `0.05`; between nothing and all, both excluded."""
    try:
        number = float(value.removesuffix("%")) / (100 if value.endswith("%") else 1)
    except ValueError:
        number = -1.0
    if not 0 < number < 1:
        raise click.BadParameter(f"expected a part such as 5% or 0.05, not '{value}'", ctx, param)
    return number


@click.command("bench", short_help="Measure how fast scenarios run, and compare.")
@click.argument("paths", nargs=-1, required=True, metavar="PATH[::CASE]…")
@click.option(
    "--vary",
    "varied",
    multiple=True,
    metavar="params.X=A,B",
    help="Measure each case with each of these values of a param, and compare them with the first; repeatable.",
)
@click.option(
    "--interpreter",
    "interpreters",
    multiple=True,
    metavar="PYTHON",
    help="Measure with this Python, which has threadbench too; repeatable, compared with the first.",
)
@click.option(
    "--save",
    type=Destination(),
    metavar="FILE",
    help="Write the values as JSON of pyperf, for its tools and for --baseline.",
)
@click.option(
    "--baseline", metavar="FILE", help="Compare with a file of --save: exit 1 where a case has become slower."
)
@click.option(
    "--threshold",
    default="3%",
    show_default=True,
    callback=part,
    metavar="PART",
    help="By how much of its time a case has to have become slower for --baseline to call it.",
)
@click.option(
    "--significance",
    default="1%",
    show_default=True,
    callback=part,
    metavar="PART",
    help="How often --baseline may call it where nothing has changed.",
)
@click.option(
    "--processes", type=click.IntRange(min=1), default=20, show_default=True, help="Processes that measure a variant."
)
@click.option(
    "--values", type=click.IntRange(min=1), default=5, show_default=True, help="Values that each of them takes."
)
@click.option(
    "--warmups",
    type=click.IntRange(min=0),
    default=1,
    show_default=True,
    help="Values before those, that do not count.",
)
@click.option(
    "--min-time",
    default="100ms",
    show_default=True,
    callback=seconds,
    metavar="DURATION",
    help="How long a value takes at least: so many runs are made one value.",
)
@click.option("--markdown", type=Destination(), metavar="FILE", help="Write the tables as Markdown.")
@html_option
@case_options
@output_options
def command(
    paths: tuple[str, ...],
    varied: tuple[str, ...],
    interpreters: tuple[str, ...],
    save: str | None,
    baseline: str | None,
    threshold: float,
    significance: float,
    processes: int,
    values: int,
    warmups: int,
    min_time: float,
    markdown: str | None,
    html: str | None,
    lookup: Lookup,
    console: Console,
) -> int:
    """Measure how fast scenarios run, and compare.

    PATH is as for `run`. Each case is run once and traced, then timed untraced in several processes, by pyperf. What is
    compared takes turns, value by value.
    """
    from ..bench.measuring import read_file, require_pyperf

    require_pyperf()
    from ..bench.interpreters import probe_all
    from ..bench.plan import dimensions_of, groups_of, typed_as_vary
    from ..bench.report import Baseline
    from ..bench.sampling import Effort
    from .benching import BenchSession

    dimensions = dimensions_of(varied)
    lookup = replace(lookup, overrides=(*lookup.overrides, *(each.override for each in dimensions)))
    try:
        cases = lookup.cases(paths, lookup.switches.registry())
    except ScenarioError as error:
        raise typed_as_vary(error, dimensions) from None
    then = Baseline(read_file(baseline), threshold, significance) if baseline else None
    pythons = probe_all(interpreters)
    effort = Effort(processes, values, warmups, min_time, yardstick=bool(save or baseline))
    bench = BenchSession(console, lookup, effort, then)
    bench.measure(cases, groups_of(cases, dimensions, pythons), pythons)
    if save and bench.sampled:
        bench.save(save)
    if markdown:
        from ..bench.documents import markdown as markdown_text

        write_file(markdown, markdown_text(bench.measured, bench.unfit, bench.notes))
    if html:
        from ..bench.page import bench_page

        write_file(
            html,
            bench_page(
                bench.session, bench.measured, bench.unfit, bench.notes, pythons=pythons, interrupted=bench.interrupted
            ),
        )
    if save and not bench.sampled:
        raise UsageError(f"nothing was measured, so '{save}' is not written")
    return bench.finish(pythons)
