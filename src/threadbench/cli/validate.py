"""`threadbench validate`: scenario files enter; everything wrong with them leaves, or how many cases they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .options import output_options, resolve_options

if TYPE_CHECKING:
    from ..lookup import Lookup
    from .console import Console

SCHEMA = "threadbench.validate/1"


@click.command("validate", short_help="Check scenario files as run does, and run nothing.")
@click.argument("paths", nargs=-1, required=True, metavar="PATH…")
@resolve_options
@output_options
def command(
    paths: tuple[str, ...],
    lookup: Lookup,
    console: Console,
) -> int:
    """Check scenario files as run does, and run nothing.

    All that is wrong is told at once, each with its place; what `run` would refuse, this refuses in the same words.
    """
    from ..errors import ScenarioError
    from ..report import json
    from ..report.line import line
    from .failures import diagnostics_json, show_error

    registry = lookup.switches.registry()
    try:
        cases = lookup.cases(paths, registry)
    except ScenarioError as error:
        if not console.json:
            raise
        document = {"schema": SCHEMA, "valid": False, "cases": [], "diagnostics": diagnostics_json(error)}
        console.text(json.dump({**document, "exit_code": error.exit_code}))
        return show_error(error)
    if console.json:
        entries = [{"case": case.id, "kind": case.scenario.kind} for case in cases]
        document = {"schema": SCHEMA, "valid": True, "cases": entries, "diagnostics": []}
        console.text(json.dump({**document, "exit_code": 0}))
        return 0
    if console.verbose:
        for case in cases:
            console.line(line(("valid  ", "good"), case.id))
    files = len({case.id.partition("::")[0] for case in cases})
    many = f"{len(cases)} case{'s' if len(cases) != 1 else ''} in {files} file{'s' if files != 1 else ''}"
    console.line(line(("valid: ", "good"), many))
    return 0
