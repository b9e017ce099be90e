"""`threadbench kinds`: the plugins that load enter; a line for each kind leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .options import output_options, registry_options

if TYPE_CHECKING:
    from ..lookup import Switches
    from .console import Console

SCHEMA = "threadbench.kinds/1"


@click.command("kinds", short_help="List the kinds of scenario that are installed.")
@registry_options
@output_options
def command(switches: Switches, console: Console) -> int:
    """List the kinds of scenario that are installed: name, what it shows, who provides it."""
    from ..report import json
    from ..report.line import line
    from ..report.tables import columns_of

    registry = switches.registry()
    workloads = registry.workloads()
    rows = registry.plugins()
    providers = {kind: row for row in rows for kind in row.usable}
    if console.json:
        kinds = [
            {
                "kind": workload.kind,
                "summary": workload.summary,
                "plugin": providers[workload.kind].name,
                "origin": providers[workload.kind].origin,
                "distribution": providers[workload.kind].distribution,
                "version": providers[workload.kind].version,
            }
            for workload in workloads
        ]
        console.text(json.dump({"schema": SCHEMA, "kinds": kinds, "exit_code": 0}))
        return 0
    cells = []
    for workload in workloads:
        row = providers[workload.kind]
        owner = " ".join(filter(None, (row.distribution or row.name, row.version)))
        cells.append((workload.kind, owner if row.origin != "builtin" else "built in", workload.summary))
    console.lines(columns_of(("kind", "provider", "summary"), cells))
    ill = [row for row in rows if row.ill]
    if ill and not console.quiet:
        names = ", ".join(f"{row.name} ({row.status})" for row in ill)
        console.line(line((f"not usable: {names}; see threadbench plugins doctor", "warn")))
    return 0
