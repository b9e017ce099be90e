"""`threadbench show`: scenario files enter; they leave as they are written, or as they will run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .options import make_registry, output_options, registry_options, resolve_options, select_options

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..report.line import Line
    from ..scenario import Case
    from .console import Console

SCHEMA = "threadbench.show/1"


@click.command("show", short_help="Print scenarios as written, or as they will run.")
@click.argument("paths", nargs=-1, required=True, metavar="PATH[::CASE]…")
@click.option(
    "--resolved", "as_resolved", is_flag=True, help="With variables, defaults, overrides and matrix in place, as YAML."
)
@resolve_options
@select_options
@registry_options
@output_options
def command(
    paths: tuple[str, ...],
    as_resolved: bool,
    overrides: tuple[str, ...],
    seed: int | None,
    timeout: float | None,
    keyword: str | None,
    tags: tuple[str, ...],
    plugin_switches: tuple[str, ...],
    no_plugins: bool,
    plugin_files: tuple[str, ...],
    console: Console,
) -> int:
    """Print scenarios as written, or as they will run.

    What --resolved prints is itself a scenario file, one scenario for each case; --json always resolves.
    """
    from ..report import json
    from ..scenario import load_cases
    from ..scenario.resolved import resolved, resolved_text
    from ..scenario.selection import select

    registry = make_registry(plugin_switches, no_plugins, plugin_files)
    cases = select(
        load_cases(paths, registry, overrides=overrides, seed=seed, timeout=timeout), keyword=keyword, tags=tags
    )
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
