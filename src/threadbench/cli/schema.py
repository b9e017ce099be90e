"""`threadbench schema`: installed kinds enter, the JSON Schema of scenario files leaves; or that of the event log."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .console import Console
from .options import registry_options, write_file

if TYPE_CHECKING:
    from ..lookup import Switches


@click.command("schema", short_help="Print the JSON Schema of scenario files, for editors.")
@click.option("--events", is_flag=True, help="Print the schema of event logs instead: one line of them is an instance.")
@click.option("-o", "--output", metavar="FILE", help="Write to FILE rather than to standard output.")
@registry_options
def command(
    events: bool,
    output: str | None,
    switches: Switches,
) -> int:
    """Print the JSON Schema of scenario files, for editors.

    Kinds that are installed are described down to their params. Name the file in a scenario's first line:
    `# yaml-language-server: $schema=./.threadbench.schema.json`.
    """
    from ..report import json

    if events:
        from ..events import event_schema

        text = json.dump(event_schema())
    else:
        from ..scenario.schema import schema_document

        text = json.dump(schema_document(switches.registry().workloads()))
    if output:
        write_file(output, text)
    else:
        Console().text(text)
    return 0
