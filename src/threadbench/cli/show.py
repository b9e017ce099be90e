"""`threadbench show`: scenario files enter; they leave as they are written, or as they will run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .options import case_options, output_options

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..lookup import Lookup
    from ..report.line import Line
    from ..scenario import Case
    from .console import Console

SCHEMA = "threadbench.show/1"


@click.command("show", short_help="Print scenarios as written, or as they will run.")
@click.argument("paths", nargs=-1, required=True, metavar="PATH[::CASE]…")
@click.option(
    "--resolved", "as_resolved", is_flag=True, help="With variables, defaults, overrides and matrix in place, as YAML."
)
@case_options
@output_options
def command(
    paths: tuple[str, ...],
    as_resolved: bool,
    lookup: Lookup,
    console: Console,
) -> int:
    """Print scenarios as written, or as they will run.

    What --resolved prints is itself a scenario file, one scenario for each case; --json always resolves.
    """
    from ..report import json
    from ..scenario.resolved import resolved, resolved_text

    cases = lookup.cases(paths, lookup.switches.registry())
    if console.json:
        ids = [case.id for case in cases]
        console.text(json.dump({"schema": SCHEMA, "cases": ids, "resolved": resolved(cases), "exit_code": 0}))
    elif as_resolved:
        console.text(resolved_text(cases))
    else:
        console.lines(_as_written(cases))
    return 0


def _as_written(cases: Sequence[Case]) -> Iterator[Line]:
    """The files of the cases, each once; not byte for byte, since what is shown must be inert."""
    from pathlib import Path

    from ..report.line import line

    for number, file in enumerate(dict.fromkeys(case.position.path for case in cases)):
        if number:
            yield line("")
        yield line((f"# {file}", "dim"))
        for text in Path(file).read_text(encoding="utf-8-sig").splitlines():
            yield line(text)
